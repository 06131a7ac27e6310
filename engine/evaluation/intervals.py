"""How sure a measured number is: bootstrap intervals, paired differences, the exact sign test.

What is drawn again is *groups*, not queries: the five sentences of one photo succeed and fail together, so drawing
them one by one would make intervals too narrow. A replicate draws as many groups as there are, with replacement, and
takes all their queries. Everything is seeded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array
from scipy.special import bdtr

REPLICATES = 1000
CONFIDENCE = 0.95
CHUNK_NUMBERS = 2**23  # bounds the memory of the replicates held at once


@dataclass(frozen=True)
class Interval:
    value: float
    low: float
    high: float


def bootstrap_weights(groups: np.ndarray, replicates: int = REPLICATES, seed: int = 0) -> Iterator[np.ndarray]:
    """How often each of g groups is drawn in each replicate: float32 chunks (≤ replicates, g), every row sums to g.

    ``groups`` (n,): the queries' groups; columns follow ``np.unique(groups)``.
    """
    g = len(np.unique(groups))
    rows = max(1, min(replicates, CHUNK_NUMBERS // g))
    if rows == replicates:
        yield _drawn_at_once(g, replicates, seed)
        return
    rng = np.random.default_rng(seed)
    for start in range(0, replicates, rows):
        yield _drawn(g, min(rows, replicates - start), rng)


@lru_cache(maxsize=2)
def _drawn_at_once(g: int, replicates: int, seed: int) -> np.ndarray:
    """Every measure of the same queries asks for the same draws: they are kept for the next (32 MB at most)."""
    weights = _drawn(g, replicates, np.random.default_rng(seed))
    weights.setflags(write=False)
    return weights


def _drawn(g: int, replicates: int, rng: np.random.Generator) -> np.ndarray:
    drawn = rng.integers(g, size=(replicates, g)) + np.arange(replicates)[:, None] * g
    return np.bincount(drawn.ravel(), minlength=replicates * g).reshape(replicates, g).astype(np.float32)


def mean_intervals(
    values: np.ndarray, groups: np.ndarray, replicates: int = REPLICATES, seed: int = 0
) -> list[Interval]:
    """The means over n queries of several per-query values (n, measures), each with its percentile interval."""
    values = np.asarray(values, dtype=np.float64)
    _, inverse = np.unique(groups, return_inverse=True)
    centre = values.mean(axis=0)
    totals = np.stack([np.bincount(inverse, column) for column in (values - centre).T], axis=1)
    sizes = np.bincount(inverse)
    means = np.concatenate(
        [(weights @ totals) / (weights @ sizes)[:, None] for weights in bootstrap_weights(groups, replicates, seed)]
    )
    return [
        Interval(float(value), *percentiles(value + column)) for value, column in zip(centre, means.T, strict=True)
    ]


def median_interval(
    values: np.ndarray, groups: np.ndarray, replicates: int = REPLICATES, seed: int = 0
) -> Interval:
    """The median over n queries with its percentile interval; of an even number, the mean of the middle two."""
    values = np.asarray(values, dtype=np.float64)
    return Interval(float(np.median(values)), *percentiles(_medians(values, groups, replicates, seed)))


def paired_median_interval(
    a: np.ndarray, b: np.ndarray, groups: np.ndarray, replicates: int = REPLICATES, seed: int = 0
) -> Interval:
    """The difference of the medians of the same n queries under two models, a − b, with its interval over the same draws."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    difference = _medians(a, groups, replicates, seed) - _medians(b, groups, replicates, seed)
    return Interval(float(np.median(a) - np.median(b)), *percentiles(difference))


def _medians(values: np.ndarray, groups: np.ndarray, replicates: int, seed: int) -> np.ndarray:
    """The median of each replicate's draw (replicates,)."""
    _, inverse = np.unique(groups, return_inverse=True)
    order = np.argsort(values, kind="stable")
    ascending, columns = values[order], inverse[order]
    # Two steps find each replicate's middle without running through all n: first its bin of consecutive values, then
    # its place within the bin.
    width = max(1, round(np.sqrt(len(values))))
    bins = np.arange(len(values)) // width
    membership = csr_array((np.ones(len(values), np.float32), (columns, bins)))
    medians = []
    for weights in bootstrap_weights(groups, replicates, seed):
        ends = np.cumsum(weights @ membership, axis=1)  # whole numbers below 2²⁴ are exact in float32
        total = ends[:, -1]
        middle = [_nth(half, ends, weights, columns, width) for half in ((total - 1) // 2, total // 2)]
        medians.append(ascending[np.stack(middle)].mean(axis=0))
    return np.concatenate(medians)


def _nth(n: np.ndarray, ends: np.ndarray, weights: np.ndarray, columns: np.ndarray, width: int) -> np.ndarray:
    """Where in the ascending values each replicate's n-th draw (r,), from 0, stands: (r,).

    ``ends`` (r, bins): draws up to the end of each bin of ``width`` values; ``columns``: each value's column of ``weights``.
    """
    every = np.arange(len(weights))
    place = np.count_nonzero(ends <= n[:, None], axis=1)
    before = np.where(place > 0, ends[every, place - 1], 0)
    inside = place[:, None] * width + np.arange(width)
    drawn = weights[every[:, None], columns[np.minimum(inside, len(columns) - 1)]]
    reached = before[:, None] + np.cumsum(np.where(inside < len(columns), drawn, 0), axis=1)
    return place * width + np.count_nonzero(reached <= n[:, None], axis=1)


def correlation_sum_interval(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, replicates: int = REPLICATES, seed: int = 0
) -> Interval:
    """The sum over dimensions of Pearson's r between aligned x, y (n, k), with its interval over the n pairs."""
    values, drawn = correlation_replicates(x, y, groups, replicates, seed)
    return Interval(float(values.sum()), *percentiles(drawn.sum(axis=1)))


def correlation_replicates(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, replicates: int = REPLICATES, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Pearson's r between matching dimensions of aligned x, y (n, k): over all pairs (k,), and in every replicate (replicates, k).

    Replicates need only the draws' moments, so dimensions are taken a few at a time as one matrix product each.
    """
    _, inverse = np.unique(groups, return_inverse=True)
    membership = csr_array((np.ones(len(x), np.float32), (inverse, np.arange(len(x)))))
    few = [slice(start, start + 64) for start in range(0, x.shape[1], 64)]
    grouped = [[membership @ product for product in _products(x[:, part], y[:, part])] for part in few]
    sizes = np.bincount(inverse).astype(np.float32)
    drawn = []
    for weights in bootstrap_weights(groups, replicates, seed):
        count = (weights @ sizes)[:, None]
        drawn.append(np.concatenate([_pearson(*(weights @ part / count for part in parts)) for parts in grouped], axis=1))
    values = [_pearson(*(part.sum(axis=0, dtype=np.float64) / len(x) for part in parts)) for parts in grouped]
    return np.concatenate(values), np.concatenate(drawn)


def _products(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...]:
    """a, b, a², b², ab of the standardised columns a of x and b of y."""
    a, b = _standardised(x), _standardised(y)
    return a, b, a * a, b * b, a * b


def _pearson(a: np.ndarray, b: np.ndarray, aa: np.ndarray, bb: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Pearson's r from the means of a, b, a², b², ab; 0 where one of them does not vary."""
    scale = np.sqrt(np.maximum(aa - a * a, 0) * np.maximum(bb - b * b, 0))
    return np.divide(ab - a * b, scale, out=np.zeros_like(scale), where=scale > 0)


def _standardised(values: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and deviation 1 (0 if constant), in float32: moments of such numbers lose nothing by cancelling."""
    values = np.asarray(values, dtype=np.float64)
    values = values - values.mean(axis=0)
    deviation = values.std(axis=0)
    return np.divide(values, deviation, out=np.zeros_like(values), where=deviation > 0).astype(np.float32)


def paired_bootstrap(
    a: np.ndarray, b: np.ndarray, groups: np.ndarray, replicates: int = REPLICATES, seed: int = 0
) -> Interval:
    """The mean difference a − b of the same n queries under two models, with its interval.

    Both models are scored on the same draws, so that what makes a query hard for both cancels: the difference is real
    when the interval does not hold 0.
    """
    return mean_intervals((np.asarray(a, float) - np.asarray(b, float))[:, None], groups, replicates, seed)[0]


@dataclass(frozen=True)
class SignTest:
    """``wins``: groups on which a is better (its value lower, as ranks are), ``losses``, ``ties``; ``p``: two-sided, exact."""

    wins: int
    losses: int
    ties: int
    p: float


def sign_test(ranks_a: np.ndarray, ranks_b: np.ndarray, groups: np.ndarray) -> SignTest:
    """Exact sign test of "neither model ranks better". Each group votes once, with the majority of its queries' signs.

    Dependent queries must not vote separately; a group whose queries disagree evenly is a tie and left out, as usual.
    """
    _, inverse = np.unique(groups, return_inverse=True)
    signs = np.sign(np.asarray(ranks_b, float) - np.asarray(ranks_a, float))
    votes = np.sign(np.bincount(inverse, signs))
    wins, losses = int((votes > 0).sum()), int((votes < 0).sum())
    p = min(1.0, 2 * float(bdtr(min(wins, losses), wins + losses, 0.5)))  # both tails of a fair coin's throws are alike
    return SignTest(wins, losses, len(votes) - wins - losses, p)


def percentiles(replicates: np.ndarray) -> tuple[float, float]:
    """The ends of the 95 % interval."""
    low, high = np.quantile(replicates, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
