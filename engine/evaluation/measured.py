"""What one checkpoint does on one split, query by query: measured once and kept by content, so that comparing opens no model.

Looked up first in ``checkpoints/<data name>/measured/`` (what ships), then in the user's cache.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from engine.checkpoints.storage import Checkpoint
from engine.data.base import PairedData
from engine.evaluation import retrieval
from engine.evaluation.correlation import correlations, held_out_correlations
from engine.evaluation.intervals import mean_intervals
from engine.evaluation.suite import BOTH, FAMILIES, Setting
from engine.metric import Direction, Metric
from engine.models.base import EmbeddingModel
from engine.paths import atomic_write, cache_dir, checkpoints_dir

FORMAT = "2"
NEAREST = 10  # answers among which hubs are counted
RELEVANCES = ("own", "class")  # an answer is right when it belongs to the query, or when it is of its class
METRICS = TypeAdapter(list[Metric])


@dataclass(frozen=True)
class Curves:
    """Means over the queries with their 95 % intervals, (points, 3): value, low, high.

    ``scope``: precision of the first R candidates, R in ``scopes``; ``recall``: highest precision at each recall in ``levels``.
    """

    scopes: np.ndarray
    scope: np.ndarray
    levels: np.ndarray
    recall: np.ndarray


@dataclass(frozen=True)
class Answers:
    """One direction: n queries that have an answer, among m candidates.

    ``rows`` (n,): in the asking view; ``groups`` (n,); ``ranks`` (n,): of the best-ranked right answer, 1-based;
    ``rivals`` (n,): row of the best-ranked wrong candidate, −1 where every candidate is right; ``occurrence`` (m,): among how
    many queries' first ten a candidate is. ``average_precisions`` (c, 2): by class, of the c queries ``class_rows``, over the whole list
    and its first 50; c = 0 without classes.
    ``curves`` by relevance.
    """

    direction: Direction
    rows: np.ndarray
    groups: np.ndarray
    ranks: np.ndarray
    rivals: np.ndarray
    occurrence: np.ndarray
    class_rows: np.ndarray
    class_groups: np.ndarray
    average_precisions: np.ndarray
    curves: dict[str, Curves]

    @property
    def candidates(self) -> int:
        return len(self.occurrence)


@dataclass(frozen=True)
class Measured:
    """``answers`` by direction; ``metrics``: every measure with its interval; for embedding models ``correlations`` (k,): of
    matching output dimensions, ``canonical`` (k,): canonical ones by halves of the split; both falling, empty otherwise."""

    split: str
    metrics: list[Metric]
    answers: dict[Direction, Answers]
    correlations: np.ndarray
    canonical: np.ndarray

    def metric(self, measure: str, direction: Direction) -> Metric | None:
        return next((m for m in self.metrics if (m.measure, m.direction) == (measure, direction)), None)


def key(checkpoint: Checkpoint, features: PairedData) -> str:
    """What a measurement is called: equal exactly when the model, the features and what belongs together are."""
    card = checkpoint.card.model
    digest = sha256(f"{FORMAT} {features.split} {card.name} {card.settings} {card.weights_hash} {features.content_hash}".encode())
    for view in (features.x, features.y):
        digest.update(b"none" if view.labels is None else np.ascontiguousarray(view.labels, np.int64).tobytes())
    return digest.hexdigest()[:32]


def kept(checkpoint: Checkpoint, features: PairedData) -> Measured | None:
    """The measurement if it ships with the checkpoints or was made before, else None."""
    name = f"{key(checkpoint, features)}.safetensors"
    for folder in (checkpoints_dir() / features.name / "measured", cache_dir("measured")):
        if (folder / name).is_file():
            try:
                return _read(folder / name, features.split)
            except (SafetensorError, ValidationError, KeyError, ValueError, OSError):
                continue  # damaged: as if it had not been kept
    return None


def measured(
    checkpoint: Checkpoint, features: PairedData, progress: Callable[[int, int, str], None] | None = None, folder: Path | None = None
) -> Measured:  # fmt: skip
    """Measure a checkpoint on a split whose views hold ``features``, or read what was measured before.

    Kept in ``folder``, the user's cache by default. Raises TwoviewError when the features are not those the model takes.
    """
    found = kept(checkpoint, features)
    if found is None:
        checkpoint.check(features)
        found = _measure(checkpoint, features, progress)
    elif folder is None:
        return found
    with atomic_write((folder or cache_dir("measured")) / f"{key(checkpoint, features)}.safetensors") as temporary:
        _write(temporary, found)
    return found


def _measure(checkpoint: Checkpoint, features: PairedData, progress: Callable[[int, int, str], None] | None) -> Measured:
    setting = Setting(checkpoint.model, features, None, seed=0)
    answers, metrics = [], []
    for place, direction in enumerate(BOTH):
        if progress:
            progress(place, len(BOTH) + 1, f"Measuring {checkpoint.card.title}")
        answers.append(_answers(setting, direction))
    for family in ("retrieval", "classes", "correlation"):
        metrics += FAMILIES[family](setting)
    plain = canonical = np.zeros(0)
    if isinstance(checkpoint.model, EmbeddingModel) and len(features.pairs) > 1:
        x, y = setting.outputs
        if x.shape == y.shape:
            plain = np.sort(correlations(x, y))[::-1]
            canonical = held_out_correlations(x, y, setting.pair_groups)
    return Measured(features.split, metrics, {a.direction: a for a in answers if len(a.rows)}, plain, canonical)


def _answers(setting: Setting, direction: Direction) -> Answers:
    data = setting.data
    asking, answering = (data.x, data.y) if direction == "x_to_y" else (data.y, data.x)
    found = setting.ranks(direction)
    rows, groups, ranks = found.rows, found.groups, found.ranks
    rivals, occurrence = _first_answers(setting, direction, rows, groups, answering.groups)
    curves: dict[str, Curves] = {}
    if len(rows):
        curves["own"] = _curves(setting, direction, rows, groups, answering.groups, groups)[1]
    class_rows, precisions = np.zeros(0, np.int64), np.zeros((0, 2))
    if asking.labels is not None and answering.labels is not None:
        class_rows = retrieval.answerable(asking.labels, answering.labels)
    if len(class_rows):
        assert asking.labels is not None and answering.labels is not None
        precisions, curves["class"] = _curves(
            setting, direction, class_rows, asking.labels[class_rows], answering.labels, asking.groups[class_rows]
        )
    return Answers(direction, rows, groups, ranks, rivals, occurrence, class_rows, asking.groups[class_rows], precisions, curves)


def _first_answers(
    setting: Setting, direction: Direction, rows: np.ndarray, keys: np.ndarray, candidate_keys: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The best-ranked wrong candidate of each query, and how often each candidate is among the first ``NEAREST``."""
    rivals, occurrence = np.full(len(rows), -1), np.zeros(len(candidate_keys), np.int64)
    first = min(NEAREST, len(candidate_keys))
    for part, block in setting.scores.blocks(direction, rows=rows):
        scores = np.nan_to_num(retrieval.as_array(block), nan=-np.inf)
        nearest = np.argpartition(-scores, first - 1, axis=1)[:, :first]
        occurrence += np.bincount(nearest.ravel(), minlength=len(occurrence))
        wrong = candidate_keys != keys[part, None]
        rivals[part] = np.where(wrong.any(axis=1), np.where(wrong, scores, -np.inf).argmax(axis=1), -1)
    return rivals, occurrence


def _curves(
    setting: Setting, direction: Direction, rows: np.ndarray, keys: np.ndarray, candidate_keys: np.ndarray, groups: np.ndarray
) -> tuple[np.ndarray, Curves]:  # fmt: skip
    """Average precisions of each query (n, 2), and both curves with intervals over the queries' groups."""
    table = retrieval.precision_table(setting.scores.blocks(direction, rows=rows), keys, candidate_keys)
    points = np.concatenate([table.precision_at_scope, table.interpolated_precision], axis=1)
    found = np.array([[i.value, i.low, i.high] for i in mean_intervals(points, groups, seed=setting.seed)])
    scopes = len(table.scopes)
    precisions = np.stack([table.average_precision, table.average_precision_at_50], axis=1)
    return precisions, Curves(np.array(table.scopes), found[:scopes], table.levels, found[scopes:])


_ARRAYS = ("rows", "groups", "ranks", "rivals", "occurrence", "class_rows", "class_groups")
_CURVES = ("scopes", "scope", "levels", "recall")


def _write(path: Path, found: Measured) -> None:
    arrays: dict[str, np.ndarray] = {"correlations": found.correlations, "canonical": found.canonical}
    for direction, answers in found.answers.items():
        for name in _ARRAYS:
            arrays[f"{direction}/{name}"] = getattr(answers, name).astype(np.int32)
        arrays[f"{direction}/average_precisions"] = answers.average_precisions.astype(np.float32)
        for relevance, curves in answers.curves.items():
            for name in _CURVES:
                arrays[f"{direction}/{relevance}/{name}"] = getattr(curves, name)
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    save_file(contiguous, path, {"metrics": METRICS.dump_json(found.metrics).decode()})


def _read(path: Path, split: str) -> Measured:
    with safe_open(path, "numpy") as file:
        metrics = METRICS.validate_python(json.loads(file.metadata()["metrics"]))
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    answers: dict[Direction, Answers] = {}
    for direction in BOTH:
        if f"{direction}/ranks" not in arrays:
            continue
        whole = {name: arrays[f"{direction}/{name}"].astype(np.int64) for name in _ARRAYS}
        curves = {
            relevance: Curves(*(arrays[f"{direction}/{relevance}/{name}"] for name in _CURVES))
            for relevance in RELEVANCES if f"{direction}/{relevance}/scope" in arrays
        }  # fmt: skip
        answers[direction] = Answers(direction, average_precisions=arrays[f"{direction}/average_precisions"], curves=curves, **whole)
    return Measured(split, metrics, answers, arrays["correlations"], arrays["canonical"])
