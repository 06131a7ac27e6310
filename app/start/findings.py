"""Findings as the start page shows them, kept by what they were found with: a fresh server shows them before torch is loaded.

Looked up in ``checkpoints/<data>/findings`` (what ships), then in the user's cache. ``ask`` finds them.
"""

from hashlib import sha256
from typing import Annotated, Literal

import streamlit as st
from pydantic import Base64Bytes, BaseModel, Field, TypeAdapter

from app.asking import kept
from app.asking.catalogue import Entry
from app.components.cards import Column

RULES = 1  # of finding: another number forgets what was kept


class Ray(BaseModel):
    """One prompt's map over the picture (JPEG), with the words about it."""

    prompt: str
    said: str
    map: Base64Bytes


class Light(BaseModel):
    """A picture in which a model's map follows the prompt."""

    kind: Literal["light"] = "light"
    title: str
    model: str
    row: int
    tried: int
    rays: list[Ray]


class Blind(BaseModel):
    """The model with the highest sum of correlations, ``models[first]``, is worse at finding than ``models[best]``.

    Per model of the data set its title, folder, ``sums`` of correlations and ``recall`` (of 1).
    """

    kind: Literal["blind"] = "blind"
    title: str
    said: str
    data: str
    models: list[str]
    folders: list[str]
    sums: list[float]
    recall: list[float]
    first: int
    best: int


class Asked(BaseModel):
    """A question and what one or two models answer: ``columns`` as they are shown; ``folders`` of the models that a link opens, A and B."""

    kind: Literal["asked"] = "asked"
    title: str
    said: str
    text: str = ""
    view: str = ""
    id: str = ""
    columns: list[Column]
    folders: list[str]


Finding = Annotated[Light | Blind | Asked, Field(discriminator="kind")]
_FINDINGS = TypeAdapter(list[Finding])


def key(models: dict[str, Entry], usable: list[Entry], data: str, split: str) -> str:
    """Equal exactly when the same would be found: the models by their letters, all checkpoints there are, data, split, rules."""
    chosen = " ".join(f"{letter} {entry.path.name}" for letter, entry in models.items())
    digest = sha256(f"{RULES} {data} {split} {chosen}".encode())
    for entry in sorted(usable, key=lambda entry: (entry.card.data.name, entry.path.name)):
        digest.update(f"{entry.path.name} {entry.card.model_dump_json()}".encode())
    return digest.hexdigest()[:32]


@st.cache_resource(max_entries=16, show_spinner=False)
def read(data: str, key: str) -> list[Finding] | None:
    """What was found before; None when nothing was, or it cannot be read."""
    return kept.read(_FINDINGS, data, "findings", key)


def keep(found: list[Finding], key: str) -> None:
    """For the next server, in the user's cache; without a word where nothing can be written."""
    kept.write(_FINDINGS.dump_json(found), "findings", key)
    read.clear()
