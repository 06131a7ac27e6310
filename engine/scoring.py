"""Scores of every pair of two views, block by block, by either kind of model. The only place that asks for the kind."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.data.windows import Windows
from engine.encoders.cache import read_features
from engine.errors import TwoviewError
from engine.models.base import EmbeddingModel, PairwiseModel, TwoViewModel, comparable
from engine.models.precision import lifted
from engine.paths import atomic_write, cache_dir, checkpoints_dir

EMBEDDING_ROWS = 4096  # items embedded at once
BLOCK_NUMBERS = 2**21  # scores in one block (8 MB): few enough for any machine, enough for fast products

KEPT_FROM = 1000  # windows whose embeddings are kept
KEPT_NUMBERS = 2**24  # a pairwise model's scores kept for the other direction (64 MB)


def as_tensor(features: Any, model: TwoViewModel) -> Tensor:
    """Features (n, ...) on the model's device, in its precision: float32 but for closed forms that were fitted to float64."""
    own = next((p for p in (*model.parameters(), *model.buffers()) if p.is_floating_point()), torch.empty(0))
    if isinstance(features, np.ndarray) and not features.flags.writeable:
        features = np.array(features)  # features mapped from a cache are read-only, which tensors cannot be
    return torch.as_tensor(features).to(device=own.device, dtype=own.dtype)


@torch.no_grad()
def embed(model: EmbeddingModel, features: Any, view: str) -> Tensor:
    """Embeddings (n, k) of all items of view "x" or "y", in batches, in evaluation mode.

    Of many windows, which a network reads from their pixels, they are kept as encoders' features are: with the checkpoints that ship, else in the cache.
    """
    model.eval()
    if isinstance(features, Windows) and len(features) >= KEPT_FROM:
        return _kept(model, features, view)
    return _embed(model, features, view)


def _embed(model: EmbeddingModel, features: Any, view: str) -> Tensor:
    one_side = model.embed_x if view == "x" else model.embed_y
    return torch.cat([lifted(one_side(as_tensor(part, model))) for part in _batches(features)])


def _kept(model: EmbeddingModel, windows: Windows, view: str) -> Tensor:
    name = f"{embeddings_key(model, windows, view)}.npy"
    path = next(checkpoints_dir().glob(f"*/features/{name}"), None) or cache_dir("embeddings", name)
    if not path.is_file():
        with atomic_write(path) as temporary, temporary.open("wb") as file:
            np.save(file, _embed(model, windows, view).numpy(force=True).astype(np.float16), allow_pickle=False)
    return as_tensor(read_features(path), model)


def embeddings_key(model: EmbeddingModel, windows: Windows, view: str) -> str:
    """What the file of kept embeddings is called: equal exactly when weights and windows are."""
    digest = sha256(f"{model.name} {view} {model.settings} {windows.shape}".encode())
    for name, value in model.state_dict().items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(value.numpy(force=True)).data)
    digest.update(np.ascontiguousarray(windows.starts, dtype=np.int64).data)
    digest.update(np.ascontiguousarray(windows.strip).data)
    return digest.hexdigest()[:32]


def similarities(queries: Tensor, candidates: Tensor, similarity: str) -> Tensor:
    """Scores (n, m) of embeddings (n, k), (m, k), larger = more alike; "euclidean" gives −‖a − b‖²."""
    if similarity == "euclidean":
        inner = queries @ candidates.T
        return (2 * inner).sub_(queries.square().sum(1, keepdim=True)).sub_(candidates.square().sum(1))
    return queries @ candidates.T


class PairScores:
    """All scores between two views' features, in blocks of whole rows, for either direction.

    Embedding models embed each item once. A pairwise model's scores are kept for the other direction when they are few.
    ``x`` (n, ...), ``y`` (m, ...): features as the model takes them.
    """

    def __init__(self, model: TwoViewModel, x: Any, y: Any):
        self.model, self.sizes = model.eval(), {"x": len(x), "y": len(y)}
        if model.kind == "embedding":
            assert isinstance(model, EmbeddingModel)
            self.embeddings = {"x": embed(model, x, "x"), "y": embed(model, y, "y")}
            self.vectors = {view: comparable(part, model.similarity) for view, part in self.embeddings.items()}
        else:
            self.features = {"x": as_tensor(x, model), "y": as_tensor(y, model)}
            self.matrix: Tensor | None = None

    @torch.no_grad()
    def blocks(
        self, direction: str, rows: np.ndarray | None = None, numbers: int = BLOCK_NUMBERS
    ) -> Iterator[tuple[slice, Tensor]]:
        """(slice of the queries, scores (b, m)) with about ``numbers`` scores each; ``direction`` as in "x_to_y".

        ``rows``: only these queries, in this order; the slices then count along ``rows``. A view against itself is
        possible for embedding models alone; raises TwoviewError otherwise.
        """
        queries, candidates = direction.split("_to_")
        n, m = self.sizes[queries] if rows is None else len(rows), self.sizes[candidates]
        step = max(1, numbers // max(1, m))
        for start in range(0, n, step):
            part = slice(start, min(start + step, n))
            yield part, self._scores(queries, candidates, part if rows is None else torch.as_tensor(rows[part]))

    def _scores(self, queries: str, candidates: str, rows: Any) -> Tensor:
        if isinstance(self.model, EmbeddingModel):
            return similarities(self.vectors[queries][rows], self.vectors[candidates], self.model.similarity)
        assert isinstance(self.model, PairwiseModel)
        if queries == candidates:
            raise TwoviewError(
                f"{self.model.title} scores pairs of the two views and has no space of its own, "
                "so items of one view cannot be compared with each other. Choose an embedding model."
            )
        if self.matrix is None and self.sizes["x"] * self.sizes["y"] <= KEPT_NUMBERS:
            self.matrix = self.model.score(self.features["x"], self.features["y"]).float()
        if self.matrix is not None:
            return self.matrix[rows] if queries == "x" else self.matrix[:, rows].T
        asked = self.features[queries][rows]
        if queries == "x":
            return self.model.score(asked, self.features["y"]).float()
        return self.model.score(self.features["x"], asked).float().T


def score_blocks(
    model: TwoViewModel, x: Any, y: Any, direction: str = "x_to_y", numbers: int = BLOCK_NUMBERS
) -> Iterator[tuple[slice, Tensor]]:
    """All scores between features x (n, ...) and y (m, ...): (slice of the queries, scores (b, candidates))."""
    return PairScores(model, x, y).blocks(direction, numbers=numbers)


def _batches(features: Any) -> Iterator[Any]:
    for start in range(0, len(features), EMBEDDING_ROWS):
        yield features[start : start + EMBEDDING_ROWS]
