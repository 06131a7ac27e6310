"""What the Look page shows, asked of the engine: maps of prompts and of pairs, how right they are; kept while the app serves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
import streamlit as st
from PIL import Image

from app import lab
from app.turns import turn
from engine.checkpoints.storage import load
from engine.data.base import ObjectAnnotation, PairedData
from engine.data.derived import labels_in, picture_pairs
from engine.data.images import open_picture
from engine.encoders import kind_of
from engine.encoders.base import ImageEncoder
from engine.errors import TwoviewError
from engine.models.base import TwoViewModel
from engine.saliency.drawing import COLOURS, overlay, sheet
from engine.saliency.explainer import Explained, ExplainedPair, Explainer, Trunks, randomised
from engine.saliency.maps import FAST, SLOW, Progress
from engine.saliency.measures import pointing_game, precision_in_mask, uniform_precision
from engine.saliency.suite import object_mask, seen_mask

__all__ = ["COLOURS", "SLOW", "Explained", "ExplainedPair", "ObjectAnnotation"]

SHOWN = 448  # pixels of a drawn map: sharp on a double-density screen
METHODS = {"Grad-CAM": "gradcam", "Grad-CAM, centred": "gradcam-centred", "Grad-CAM++": "gradcam++", "LayerCAM": "layercam", "Eigen-Grad-CAM": "eigengradcam", "Score-CAM (slow)": "scorecam", "Pixel gradient (slow)": "gradient"}
SCORES = {"Eq. 4": "common", "Cosine": "cosine", "Norm": "norm", "Similarity": "similarity"}
COMMON, INDIVIDUAL, DIFFERENCE = PARTS = ("Common", "Individual", "Difference")  # what is shown of each model for a prompt
APART = "Apart"
PAIR_PARTS = (COMMON, INDIVIDUAL, APART)  # and for two pictures; lower case they are the engine's kinds of a pair's maps
SUGGESTED = 6  # pairs of each sort
assert set(METHODS.values()) == {*FAST, *SLOW}


@dataclass(frozen=True)
class Eye:
    """One column: a checkpoint, or with ``control`` the same network with its weights' entries shuffled.

    ``letter``: the workspace's, or None for one from elsewhere.
    """

    path: str
    created: str
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


def eye(entry: lab.Entry, letter: str | None = None) -> Eye:
    return Eye(str(entry.path), entry.card.created, entry.card.title, entry.card.model.kind, letter)


def shuffled(seer: Eye) -> Eye:
    """The control of a model."""
    return replace(seer, title=f"{seer.title}, random weights", letter=None, control=True)


def kinds(entry: lab.Entry) -> tuple[str | None, str | None]:
    """What a checkpoint pairs: ("image", "text"), ("image", "image") …; None where there is no encoder."""
    x, y = entry.card.encoders.x, entry.card.encoders.y
    return (kind_of(x.id) if x else None), (kind_of(y.id) if y else None)


def reads_prompts(entry: lab.Entry) -> bool:
    return kinds(entry) == ("image", "text")


def reads_pairs(entry: lab.Entry) -> bool:
    return kinds(entry) == ("image", "image")


# --- explainers -------------------------------------------------------------------------------------------------------
@st.cache_resource(show_spinner=False)
def _trunks() -> Trunks:
    return Trunks()


@st.cache_resource(max_entries=8, show_spinner=False)
def _explainer(path: str, created: str) -> Explainer:
    return Explainer(load(path), _trunks(), lab.encoder)


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
    return _prompts(_explainer(seer.path, seer.created), _head(seer), encoded, (prompt,), way, part, seer)[0]


@st.cache_resource(max_entries=64, show_spinner=False)
def compared(seer: Eye, encoded: bytes, prompts: tuple[str, ...], way: Way) -> list[Explained]:
    """What speaks for each prompt and not for the others. Raises TwoviewError when the model cannot be asked so."""
    return _prompts(_explainer(seer.path, seer.created), _head(seer), encoded, prompts, way, DIFFERENCE, seer)


def explain_slowly(seer: Eye, encoded: bytes, prompts: tuple[str, ...], way: Way, part: str, progress: Progress) -> list[Explained]:
    """All prompts by a slow method. Runs in the worker's process, which opens everything anew."""
    explainer = Explainer(load(seer.path))
    return _prompts(explainer, randomised(explainer.model) if seer.control else None, encoded, prompts, way, part, seer, progress)


def _prompts(
    explainer: Explainer, head: TwoViewModel | None, encoded: bytes, prompts: tuple[str, ...], way: Way, part: str, seer: Eye,
    progress: Progress | None = None,
) -> list[Explained]:  # fmt: skip
    name = "individual_x" if part == INDIVIDUAL else way.score_of(seer)
    picture = open_picture(encoded) if progress else _pixels(encoded)
    with turn:
        return explainer.prompts(picture, prompts, name, way.method, way.size, progress, head, difference=part == DIFFERENCE)


@st.cache_resource(max_entries=128, show_spinner=False)
def explained_pair(seer: Eye, first: bytes, second: bytes, way: Way) -> ExplainedPair:
    """Two pictures by a fast method. Raises TwoviewError when the model does not pair pictures."""
    explainer, pictures, head = _explainer(seer.path, seer.created), (_pixels(first), _pixels(second)), _head(seer)
    with turn:
        return explainer.pair(*pictures, way.score_of(seer), way.method, way.size, model=head)


def explain_pair_slowly(seer: Eye, first: bytes, second: bytes, way: Way, progress: Progress) -> ExplainedPair:
    """The same by a slow method, in the worker's process."""
    explainer = Explainer(load(seer.path))
    head = randomised(explainer.model) if seer.control else None
    return explainer.pair(open_picture(first), open_picture(second), way.score_of(seer), way.method, way.size, progress, head)


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
    """How maps are drawn. ``highest``: the value that gets the strongest colour, None for each map's own."""

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
    picture = square.resize((SHOWN, SHOWN), Image.Resampling.BICUBIC)
    large = np.asarray(Image.fromarray(saliency).resize((SHOWN, SHOWN), Image.Resampling.BILINEAR))
    shape = None if mask is None else np.asarray(Image.fromarray(mask).resize((SHOWN, SHOWN), Image.Resampling.NEAREST))
    return jpeg(overlay(picture, large, ink.opacity, ink.colours, ink.highest, shape))


def jpeg(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def png(pictures: Sequence[Sequence[bytes]]) -> bytes:
    """A sheet of drawn maps, row by row."""
    buffer = BytesIO()
    sheet([[Image.open(BytesIO(drawn)) for drawn in row] for row in pictures]).save(buffer, "PNG")
    return buffer.getvalue()


def archive(arrays: dict[str, np.ndarray]) -> bytes:
    """Arrays by name as one compressed .npz."""
    buffer = BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]  # numpy's stub counts allow_pickle among the arrays
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
    return lab.gallery(data, split).x.items.encoded(row)


def labels(found: Sequence[ObjectAnnotation]) -> list[str]:
    return list(dict.fromkeys(item.label for item in found))


def named(prompt: str, found: Sequence[ObjectAnnotation]) -> list[ObjectAnnotation]:
    """The known objects that a prompt names, alone or in the plural; of several kinds, those named by the most letters."""
    heard = [label for label in labels(found) if re.search(rf"\b{re.escape(label)}(s|es)?\b", prompt, re.IGNORECASE)]
    best = max(heard, key=len, default=None)
    return [item for item in found if item.label == best]


@dataclass(frozen=True)
class Judged:
    """A map against an object: shares of 1; ``uniform``: what an even map gets."""

    precision: float
    uniform: float
    pointing: float


@st.cache_resource(max_entries=256, show_spinner=False)
def mask_of(seer: Eye, encoded: bytes, _objects: Sequence[ObjectAnnotation], identity: tuple, size: int, side: int = 0) -> np.ndarray | None:
    """Where the objects are on the square that the encoder sees, (size, size); None when they are cut off or there are none."""
    if not _objects:
        return None
    mask = seen_mask(_image_encoder(seer, side), object_mask(_objects, _pixels(encoded).size), size)
    return mask if mask.any() else None


def judge(saliency: np.ndarray, mask: np.ndarray) -> Judged:
    return Judged(precision_in_mask(saliency, mask), uniform_precision(mask), pointing_game(saliency, mask))


@st.cache_data(max_entries=32, show_spinner=False)
def telling_rows(data: str, split: str, number: int = 24) -> list[int]:
    """Pictures worth looking at first: spread over the gallery, those with several kinds of known object before others."""
    pairs = lab.gallery(data, split)
    spread = np.linspace(0, len(pairs.x) - 1, min(len(pairs.x), 8 * number)).astype(int)
    known = pairs.x.objects
    if known is None:
        return spread[:: max(1, len(spread) // number)].tolist()[:number]
    return sorted(dict.fromkeys(spread.tolist()), key=lambda row: abs(len(labels(known[row])) - 3))[:number]


@dataclass(frozen=True)
class SuggestedPair:
    """Rows of two pictures, and the kinds of object that both show (empty: none)."""

    rows: tuple[int, int]
    shared: tuple[str, ...]


@st.cache_data(max_entries=16, show_spinner=False)
def suggested_pairs(data: str, split: str) -> list[SuggestedPair]:
    """Pairs that share one kind of object, then pairs that share none. Empty where objects are not known."""
    pairs = lab.gallery(data, split)
    if pairs.x.objects is None:
        return []
    known = lab.row_of_id(data, split, "x")
    made: list[SuggestedPair] = []
    for sharing in (True, False):
        try:
            drawn = picture_pairs(pairs, 8 * SUGGESTED, sharing, seed=1)
        except TwoviewError:
            continue
        found: dict[tuple, SuggestedPair] = {}
        for a, b, ours, theirs in zip(drawn.x.ids, drawn.y.ids, labels_in(drawn.x), labels_in(drawn.y), strict=True):
            shared = tuple(label for label in ours if label in theirs)
            rows = (known[a.rpartition("~")[0]], known[b.rpartition("~")[0]])
            if len(shared) == sharing and min(len(ours), len(theirs)) > 1:
                found.setdefault(shared or rows, SuggestedPair(rows, shared))
        made += list(found.values())[:SUGGESTED]
    return made


@dataclass(frozen=True)
class Usual:
    """What a model gives to suggested pairs: median common score of those that share something and of those that do not,
    and the highest value of each kind of map among all of them."""

    sharing: float
    without: float
    highest: dict[str, float]


@st.cache_resource(max_entries=16, show_spinner=False)
def usual(seer: Eye, data: str, split: str, way: Way) -> Usual | None:
    """The measure of all things for one pair; None where pairs cannot be suggested."""
    scores: dict[bool, list[float]] = {True: [], False: []}
    highest: dict[str, float] = {}
    for pair in suggested_pairs(data, split):
        first, second = (original(data, split, row) for row in pair.rows)
        seen = explained_pair(seer, first, second, way)
        scores[bool(pair.shared)].append(seen.scores[way.score_of(seer)])
        for kind, maps in seen.maps.items():
            highest[kind] = max(highest.get(kind, 0.0), *(float(m.max()) for m in maps))
    if not scores[True] or not scores[False]:
        return None
    return Usual(float(np.median(scores[True])), float(np.median(scores[False])), highest)
