"""What only the Look page asks: slow maps in a process of their own, pairs of pictures to begin with, files to take away."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
import streamlit as st
from PIL import Image
from pydantic import BaseModel

from app.asking import catalogue, galleries, kept, saliency
from app.components.map_grid import Row
from app.frame import workspace
from app.frame.words import asking
from engine.checkpoints.storage import load
from engine.data.derived import labels_in, picture_pairs
from engine.data.images import open_picture
from engine.errors import TwoviewError
from engine.saliency.drawing import sheet
from engine.saliency.explainer import Explainer, randomised
from engine.saliency.maps import Progress

SHARING, WITHOUT = 24, 6  # pairs that are tried: with one kind of object in common, with none


def explain_slowly(seer: saliency.Eye, encoded: bytes, prompts: tuple[str, ...], way: saliency.Way, part: str, progress: Progress) -> list[saliency.Explained]:
    """All prompts by a slow method. Runs in the worker's process, which opens everything anew."""
    explainer = Explainer(load(seer.path))
    return saliency.prompts_seen(explainer, randomised(explainer.model) if seer.control else None, encoded, prompts, way, part, seer, progress)


def explain_pair_slowly(seer: saliency.Eye, first: bytes, second: bytes, way: saliency.Way, progress: Progress) -> saliency.ExplainedPair:
    """The same by a slow method, in the worker's process."""
    explainer = Explainer(load(seer.path))
    head = randomised(explainer.model) if seer.control else None
    return explainer.pair(open_picture(first), open_picture(second), way.score_of(seer), way.method, way.size, progress, head)


class Rows(kept.Sight):
    """Maps of prompts as they are shown."""

    rows: list[Row]


# --- pairs to begin with ----------------------------------------------------------------------------------------------
class TriedPair(BaseModel):
    """Rows of two pictures, the kinds of object that both show (empty: none), the model's common score.

    ``clearness``: the smallest share of its common and apart maps on the objects they should show, beside an even map's share:
    common maps on what both show, apart on what only one shows. Individual maps are left out: r of Sec. 3.2 hardly knows the
    other picture, so they claim no more than that something is there. None where objects are cut off.
    """

    rows: tuple[int, int]
    shared: tuple[str, ...]
    score: float
    clearness: float | None


class Tried(BaseModel):
    """Pairs of one gallery under one model: those that share one kind of object, the clearest first, then those that share none.

    ``highest``: of each kind of map among all of them.
    """

    pairs: list[TriedPair]
    highest: dict[str, float]

    def median_score(self, sharing: bool) -> float | None:
        scores = [pair.score for pair in self.pairs if bool(pair.shared) == sharing]
        return float(np.median(scores)) if scores else None


@st.cache_resource(max_entries=16, show_spinner=False)
def tried_pairs(seer: saliency.Eye, data: str, split: str, way: saliency.Way | None = None) -> Tried | None:
    """What a model sees in some pairs of a gallery; None where objects are not known. Kept for the next server."""
    way = way or saliency.Way()
    return kept.model(Tried, data, "pairs", f"{SHARING} {WITHOUT} {seer.weights} {data} {split} {way}", lambda: _try_pairs(seer, data, split, way))


def _try_pairs(seer: saliency.Eye, data: str, split: str, way: saliency.Way) -> Tried | None:
    found: list[TriedPair] = []
    highest: dict[str, float] = {}
    for rows, shared in _drawn_pairs(data, split):
        first, second = (saliency.original(data, split, row) for row in rows)
        seen = saliency.explained_pair(seer, first, second, way)
        for kind, maps in seen.maps.items():
            highest[kind] = max(highest.get(kind, 0.0), *(float(m.max()) for m in maps))
        found.append(TriedPair(rows=rows, shared=shared, score=seen.scores[way.score_of(seer)], clearness=_clearness(seer, data, split, rows, shared, seen)))
    strong = sorted(found, key=lambda pair: (not pair.shared, -(pair.clearness or 0.0)))
    return Tried(pairs=strong, highest=highest) if found else None


def _clearness(seer: saliency.Eye, data: str, split: str, rows: tuple[int, int], shared: tuple[str, ...], seen: saliency.ExplainedPair) -> float | None:
    shares = []
    for kind in ("common", "apart"):
        for side, (row, map) in enumerate(zip(rows, seen.maps[kind], strict=True)):
            wanted = [item for item in saliency.objects(galleries.gallery(data, split), row) if (item.label in shared) == (kind == "common")]
            labels = tuple(sorted({item.label for item in wanted}))
            mask = saliency.mask_of(seer, saliency.original(data, split, row), wanted, ("tried", data, split, row, labels), len(map), side)
            if mask is not None:
                judged = saliency.judge(map, mask)
                shares.append(judged.precision / judged.uniform)
    return min(shares, default=None)


def _drawn_pairs(data: str, split: str) -> list[tuple[tuple[int, int], tuple[str, ...]]]:
    """Rows and shared kinds of object: pairs that share exactly one kind, each kind once, and pairs that share none."""
    pairs = galleries.gallery(data, split)
    if pairs.x.objects is None:
        return []
    known = galleries.row_of_id(data, split, "x")
    made: list[tuple[tuple[int, int], tuple[str, ...]]] = []
    for sharing, number in ((True, SHARING), (False, WITHOUT)):
        try:
            drawn = picture_pairs(pairs, 8 * number, sharing, seed=1)
        except TwoviewError:
            continue
        found: dict[tuple, tuple[tuple[int, int], tuple[str, ...]]] = {}
        for a, b, ours, theirs in zip(drawn.x.ids, drawn.y.ids, labels_in(drawn.x), labels_in(drawn.y), strict=True):
            shared = tuple(label for label in ours if label in theirs)
            rows = (known[a.rpartition("~")[0]], known[b.rpartition("~")[0]])
            if len(shared) == sharing and min(len(ours), len(theirs)) > 1:
                found.setdefault(shared or rows, (rows, shared))
        made += list(found.values())[:number]
    return made


def partner(data: str, split: str, row: int | None) -> int:
    """A second picture for one that somebody chose: the first telling one that shares exactly one kind of object with it, else the first."""
    pairs = galleries.gallery(data, split)
    own = set(saliency.labels(saliency.objects(pairs, row)))
    others = [other for other in saliency.telling_rows(data, split) if other != row]
    return next((other for other in others if len(own & set(saliency.labels(saliency.objects(pairs, other)))) == 1), others[0])


# --- to take away -----------------------------------------------------------------------------------------------------
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


def first_answers() -> None:
    """Look once through each model that a visitor who chooses nothing looks with first: networks are opened by it."""
    space = workspace.first()
    also = next((entry for entry in catalogue.usable() if saliency.reads_prompts(entry) and saliency.sees_what_is_alone(entry)), None)
    for seer in [saliency.eye(entry) for entry in (space.a, space.b, also) if entry and saliency.reads_prompts(entry)]:
        if clearest := saliency.clearest(seer, space.data, space.split):
            saliency.explained(seer, saliency.original(space.data, space.split, clearest.row), asking(next(iter(clearest.judged))), saliency.Way())
