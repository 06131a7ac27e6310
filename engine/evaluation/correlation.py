"""How strongly two views' outputs are correlated, in the literature's number and in two that cannot be gamed.

The literature's "sum of correlations" adds Pearson's r over matching output dimensions and never asks whether the
dimensions differ: one variate copied k times scores k·r. So it is always shown beside the sum of *canonical*
correlations (the outputs decorrelated first, with a projection fitted on training outputs) and the effective rank.
"""

import numpy as np
import torch

from engine.errors import TwoviewError
from engine.models.linear_algebra import Covariances, canonical_projections, covariance_of, covariances, projections_of

COLUMNS = 64


def correlations(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson's r between matching dimensions of aligned outputs x, y (n, k): (k,). A constant dimension has r = 0."""
    x, y = np.asarray(x), np.asarray(y)
    _require_alike(x, y)
    few = range(0, x.shape[1], COLUMNS)  # at a time, so that no second copy of the outputs is made
    return np.concatenate([_pearson(x[:, start : start + COLUMNS], y[:, start : start + COLUMNS]) for start in few] or [np.zeros(0)])


def _pearson(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    x, y = (part - part.mean(axis=0, dtype=np.float64) for part in (x, y))
    scale = np.sqrt((x**2).sum(axis=0) * (y**2).sum(axis=0))
    return np.divide((x * y).sum(axis=0), scale, out=np.zeros(x.shape[1]), where=scale > 0)


def sum_of_correlations(x: np.ndarray, y: np.ndarray) -> float:
    """The literature's number (2WayNet, Table 1; MUC2M, Table 1): the sum of ``correlations`` over the whole split.

    Nothing is refitted on the split, nothing whitened, no redundancy checked.
    """
    return float(correlations(x, y).sum())


def canonical_variates(
    x: np.ndarray, y: np.ndarray, train_x: np.ndarray, train_y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """x, y (n, k) after the unregularised CCA of the training outputs: (n, k) each, the most correlated pair first.

    Directions in which the training outputs do not vary are left out; as many last columns are constant.
    """
    x, y = _aligned(x, y)
    train_x, train_y = _aligned(train_x, train_y)
    fit = canonical_projections(torch.from_numpy(train_x), torch.from_numpy(train_y), 0.0, 0.0, k=x.shape[1])
    return (
        (x - fit.mean_x.numpy()) @ fit.weights_x.numpy(),
        (y - fit.mean_y.numpy()) @ fit.weights_y.numpy(),
    )


def canonical_correlations(
    x: np.ndarray, y: np.ndarray, train_x: np.ndarray, train_y: np.ndarray
) -> np.ndarray:
    """The spectrum: correlations of x, y (n, k) after the canonical projection fitted on ``train_x``, ``train_y``.

    (k,), in the order of the training correlations. Evaluated on other data than it was fitted on: refitting on the
    evaluated outputs inflates it (34.6 instead of 28.5 for linear CCA on MNIST halves refitted in batches of 128).
    """
    return correlations(*canonical_variates(x, y, train_x, train_y))


def held_out_correlations(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The spectrum (k,), descending, without training data: each half of the groups is measured with the canonical
    projection fitted on the other half. ``groups`` (n,): what belongs together falls into one half. 0 for a single group.
    """
    half = np.unique(groups, return_inverse=True)[1] % 2 == 0
    if half.all() or not half.any():
        return np.zeros(np.shape(x)[1])
    moments = [covariances(torch.from_numpy(x[m]), torch.from_numpy(y[m])) for m in (half, ~half)]
    folds = [_projected(measured, fitted) for measured, fitted in (moments, moments[::-1])]
    return np.sort(np.mean(folds, axis=0))[::-1]


def _projected(measured: Covariances, fitted: Covariances) -> np.ndarray:
    """``canonical_correlations`` from the moments of both samples: the projected outputs' variances need no projected outputs."""
    xx, yy, xy = measured[:3]
    fit = projections_of(*fitted, 0.0, 0.0, k=len(xx))
    a, b = fit.weights_x, fit.weights_y
    variances = ((xx @ a) * a).sum(0) * ((yy @ b) * b).sum(0)
    return torch.where(variances > 0, ((xy @ b) * a).sum(0) / variances.clamp(min=torch.finfo(variances.dtype).tiny).sqrt(), 0.0).numpy()


def sum_of_canonical_correlations(
    x: np.ndarray, y: np.ndarray, train_x: np.ndarray, train_y: np.ndarray
) -> float:
    """The sum of ``canonical_correlations``: what remains of the literature's number once copies count only once."""
    return float(canonical_correlations(x, y, train_x, train_y).sum())


def effective_rank(outputs: np.ndarray) -> float:
    """Over how many directions the variance of the outputs (n, k) is spread: the participation ratio (Σλ)² / Σλ².

    λ are the eigenvalues of the outputs' covariance: 1 for copies of one variate, k for uncorrelated dimensions of equal
    variance, 0 for constants. (Not the entropy-based rank of Roy & Vetterli 2007, which weighs small directions more.)
    """
    covariance = covariance_of(torch.tensor(np.ascontiguousarray(outputs)))
    variance = float(covariance.trace())
    return variance**2 / float(covariance.square().sum()) if variance > 0 else 0.0


def _aligned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    _require_alike(x, y)
    return x, y


def _require_alike(x: np.ndarray, y: np.ndarray) -> None:
    if x.shape != y.shape:
        raise TwoviewError(
            f"Correlations compare matching dimensions of aligned outputs, but the views came as {x.shape} and {y.shape}."
        )
