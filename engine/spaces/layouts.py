"""Two dimensions to look at: PCA at once, UMAP of one space. Several spaces of the same points: ``aligned``."""

import warnings

import numpy as np

from engine.errors import TwoviewError
from engine.spaces.measures import unit_rows
from engine.spaces.neighbours import nearest_neighbours

N_NEIGHBOURS = 15
EPOCHS = 200


def pca_layout(points: np.ndarray, metric: str = "cosine") -> np.ndarray:
    """The first two principal components (n, 2), float32; points that are two-dimensional already stay as they are."""
    if points.shape[1] <= 2:
        return np.pad(points, ((0, 0), (0, 2 - points.shape[1]))).astype(np.float32)
    centred = unit_rows(points) if metric == "cosine" else np.asarray(points)
    centred = centred.astype(np.float64) - centred.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    layout = centred @ vectors[:, :-3:-1]
    # Eigenvectors have no sign of their own: the largest coordinate points right and up, on every machine.
    signs = np.sign(layout[np.abs(layout).argmax(axis=0), [0, 1]])
    return (layout * np.where(signs == 0, 1, signs)).astype(np.float32)


def umap_layout(points: np.ndarray, seed: int = 0, metric: str = "cosine") -> np.ndarray:
    """UMAP (McInnes et al. 2018) of points (n, d) with exact neighbours, started from PCA: (n, 2), float32."""
    if points.shape[1] <= 2:
        return pca_layout(points, metric)
    needs_points(len(points))
    from umap import UMAP  # imports numba: seconds

    indices, distances = exact_neighbours(points, metric)
    reducer = UMAP(
        n_neighbors=indices.shape[1], n_epochs=EPOCHS, metric=metric, random_state=seed, n_jobs=1,
        init=spread_out(pca_layout(points, metric)), precomputed_knn=(indices, distances, None),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*precomputed_knn")  # it cannot place new points, which nobody asks of it
        return reducer.fit_transform(unit_rows(points).astype(np.float32) if metric == "cosine" else points)


def exact_neighbours(points: np.ndarray, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Neighbours as umap-learn counts them, each point its own first: indices int32 and distances float32, (n, k) each."""
    k = min(N_NEIGHBOURS, len(points) - 1)
    found = nearest_neighbours(points, k - 1, metric)
    itself = np.arange(len(points))[:, None]
    return np.hstack([itself, found.indices]).astype(np.int32), np.hstack([0.0 * itself, found.distances]).astype(np.float32)


def movement(a: np.ndarray, b: np.ndarray) -> float:
    """Mean distance of the same point on two maps (n, 2), in units of the maps' mean spread around their centres."""
    spread = np.mean([np.linalg.norm(m - m.mean(axis=0), axis=1).mean() for m in (a, b)])
    return float(np.linalg.norm(a - b, axis=1).mean() / spread) if spread else 0.0


def needs_points(n: int) -> None:
    if n < 4:
        raise TwoviewError(f"UMAP needs at least 4 points, got {n}. PCA works with any number.")


def spread_out(layout: np.ndarray) -> np.ndarray:
    """UMAP expects its start within about 10 units, with a little noise so that no two points coincide."""
    scale = np.abs(layout).max() or 1.0
    return (10 * layout / scale + np.random.default_rng(0).normal(scale=1e-4, size=layout.shape)).astype(np.float32)
