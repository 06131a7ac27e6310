"""What the Look page shows, asked of the engine: maps of prompts and of pairs, how right they are; kept while the app serves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
import streamlit as st
from PIL import Image
from pydantic import BaseModel

from app.asking import answering, catalogue, galleries, kept
from app.frame.words import asking
from app.frame.work import turn
from engine.checkpoints.storage import load
from engine.data.base import ObjectAnnotation, PairedData
from engine.data.images import open_picture
from engine.encoders import kind_of
from engine.encoders.base import ImageEncoder
from engine.models import MODELS
from engine.models.base import TwoViewModel
from engine.saliency.drawing import COLOURS, overlay
from engine.saliency.explainer import Explained, ExplainedPair, Explainer, Trunks, randomised
from engine.saliency.maps import FAST, SLOW, Progress
from engine.saliency.measures import pointing_game, precision_in_mask, uniform_precision
from engine.saliency.suite import object_mask, seen_mask

__all__ = ["COLOURS", "SLOW", "Explained", "ExplainedPair", "ObjectAnnotation"]

TRIED = 10  # pictures, to find the one with the clearest maps
SHOWN = 448  # pixels of a drawn map: sharp on a double-density screen
METHODS = {"Grad-CAM": "gradcam", "Grad-CAM, centred": "gradcam-centred", "Grad-CAM++": "gradcam++", "LayerCAM": "layercam", "Eigen-Grad-CAM": "eigengradcam", "Score-CAM (slow)": "scorecam", "Pixel gradient (slow)": "gradient"}
SCORES = {"Eq. 4": "common", "Cosine": "cosine", "Norm": "norm", "Similarity": "similarity"}
COMMON, INDIVIDUAL, DIFFERENCE = PARTS = ("Common", "Individual", "Difference")  # what is shown of each model for a prompt
APART = "Apart"
PAIR_PARTS = (COMMON, INDIVIDUAL, APART)  # and for two pictures; lower case they are the engine's kinds of a pair's maps
assert set(METHODS.values()) == {*FAST, *SLOW}


@dataclass(frozen=True)
class Eye:
    """One column: a checkpoint, or with ``control`` the same network with its weights' entries shuffled.

    ``letter``: the workspace's, or None for one from elsewhere. ``weights``: their hash.
    """

    path: str
    created: str
    weights: str
    title: str
    kind: str
    letter: str | None = None
    control: bool = False


@dataclass(frozen=True)
class Way:
    """How to look: a score and a method as the engine names them, the input's side in pixels (None: as trained)."""

    score: str = "common"
    method: str = "gradcam"
    size: int | None = None

    def score_of(self, seer: Eye) -> str:
        """A pairwise model has its own learned score only."""
        return "similarity" if seer.kind == "pairwise" else self.score


def eye(entry: catalogue.Entry, letter: str | None = None) -> Eye:
    return Eye(str(entry.path), entry.made, entry.card.model.weights_hash, entry.title, entry.card.model.kind, letter)


def shuffled(seer: Eye) -> Eye:
    """The control of a model."""
    return replace(seer, title=f"{seer.title}, random weights", letter=None, control=True)


def kinds(entry: catalogue.Entry) -> tuple[str | None, str | None]:
    """What a checkpoint pairs: ("image", "text"), ("image", "image") …; None where there is no encoder."""
    x, y = entry.card.encoders.x, entry.card.encoders.y
    return (kind_of(x.id) if x else None), (kind_of(y.id) if y else None)


def reads_prompts(entry: catalogue.Entry) -> bool:
    return kinds(entry) == ("image", "text")


def reads_pairs(entry: catalogue.Entry) -> bool:
    return kinds(entry) == ("image", "image")


def sees_what_is_alone(entry: catalogue.Entry) -> bool:
    """Whether a model also learns what only one of the views has: its own stage of training."""
    return "individual" in MODELS[entry.card.model.name].stages


# --- explainers -------------------------------------------------------------------------------------------------------
@st.cache_resource(show_spinner=False)
def _trunks() -> Trunks:
    return Trunks()


@st.cache_resource(max_entries=8, show_spinner=False)
def _explainer(path: str, created: str) -> Explainer:
    return Explainer(load(path), _trunks(), answering.encoder)


@st.cache_resource(max_entries=8, show_spinner=False)
def _control(path: str, created: str) -> TwoViewModel:
    return randomised(_explainer(path, created).model)


def _head(seer: Eye) -> TwoViewModel | None:
    """What looks instead of the checkpoint's own model, if anything."""
    return _control(seer.path, seer.created) if seer.control else None


@st.cache_resource(max_entries=64, show_spinner=False)
def _pixels(encoded: bytes) -> Image.Image:
    return open_picture(encoded)


@st.cache_resource(max_entries=512, show_spinner=False)
def explained(seer: Eye, encoded: bytes, prompt: str, way: Way, part: str = COMMON) -> Explained:
    """One prompt on one picture by a fast method. Raises TwoviewError when the model cannot be asked so."""
    return prompts_seen(_explainer(seer.path, seer.created), _head(seer), encoded, (prompt,), way, part, seer)[0]


@st.cache_resource(max_entries=64, show_spinner=False)
def compared(seer: Eye, encoded: bytes, prompts: tuple[str, ...], way: Way) -> list[Explained]:
    """What speaks for each prompt and not for the others. Raises TwoviewError when the model cannot be asked so."""
    return prompts_seen(_explainer(seer.path, seer.created), _head(seer), encoded, prompts, way, DIFFERENCE, seer)


def prompts_seen(
    explainer: Explainer, head: TwoViewModel | None, encoded: bytes, asked: tuple[str, ...], way: Way, part: str, seer: Eye,
    progress: Progress | None = None,
) -> list[Explained]:  # fmt: skip
    """What ``part`` of a model sees of each prompt; ``progress`` where a slow method runs in a process of its own."""
    name = "individual_x" if part == INDIVIDUAL else way.score_of(seer)
    picture = open_picture(encoded) if progress else _pixels(encoded)
    with turn:
        return explainer.prompts(picture, asked, name, way.method, way.size, progress, head, difference=part == DIFFERENCE)


@st.cache_resource(max_entries=128, show_spinner=False)
def explained_pair(seer: Eye, first: bytes, second: bytes, way: Way) -> ExplainedPair:
    """Two pictures by a fast method. Raises TwoviewError when the model does not pair pictures."""
    explainer, pictures, head = _explainer(seer.path, seer.created), (_pixels(first), _pixels(second)), _head(seer)
    with turn:
        return explainer.pair(*pictures, way.score_of(seer), way.method, way.size, model=head)


@st.cache_resource(max_entries=128, show_spinner=False)
def why(seer: Eye, prompt: str, better: bytes, worse: bytes, way: Way | None = None) -> tuple[Explained, Explained]:
    """Why a model ranks one picture above another for a sentence: a map of each by a fast method, and the words that make
    the difference. Raises TwoviewError when the model cannot be asked so."""
    way = way or Way()
    explainer, pictures, head = _explainer(seer.path, seer.created), (_pixels(better), _pixels(worse)), _head(seer)
    with turn:
        return explainer.why(prompt, *pictures, "similarity", way.method, way.size, model=head)


# --- drawing ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Ink:
    """How maps are drawn. ``highest``: the value that gets the strongest colour, None for each map's own. Where maps share
    ``highest``, brightness grows with the cube root of the value: a map of a tenth of the strength is still seen."""

    opacity: float
    colours: str
    highest: float | None = None


@st.cache_data(max_entries=512, show_spinner=False)
def drawn(seer: Eye, encoded: bytes, _saliency: np.ndarray, identity: tuple, ink: Ink, _mask: np.ndarray | None, side: int = 0) -> bytes:
    """A map over what the encoder sees of the picture, as JPEG. ``identity`` names the underscored arguments, for the cache."""
    square = _image_encoder(seer, side).square(_pixels(encoded), len(_saliency))
    with turn:
        return _drawn(square, _saliency, ink, _mask)


def _drawn(square: Image.Image, saliency: np.ndarray, ink: Ink, mask: np.ndarray | None) -> bytes:
    if ink.highest:
        saliency = np.cbrt(np.clip(saliency, 0, None) / ink.highest)
    picture = square.resize((SHOWN, SHOWN), Image.Resampling.BICUBIC)
    large = np.asarray(Image.fromarray(saliency).resize((SHOWN, SHOWN), Image.Resampling.BILINEAR))
    shape = None if mask is None else np.asarray(Image.fromarray(mask).resize((SHOWN, SHOWN), Image.Resampling.NEAREST))
    return jpeg(overlay(picture, large, ink.opacity, ink.colours, 1.0 if ink.highest else None, shape))


def jpeg(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _image_encoder(seer: Eye, side: int) -> ImageEncoder:
    encoder = _explainer(seer.path, seer.created).encoders[side]
    assert isinstance(encoder, ImageEncoder)
    return encoder


# --- what is known of a picture ---------------------------------------------------------------------------------------
def objects(pairs: PairedData, row: int | None) -> Sequence[ObjectAnnotation]:
    """The known objects of a picture of the gallery; none for a person's own."""
    return () if row is None or pairs.x.objects is None else pairs.x.objects[row]


def original(data: str, split: str, row: int) -> bytes:
    """A picture of the gallery as it is kept: masks lie on its own pixels."""
    return galleries.gallery(data, split).x.items.encoded(row)


def labels(found: Sequence[ObjectAnnotation]) -> list[str]:
    return list(dict.fromkeys(item.label for item in found))


def named(prompt: str, found: Sequence[ObjectAnnotation]) -> list[ObjectAnnotation]:
    """The known objects that a prompt names, alone or in the plural; of several kinds, those named by the most letters."""
    heard = [label for label in labels(found) if re.search(rf"\b{re.escape(label)}(s|es)?\b", prompt, re.IGNORECASE)]
    best = max(heard, key=len, default=None)
    return [item for item in found if item.label == best]


@st.cache_resource(max_entries=256, show_spinner=False)
def mask_of(seer: Eye, encoded: bytes, _objects: Sequence[ObjectAnnotation], identity: tuple, size: int, side: int = 0) -> np.ndarray | None:
    """Where the objects are on the square that the encoder sees, (size, size); None when they are cut off or there are none."""
    if not _objects:
        return None
    mask = seen_mask(_image_encoder(seer, side), object_mask(_objects, _pixels(encoded).size), size)
    return mask if mask.any() else None


class Judged(BaseModel):
    """A map against an object: shares of 1; ``uniform``: what an even map gets."""

    precision: float
    uniform: float
    pointing: float


def judge(saliency: np.ndarray, mask: np.ndarray) -> Judged:
    return Judged(precision=precision_in_mask(saliency, mask), uniform=uniform_precision(mask), pointing=pointing_game(saliency, mask))


def telling_rows(data: str, split: str, number: int = 24) -> list[int]:
    """Pictures worth looking at first: spread over the gallery, those with several kinds of known object before others."""
    return _telling_rows(data, split, number, catalogue.version(data))


@st.cache_data(max_entries=32, show_spinner=False)
def _telling_rows(data: str, split: str, number: int, version: str) -> list[int]:
    pairs = galleries.gallery(data, split)
    spread = np.linspace(0, len(pairs.x) - 1, min(len(pairs.x), 8 * number)).astype(int)
    known = pairs.x.objects
    if known is None:
        return spread[:: max(1, len(spread) // number)].tolist()[:number]
    return sorted(dict.fromkeys(spread.tolist()), key=lambda row: abs(len(labels(known[row])) - 3))[:number]


class Clearest(BaseModel):
    """The picture, of ``tried``, in which the second best of a model's maps of objects lies best on its own. ``judged``: by
    kind of object, the best first."""

    row: int
    tried: int
    judged: dict[str, Judged]


@st.cache_resource(max_entries=16, show_spinner=False)
def clearest(seer: Eye, data: str, split: str) -> Clearest | None:
    """None where objects are not known, or the model points at fewer than two of them in any picture. Kept for the next server."""
    return kept.model(Clearest, data, "clearest", f"{TRIED} {seer.weights} {data} {split}", lambda: _seek_clearest(seer, data, split))


def _seek_clearest(seer: Eye, data: str, split: str) -> Clearest | None:
    if galleries.gallery(data, split).x.objects is None:
        return None
    best: Clearest | None = None
    rows = telling_rows(data, split)[:TRIED]
    for row in rows:
        judged = dict(sorted(_judged(seer, data, split, row).items(), key=lambda item: -item[1].precision))
        shares = [found.precision for found in judged.values()]
        if len(shares) > 1 and (best is None or shares[1] > list(best.judged.values())[1].precision):
            best = Clearest(row=row, tried=len(rows), judged=judged)
    return best


def _judged(seer: Eye, data: str, split: str, row: int) -> dict[str, Judged]:
    """For each kind of object in a picture that the model points at, how well its map lies on it."""
    known, encoded = objects(galleries.gallery(data, split), row), original(data, split, row)
    found = {}
    for label in labels(known)[:4]:
        prompt = asking(label)
        light = explained(seer, encoded, prompt, Way()).saliency
        mask = mask_of(seer, encoded, named(prompt, known), ("clearest", data, split, row, label), len(light))
        if mask is not None and (judged := judge(light, mask)).pointing == 1:
            found[label] = judged
    return found
