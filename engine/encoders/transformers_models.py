"""CLIP and SigLIP in the layout of transformers: ``transformers:google/siglip-base-patch16-224``, or ``transformers:/PATH`` of a folder.

CLIP — Learning Transferable Visual Models From Natural Language Supervision (Radford et al., 2021); SigLIP — Sigmoid Loss for
Language Image Pre-Training (Zhai et al., 2023). sentence-transformers' CLIP models hold such a folder, which is found in them.
"""

from pathlib import Path
from typing import Any

from engine.encoders.folders import folder_hash, inner_folder, model_folder, read_config, weights_in
from engine.encoders.prompting import Prompt
from engine.encoders.references import Reference, option_values
from engine.errors import TwoviewError

CONFIG, PREPARATION = "config.json", "preprocessor_config.json"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
ARCHITECTURES = ("clip", "siglip")
OPTIONS = {"prompt": Prompt.parse}


def folder_of(reference: Reference) -> Path:
    """The folder of the network, downloaded if need be. Raises TwoviewError when there is none or it holds another kind."""
    if not reference.name or reference.file:
        raise TwoviewError(f"{reference.id} names no model. Write transformers:ORG/NAME or transformers:/PATH of a folder.")
    folder = inner_folder(model_folder(reference, reference.name, WEIGHTS))
    config = read_config(folder / CONFIG)
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind not in ARCHITECTURES:
        raise TwoviewError(f"{reference.id} is a model of type {kind!r}. Dual encoders of these types can be brought: {', '.join(ARCHITECTURES)}.")
    return folder


def weights_hash(reference: Reference) -> str:
    folder = folder_of(reference)
    return folder_hash(weights_in(reference, folder, WEIGHTS), folder / CONFIG)


def open_model(reference: Reference) -> Any:
    """The whole model, a CLIPModel or SiglipModel. Raises TwoviewError when its weights do not fit its configuration."""
    from transformers import AutoModel

    folder = folder_of(reference)
    weights = weights_in(reference, folder, WEIGHTS)
    try:
        model, told = AutoModel.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, dtype="float32",
            use_safetensors=weights.suffix == ".safetensors", weights_only=True, output_loading_info=True,
        )  # fmt: skip
    except Exception as error:  # whatever the library meets in a damaged file
        raise TwoviewError(f"{reference.id}: the weights in {weights.name} do not fit ({str(error).strip().splitlines()[0]}).") from error
    if missing := sorted(told["missing_keys"]):  # the library would leave what is missing random
        raise TwoviewError(f"{reference.id}: the weights in {weights.name} do not fit: they lack {missing[0]!r}, and {len(missing) - 1} more.")
    return model.eval().requires_grad_(False)


def prompt_of(reference: Reference) -> Prompt:
    return option_values(reference, OPTIONS).get("prompt", Prompt())


def logits(reference: Reference) -> tuple[float, float]:
    """Scale and bias that the model was trained to put on its cosines: its logit is scale · cosine + bias."""
    model = open_model(reference)
    return float(model.logit_scale.exp()), float(getattr(model, "logit_bias", 0.0))
