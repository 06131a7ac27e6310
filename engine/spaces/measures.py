"""Measures of one learned space and of the difference between two, all in the original dimension.

Arrays in, plain numbers or arrays out. ``points`` are embeddings (n, d); where two views stand beside each other,
row i of ``x`` belongs to row i of ``y``.
"""

import numpy as np
from scipy.linalg import svdvals

from engine.spaces.neighbours import Neighbours, distance_blocks, nearest_neighbours, neighbour_ranks, prepared


def unit_rows(points: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(points, axis=1, keepdims=True)
    return points / np.where(norms == 0, 1, norms)


def neighbourhood_change(a: Neighbours, b: Neighbours) -> np.ndarray:
    """Per point, 1 − Jaccard index of its neighbour sets in two spaces: 0 = same neighbours, 1 = none in common. (n,)"""
    k = a.indices.shape[1]
    both = np.concatenate([a.indices, b.indices], axis=1)
    both.sort(axis=1)
    shared = (both[:, 1:] == both[:, :-1]).sum(axis=1)
    return 1 - shared / np.maximum(1, k + b.indices.shape[1] - shared)


def _rank_penalty(space: np.ndarray, metric: str, claimed: np.ndarray, n: int, rows: np.ndarray) -> np.ndarray:
    """Per row, 1 − the normalised sum by which the claimed neighbours' ranks in ``space`` exceed k."""
    k = claimed.shape[1]
    if 3 * k + 1 >= 2 * n:
        raise ValueError(f"Faithfulness with k={k} neighbours needs more than {(3 * k + 1) // 2} points, got {n}.")
    excess = np.maximum(0, neighbour_ranks(space, claimed, metric, rows) - k).sum(axis=1)
    return 1 - 2 * excess / (k * (2 * n - 3 * k - 1))


def trustworthiness(
    points: np.ndarray, layout: np.ndarray, k: int = 15, metric: str = "cosine", rows: np.ndarray | None = None
) -> np.ndarray:
    """Per point: are its neighbours on the map its neighbours in the space? (n,) or (len(rows),), 1 = all of them.

    The mean is the trustworthiness of Venna & Kaski (2001), with ``metric`` in the space and Euclidean distance on
    the map. ``rows`` limits the work (k n² for all points) to some points, exactly.
    """
    rows = np.arange(len(points)) if rows is None else np.asarray(rows)
    claimed = nearest_neighbours(layout, k, "euclidean", rows=rows).indices
    return _rank_penalty(points, metric, claimed, len(points), rows)


def continuity(
    points: np.ndarray, layout: np.ndarray, k: int = 15, metric: str = "cosine", rows: np.ndarray | None = None
) -> np.ndarray:
    """Per point: are its neighbours in the space still its neighbours on the map? As ``trustworthiness``, reversed."""
    rows = np.arange(len(points)) if rows is None else np.asarray(rows)
    claimed = nearest_neighbours(points, k, metric, rows=rows).indices
    return _rank_penalty(layout, "euclidean", claimed, len(points), rows)


def modality_gap(x: np.ndarray, y: np.ndarray) -> float:
    """Distance between the centroids of the two views on the unit sphere (Liang et al., Mind the Gap, 2022): 0 to 2."""
    return float(np.linalg.norm(unit_rows(x).mean(axis=0) - unit_rows(y).mean(axis=0)))


def view_separability(
    x: np.ndarray, y: np.ndarray, groups_x: np.ndarray, groups_y: np.ndarray, most: int = 4000, seed: int = 0
) -> float:
    """Accuracy with which a linear classifier tells the views apart, held out by group: 0.5 = mixed, 1 = apart.

    Both views count equally, whatever their sizes: at most ``most`` points of each, sampled by ``seed``, 3 folds.
    """
    from sklearn.linear_model import LogisticRegression  # imported here: it takes longer than most measures
    from sklearn.model_selection import GroupKFold, cross_val_score

    rng = np.random.default_rng(seed)
    size = min(len(x), len(y), most)
    i, j = (rng.choice(len(v), size, replace=False) for v in (x, y))
    points = np.concatenate([unit_rows(x)[i], unit_rows(y)[j]])
    views = np.repeat([0, 1], size)
    groups = np.concatenate([np.asarray(groups_x)[i], np.asarray(groups_y)[j]])
    scores = cross_val_score(LogisticRegression(max_iter=200, C=100.0), points, views, groups=groups, cv=GroupKFold(3))
    return float(scores.mean())


def alignment(x: np.ndarray, y: np.ndarray) -> float:
    """Mean squared distance of matching unit vectors, 0 = identical (Wang & Isola 2020, α = 2)."""
    return float(np.mean(np.sum((unit_rows(x) - unit_rows(y)) ** 2, axis=1)))


def uniformity(points: np.ndarray) -> float:
    """log of the mean of exp(−2 ‖u − v‖²) over all pairs of unit vectors (Wang & Isola 2020, t = 2): lower = more even."""
    units = prepared(points, "cosine")
    n = len(units)
    total = sum(float(block.mul_(-4).exp_().double().sum()) for _, block in distance_blocks(units, units, "cosine"))
    return float(np.log((total - n) / (n * (n - 1))))


def k_occurrence(neighbours: Neighbours, candidates: int) -> np.ndarray:
    """How often each of m candidates is among the k nearest of a query (m,) (Radovanović et al. 2010)."""
    return np.bincount(neighbours.indices.ravel(), minlength=candidates)


def hubness(occurrence: np.ndarray) -> float:
    """Skewness of the k-occurrence: 0 = everyone is found equally often, large = a few hubs answer everything."""
    if not np.ptp(occurrence):
        return 0.0
    apart = occurrence - np.mean(occurrence)
    return float(np.mean(apart**3) / np.mean(apart**2) ** 1.5)


def linear_cka(a: np.ndarray, b: np.ndarray) -> float:
    """Linear centred kernel alignment of two embeddings (n, d1), (n, d2) of the same points (Kornblith et al. 2019), 0 to 1."""
    a, b = (np.asarray(v, dtype=np.float64) - np.mean(v, axis=0, dtype=np.float64) for v in (a, b))
    scale = np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b)
    return float(np.linalg.norm(a.T @ b) ** 2 / scale) if scale else 0.0


def procrustes_distance(a: np.ndarray, b: np.ndarray) -> float:
    """What remains after the best shift, scale and rotation of one embedding onto the other: 0 = same shape, 1 = nothing.

    SciPy's ``procrustes`` disparity, for different dimensions as well (the smaller is padded with zeros).
    """
    a, b = (np.asarray(v, dtype=np.float64) - np.mean(v, axis=0, dtype=np.float64) for v in (a, b))
    scale = np.linalg.norm(a) * np.linalg.norm(b)
    return float(max(0.0, 1 - (svdvals(a.T @ b).sum() / scale) ** 2)) if scale else 1.0


def class_cohesion(points: np.ndarray, labels: np.ndarray) -> dict[int, float]:
    """Per class: mean cosine between its members minus mean cosine to everyone else. Classes of one, and label −1, are left out.

    The silhouette's contrast (Rousseeuw 1987) of own against other, in mean cosines: linear in n, 0 = no class at all.
    """
    units = unit_rows(np.asarray(points, dtype=np.float64))
    labels = np.asarray(labels)
    everyone = units.sum(axis=0)
    cohesion = {}
    for label in np.unique(labels[labels >= 0]):
        members = units[labels == label]
        n, others = len(members), len(units) - len(members)
        if n < 2 or not others:
            continue
        own = members.sum(axis=0)
        within = (own @ own - np.sum(members * members)) / (n * (n - 1))
        cohesion[int(label)] = float(within - own @ (everyone - own) / (n * others))
    return cohesion
