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
    "minilm": "engine.encoders.minilm",
    "open_clip_text": "engine.encoders.open_clip_texts",
    "sentence-transformers": "engine.encoders.sentence_transformers",
    "tfidf": "engine.encoders.tfidf",
}
OF_TEXT = ("minilm", "open_clip_text", "sentence-transformers", "tfidf")


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


def fit(id: str, view: View) -> str:
    """The id that opens this encoder: the same, unless it has to be fitted on ``view``, a training split's view, first.

    ``fit("tfidf", sentences)`` gives ``"tfidf@0123456789abcdef"``, to be used for every split and kept in the card.
    """
    reference, family = _family(id)
    return family.fit(view) if hasattr(family, "fit") and not reference.file else id


def kind_of(id: str) -> Literal["image", "text"]:
    """What the encoder of this id reads, without opening it."""
    return "text" if Reference.parse(id).family in OF_TEXT else "image"


def _family(id: str):
    reference = Reference.parse(id)
    if reference.family not in FAMILIES:
        raise TwoviewError(f"There is no encoder {id!r}. An id begins with one of: {', '.join(FAMILIES)}.")
    return reference, import_module(FAMILIES[reference.family])
