"""Where open_clip's two towers come from: ``open_clip:RN50/openai`` (hub tag) or ``open_clip:RN50?quick_gelu=1@weights.safetensors``.

CLIP — Learning Transferable Visual Models From Natural Language Supervision (Radford et al., 2021), in the implementation of
OpenCLIP (Ilharco et al., 2021). ``quick_gelu``: the weights were trained with CLIP's own approximation of GELU.
"""

from pathlib import Path
from typing import Any

import open_clip

from engine.encoders.references import Reference, asking_the_hub, file_hash, option_values, weights_file
from engine.errors import TwoviewError

OPTIONS = {"quick_gelu": lambda text: bool(int(text))}


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
    name, tag = model_and_tag(reference)
    if reference.file:
        return weights_file(reference)
    with asking_the_hub(reference):
        return Path(open_clip.download_pretrained(open_clip.get_pretrained_cfg(name, tag)))


def weights_hash(reference: Reference) -> str:
    return file_hash(weights_path(reference))


def open_model(reference: Reference) -> Any:
    """The whole model, its text tower apart as ``model.text``. Raises TwoviewError when the weights do not fit it."""
    name, tag = model_and_tag(reference)
    path = weights_path(reference)
    quick_gelu = bool(option_values(reference, OPTIONS).get("quick_gelu", (open_clip.get_pretrained_cfg(name, tag) or {}).get("quick_gelu")))
    try:
        return open_clip.create_model(name, pretrained=tag or str(path), force_quick_gelu=quick_gelu, force_custom_text=True)
    except (RuntimeError, KeyError, OSError) as error:
        raise TwoviewError(f"{reference.id}: the weights in {path.name} do not fit ({str(error).splitlines()[0]}).") from error
