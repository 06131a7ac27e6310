"""Exact search among embeddings in memory: every candidate is scored, nothing is approximated."""

from typing import NamedTuple

import torch
from torch import Tensor

from engine.errors import TwoviewError
from engine.models.base import comparable
from engine.scoring import similarities

CHUNK = 64  # candidates whose best score stands for them all
BLOCK_NUMBERS = 2**24  # scores held at once (64 MB)
ON_A_CARD = 2**30  # on a graphics card (4 GB): its memory is read at full speed by many queries at once


class Hits(NamedTuple):
    """``scores`` (q, top), larger = more alike, and ``rows`` (q, top) of the candidates, best first."""

    scores: Tensor
    rows: Tensor


class ExactIndex:
    """Candidates ``embeddings`` (n, k), compared as ``similarity`` says (see ``engine.models.base.comparable``)."""

    def __init__(self, embeddings: Tensor, similarity: str = "cosine"):
        self.similarity = similarity
        self.vectors = comparable(embeddings.float(), similarity).contiguous()

    def __len__(self) -> int:
        return len(self.vectors)

    @torch.no_grad()
    def scores(self, queries: Tensor) -> Tensor:
        """Scores of queries (q, k) with every candidate: (q, n)."""
        if queries.ndim != 2 or queries.shape[1] != self.vectors.shape[1]:
            raise TwoviewError(
                f"Queries must be embeddings of the index's {self.vectors.shape[1]} dimensions, one per row, "
                f"but an array of shape {tuple(queries.shape)} came."
            )
        vectors = comparable(queries.float().to(self.vectors.device), self.similarity)
        if len(vectors) == 1 and self.similarity != "euclidean":
            return torch.mv(self.vectors, vectors[0])[None]  # reads the candidates once, at the speed of memory
        return similarities(vectors, self.vectors, self.similarity)

    @torch.no_grad()
    def search(self, queries: Tensor, top: int = 10) -> Hits:
        """The ``top`` best candidates of each query (q, k); all of them when there are fewer."""
        top = min(top, len(self))
        numbers = ON_A_CARD if self.vectors.device.type == "cuda" else BLOCK_NUMBERS
        step = max(1, numbers // max(1, len(self)))
        parts = [best(self.scores(queries[start : start + step]), top) for start in range(0, len(queries), step)]
        return Hits(*(torch.cat(column) for column in zip(*parts, strict=True)))


def best(scores: Tensor, top: int) -> Hits:
    """The ``top`` largest of each row of ``scores`` (q, n), in falling order, equal scores by rising row.

    A row's ``top`` largest lie in the ``top`` chunks with the largest maxima, so only those chunks are ordered: several
    times faster than ordering the row when there are many queries.
    """
    q, n = scores.shape
    whole = n - n % CHUNK
    if q == 1 or whole // CHUNK <= 4 * top:
        rows = scores.topk(top, dim=1).indices
    else:
        maxima = scores[:, :whole].unflatten(1, (-1, CHUNK)).amax(dim=2)
        chunks = maxima.topk(top, dim=1).indices
        inside = (chunks[:, :, None] * CHUNK + torch.arange(CHUNK, device=scores.device)).flatten(1)
        rest = torch.arange(whole, n, device=scores.device).expand(q, -1)
        rows = torch.cat([inside, rest], dim=1)
        rows = rows.gather(1, scores.gather(1, rows).topk(top, dim=1).indices)
    rows = rows.sort(dim=1).values
    ordered = scores.gather(1, rows).sort(dim=1, descending=True, stable=True)
    return Hits(ordered.values, rows.gather(1, ordered.indices))
