"""Maps of more points than a layout can hold: a sample is laid out, everything else finds its place by its neighbours in the sample.

A question, a new picture or a million more items are placed the same way, and what is on the map already does not move. As UMAP's own
``transform`` begins (McInnes et al. 2018, Sec. 3.4) a point goes to the mean of its neighbours' places, weighted by how near they are; here
they are weighed within the part of the map where most of the weight lies, for the mean of two far parts is a place where nobody is.
"""

from collections.abc import Callable

import numpy as np

from engine.errors import TwoviewError
from engine.spaces.layouts import umap_layout
from engine.spaces.neighbours import nearest_neighbours

SAMPLE = 20_000  # points laid out by UMAP: half a minute on a core
NEIGHBOURS = 10
BLOCK = 50_000  # points placed at once

Progress = Callable[[int, int, str], None]


def large_layout(points: np.ndarray, seed: int = 0, metric: str = "cosine", sample: int = SAMPLE, progress: Progress | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Layout (n, 2), float32, of points (n, d), which may be mapped from disk, and the rows of the sample that UMAP laid out, ascending.

    Up to ``sample`` points all are laid out. The sample is drawn evenly, so that dense regions stay dense.
    """
    rows = np.arange(len(points))
    if len(points) > sample:
        rows = np.sort(np.random.default_rng(seed).choice(len(points), sample, replace=False))
    anchors = np.asarray(points[rows], dtype=np.float32)
    places = umap_layout(anchors, seed, metric)
    layout = np.empty((len(points), 2), dtype=np.float32)
    rest = np.setdiff1d(np.arange(len(points)), rows, assume_unique=True)
    for start in range(0, len(rest), BLOCK):
        part = rest[start : start + BLOCK]
        layout[part] = placed(np.asarray(points[part]), anchors, places, metric)
        if progress:
            progress(min(start + BLOCK, len(rest)), len(rest), "Placing points by their neighbours")
    layout[rows] = places
    return layout, rows


def placed(points: np.ndarray, anchors: np.ndarray, places: np.ndarray, metric: str = "cosine", k: int = NEIGHBOURS) -> np.ndarray:
    """Places (n, 2) on a map of new points (n, d), given points that are on it, ``anchors`` (m, d), and their ``places`` (m, 2).

    A point that equals an anchor goes to its place. Raises TwoviewError when the widths differ or there is no anchor.
    """
    if not len(anchors) or points.shape[1:] != anchors.shape[1:]:
        raise TwoviewError(f"New points are placed beside points of the same space, but {tuple(points.shape)} came for {tuple(anchors.shape)}.")
    near = nearest_neighbours(points, k, metric, candidates=anchors)
    beyond = near.distances - near.distances[:, :1]
    weights = np.exp(-beyond / np.maximum(beyond.mean(axis=1, keepdims=True), 1e-12))
    of = places[near.indices]  # (n, k, 2)
    apart = np.linalg.norm(of[:, :, None] - of[:, None], axis=3)  # among the neighbours' places
    reach = np.median(apart.reshape(len(apart), -1), axis=1)[:, None, None]
    support = (weights[:, None] * (apart <= reach)).sum(axis=2)  # how much weight lies around each neighbour's place
    here = np.take_along_axis(apart, support.argmax(axis=1)[:, None, None], axis=1)[:, 0] <= reach[:, 0]
    kept = weights * here
    found = (kept[:, :, None] * of).sum(axis=1) / kept.sum(axis=1, keepdims=True)
    difference = np.abs(points - anchors[near.indices[:, 0]]).max(axis=1)
    same = difference <= 1e-6 * np.abs(points).max(axis=1)
    found[same] = of[same, 0]
    return found.astype(np.float32)
