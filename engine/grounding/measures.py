"""How well a model ranks the proposals of each picture for its phrases (Wang, Li and Lazebnik, 2018, Sec. 4)."""

from collections.abc import Callable

import numpy as np
import torch

from engine.evaluation.by_group import ByGroup, group_means
from engine.evaluation.grounding import MEASURES, Ranked, by_score, per_phrase
from engine.evaluation.intervals import mean_intervals
from engine.grounding.pairs import RegionPairs, pixels
from engine.metric import Metric
from engine.models.base import TwoViewModel
from engine.scoring import score_blocks

NAMES = {measure: f"region_{measure.replace('@', '_at_')}" for measure in MEASURES}
Scorer = Callable[[int, np.ndarray], np.ndarray]  # a picture and the rows of its phrases (m,) → scores (m, r) of its proposals


def scorer(model: TwoViewModel, data: RegionPairs) -> Scorer:
    """How a model of regions and phrases scores."""

    def of(picture: int, rows: np.ndarray) -> np.ndarray:
        regions, phrases = data.regions.features[picture].astype(np.float32), data.y.items[rows]
        return torch.cat([scores for _, scores in score_blocks(model, regions, phrases, "y_to_x")]).numpy(force=True)

    return of


def ranked(data: RegionPairs, score: Scorer) -> list[Ranked]:
    """The proposals for every phrase, best first, in pixels of its picture; row for row with y."""
    picture = data.picture[data.entity]
    found: list[Ranked | None] = [None] * len(data.y)
    for number in np.unique(picture):
        rows, window = np.flatnonzero(picture == number), data.windows[number]
        boxes = pixels(data.regions.boxes[number], window)
        for row, scores in zip(rows.tolist(), score(int(number), rows), strict=True):
            found[row] = Ranked(by_score(boxes, scores), data.phrases[row].box, int(number))
    return found  # type: ignore[return-value]


def values(data: RegionPairs, score: Scorer) -> np.ndarray:
    """``engine.evaluation.grounding.per_phrase`` of every phrase (m, measures)."""
    return per_phrase(ranked(data, score))


def metrics(data: RegionPairs, found: np.ndarray) -> list[Metric]:
    """The means of ``values``, with intervals that draw pictures."""
    intervals = mean_intervals(found, data.picture[data.entity])
    count = {"queries": len(found), "candidates": data.regions.boxes.shape[1]}
    return [
        Metric(measure=NAMES[measure], direction="y_to_x", split=data.split, value=one.value, low=one.low, high=one.high, **count)
        for measure, one in zip(MEASURES, intervals, strict=True)
    ]  # fmt: skip


def presence(data: RegionPairs, score: Scorer, seed: int = 0) -> Metric:
    """Whether the best region's score tells if a phrase is in a picture at all (Sec. 5.6): the area under the ROC curve of pictures' own phrases against as
    many of other pictures, none of which names a kind of object that is named in this one. Phrases are drawn once for all models."""
    rng = np.random.default_rng(seed)
    picture, labels = data.picture[data.entity], [set(phrase.labels) for phrase in data.phrases]
    best: dict[bool, list[np.ndarray]] = {True: [], False: []}
    for number in np.unique(picture):
        own = np.flatnonzero(picture == number)
        here = set().union(*(labels[row] for row in own))
        drawn = [row for row in rng.permutation(len(labels))[: 4 * len(own)] if picture[row] != number and not labels[row] & here][: len(own)]
        asked: tuple[tuple[bool, np.ndarray], ...] = (True, own), (False, np.array(drawn, dtype=int))
        for side, rows in asked:
            if len(rows):
                best[side].append(score(int(number), rows).max(axis=1))
    present, absent = (np.concatenate(best[side]) for side in (True, False))
    from scipy.stats import mannwhitneyu  # most of a second, for this alone

    value = float(mannwhitneyu(present, absent).statistic) / (len(present) * len(absent))
    return Metric(measure="presence_auroc", direction="y_to_x", split=data.split, value=value, queries=len(present) + len(absent), candidates=data.regions.boxes.shape[1])


def by_picture(data: RegionPairs, found: np.ndarray) -> ByGroup:
    """Recall at 1 of each picture's phrases, in the order of pictures."""
    return {(NAMES["recall@1"], "y_to_x"): group_means(found[:, MEASURES.index("recall@1")], data.picture[data.entity])}
