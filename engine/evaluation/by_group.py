"""Recall at 1 and mean average precision group by group: with them two models can be compared later, item by item, without the data."""

import numpy as np

from engine.data.base import PairedData
from engine.evaluation import retrieval
from engine.evaluation.suite import BOTH, QueryRanks, query_ranks
from engine.metric import Direction
from engine.models.base import EmbeddingModel, TwoViewModel
from engine.scoring import PairScores

ByGroup = dict[tuple[str, Direction], np.ndarray]


def by_group(model: TwoViewModel, data: PairedData) -> ByGroup:
    """(measure, direction) → the mean over each group's queries (groups,), in ascending order of groups.

    Recall at 1 in both directions, within a view too where things have several items there; mean average precision over the whole
    list where both views have classes. ``data`` holds features.
    """
    directions: tuple[Direction, ...] = (*BOTH, "y_to_y") if isinstance(model, EmbeddingModel) else BOTH
    asked = [query_ranks(model, data, direction) for direction in directions]
    found: ByGroup = {("recall_at_1", one.direction): _recall(one) for one in asked if len(one.rows)}
    if data.x.labels is None or data.y.labels is None:
        return found
    scores = PairScores(model, data.x.items, data.y.items)
    labels = {"x": data.x.labels, "y": data.y.labels}
    for direction in BOTH:
        asking, answering = direction.split("_to_")
        rows = retrieval.answerable(labels[asking], labels[answering])
        values = retrieval.average_precisions(scores.blocks(direction, rows=rows), labels[asking][rows], labels[answering])
        found["mean_average_precision", direction] = group_means(values[:, 0], getattr(data, asking).groups[rows])
    return found


def group_means(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The mean of the values (n,) of each group (n,), in ascending order of groups."""
    _, place = np.unique(groups, return_inverse=True)
    return np.bincount(place, values) / np.bincount(place)


def _recall(found: QueryRanks) -> np.ndarray:
    return group_means((found.ranks == 1).astype(float), found.groups)
