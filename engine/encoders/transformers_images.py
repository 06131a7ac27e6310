"""The picture towers of transformers' CLIP and SigLIP: ``transformers:ORG/NAME``. Features are the embeddings before normalisation."""

from typing import Any

import torch
from torch import Tensor

from engine.encoders.base import ImageEncoder
from engine.encoders.folders import read_config
from engine.encoders.preprocessing import Preprocessing
from engine.encoders.references import Reference
from engine.encoders.transformers_models import PREPARATION, folder_of, open_model, weights_hash
from engine.encoders.trunks import maps_to_tokens, tokens_to_maps
from engine.errors import TwoviewError

__all__ = ["TransformersImages", "open", "weights_hash"]
RESAMPLING = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")  # Pillow's numbers, which the configurations hold


def open(reference: Reference) -> "TransformersImages":
    """Raises TwoviewError for an unreachable hub, a missing folder, another kind of model or weights that do not fit."""
    return TransformersImages(reference.id, weights_hash(reference), open_model(reference), preparation(read_config(folder_of(reference) / PREPARATION)))


def preparation(config: dict[str, Any]) -> Preprocessing:
    """How pictures are prepared, from preprocessor_config.json. Raises TwoviewError for what is not done by resize, crop, normalise."""
    try:
        size: Any = config["size"]
        crop: Any = config.get("crop_size")
        cropped = bool(config.get("do_center_crop", False))
        fit = "shortest" if isinstance(size, int) or "shortest_edge" in size else "squash"
        resized = size if isinstance(size, int) else size.get("shortest_edge", size.get("height"))
        side = (crop if isinstance(crop, int) else crop["height"]) if cropped else resized
        return Preprocessing(
            int(side), tuple(config["image_mean"]), tuple(config["image_std"]), fit, side / resized, RESAMPLING[config.get("resample", 3)],  # type: ignore[arg-type]
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError, IndexError, ZeroDivisionError) as error:
        raise TwoviewError(f"{PREPARATION} does not say how pictures are resized and normalised ({error!r}).") from error


class TransformersImages(ImageEncoder):
    """``model``: a CLIPModel or SiglipModel. CLIP reads its class token after the last block and is cut before it; SigLIP pools
    all patches by attention and is cut there."""

    def __init__(self, id: str, weights_hash: str, model: Any, preprocess_with: Preprocessing):
        super().__init__()
        self.id, self.weights_hash, self.preprocess_with = id, weights_hash, preprocess_with
        self.tower, self.projection = model.vision_model, getattr(model, "visual_projection", None)
        if self.projection is None and not getattr(self.tower, "use_head", False):
            raise TwoviewError(f"{id}: its picture tower gives patches and no vector, so nothing can be compared with sentences.")
        self.input_size = preprocess_with.size
        if (trained := self.tower.config.image_size) != self.input_size:
            raise TwoviewError(f"{id}: its pictures are prepared at {self.input_size} pixels, but the network takes {trained}.")
        self.side = self.input_size // self.tower.config.patch_size
        self.dim = model.config.projection_dim if self.projection is not None else self.tower.config.hidden_size

    def maps(self, pixels: Tensor) -> Tensor:
        if pixels.shape[-1] != self.input_size:
            raise TwoviewError(f"{self.id} sees pictures of {self.input_size} × {self.input_size} pixels only, not {pixels.shape[-1]}.")
        tokens, blocks = self.tower.embeddings(pixels), self.tower.encoder.layers
        if self.projection is not None:
            tokens = self._through(blocks[:-1], self.tower.pre_layrnorm(tokens))
            return tokens_to_maps(tokens, 1, (self.side, self.side))
        return tokens_to_maps(self.tower.post_layernorm(self._through(blocks, tokens)), 0, (self.side, self.side))

    def pool(self, maps: Tensor) -> Tensor:
        if self.projection is None:
            return self.tower.head(maps_to_tokens(maps, 0))
        tokens = self._through(self.tower.encoder.layers[-1:], maps_to_tokens(maps, 1))
        return self.projection(self.tower.post_layernorm(tokens[:, 0]))

    @staticmethod
    def _through(blocks: torch.nn.ModuleList, tokens: Tensor) -> Tensor:
        for block in blocks:
            tokens = block(tokens, None)
        return tokens
