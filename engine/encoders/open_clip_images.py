"""The image towers of CLIP models: ``open_clip:RN50/openai``. Features are the embeddings before normalisation."""

from typing import Any

import open_clip
import torch
from open_clip.modified_resnet import ModifiedResNet
from open_clip.timm_model import TimmModel
from open_clip.transformer import VisionTransformer
from PIL import Image
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from engine.encoders.base import ImageEncoder
from engine.encoders.open_clip_models import open_model, weights_hash
from engine.encoders.preprocessing import Preprocessing
from engine.encoders.references import Reference
from engine.encoders.trunks import maps_to_tokens, tokens_to_maps, trunk_maps, trunk_pool
from engine.errors import TwoviewError

__all__ = ["OpenClipImages", "open", "weights_hash"]


def open(reference: Reference) -> "OpenClipImages":
    """Raises TwoviewError for an unknown model, an unreachable hub, a missing file or one that does not fit."""
    return OpenClipImages(reference.id, weights_hash(reference), open_model(reference).visual)


class OpenClipImages(ImageEncoder):
    """``tower``: the ``visual`` part of an open_clip model: a CLIP ResNet, a vision transformer or a timm network."""

    tower: Any

    def __init__(self, id: str, weights_hash: str, tower: nn.Module):
        super().__init__()
        if not isinstance(tower, ModifiedResNet | VisionTransformer | TimmModel):
            raise TwoviewError(f"{id}: an image tower of type {type(tower).__name__} cannot be cut at its last maps.")
        self.id, self.weights_hash = id, weights_hash
        self.tower = tower.eval().requires_grad_(False)
        config = open_clip.get_model_preprocess_cfg(tower)
        size = config["size"]
        self.input_size = size if isinstance(size, int) else size[0]
        self.preprocess_with = Preprocessing(
            self.input_size, tuple(config["mean"]), tuple(config["std"]),
            "squash" if config.get("resize_mode") == "squash" else "shortest",
            interpolation="bilinear" if config.get("interpolation") == "bilinear" else "bicubic",
        )  # fmt: skip
        with torch.no_grad():
            self.dim = self.pool(self.maps(torch.zeros(1, 3, self.input_size, self.input_size))).shape[1]

    def preprocess(self, picture: Image.Image, size: int | None = None) -> Tensor:
        return self.preprocess_with(picture, size)

    def maps(self, pixels: Tensor) -> Tensor:
        if isinstance(self.tower, ModifiedResNet):
            tower = self.tower
            return tower.layer4(tower.layer3(tower.layer2(tower.layer1(tower.stem(pixels)))))
        if isinstance(self.tower, TimmModel):
            return trunk_maps(self.tower.trunk, pixels)
        if pixels.shape[-1] != self.input_size:
            raise TwoviewError(f"{self.id} sees pictures of {self.input_size} × {self.input_size} pixels only, not {pixels.shape[-1]}.")
        tokens = self._blocks(self.tower._embeds(pixels), slice(None, -1))
        side = pixels.shape[-1] // self.tower.patch_size[0]
        return tokens_to_maps(tokens, 1, (side, side))

    def pool(self, maps: Tensor) -> Tensor:
        if isinstance(self.tower, ModifiedResNet):
            return self._attention_pool(maps)
        if isinstance(self.tower, TimmModel):
            return self.tower.head(trunk_pool(self.tower.trunk, maps, pre_logits=False))
        pooled, _ = self.tower._pool(self._blocks(maps_to_tokens(maps, 1), slice(-1, None)))
        return pooled if self.tower.proj is None else pooled @ self.tower.proj

    def _blocks(self, tokens: Tensor, which: slice) -> Tensor:
        transformer = self.tower.transformer
        if not transformer.batch_first:
            tokens = tokens.transpose(0, 1)
        for block in transformer.resblocks[which]:
            tokens = block(tokens)
        return tokens if transformer.batch_first else tokens.transpose(0, 1)

    def _attention_pool(self, maps: Tensor) -> Tensor:
        """CLIP's attention pooling; for larger pictures its places (1 + side², width) are interpolated."""
        pool = self.tower.attnpool
        side = round((len(pool.positional_embedding) - 1) ** 0.5)
        if maps.shape[-2:] == (side, side):
            return pool(maps)
        mean, places = pool.positional_embedding[:1], pool.positional_embedding[1:]
        grid = F.interpolate(places.T.reshape(1, -1, side, side), size=maps.shape[-2:], mode="bicubic", align_corners=False)
        return functional_call(pool, {"positional_embedding": torch.cat([mean, grid.flatten(2)[0].T])}, (maps,))
