"""How many canonical components two views really share, and how sure each correlation is.

The count is by a permutation test in steps (Winkler, Renaud, Smith and Nichols, Permutation inference for canonical correlation
analysis, NeuroImage 2020): what is left of both views once the first i − 1 pairs of variates are taken away is tried against the same
with one view's items shuffled, in all dimensions that are left, and the i-th p-value is never smaller than those before it. The
statistic is Pillai's trace, the sum of the squared correlations that are left, so that one product serves all steps of a shuffle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import TypeAdapter, ValidationError

from engine.checkpoints.storage import Checkpoint
from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.evaluation.intervals import REPLICATES, Interval, correlation_replicates, percentiles
from engine.evaluation.measured import key
from engine.models.base import EmbeddingModel
from engine.models.linear_algebra import TOLERANCE, canonical_projections
from engine.paths import atomic_write, cache_dir
from engine.scoring import embed

LEVEL = 0.05
PERMUTATIONS = 999
FORMAT = "1"
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Components:
    """Of k components, the strongest first: ``correlations``, held out, with their 95 % intervals; ``p`` (k,): the chance that
    items shuffled at random correlate as strongly in what the components before leave; over ``groups`` items and ``permutations``."""

    correlations: list[Interval]
    p: list[float]
    groups: int
    permutations: int

    @property
    def real(self) -> int:
        """How many components are more than chance at the 5 % level: those before the first that is not."""
        return next((place for place, p in enumerate(self.p) if p > LEVEL), len(self.p))

    def __repr__(self) -> str:
        first = ", ".join(f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})" for one in self.correlations[: max(self.real, 1)][:5])
        return f"{self.real} of {len(self.p)} components are real (p ≤ {LEVEL}, {self.permutations} permutations of {self.groups:,} items); correlations {first}"


def canonical_components(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray | None = None, *, permutations: int = PERMUTATIONS, replicates: int = REPLICATES,
    seed: int = 0, progress: Progress | None = None,
) -> Components:  # fmt: skip
    """How many canonical components aligned rows x (n, d_x), y (n, d_y) share, with an interval for each correlation.

    ``groups`` (n,): equal for rows that are not independent (five sentences of one photo); the test is of groups' means. For
    embeddings of a trained model, rows it was not trained on: those it was, it pairs well by heart.

    Each correlation is the mean of two: each half of the groups measured with the variates of the other, so that what fits
    one half by chance counts for nothing; its interval is the bootstrap's over groups (``replicates``), the variates held.

    Source: Winkler, Renaud, Smith and Nichols, Permutation inference for canonical correlation analysis, NeuroImage 2020.
    Raises TwoviewError when rows do not match or hold NaN, or when there are no more groups than dimensions of both views.
    """
    for view in (x, y):
        if np.asarray(view).dtype.kind not in "biuf":
            raise TwoviewError(f"Components are of real numbers, but rows of type {np.asarray(view).dtype} came.")
    x, y = (np.asarray(view, dtype=np.float64).reshape(len(view), -1) for view in (x, y))
    own = np.arange(len(x)) if groups is None else np.asarray(groups)
    if not len(x) == len(y) == len(own):
        raise TwoviewError(f"Components are of aligned rows, but {len(x)} rows of x, {len(y)} of y and {len(own)} groups came.")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise TwoviewError("Components are of numbers, but some rows hold NaN or infinite ones. Drop or fill them.")
    _, inverse = np.unique(own, return_inverse=True)
    p = _p_values(_means(x, inverse), _means(y, inverse), permutations, seed, progress)
    return Components(_held_out(x, y, inverse, len(p), replicates, seed), p, int(inverse.max()) + 1, permutations)


def components_of(checkpoint: Checkpoint, features: PairedData, progress: Progress | None = None) -> Components:
    """``canonical_components`` of a checkpoint's embeddings of a split's pairs (``features``), kept in the cache by content.

    Raises TwoviewError as that does, and for a model that has no embeddings.
    """
    found = kept_components(checkpoint, features)
    if found is None:
        if not isinstance(checkpoint.model, EmbeddingModel):
            raise TwoviewError(f"{checkpoint.card.title} scores pairs and has no space whose components could be counted.")
        i, j = features.pairs.T
        x, y = (embed(checkpoint.model, view.items, name).numpy(force=True) for name, view in (("x", features.x), ("y", features.y)))
        found = canonical_components(x[i], y[j], features.y.groups[j], progress=progress)
        with atomic_write(_file(checkpoint, features)) as temporary:
            temporary.write_bytes(_ADAPTER.dump_json(found))
    return found


def kept_components(checkpoint: Checkpoint, features: PairedData) -> Components | None:
    """What ``components_of`` found before; None when it did not, or the file is damaged."""
    try:
        return _ADAPTER.validate_json(_file(checkpoint, features).read_bytes())
    except (OSError, ValidationError):
        return None


_ADAPTER = TypeAdapter(Components)


def _file(checkpoint: Checkpoint, features: PairedData) -> Path:
    return cache_dir("components", f"{FORMAT}-{key(checkpoint, features)}.json")


def _means(rows: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    sums = np.zeros((inverse.max() + 1, rows.shape[1]))
    np.add.at(sums, inverse, rows)
    return sums / np.bincount(inverse)[:, None]


def _p_values(x: np.ndarray, y: np.ndarray, permutations: int, seed: int, progress: Progress | None) -> list[float]:
    """One for each component, never falling, of independent rows x (n, d_x), y (n, d_y)."""
    bases = [_basis(view) for view in (x, y)]
    wide = sum(basis.shape[1] for basis in bases)
    if len(x) - 1 <= wide or not all(basis.shape[1] for basis in bases):
        raise TwoviewError(
            f"Components can be counted when there are more items than dimensions of both views together: {len(x):,} items and "
            f"{bases[0].shape[1]} + {bases[1].shape[1]} dimensions came. Take more items, or fewer dimensions."
        )
    u, _, vt = np.linalg.svd(bases[0].T @ bases[1])
    a, b = bases[0] @ u, bases[1] @ vt.T  # the variates, and what is left of the wider view
    observed = _left(a.T @ b)
    as_strong = np.ones(len(observed))
    generator = np.random.default_rng(seed)
    for done in range(permutations):
        if progress and done % 20 == 0:
            progress(done, permutations, "Shuffling one view")
        as_strong += _left(a.T @ b[generator.permutation(len(b))]) >= observed * (1 - 1e-12)
    return np.maximum.accumulate(as_strong / (permutations + 1)).tolist()


def _basis(rows: np.ndarray) -> np.ndarray:
    """An orthonormal basis (n, rank) of the centred rows' columns."""
    u, sizes, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    return u[:, sizes**2 > TOLERANCE * max(float((sizes**2).sum()), np.finfo(float).tiny)]


def _left(correlations: np.ndarray) -> np.ndarray:
    """Pillai's trace of what is left before each step: the squares of variates' correlations (p, q), summed over i, j ≥ step."""
    sums = (correlations**2)[::-1, ::-1].cumsum(axis=0).cumsum(axis=1)[::-1, ::-1]
    return np.diagonal(sums)


def _held_out(x: np.ndarray, y: np.ndarray, inverse: np.ndarray, k: int, replicates: int, seed: int) -> list[Interval]:
    values, drawn = [], []
    for fold in (0, 1):
        here = inverse % 2 == fold
        fit = canonical_projections(torch.from_numpy(x[~here]), torch.from_numpy(y[~here]), 0.0, 0.0, k)
        variates = (x[here] - fit.mean_x.numpy()) @ fit.weights_x.numpy(), (y[here] - fit.mean_y.numpy()) @ fit.weights_y.numpy()
        value, replicated = correlation_replicates(*variates, inverse[here], replicates, seed + fold)
        values.append(value)
        drawn.append(replicated)
    return [Interval(float(value), *percentiles(column)) for value, column in zip(np.mean(values, axis=0), np.mean(drawn, axis=0).T, strict=True)]
