"""A corpus of embeddings: written, searched, filtered and deleted the same way wherever it lies.

Two kinds: ``MemoryCorpus`` here, exact; ``engine.search.lance.LanceCorpus``, on disk or object storage, with an index that is
approximate and says how approximate.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.errors import TwoviewError
from engine.models.base import comparable
from engine.scoring import similarities
from engine.search.exact import best

RANK_BLOCK = 65_536  # items scored at once while ranks are counted
NUMBERS = {10: "ten"}


class Answers(NamedTuple):
    """Best first, one list per query: ``ids`` and ``scores``, larger = more alike."""

    ids: list[list[str]]
    scores: list[list[float]]


@dataclass(frozen=True)
class Filter:
    """Only items of this split, of this label; None asks for all."""

    split: str | None = None
    label: str | None = None


EVERYTHING = Filter()


@dataclass(frozen=True)
class Recall:
    """The mean share of the true first ``top`` that an index found for ``queries`` sampled questions, among ``items`` items: those of ``split``, or all."""

    value: float
    top: int
    queries: int
    items: int
    split: str | None = None

    def __str__(self) -> str:
        return f"{self.short} ({self.queries:,} questions, {self.items:,} items{f' of {self.split}' if self.split else ''})"

    @property
    def short(self) -> str:
        return f"approximate: finds {100 * self.value:.1f} % of the true first {NUMBERS.get(self.top, self.top)}"


def require_distinct(ids: Sequence[str]) -> None:
    if len(set(ids)) < len(ids):
        raise TwoviewError(f"Ids must differ, but {len(ids) - len(set(ids)):,} of {len(ids):,} came more than once. Make each item's id its own.")


class Corpus(ABC):
    """Embeddings (n, ``dimensions``) with ids, splits and labels, compared as ``similarity`` says."""

    dimensions: int
    similarity: str

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def count(self, only: Filter) -> int:
        """How many items pass the filter."""

    @abstractmethod
    def _write(self, ids: Sequence[str], vectors: np.ndarray, splits: Sequence[str], labels: Sequence[str]) -> None: ...

    @abstractmethod
    def delete(self, ids: Sequence[str]) -> None:
        """Forget these items; ids that are not there are no error."""

    @abstractmethod
    def _search(self, vectors: Tensor, top: int, only: Filter, exact: bool) -> Answers: ...

    @abstractmethod
    def _vectors(self, only: Filter) -> Iterator[tuple[list[str], Tensor]]:
        """Every item that passes the filter, in blocks: ids and comparable vectors (b, dimensions)."""

    @abstractmethod
    def _found(self, ids: Sequence[str]) -> dict[str, Tensor]:
        """Comparable vectors (dimensions,) of those of these items that are there."""

    @abstractmethod
    def _at_least(self, vector: Tensor, ids: Sequence[str], only: Filter) -> list[int]:
        """For each of these items, which are there, how many that pass the filter score at least as much as it, itself included."""

    def recall(self, only: Filter = EVERYTHING) -> Recall | None:
        """How much the index finds with this filter, measured when it was built; None where such a search is exact."""
        return None

    def write(
        self, ids: Sequence[str], embeddings: Tensor, splits: Sequence[str] | None = None, labels: Sequence[str] | None = None
    ) -> None:  # fmt: skip
        """Add items with embeddings (n, dimensions); an id that is there already is replaced.

        Raises TwoviewError for other dimensions, numbers that are not finite, columns of other lengths, or an id given twice.
        """
        splits, labels = splits or [""] * len(ids), labels or [""] * len(ids)
        if not len(ids) == len(embeddings) == len(splits) == len(labels):
            raise TwoviewError(f"Each item needs an embedding, a split and a label: {len(ids)} ids, {len(embeddings)} embeddings, {len(splits)} splits and {len(labels)} labels came.")
        require_distinct(ids)
        if len(ids):
            self._write(ids, self._comparable(embeddings).numpy(force=True), splits, labels)

    def search(self, queries: Tensor, top: int = 10, only: Filter = EVERYTHING, exact: bool = False) -> Answers:
        """The ``top`` best items that pass the filter for each of queries (q, dimensions).

        ``exact`` goes past any index, and so does a filter that the index was not measured with.
        """
        return self._search(self._comparable(queries), top, only, exact or self.recall(only) is None)

    def vectors_of(self, ids: Sequence[str]) -> Tensor:
        """The vectors (n, dimensions) that these items are compared by. Raises TwoviewError when one is not there."""
        found = self._found(ids)
        if missing := [name for name in ids if name not in found]:
            raise TwoviewError(f"The corpus holds no item {missing[0]!r}{f' and {len(missing) - 1} more of those asked for' if len(missing) > 1 else ''}. Write it first.")
        return torch.stack([found[name] for name in ids])

    def scores_of(self, query: Tensor, ids: Sequence[str]) -> list[float]:
        """The score of each of these items for one query (1, dimensions). Raises TwoviewError when one is not there."""
        return similarities(self._comparable(query), self.vectors_of(ids), self.similarity)[0].tolist()

    def each_rank(self, query: Tensor, ids: Sequence[str], only: Filter = EVERYTHING) -> list[int]:
        """The 1-based rank of each of these items for one query (1, dimensions), exact whatever the index is; equal scores count as above it."""
        self.vectors_of(ids)
        return self._at_least(self._comparable(query)[0], ids, only)

    def ranks(self, queries: Tensor, matches: Sequence[Sequence[str]], only: Filter = EVERYTHING) -> list[int]:
        """1-based rank of the best of each query's ``matches`` (ids), counted over every item: exact whatever the index is.

        Other items with an equal score count as above it. Raises TwoviewError if none of a query's matches is there.
        """
        asked = self._comparable(queries)
        target = torch.full((len(asked),), -torch.inf)
        for ids, scores in self._scored(asked, only):
            place = {name: column for column, name in enumerate(ids)}
            for row, names in enumerate(matches):
                here = [place[name] for name in names if name in place]
                if here:
                    target[row] = torch.maximum(target[row], scores[row, here].max())
        if (target == -torch.inf).any():
            raise TwoviewError(f"A rank needs a true match, but the corpus holds none for question {int((target == -torch.inf).nonzero()[0])}. Write its matches first, or ask without the filter.")
        above = torch.zeros(len(asked), dtype=torch.long)
        for ids, scores in self._scored(asked, only):
            place = {name: column for column, name in enumerate(ids)}
            better = scores >= target[:, None]
            for row, names in enumerate(matches):
                better[row, [place[name] for name in names if name in place]] = False
            above += better.sum(1)
        return (above + 1).tolist()

    def _scan(self, asked: Tensor, top: int, only: Filter) -> Answers:
        """The best of every item, in one pass over them for all questions together."""
        scores, names = torch.full((len(asked), 0), 0.0), np.empty((len(asked), 0), dtype=object)
        for ids, vectors in self._vectors(only):
            hits = best(similarities(asked, vectors, self.similarity), min(top, len(ids)))
            scores = torch.cat([scores, hits.scores], dim=1)
            names = np.concatenate([names, np.array(ids, dtype=object)[hits.rows.numpy()]], axis=1)
            kept = scores.sort(dim=1, descending=True, stable=True).indices[:, :top]
            scores, names = scores.gather(1, kept), np.take_along_axis(names, kept.numpy(), axis=1)
        return Answers(names.tolist(), scores.tolist())

    def _scored(self, asked: Tensor, only: Filter) -> Iterator[tuple[list[str], Tensor]]:
        return self._scores_of(asked, self._vectors(only))

    def _scores_of(self, asked: Tensor, blocks: Iterable[tuple[list[str], Tensor]]) -> Iterator[tuple[list[str], Tensor]]:
        for ids, vectors in blocks:
            # products in float64 rounded to float32: equal vectors score equally in whichever block they lie
            yield ids, similarities(asked.double(), vectors.double(), self.similarity).float()

    def _comparable(self, embeddings: Tensor) -> Tensor:
        if embeddings.ndim != 2 or embeddings.shape[1] != self.dimensions:
            raise TwoviewError(f"The corpus holds embeddings of {self.dimensions} dimensions, one per row, but an array of shape {tuple(embeddings.shape)} came.")
        if not torch.isfinite(embeddings).all():
            raise TwoviewError("Embeddings must be finite numbers, but some are not. Look for empty items or a model that diverged.")
        return comparable(embeddings.float(), self.similarity).cpu().contiguous()


class MemoryCorpus(Corpus):
    """Exact, in memory."""

    def __init__(self, dimensions: int, similarity: str = "cosine"):
        self.dimensions, self.similarity = dimensions, similarity
        self.ids, self.splits, self.labels = (np.empty(0, dtype=object) for _ in range(3))
        self.vectors = torch.empty(0, dimensions)

    def __len__(self) -> int:
        return len(self.ids)

    def count(self, only: Filter) -> int:
        rows = self._rows(only)
        return len(self) if rows is None else len(rows)

    def _write(self, ids, vectors, splits, labels) -> None:
        self.delete(ids)
        self.ids, self.splits, self.labels = (
            np.concatenate([old, np.array(list(new), dtype=object)])
            for old, new in ((self.ids, ids), (self.splits, splits), (self.labels, labels))
        )
        self.vectors = torch.cat([self.vectors, torch.from_numpy(vectors)])

    def delete(self, ids: Sequence[str]) -> None:
        gone = set(ids)
        kept = np.array([name not in gone for name in self.ids], dtype=bool)
        if not kept.all():
            self.ids, self.splits, self.labels = self.ids[kept], self.splits[kept], self.labels[kept]
            self.vectors = self.vectors[torch.from_numpy(kept)]

    def _rows(self, only: Filter) -> np.ndarray | None:
        """Rows that pass the filter; None for all of them."""
        if only == EVERYTHING:
            return None
        kept = np.ones(len(self), dtype=bool)
        for column, wanted in ((self.splits, only.split), (self.labels, only.label)):
            if wanted is not None:
                kept &= column == wanted
        return np.flatnonzero(kept)

    def _search(self, vectors: Tensor, top: int, only: Filter, exact: bool) -> Answers:
        rows = self._rows(only)
        candidates, names = (self.vectors, self.ids) if rows is None else (self.vectors[torch.from_numpy(rows)], self.ids[rows])
        scores, found = best(similarities(vectors, candidates, self.similarity), min(top, len(candidates)))
        return Answers([names[row].tolist() for row in found.numpy()], scores.tolist())

    def _found(self, ids: Sequence[str]) -> dict[str, Tensor]:
        wanted = set(ids)
        return {name: self.vectors[row] for row, name in enumerate(self.ids) if name in wanted}

    def _at_least(self, vector: Tensor, ids: Sequence[str], only: Filter) -> list[int]:
        own, above = self.vectors_of(ids), [0] * len(ids)
        ((_, target),) = self._scores_of(vector[None], [(list(ids), own)])
        for _, scores in self._scored(vector[None], only):
            above = [count + int((scores[0] >= score).sum()) for count, score in zip(above, target[0], strict=True)]
        return above

    def _vectors(self, only: Filter) -> Iterator[tuple[list[str], Tensor]]:
        rows = self._rows(only)
        every = np.arange(len(self)) if rows is None else rows
        for start in range(0, len(every), RANK_BLOCK):
            part = every[start : start + RANK_BLOCK]
            yield self.ids[part].tolist(), self.vectors[torch.from_numpy(part)]
