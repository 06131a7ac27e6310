"""Image encoders from timm: ``timm:resnet50.a1_in1k`` (hub), ``timm:mobilenetv2_100?pad_type=same@weights.safetensors`` (file).

timm — PyTorch Image Models (R. Wightman, 2019). Features are the pooled activations before the classifier. The picture is
prepared as the model's authors did, unless the id's options say otherwise: ``size``, ``mean`` and ``std`` (of pixels in
[0, 1], one number or three), ``fit`` (shortest, squash), ``crop``, ``interpolation``; ``pad_type`` is timm's.
"""

from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import safe_open
from torch import Tensor, nn

from engine.encoders.base import ImageEncoder
from engine.encoders.preprocessing import FILTERS, Preprocessing
from engine.encoders.references import Reference, file_hash, hub_file, option_values, weights_file
from engine.encoders.trunks import trunk_maps, trunk_pool
from engine.errors import TwoviewError


def _numbers(text: str) -> tuple[float, ...]:
    values = tuple(float(part) for part in text.split(","))
    if len(values) not in (1, 3):
        raise ValueError("one number or three, with commas between")
    return values if len(values) == 3 else values * 3


def _one_of(*names: str):
    def read(text: str) -> str:
        if text not in names:
            raise ValueError(f"one of {', '.join(names)}")
        return text

    return read


PREPARATION = {
    "size": int, "mean": _numbers, "std": _numbers, "fit": _one_of("shortest", "squash"), "crop": float,
    "interpolation": _one_of(*FILTERS),
}  # fmt: skip
OPTIONS = PREPARATION | {"pad_type": _one_of("same")}

# Published files whose network differs from timm's model of that name, by SHA-256: what their ids need not repeat.
KNOWN_FILES: dict[str, dict[str, Any]] = {
    # MobileNetV2 as TensorFlow trains it: padded at the end only, pixel (u8 − 127) / 127.5, the whole picture.
    "ef53da18bb06cec6dd29d5d13e2418f3a6dfd8dc95b50fccd21e3d73ff04ec86": {
        "pad_type": "same", "mean": (127 / 255,) * 3, "std": (0.5,) * 3, "crop": 1.0, "fit": "squash",
    },
}  # fmt: skip


def weights_path(reference: Reference) -> Path:
    return weights_file(reference) if reference.file else hub_file(reference, f"timm/{reference.name}", "model.safetensors")


def weights_hash(reference: Reference) -> str:
    return file_hash(weights_path(reference))


def open(reference: Reference) -> "TimmEncoder":
    """Raises TwoviewError for an unknown model, an unreachable hub, a missing file or one that does not fit the model."""
    import timm  # takes seconds, and is not needed where features are kept
    from timm.data import resolve_model_data_config

    architecture = reference.name.partition(".")[0]
    if not timm.is_model(architecture):
        near = ", ".join(timm.list_models(f"*{architecture[:6]}*")[:8]) or "see timm.list_models()"
        raise TwoviewError(f"{reference.id}: timm has no model {architecture!r}. Near it: {near}.")
    path = weights_path(reference)
    fingerprint = file_hash(path)
    options = KNOWN_FILES.get(fingerprint, {}) | option_values(reference, OPTIONS)
    building = {key: value for key, value in options.items() if key not in PREPARATION}
    try:
        trunk = timm.create_model(reference.name, num_classes=0, pretrained=True, pretrained_cfg_overlay={"file": str(path)}, **building)
    except (RuntimeError, KeyError, TypeError, OSError) as error:
        raise TwoviewError(f"{reference.id}: the weights in {path.name} do not fit ({str(error).splitlines()[0]}).") from error
    if reference.file and (missing := _missing(path, trunk)):  # timm would leave what is missing random
        raise TwoviewError(f"{reference.id}: the weights in {path.name} do not fit: they lack {missing[0]!r}, and {len(missing) - 1} more.")
    config = resolve_model_data_config(trunk)
    preparation = {
        "size": config["input_size"][-1], "mean": config["mean"], "std": config["std"], "crop": config["crop_pct"],
        "fit": "squash" if config["crop_mode"] == "squash" else "shortest", "interpolation": config["interpolation"],
    }  # fmt: skip
    preparation |= {key: value for key, value in options.items() if key in PREPARATION}
    return TimmEncoder(reference.id, fingerprint, trunk, Preprocessing(**preparation))


def _missing(path: Path, trunk: nn.Module) -> list[str]:
    with safe_open(path, "pt") as file:
        missing = set(trunk.state_dict()) - set(file.keys())
    return sorted(name for name in missing if not name.endswith("num_batches_tracked"))  # of no use but in training


class TimmEncoder(ImageEncoder):
    """``trunk``: a timm network without classifier (``num_classes=0``)."""

    trunk: Any

    def __init__(self, id: str, weights_hash: str, trunk: nn.Module, preprocessing: Preprocessing):
        super().__init__()
        self.id, self.weights_hash, self.preprocess_with = id, weights_hash, preprocessing
        self.input_size = preprocessing.size
        self.trunk = trunk.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.dim = int(getattr(self.trunk, "head_hidden_size", None) or self.trunk.num_features)

    def preprocess(self, picture: Image.Image, size: int | None = None) -> Tensor:
        return self.preprocess_with(picture, size)

    def maps(self, pixels: Tensor) -> Tensor:
        return trunk_maps(self.trunk, pixels)

    def pool(self, maps: Tensor) -> Tensor:
        return trunk_pool(self.trunk, maps)
