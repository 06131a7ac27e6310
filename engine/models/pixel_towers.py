"""A small dual encoder, trained end to end from pixels and tokens: CLIP's own two towers, in open_clip's classes.

CLIP — Learning Transferable Visual Models From Natural Language Supervision (Radford et al., ICML 2021): a ResNet with attention
pooling reads the picture, a transformer reads the sentence up to its end. SigLIP's loss (Zhai et al., ICCV 2023) is the other choice.
Every part is smaller than in the papers, and so are the data; ``shift`` is ours, for thousands of pictures are soon known by heart.

It is no model of ``MODELS``: those take features, this one makes them. ``engine.recipes.dual`` trains it and keeps it in open_clip's layout.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from open_clip.model import CustomTextCLIP
from torch import Tensor
from torch.nn import functional as F

from engine.errors import TwoviewError
from engine.models.base import Batch, EmbeddingModel, Training
from engine.models.contrastive import clip_losses, siglip_losses

MEAN, STD = 0.5, 0.25  # of a pixel in [0, 1], every channel
STRIDE = 32  # of the ResNet's last maps
HEAD = 32  # numbers that a head of attention reads
PAD, END = 0, 1  # the tokenizer's first two ids


class PixelTowers(EmbeddingModel):
    """``shape_x``: (3, s, s), pixels of 0 to 255, s a multiple of ``STRIDE``; ``shape_y``: (context length,), ids of tokens, the end's after the last, padding after that."""

    spreads = True
    name = "pixel_towers"
    title = "Dual encoder from pixels"
    paper = "Radford et al., Learning Transferable Visual Models From Natural Language Supervision, ICML 2021"
    paper_training = Training(
        epochs=20, batch_size=128, optimizer="adamw", learning_rate=1e-3, weight_decay=0.2, schedule="cosine", warm_up=0.1, monitor="mrr", patience=20
    )

    @dataclass(frozen=True)
    class Settings:
        """``k``: width of the common space. ``blocks``, ``width``: of the ResNet's four stages, and its first channels.

        ``text_layers``, ``text_width``: of the transformer; ``vocabulary``: tokens. ``shift``: pixels by which a picture is moved at most, while training.
        """

        loss: Literal["clip", "siglip"] = "clip"
        k: int = 128
        blocks: tuple[int, ...] = (1, 1, 1, 1)
        width: int = 16
        text_layers: int = 2
        text_width: int = 128
        vocabulary: int = 1000
        shift: int = 6

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        """Raises TwoviewError for settings that make no network."""
        super().__init__(shape_x, shape_y, settings)
        if self.settings.loss not in ("clip", "siglip"):
            raise TwoviewError(f"The loss is clip or siglip, but {self.settings.loss!r} came.")
        s = self.settings
        if len(s.blocks) != 4 or s.width % 2 or s.text_width % HEAD or min(*s.blocks, s.k, s.width, s.text_width, s.text_layers, s.vocabulary) < 1 or s.shift < 0:
            raise TwoviewError(f"These settings make no dual encoder: blocks are four numbers from 1 up, the width is even, the text's a multiple of {HEAD}; all are at least 1, the shift 0. {s} came.")
        self.towers: Any = CustomTextCLIP(**self.architecture())

    def architecture(self) -> dict[str, Any]:
        """What open_clip builds the towers from: ``model_cfg`` of its layout."""
        s = self.settings
        start = {"init_logit_scale": math.log(1 / 0.07)} if s.loss == "clip" else {"init_logit_scale": math.log(10), "init_logit_bias": -10.0}
        return {
            "embed_dim": s.k,
            "vision_cfg": {"image_size": self.shape_x[-1], "layers": list(s.blocks), "width": s.width, "head_width": HEAD},
            "text_cfg": {
                "context_length": self.shape_y[0], "vocab_size": s.vocabulary, "width": s.text_width, "heads": s.text_width // HEAD,
                "layers": s.text_layers, "pool_type": "eos", "eos_id": END, "pad_id": PAD,
            },
            **start,
        }  # fmt: skip

    def embed_x(self, x: Tensor) -> Tensor:
        pixels = (x.float() / 255 - MEAN) / STD
        return F.normalize(self.towers.encode_image(pixels.contiguous(memory_format=torch.channels_last)), dim=1)

    def embed_y(self, y: Tensor) -> Tensor:
        return F.normalize(self.towers.encode_text(y.long()), dim=1)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        x, y = self.embed_x(shifted(batch.x, self.settings.shift)), self.embed_y(batch.y)
        if self.settings.loss == "clip":
            return clip_losses(x, y, batch.groups, self.towers.logit_scale)
        return siglip_losses(x, y, batch.groups, self.towers.logit_scale, self.towers.logit_bias)


def shifted(pixels: Tensor, most: int) -> Tensor:
    """Pictures (n, 3, s, s), each moved by up to ``most`` pixels in both directions; its edge is repeated where it left."""
    side = pixels.shape[-1]
    places = torch.arange(side, device=pixels.device)
    rows, columns = ((places + torch.randint(-most, most + 1, (len(pixels), 1), device=pixels.device)).clamp(0, side - 1) for _ in "yx")
    picture = torch.arange(len(pixels), device=pixels.device)[:, None, None]
    return pixels.permute(0, 2, 3, 1)[picture, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
