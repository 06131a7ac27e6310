"""What a model answers to one question: everything of the other view, ranked. Needs no torch."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Answer:
    """All candidates of the other view for one query. ``rows`` best first with ``scores``; ``true_rows``: what belongs to
    the query, best-ranked first (empty for a query of one's own), with their 1-based ``true_ranks``, ties counted against."""

    view: str
    rows: np.ndarray
    scores: np.ndarray
    true_rows: tuple[int, ...] = ()
    true_ranks: tuple[int, ...] = ()

    @cached_property
    def ranks(self) -> np.ndarray:
        """1-based rank of each row, ties counted against the item."""
        ranks = np.empty(len(self.rows), dtype=int)
        ranks[self.rows] = np.searchsorted(-self.scores, -self.scores, side="right")
        return ranks

    def rank_of(self, row: int) -> int:
        return int(self.ranks[row])
