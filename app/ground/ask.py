"""What the page asks: which pictures have phrases, the regions that a model finds for them, and how right it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

import numpy as np
import streamlit as st
from pydantic import BaseModel

from app.asking import answering, catalogue, galleries, kept
from app.frame.work import turn
from engine.checkpoints.storage import load
from engine.data.base import PairedData
from engine.data.images import open_picture
from engine.data.regions import around, overlaps
from engine.encoders import kind_of
from engine.errors import TwoviewError
from engine.evaluation.grounding import RIGHT
from engine.grounding.drawing import marked
from engine.grounding.grounder import LONGEST, Grounded, Grounder
from engine.saliency.explainer import Trunks

__all__ = ["LONGEST", "TwoviewError"]

LOOKED_THROUGH = 40  # sentences, for one where only A is right
OPENINGS = "openings"  # what is kept of that
TRIED = 16  # pictures, for the one that the page opens on


@dataclass(frozen=True)
class Phrase:
    """Characters ``start:end`` of what is read, and the true box in pixels where it is known."""

    start: int
    end: int
    text: str
    truth: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Judged:
    """Of one phrase: IoU of the best region with the true box, the rank of the first region that is right, None if none is, and how many were ranked."""

    overlap: float
    rank: int | None
    proposals: int

    @property
    def right(self) -> bool:
        return self.rank == 1


def reads(entry: catalogue.Entry) -> bool:
    """Whether a checkpoint can be asked where something is: it pairs regions, or whole pictures, with words."""
    x, y = entry.card.encoders.x, entry.card.encoders.y
    return x is not None and y is not None and kind_of(x.id) in ("region", "image") and kind_of(y.id) == "text"


def pairs_words(pairs: PairedData) -> bool:
    """Whether pictures and sentences stand in the gallery; where phrases are linked to things, right and wrong can be told."""
    return pairs.x.kind == "image" and pairs.y.kind == "text"


@st.cache_resource(show_spinner=False)
def _trunks() -> Trunks:
    return Trunks()


@st.cache_resource(max_entries=8, show_spinner=False)
def _grounder(path: str, created: str) -> Grounder:
    return Grounder(load(path), _trunks(), answering.encoder)


@st.cache_resource(max_entries=512, show_spinner=False)
def _grounded(path: str, created: str, encoded: bytes, phrases: tuple[str, ...]) -> list[Grounded]:
    picture = open_picture(encoded)
    with turn:
        return _grounder(path, created).ground(picture, phrases)


class Found(BaseModel):
    """Of each phrase, the ``boxes``, best first, and their ``scores``."""

    boxes: list[list[list[float]]]
    scores: list[list[float]]


def grounded(entry: catalogue.Entry, encoded: bytes, phrases: Sequence[str], keep: bool = False) -> list[Grounded]:
    """The ranked regions for each phrase. ``keep``: for the next server. Raises TwoviewError when the model cannot be asked so."""

    def ground() -> Found:
        found = _grounded(str(entry.path), entry.made, encoded, tuple(phrases))
        return Found(boxes=[one.boxes.tolist() for one in found], scores=[one.scores.tolist() for one in found])

    identity = f"{entry.card.model.weights_hash} {sha256(encoded).hexdigest()} {tuple(phrases)}"
    known = kept.model(Found, entry.path.parent.name, kept.SIGHTS, identity, ground, keep)
    assert known is not None
    return [Grounded(phrase, np.array(boxes), np.array(scores)) for phrase, boxes, scores in zip(phrases, known.boxes, known.scores, strict=True)]


def size(encoded: bytes) -> tuple[int, int]:
    return open_picture(encoded).size


def original(data: str, split: str, row: int) -> bytes:
    """The picture's own file: true boxes are in its pixels."""
    return galleries.gallery(data, split).x.items.encoded(row)


def phrases(data: str, split: str, sentence: int) -> list[Phrase]:
    """The phrases of a sentence of the gallery whose region is known, in order; where the data link no phrases, the sentence as one."""
    pairs = galleries.gallery(data, split)
    text = pairs.y.items[sentence]
    if pairs.x.objects is None or pairs.y.phrases is None:
        return [Phrase(0, len(text), text[:LONGEST])]
    things = pairs.x.objects[int(galleries.partners(data, split, "y", sentence)[0])]
    return [
        Phrase(link.start, link.end, text[link.start : link.end], around([things[i].box for i in link.objects]))
        for link in sorted(pairs.y.phrases[sentence], key=lambda link: link.start) if link.objects
    ]  # fmt: skip


def typed(words: str) -> list[Phrase]:
    """What was typed as phrases: its parts between commas, as long as one may be."""
    found, at = [], 0
    for part in words.split(","):
        text = part.strip()
        if text:
            start = at + len(part) - len(part.lstrip())
            found.append(Phrase(start, start + len(text), text[:LONGEST]))
        at += len(part) + 1
    return found


def judged(found: Grounded, truth: Sequence[float]) -> Judged:
    shared = overlaps(found.boxes, np.array([truth]))[:, 0]
    right = np.flatnonzero(shared >= RIGHT)
    return Judged(float(shared[0]), int(right[0]) + 1 if len(right) else None, len(found.boxes))


def told(found: Grounded, truth: Sequence[float] | None) -> str:
    """How right the best region is, in words."""
    if truth is None:
        return f"The best of {len(found.boxes)} regions; nobody has said where it is."
    one = judged(found, truth)
    if one.right:
        return f"Right: IoU {one.overlap:.2f}."
    among = f"the first right one of {one.proposals} is at rank {one.rank}" if one.rank else f"none of the {one.proposals} proposals is right"
    return f"Wrong: IoU {one.overlap:.2f}; {among}."


def only_first(a: catalogue.Entry, b: catalogue.Entry, data: str, split: str, rows: Sequence[int]) -> int | None:
    """The first of some sentences with a phrase that A finds and B does not; None if there is none among them."""
    for row in rows[:LOOKED_THROUGH]:
        named = phrases(data, split, row)
        if not named:
            continue
        picture = original(data, split, int(galleries.partners(data, split, "y", row)[0]))
        of_a, of_b = (grounded(entry, picture, [one.text for one in named]) for entry in (a, b))
        if any(judged(x, one.truth).right and not judged(y, one.truth).right for x, y, one in zip(of_a, of_b, named, strict=True) if one.truth):
            return row
    return None


class Tried(BaseModel):
    """Of some pictures, each asked for the phrases of the sentence that names most: the ``sentence``, how many ``phrases`` it has, how many a model gets ``right``, and the
    mean ``overlap``."""

    sentence: list[int]
    phrases: list[int]
    right: list[int]
    overlap: list[float]


def tried(entry: catalogue.Entry, data: str, split: str) -> Tried | None:
    """``TRIED`` pictures, spread over the gallery, asked of one model; None where phrases are not linked to things. Kept for the next server.
    Raises TwoviewError when the model cannot be asked so."""
    return _tried(str(entry.path), entry.made, entry.card.model.weights_hash, data, split)


@st.cache_resource(max_entries=64, show_spinner=False)
def _tried(path: str, created: str, weights: str, data: str, split: str) -> Tried | None:
    return kept.model(Tried, data, OPENINGS, f"{TRIED} {weights} {data} {split}", lambda: _try(path, created, data, split))


def _try(path: str, created: str, data: str, split: str) -> Tried | None:
    pairs = galleries.gallery(data, split)
    if pairs.x.objects is None or pairs.y.phrases is None:
        return None
    found = Tried(sentence=[], phrases=[], right=[], overlap=[])
    for row in np.unique(np.linspace(0, len(pairs.x) - 1, TRIED).astype(int)).tolist():
        sentence, named = max(((mate, phrases(data, split, mate)) for mate in galleries.partners(data, split, "x", row).tolist()), key=lambda one: len(one[1]), default=(0, []))
        if not named:
            continue
        told = [judged(x, one.truth) for x, one in zip(_grounded(path, created, original(data, split, row), tuple(one.text for one in named)), named, strict=True) if one.truth]
        found.sentence.append(sentence)
        found.phrases.append(len(named))
        found.right.append(sum(one.right for one in told))
        found.overlap.append(float(np.mean([one.overlap for one in told])))
    return found


@dataclass(frozen=True)
class Opening:
    """The sentence that the page opens on; of its ``phrases``, ``right`` are found by each model; ``tried`` pictures were looked through."""

    sentence: int
    phrases: int
    right: list[int]
    tried: int


def opening(models: Sequence[catalogue.Entry], data: str, split: str) -> Opening | None:
    """Of the pictures tried, that in which the models together find most, then overlap most with what is true. None where nothing can be told.
    Raises TwoviewError when a model cannot be asked so."""
    found = [one for entry in models if (one := tried(entry, data, split))]
    if not found or not found[0].sentence:
        return None
    order = [(sum(one.right[place] for one in found), sum(one.overlap[place] for one in found)) for place in range(len(found[0].sentence))]
    best = order.index(max(order))
    return Opening(found[0].sentence[best], found[0].phrases[best], [one.right[best] for one in found], len(order))


def as_png(encoded: bytes, found: Sequence[Grounded]) -> bytes:
    """The picture with each phrase's best region, to take away."""
    buffer = BytesIO()
    marked(open_picture(encoded), [(one.phrase, one.boxes[0]) for one in found]).save(buffer, "PNG")
    return buffer.getvalue()
