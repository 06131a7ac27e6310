"""All measures that apply to a model on a split of data, each with its 95 % interval: what cards and tables hold.

Measures come in families; ``evaluate`` runs those named. A new family: write a function from ``Setting`` to metrics and
add a line to ``FAMILIES``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.evaluation import intervals, retrieval
from engine.evaluation.correlation import canonical_variates, effective_rank
from engine.evaluation.intervals import Interval
from engine.evaluation.recognition import cross_modality_recognition
from engine.metric import Direction, Metric
from engine.models.base import EmbeddingModel, TwoViewModel
from engine.scoring import PairScores, embed

BOTH: tuple[Direction, Direction] = ("x_to_y", "y_to_x")
RECALL_AT = (1, 5, 10)


@dataclass(frozen=True)
class Setting:
    """A model, the features it is asked about, and perhaps those it was trained on; what is known of its ranked lists already."""

    model: TwoViewModel
    data: PairedData
    train: PairedData | None
    seed: int
    known_ranks: dict[Direction, "QueryRanks"] = field(default_factory=dict)
    known_precisions: dict[Direction, "ClassPrecisions"] = field(default_factory=dict)

    @cached_property
    def scores(self) -> PairScores:
        return PairScores(self.model, self.data.x.items, self.data.y.items)

    @cached_property
    def outputs(self) -> tuple[np.ndarray, np.ndarray]:
        """Outputs (pairs, k) of both views, aligned by ``data.pairs``."""
        x, y = (self.scores.embeddings[view].numpy(force=True) for view in "xy")
        return x[self.data.pairs[:, 0]], y[self.data.pairs[:, 1]]

    def ranks(self, direction: Direction) -> "QueryRanks":
        """As ``query_ranks``, worked out once."""
        if direction not in self.known_ranks:
            self.known_ranks[direction] = _query_ranks(self.scores, self.data, direction)
        return self.known_ranks[direction]

    def class_precisions(self, direction: Direction) -> "ClassPrecisions":
        """Average precisions where what is of the query's class is right, worked out once; of no queries where there are no classes."""
        if direction not in self.known_precisions:
            asking, answering = _views(self.data, direction)
            rows = class_rows(self.data, direction)
            values = np.zeros((0, 2))
            if len(rows):
                values = retrieval.average_precisions(self.scores.blocks(direction, rows=rows), asking.labels[rows], answering.labels, cutoffs=(None, 50))
            self.known_precisions[direction] = ClassPrecisions(rows, values)
        return self.known_precisions[direction]

    @property
    def pair_groups(self) -> np.ndarray:
        return self.data.y.groups[self.data.pairs[:, 1]]

    def metric(self, measure: str, direction: Direction, interval: Interval, queries: int, candidates: int) -> Metric:
        return Metric(
            measure=measure, direction=direction, split=self.data.split,
            value=interval.value, low=interval.low, high=interval.high, queries=queries, candidates=candidates,
        )  # fmt: skip


@dataclass(frozen=True)
class QueryRanks:
    """The ranks (n,) of the n queries that have an answer; ``rows`` are their rows in the asking view."""

    direction: Direction
    rows: np.ndarray
    ranks: np.ndarray
    groups: np.ndarray
    candidates: int


@dataclass(frozen=True)
class ClassPrecisions:
    """``values`` (n, 2): average precision over the whole list and its first 50 of the n queries ``rows`` that have a class to find."""

    rows: np.ndarray
    values: np.ndarray


def class_rows(data: PairedData, direction: Direction) -> np.ndarray:
    """Rows of the asking view whose class is among the answering one's; none without labels."""
    asking, answering = _views(data, direction)
    if asking.labels is None or answering.labels is None:
        return np.zeros(0, np.int64)
    return retrieval.answerable(asking.labels, answering.labels)


def query_ranks(model: TwoViewModel, data: PairedData, direction: Direction) -> QueryRanks:
    """Rank of the best-ranked item of the same group for every query. Features in ``data`` are vectors."""
    return _query_ranks(PairScores(model, data.x.items, data.y.items), data, direction)


def evaluate(
    model: TwoViewModel,
    data: PairedData,
    train: PairedData | None = None,
    families: Sequence[str] = ("retrieval", "classes", "correlation"),
    seed: int = 0,
) -> list[Metric]:
    """Metrics of every named family that applies to this kind of model and data; ``data`` holds features.

    ``train``: the training split, for which the canonical correlations' projection is fitted (left out without it).
    Raises TwoviewError on an unknown family.
    """
    unknown = [family for family in families if family not in FAMILIES]
    if unknown:
        raise TwoviewError(f"There is no family of measures {unknown[0]!r}; there are {', '.join(FAMILIES)}.")
    setting = Setting(model, data, train, seed)
    return [metric for family in families for metric in FAMILIES[family](setting)]


def _retrieval(setting: Setting) -> list[Metric]:
    """Recall, median rank and mean reciprocal rank by groups."""
    return [metric for direction in BOTH for metric in _rank_metrics(setting, direction)]


def _within(setting: Setting) -> list[Metric]:
    """The same within one view where things have several items: sentence-to-sentence (two-branch networks, 5.5)."""
    if not isinstance(setting.model, EmbeddingModel):
        return []
    directions: tuple[Direction, ...] = ("x_to_x", "y_to_y")
    return [metric for direction in directions for metric in _rank_metrics(setting, direction)]


def _classes(setting: Setting) -> list[Metric]:
    """Mean average precision over the whole list and its first 50, relevant = of the same class."""
    metrics = []
    for direction in BOTH:
        asking, answering = _views(setting.data, direction)
        precisions = setting.class_precisions(direction)
        if not len(precisions.rows):
            continue
        found = intervals.mean_intervals(precisions.values, asking.groups[precisions.rows], seed=setting.seed)
        for name, interval in zip(("mean_average_precision", "mean_average_precision_at_50"), found, strict=True):
            metrics.append(setting.metric(name, direction, interval, len(precisions.rows), len(answering)))
    return metrics


def _correlation(setting: Setting) -> list[Metric]:
    """The literature's sum and, always beside it, the canonical sum (given training data) and the effective rank.

    ``candidates`` holds the number of output dimensions. The effective rank is the smaller of the two views'.
    """
    model, data = setting.model, setting.data
    if not isinstance(model, EmbeddingModel) or len(data.pairs) < 2:
        return []
    x, y = setting.outputs
    if x.shape != y.shape:
        return []
    pairs, k = x.shape
    literature = intervals.correlation_sum_interval(x, y, setting.pair_groups, seed=setting.seed)
    metrics = [setting.metric("sum_of_correlations", "both", literature, pairs, k)]
    if setting.train is not None:
        i, j = setting.train.pairs.T
        train_x = embed(model, setting.train.x.items, "x").numpy(force=True)[i]
        train_y = embed(model, setting.train.y.items, "y").numpy(force=True)[j]
        variates = canonical_variates(x, y, train_x, train_y)
        canonical = intervals.correlation_sum_interval(*variates, setting.pair_groups, seed=setting.seed)
        metrics.append(setting.metric("sum_of_canonical_correlations", "both", canonical, pairs, k))
    rank = min(effective_rank(x), effective_rank(y))
    metrics.append(
        Metric(measure="effective_rank", direction="both", split=data.split, value=rank, queries=pairs, candidates=k)
    )
    return metrics


def _recognition(setting: Setting) -> list[Metric]:
    """Accuracy of a linear SVM trained on one view and asked with the other; x_to_y trains on x and asks with y."""
    if not isinstance(setting.model, EmbeddingModel) or setting.data.y.labels is None:
        return []
    x, y = setting.outputs
    labels = setting.data.y.labels[setting.data.pairs[:, 1]]
    metrics = []
    for direction, trained_on, asked_with in (("x_to_y", x, y), ("y_to_x", y, x)):
        correct = cross_modality_recognition(trained_on, asked_with, labels, seed=setting.seed)
        interval = intervals.mean_intervals(correct[:, None], setting.pair_groups, seed=setting.seed)[0]
        metrics.append(setting.metric("recognition_accuracy", direction, interval, len(y), len(np.unique(labels))))  # type: ignore[arg-type]
    return metrics


def _zero_shot(setting: Setting) -> list[Metric]:
    """AP@50: of the first 50 pictures for a class's sentences, the share of that class; the mean over classes."""
    x, y = setting.data.x, setting.data.y
    if x.labels is None or y.labels is None:
        return []
    by_class = retrieval.zero_shot_precision(setting.scores.blocks("y_to_x"), y.labels, x.labels)
    values = np.array(list(by_class.values()))
    interval = intervals.mean_intervals(values[:, None], np.arange(len(values)), seed=setting.seed)[0]
    return [setting.metric("zero_shot_precision_at_50", "y_to_x", interval, len(values), len(x))]


FAMILIES: dict[str, Callable[[Setting], list[Metric]]] = {
    "retrieval": _retrieval,
    "classes": _classes,
    "correlation": _correlation,
    "within": _within,
    "recognition": _recognition,
    "zero_shot": _zero_shot,
}


def _views(data: PairedData, direction: str):
    asking, answering = direction.split("_to_")
    return getattr(data, asking), getattr(data, answering)


def _query_ranks(scores: PairScores, data: PairedData, direction: Direction) -> QueryRanks:
    asking, answering = _views(data, direction)
    within = asking is answering
    rows = retrieval.answerable(asking.groups, answering.groups, within)
    ranks = retrieval.ranks(
        scores.blocks(direction, rows=rows), asking.groups[rows], answering.groups, rows if within else None
    )
    return QueryRanks(direction, rows, ranks, asking.groups[rows], len(answering) - within)


def _rank_metrics(setting: Setting, direction: Direction) -> list[Metric]:
    found = setting.ranks(direction)
    if not len(found.rows):
        return []
    names = [f"recall_at_{k}" for k in RECALL_AT] + ["mean_reciprocal_rank"]
    values = np.stack([found.ranks <= k for k in RECALL_AT] + [1 / found.ranks], axis=1)
    means = intervals.mean_intervals(values, found.groups, seed=setting.seed)
    median = intervals.median_interval(found.ranks, found.groups, seed=setting.seed)
    return [
        setting.metric(name, direction, interval, len(found.rows), found.candidates)
        for name, interval in zip([*names, "median_rank"], [*means, median], strict=True)
    ]
