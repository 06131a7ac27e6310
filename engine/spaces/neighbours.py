"""Exact nearest neighbours within one set of points or from one set to another, in bounded memory."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

BLOCK_ELEMENTS = 16_000_000  # of the distance block held at once: 64 MB in float32


@dataclass(frozen=True)
class Neighbours:
    """``indices`` (n, k), nearest first; ``distances`` (n, k): 1 − cosine, or Euclidean."""

    indices: np.ndarray
    distances: np.ndarray


def prepared(points: np.ndarray, metric: str) -> Tensor:
    """Points as a float32 tensor; unit rows for the cosine metric (a zero row stays zero)."""
    tensor = torch.as_tensor(np.ascontiguousarray(points, dtype=np.float32))
    return torch.nn.functional.normalize(tensor, dim=1) if metric == "cosine" else tensor


def distance_blocks(queries: Tensor, candidates: Tensor, metric: str):
    """Yield (start, distances (b, m)) over all queries: 1 − cosine of prepared rows, or squared Euclidean."""
    block = max(1, BLOCK_ELEMENTS // max(1, len(candidates)))
    squares = candidates.square().sum(1)
    for start in range(0, len(queries), block):
        rows = queries[start : start + block]
        products = rows @ candidates.T
        if metric == "cosine":
            yield start, products.neg_().add_(1)
        else:
            yield start, products.mul_(-2).add_(squares).add_(rows.square().sum(1, keepdim=True)).clamp_(min=0)


def nearest_neighbours(
    points: np.ndarray, k: int, metric: str = "cosine", candidates: np.ndarray | None = None, rows: np.ndarray | None = None
) -> Neighbours:
    """The k nearest of ``candidates`` (m, d) to each of ``points`` (n, d); without candidates, of the other points.

    ``rows``: without candidates, only for these points. ``metric``: "cosine" or "euclidean". k is cut to what there is.
    Exact; memory bounded by a block of distances.
    """
    everyone = prepared(points, metric)
    others = everyone if candidates is None else prepared(candidates, metric)
    own = torch.arange(len(everyone)) if rows is None else torch.as_tensor(rows)
    k = min(k, len(others) - (candidates is None))
    indices, distances = [], []
    for start, block in distance_blocks(everyone if rows is None else everyone[own], others, metric):
        if candidates is None:
            block[torch.arange(len(block)), own[start : start + len(block)]] = torch.inf
        nearest, order = block.topk(k, dim=1, largest=False)
        indices.append(order)
        distances.append(nearest if metric == "cosine" else nearest.sqrt())
    return Neighbours(torch.cat(indices).numpy(), torch.cat(distances).numpy())


def neighbour_ranks(points: np.ndarray, of: np.ndarray, metric: str, rows: np.ndarray) -> np.ndarray:
    """1-based rank, by distance from point ``rows[i]``, of each of the points ``of[i]`` (len(rows), k) among all others.

    Points at equal distance share the best rank.
    """
    tensor = prepared(points, metric)
    ranks = []
    for start, block in distance_blocks(tensor[torch.as_tensor(rows)], tensor, metric):
        here = torch.arange(len(block))
        block[here, torch.as_tensor(rows[start : start + len(block)])] = torch.inf
        distances = block.numpy()
        targets = np.take_along_axis(distances, of[start : start + len(block)], axis=1)
        # Counting who is nearer, once per target, takes a tenth of the time of sorting everyone.
        ranks.append(1 + np.stack([np.count_nonzero(distances < target[:, None], axis=1) for target in targets.T], axis=1))
    return np.concatenate(ranks)
