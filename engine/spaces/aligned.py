"""Aligned UMAP: maps of several spaces of the same points in which a point stays near its place, as in umap-learn's
AlignedUMAP (after Dadu et al. 2023), for spaces that have no order among them.

Each map is a UMAP: its weighted neighbour graph is umap-learn's over exact neighbours, its attraction and repulsion are
those of McInnes et al. 2018. Beside them a point is pulled towards its places on all other maps, each time it moves, as
strongly as its neighbours there are the same (Jaccard). All maps start from one picture, so a point moves between two maps
only as far as its neighbourhood does.

umap-learn's own class ties spaces in a sequence, searches neighbours approximately, lays every space out alone first and
compiles its step for each fit; over 4 spaces × 6,000 points that takes several times as long.
"""

from collections.abc import Callable, Sequence

import numba
import numpy as np
from umap.umap_ import find_ab_params, fuzzy_simplicial_set, make_epochs_per_sample
from umap.utils import tau_rand_int

from engine.errors import TwoviewError
from engine.spaces.layouts import EPOCHS, exact_neighbours, needs_points, pca_layout, spread_out, umap_layout
from engine.spaces.measures import neighbourhood_change, unit_rows
from engine.spaces.neighbours import Neighbours

NEGATIVES = 5  # points that push away for every neighbour that attracts
ALIGNMENT = 0.003  # the pull of a place on another map, per unit of distance, where all neighbours are the same
A, B = find_ab_params(1.0, 0.1)  # UMAP's spread and min_dist


def aligned_layouts(
    spaces: Sequence[np.ndarray], seed: int = 0, metrics: Sequence[str] | str = "cosine",
    progress: Callable[[int, int, str], None] | None = None,
) -> list[np.ndarray]:  # fmt: skip
    """One layout (n, 2), float32, per space (n, d_i) of the same n points.

    ``metrics``: one for all spaces, or one each. ``progress(done, total, what)`` is called after each round. Spaces that
    are two-dimensional already stay as they are. Raises TwoviewError if the spaces differ in n or have fewer than 4 points.
    """
    counts = {len(points) for points in spaces}
    if len(counts) > 1:
        raise TwoviewError(f"Aligned maps need the same points in every space, but they hold {sorted(counts)} points.")
    each = [metrics] * len(spaces) if isinstance(metrics, str) else list(metrics)
    wide = [place for place, points in enumerate(spaces) if points.shape[1] > 2]
    if len(wide) < 2:
        return [umap_layout(points, seed, metric) for points, metric in zip(spaces, each, strict=True)]
    needs_points(counts.pop())
    together = dict(zip(wide, _together([(spaces[w], each[w]) for w in wide], seed, progress), strict=True))
    return [together[place] if place in together else pca_layout(points) for place, points in enumerate(spaces)]


def _together(spaces: Sequence[tuple[np.ndarray, str]], seed: int, progress: Callable[[int, int, str], None] | None) -> np.ndarray:
    """Layouts (m, n, 2) of m spaces, each with its metric."""
    near = [exact_neighbours(points, metric) for points, metric in spaces]
    graphs = [_graph(points, metric, *found, seed) for (points, metric), found in zip(spaces, near, strict=True)]
    every = np.concatenate([make_epochs_per_sample(graph.data, EPOCHS) for graph in graphs])
    maps, heads, tails = (np.concatenate(part).astype(np.int32) for part in zip(*((np.full(g.nnz, m), g.row, g.col) for m, g in enumerate(graphs)), strict=True))
    # The maps take turns, so that none runs ahead of the others within a round.
    turn = np.argsort(np.concatenate([np.linspace(0, 1, graph.nnz) for graph in graphs]), kind="stable")
    maps, heads, tails, every = maps[turn], heads[turn], tails[turn], every[turn]
    start = spread_out(pca_layout(np.hstack([_scaled(points, metric) for points, metric in spaces]), "euclidean"))
    layouts = np.repeat(start[None], len(spaces), axis=0)
    pull = ALIGNMENT * _agreement(near)
    due, due_repelled = every.copy(), every / NEGATIVES
    random = np.random.default_rng(seed).integers(1, 2**31 - 1, 3)
    for epoch in range(EPOCHS):
        _round(layouts, maps, heads, tails, every, due, due_repelled, pull, A, B, 1 - epoch / EPOCHS, epoch, random)
        if progress:
            progress(epoch + 1, EPOCHS, "rounds")
    return layouts


def _agreement(near: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Per pair of spaces and point, the Jaccard index of its neighbours: (m, m, n) float32, 0 on the diagonal."""
    found = [Neighbours(indices[:, 1:], distances[:, 1:]) for indices, distances in near]
    shared = np.zeros((len(found), len(found), len(found[0].indices)), np.float32)
    for i in range(len(found)):
        for j in range(i):
            shared[i, j] = shared[j, i] = 1 - neighbourhood_change(found[i], found[j])
    return shared


def _graph(points: np.ndarray, metric: str, indices: np.ndarray, distances: np.ndarray, seed: int):
    """UMAP's weighted neighbour graph, (n, n) in coordinates, without edges so weak that no round would draw them."""
    graph = fuzzy_simplicial_set(points, indices.shape[1], np.random.RandomState(seed), metric, knn_indices=indices, knn_dists=distances)[0].tocoo()
    graph.data[graph.data < graph.data.max() / EPOCHS] = 0
    graph.eliminate_zeros()
    return graph


def _scaled(points: np.ndarray, metric: str) -> np.ndarray:
    """Centred points of unit total variance, so that no space outweighs another."""
    centred = unit_rows(points) if metric == "cosine" else np.asarray(points)
    centred = centred - centred.mean(axis=0)
    return centred / (np.linalg.norm(centred) or 1.0)


@numba.njit(fastmath=True)
def _step(layouts, m, i, towards_x, towards_y, force, pull, alpha):  # pragma: no cover (compiled)
    """Move point i of map m by ``force`` along (towards_x, towards_y) and towards its places on the other maps."""
    here = layouts[m, i]
    dx = min(4.0, max(-4.0, force * towards_x))
    dy = min(4.0, max(-4.0, force * towards_y))
    for other in range(layouts.shape[0]):
        strength = pull[m, other, i]
        dx -= strength * (here[0] - layouts[other, i, 0])
        dy -= strength * (here[1] - layouts[other, i, 1])
    here[0] += alpha * min(4.0, max(-4.0, dx))
    here[1] += alpha * min(4.0, max(-4.0, dy))


@numba.njit(fastmath=True)
def _round(layouts, maps, heads, tails, every, due, due_repelled, pull, a, b, alpha, epoch, random):  # pragma: no cover (compiled)
    """One epoch of UMAP's sampled gradient descent (McInnes et al. 2018, algorithm 5) on all maps at once, in place."""
    n = layouts.shape[1]
    for e in range(len(heads)):
        if due[e] > epoch:
            continue
        due[e] += every[e]
        m, i, j = maps[e], heads[e], tails[e]
        x, y = layouts[m, i, 0] - layouts[m, j, 0], layouts[m, i, 1] - layouts[m, j, 1]
        d = x * x + y * y
        force = -2 * a * b * d ** (b - 1) / (a * d**b + 1) if d > 0 else 0.0
        _step(layouts, m, i, x, y, force, pull, alpha)
        _step(layouts, m, j, -x, -y, force, pull, alpha)
        pushes = int((epoch - due_repelled[e]) * NEGATIVES / every[e])
        due_repelled[e] += pushes * every[e] / NEGATIVES
        for _ in range(pushes):
            k = tau_rand_int(random) % n
            if k == i:
                continue
            x, y = layouts[m, i, 0] - layouts[m, k, 0], layouts[m, i, 1] - layouts[m, k, 1]
            d = x * x + y * y
            force = 2 * b / ((0.001 + d) * (a * d**b + 1)) if d > 0 else 0.0
            _step(layouts, m, i, x, y, force, pull, alpha)
