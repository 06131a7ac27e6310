"""Where open_clip's two towers come from.

``open_clip:RN50/openai`` (a tag), ``open_clip:RN50?quick_gelu=1@weights.safetensors`` (a file, also the ``.pt`` that
open_clip's training writes, read weights-only), ``open_clip:hf-hub:ORG/NAME`` and ``open_clip:local-dir:/PATH`` (a folder in
open_clip's layout, which says how pictures are prepared).

CLIP — Learning Transferable Visual Models From Natural Language Supervision (Radford et al., 2021), in the implementation of
OpenCLIP (Ilharco et al., 2021). ``quick_gelu``: the weights were trained with CLIP's own approximation of GELU. ``size``,
``mean``, ``std``: how pictures were prepared in training, where it was not the model's default.
"""

from collections.abc import Callable
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import open_clip
import torch
from open_clip.factory import HF_HUB_PREFIX, LOCAL_DIR_PREFIX
from safetensors import SafetensorError, safe_open

from engine.encoders.folders import folder_hash, model_folder, weights_in
from engine.encoders.prompting import Prompt
from engine.encoders.references import Reference, asking_the_hub, file_hash, option_values, weights_file
from engine.errors import TwoviewError

CONFIG = "open_clip_config.json"
WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin", "model.safetensors")
OF_PICTURES: dict[str, Callable[[str], object]] = {
    "quick_gelu": lambda text: bool(int(text)), "size": int,
    "mean": lambda text: tuple(map(float, text.split(","))), "std": lambda text: tuple(map(float, text.split(","))),
}  # fmt: skip
OPTIONS = OF_PICTURES | {"prompt": Prompt.parse}


def folder_of(reference: Reference) -> Path | None:
    """The folder of a model in open_clip's layout, downloaded if need be; None for ids that name an architecture."""
    for prefix in (LOCAL_DIR_PREFIX, HF_HUB_PREFIX):
        if reference.name.startswith(prefix):
            return model_folder(reference, reference.name.removeprefix(prefix), WEIGHTS)
    return None


def model_and_tag(reference: Reference) -> tuple[str, str]:
    """The model's name, and the tag of its weights ("" for a local file). Raises TwoviewError for names open_clip does not know."""
    name, _, tag = reference.name.partition("/")
    if name not in open_clip.list_models():
        raise TwoviewError(f"{reference.id}: open_clip has no model {name!r}. There are, among others: RN50, RN101, ViT-B-32, ViT-B-16, ViT-L-14.")
    if not reference.file and not open_clip.get_pretrained_cfg(name, tag):
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(name)) or "none: name a local file with @file.safetensors"
        raise TwoviewError(f"{reference.id}: open_clip has no weights {tag!r} for {name}. There are: {tags}.")
    return name, tag


def weights_path(reference: Reference) -> Path:
    """The weights' file, downloaded if need be. Raises TwoviewError when it is not here and the hub cannot be reached."""
    if (folder := folder_of(reference)) is not None:
        return weights_in(reference, folder, WEIGHTS)
    name, tag = model_and_tag(reference)
    if reference.file:
        return weights_file(reference)
    with asking_the_hub(reference):
        return Path(open_clip.download_pretrained(open_clip.get_pretrained_cfg(name, tag)))


def weights_hash(reference: Reference) -> str:
    folder, weights = folder_of(reference), weights_path(reference)
    return file_hash(weights) if folder is None else folder_hash(weights, weights_in(reference, folder, (CONFIG,)))


def open_model(reference: Reference) -> Any:
    """The whole model, its text tower apart as ``model.text``. Raises TwoviewError when the weights do not fit it."""
    path = weights_path(reference)
    options = option_values(reference, OPTIONS)
    prepared = {name: options[name] for name in ("mean", "std") if name in options}
    try:
        if (folder := folder_of(reference)) is not None:
            name, known, quick_gelu = f"{LOCAL_DIR_PREFIX}{folder}", {}, bool(options.get("quick_gelu"))
        else:
            name, tag = model_and_tag(reference)
            quick_gelu = bool(options.get("quick_gelu", (open_clip.get_pretrained_cfg(name, tag) or {}).get("quick_gelu")))
            known = {"pretrained": tag or str(path)} | ({"init_logit_bias": 0.0} if reference.file and has_bias(path) else {})
        return open_clip.create_model(
            name, **known, force_quick_gelu=quick_gelu, force_custom_text=True, force_image_size=options.get("size"),
            force_preprocess_cfg=prepared, weights_only=True, require_pretrained=True,
        )  # fmt: skip
    except (RuntimeError, KeyError, TypeError, AttributeError, ValueError, OSError, EOFError, UnpicklingError, SafetensorError) as error:
        raise TwoviewError(f"{reference.id}: the weights in {path.name} do not fit ({str(error).splitlines()[0]}).") from error


def open_tokenizer(reference: Reference) -> Any:
    """What turns sentences into the text tower's tokens. Raises TwoviewError when it lies on a hub that cannot be reached."""
    folder = folder_of(reference)
    with asking_the_hub(reference):  # some models' tokenizers lie on the hub
        return open_clip.get_tokenizer(f"{LOCAL_DIR_PREFIX}{folder}" if folder is not None else model_and_tag(reference)[0])


def logits(reference: Reference) -> tuple[float, float]:
    """Scale and bias that the model was trained to put on its cosines: its logit is scale · cosine + bias."""
    model = open_model(reference)
    return model.logit_scale.exp().item(), 0.0 if model.logit_bias is None else model.logit_bias.item()


def has_bias(path: Path) -> bool:
    """Whether a file holds a SigLIP's bias, which its architecture's name does not tell."""
    if path.suffix == ".safetensors":
        with safe_open(path, "pt") as file:
            names = set(file.keys())
    else:
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        names = set(state.get("state_dict", state))
    return bool({"logit_bias", "module.logit_bias"} & names)
