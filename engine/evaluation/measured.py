"""What one checkpoint does on one split, query by query: measured once and kept by content, so that comparing opens no model.

Looked up first in ``checkpoints/<data name>/measured/`` (what ships), then in the user's cache.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from engine.checkpoints.storage import Checkpoint
from engine.data.base import PairedData
from engine.evaluation import retrieval
from engine.evaluation.correlation import correlations, held_out_correlations
from engine.evaluation.intervals import mean_intervals
from engine.evaluation.retrieval import PrecisionTable
from engine.evaluation.suite import BOTH, FAMILIES, ClassPrecisions, QueryRanks, Setting, class_rows
from engine.metric import Direction, Metric
from engine.models.base import EmbeddingModel
from engine.paths import atomic_write, cache_dir, kept_dirs

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
    for folder in kept_dirs(features.name, "measured"):
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
    """Every measure of one direction's ranked lists, in one pass over their scores; ranks and precisions stay known to the setting."""
    data = setting.data
    asking, answering = (data.x, data.y) if direction == "x_to_y" else (data.y, data.x)
    own = _Relevance(retrieval.answerable(asking.groups, answering.groups), asking.groups, answering.groups)
    relevances = {"own": own}
    if len(of_class := class_rows(data, direction)):
        assert asking.labels is not None and answering.labels is not None
        relevances["class"] = _Relevance(of_class, asking.labels, answering.labels)
    asked = np.unique(np.concatenate([relevance.rows for relevance in relevances.values()]))
    ranks, rivals, occurrence = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], np.zeros(len(answering), np.int64)
    tables: dict[str, list[PrecisionTable]] = {name: [] for name in relevances}
    for part, block in setting.scores.blocks(direction, rows=asked):
        scores = retrieval.lowest_if_nan(retrieval.as_array(block))
        for name, relevance in relevances.items():
            here = np.isin(asked[part], relevance.rows, assume_unique=True)
            if not here.any():
                continue
            those = scores if here.all() else scores[here]
            right = relevance.keys[asked[part][here], None] == relevance.candidate_keys
            answers = retrieval.answer_ranks(those, right)
            tables[name].append(PrecisionTable.of(answers, len(answering)))
            if name == "own":
                ranks.append(answers.ranks[answers.offsets[:-1]])
                nearest, best_wrong = _first_answers(those, right)
                rivals.append(best_wrong)
                occurrence += np.bincount(nearest.ravel(), minlength=len(occurrence))
    found = QueryRanks(direction, own.rows, np.concatenate(ranks), asking.groups[own.rows], len(answering))
    setting.known_ranks[direction] = found
    read = {name: PrecisionTable.joined(parts) for name, parts in tables.items() if parts}
    curves = {name: _curves(table, asking.groups[relevances[name].rows], setting.seed) for name, table in read.items()}
    precisions = np.zeros((0, 2))
    if "class" in read:
        precisions = np.stack([read["class"].average_precision, read["class"].average_precision_at_50], axis=1)
    setting.known_precisions[direction] = ClassPrecisions(of_class, precisions)
    return Answers(direction, found.rows, found.groups, found.ranks, np.concatenate(rivals), occurrence, of_class, asking.groups[of_class], precisions, curves)


@dataclass(frozen=True)
class _Relevance:
    """What is right: the candidates whose key is the query's. ``rows`` (n,): the queries that have such a candidate."""

    rows: np.ndarray
    keys: np.ndarray
    candidate_keys: np.ndarray


def _first_answers(scores: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of scores (b, m) that are all numbers: the first ``NEAREST`` candidates (b, ≤ m), best first, and the best wrong one (b,), −1 where all are right."""
    nearest = torch.from_numpy(scores).topk(min(NEAREST, scores.shape[1]), dim=1).indices.numpy()
    wrong = ~np.take_along_axis(right, nearest, axis=1)
    rivals = np.take_along_axis(nearest, wrong.argmax(axis=1)[:, None], axis=1)[:, 0]
    further = np.flatnonzero(~wrong.any(axis=1))  # all of the first are right
    if len(further):
        others = ~right[further]
        rivals[further] = np.where(others.any(axis=1), np.where(others, scores[further], -np.inf).argmax(axis=1), -1)
    return nearest, rivals


def _curves(table: PrecisionTable, groups: np.ndarray, seed: int) -> Curves:
    """Both curves with intervals over the queries' groups."""
    points = np.concatenate([table.precision_at_scope, table.interpolated_precision], axis=1)
    found = np.array([[i.value, i.low, i.high] for i in mean_intervals(points, groups, seed=seed)])
    scopes = len(table.scopes)
    return Curves(np.array(table.scopes), found[:scopes], table.levels, found[scopes:])


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
