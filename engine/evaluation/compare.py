"""Two models on the same queries: which is better, by how much, on which queries, and whether it is more than noise.

Everything starts from the two models' ranks (n,) of the same n queries (``suite.query_ranks``) and the queries' groups.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.evaluation.intervals import (
    Interval,
    SignTest,
    mean_intervals,
    median_interval,
    paired_bootstrap,
    paired_median_interval,
    sign_test,
)

VALUES = {
    "recall_at_1": lambda ranks: ranks <= 1,
    "recall_at_5": lambda ranks: ranks <= 5,
    "recall_at_10": lambda ranks: ranks <= 10,
    "mean_reciprocal_rank": lambda ranks: 1 / ranks,
}
LENGTHS = (5, 8, 12, 17)  # words
LENGTH_NAMES = ("up to 5 words", "6 to 8 words", "9 to 12 words", "13 to 17 words", "18 words or more")
MANY = 10  # objects


@dataclass(frozen=True)
class Difference:
    """``a`` and ``b``: each model's value with its own interval; ``difference``: a − b with the paired one."""

    measure: str
    a: Interval
    b: Interval
    difference: Interval

    @property
    def real(self) -> bool:
        """Whether the difference's interval excludes 0."""
        return not self.difference.low <= 0 <= self.difference.high


@dataclass(frozen=True)
class Comparison:
    differences: list[Difference]
    signs: SignTest


@dataclass(frozen=True)
class Agreement:
    """How many queries have a valid answer among the first k under both models, one of them, or none."""

    k: int
    both: int
    only_a: int
    only_b: int
    neither: int


@dataclass(frozen=True)
class Keys:
    """What n queries are broken down by: query i belongs to ``names[codes[i]]``; names are in the order of display."""

    names: tuple[str, ...]
    codes: np.ndarray


@dataclass(frozen=True)
class Part:
    """The queries that share a ``key``: how many, both models' recall and median rank, and the paired difference."""

    key: str
    queries: int
    recall_a: float
    recall_b: float
    difference: Interval
    median_a: float
    median_b: float


def compare(ranks_a: np.ndarray, ranks_b: np.ndarray, groups: np.ndarray, seed: int = 0) -> Comparison:
    """Every measure under both models with the paired bootstrap, and the exact sign test on the ranks.

    Raises TwoviewError when the ranks are not of the same queries.
    """
    ranks_a, ranks_b = _same_queries(ranks_a, ranks_b)
    own = [
        mean_intervals(np.stack([value(ranks) for value in VALUES.values()], axis=1), groups, seed=seed)
        for ranks in (ranks_a, ranks_b)
    ]
    differences = [
        Difference(measure, a, b, paired_bootstrap(value(ranks_a), value(ranks_b), groups, seed=seed))
        for (measure, value), a, b in zip(VALUES.items(), *own, strict=True)
    ]
    a, b = (median_interval(ranks, groups, seed=seed) for ranks in (ranks_a, ranks_b))
    differences.append(Difference("median_rank", a, b, paired_median_interval(ranks_a, ranks_b, groups, seed=seed)))
    return Comparison(differences, sign_test(ranks_a, ranks_b, groups))


def agreement(ranks_a: np.ndarray, ranks_b: np.ndarray, k: int = 1) -> Agreement:
    right_a, right_b = (ranks <= k for ranks in _same_queries(ranks_a, ranks_b))
    counts = (right_a & right_b, right_a & ~right_b, ~right_a & right_b, ~right_a & ~right_b)
    return Agreement(k, *(int(count.sum()) for count in counts))


def disagreements(ranks_a: np.ndarray, ranks_b: np.ndarray) -> np.ndarray:
    """Positions (n,) of the queries, those with the largest |rank under a − rank under b| first."""
    ranks_a, ranks_b = _same_queries(ranks_a, ranks_b)
    return np.argsort(-np.abs(ranks_a - ranks_b), kind="stable")


def breakdown(
    ranks_a: np.ndarray, ranks_b: np.ndarray, groups: np.ndarray, keys: Keys, k: int = 1, seed: int = 0
) -> list[Part]:
    """Both models on the queries of each key, with recall at ``k``; keys without queries are left out."""
    ranks_a, ranks_b = _same_queries(ranks_a, ranks_b)
    parts = []
    for code in np.unique(keys.codes):
        a, b, own = (np.asarray(values)[keys.codes == code] for values in (ranks_a, ranks_b, groups))
        difference = paired_bootstrap(a <= k, b <= k, own, seed=seed)
        recall_a, recall_b = float(np.mean(a <= k)), float(np.mean(b <= k))
        median_a, median_b = float(np.median(a)), float(np.median(b))
        parts.append(Part(keys.names[code], len(a), recall_a, recall_b, difference, median_a, median_b))
    return parts


def tied_with_best(ranks: Mapping[str, np.ndarray], groups: np.ndarray, seed: int = 0) -> dict[str, dict[str, bool]]:
    """For each measure of ranks: the best model (True), and those whose paired difference to it may be 0 (False).

    ``ranks``: each model's (n,) of the same queries. A model that is neither is left out.
    """
    measures = {
        measure: best_and_tied({name: value(of) for name, of in ranks.items()}, groups, seed) for measure, value in VALUES.items()
    }
    best = min(ranks, key=lambda name: float(np.median(ranks[name])))
    gaps = {name: paired_median_interval(ranks[name], ranks[best], groups, seed=seed) for name in ranks if name != best}
    measures["median_rank"] = {best: True} | {name: gap.value == 0 for name, gap in gaps.items() if gap.low <= 0}
    return measures


def best_and_tied(values: Mapping[str, np.ndarray], groups: np.ndarray, seed: int = 0) -> dict[str, bool]:
    """The same for one measure that is the mean of per-query ``values`` (n,), higher being better. Equal means share the first place."""
    means = {name: float(np.mean(own)) for name, own in values.items()}
    best = max(means, key=lambda name: means[name])
    rivals = [name for name in values if name != best]
    if not rivals:
        return {best: True}
    behind = np.stack([np.asarray(values[best], float) - values[name] for name in rivals], axis=1)
    gaps = mean_intervals(behind, groups, seed=seed)
    return {best: True} | {name: gap.value == 0 for name, gap in zip(rivals, gaps, strict=True) if gap.low <= 0}


def by_class(data: PairedData, view: str, rows: np.ndarray) -> Keys:
    """The class of each asking item. Raises TwoviewError when the view has no labels."""
    labels = getattr(data, view).labels
    if labels is None:
        raise TwoviewError(f"{data.name} has no class labels in its {view} view to break results down by.")
    present, codes = np.unique(labels[rows], return_inverse=True)
    named = [data.label_names[label] if 0 <= label < len(data.label_names) else str(label) for label in present]
    return Keys(tuple(named), codes)


def by_length(data: PairedData, view: str, rows: np.ndarray) -> Keys:
    """How many words each asking sentence has. Raises TwoviewError when the view, as it is given, holds no sentences."""
    held = getattr(data, view)
    if held.kind != "text":
        raise TwoviewError(f"The {view} view of {data.name} holds no sentences to break results down by length.")
    return Keys(LENGTH_NAMES, np.searchsorted(LENGTHS, [len(held.items[row].split()) for row in rows]))


def by_objects(data: PairedData, view: str, rows: np.ndarray) -> Keys:
    """How many objects are in the picture that each asking item is or belongs to.

    Raises TwoviewError when the data do not say what is in the pictures.
    """
    annotated = next((side for side in (data.x, data.y) if side.objects is not None), None)
    if annotated is None or annotated.objects is None:
        raise TwoviewError(f"{data.name} does not say what is in its pictures, so results can't be broken down by it.")
    counts = {int(group): len(found) for group, found in zip(annotated.groups, annotated.objects, strict=True)}
    asked = [counts.get(int(group), 0) for group in getattr(data, view).groups[rows]]
    return Keys((*map(str, range(MANY)), f"{MANY} or more"), np.minimum(asked, MANY))


def _same_queries(ranks_a: np.ndarray, ranks_b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    ranks_a, ranks_b = np.asarray(ranks_a), np.asarray(ranks_b)
    if ranks_a.shape != ranks_b.shape:
        raise TwoviewError(f"Two models are compared on the same queries, but there are {len(ranks_a)} and {len(ranks_b)} ranks.")
    return ranks_a, ranks_b
