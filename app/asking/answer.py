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

    @property
    def total(self) -> int:
        """Candidates."""
        return len(self.rows)

    @cached_property
    def ranks(self) -> np.ndarray:
        """1-based rank of each row, ties counted against the item."""
        ranks = np.empty(len(self.rows), dtype=int)
        ranks[self.rows] = np.searchsorted(-self.scores, -self.scores, side="right")
        return ranks

    def rank_of(self, row: int) -> int | None:
        return int(self.ranks[row])

    def score_of(self, row: int) -> float:
        return float(self.scores[self.ranks[row] - 1])


@dataclass(frozen=True, kw_only=True)
class First(Answer):
    """The first of ``candidates``, from an index on disk: the rest is not ordered. ``told``: how they were found. ``true_scores`` as ``true_ranks``, which
    are the least that they can be unless ``counted``. ``proposed``: how many another model proposed to this one; ``lost`` true matches were not among them."""

    candidates: int
    told: str
    true_scores: tuple[float, ...] = ()
    counted: bool = True
    proposed: int = 0
    lost: int = 0

    @property
    def total(self) -> int:
        return self.candidates

    @cached_property
    def _known(self) -> dict[int, tuple[int, float]]:
        """Rank and score of each row that has one."""
        listed = zip(self.rows.tolist(), enumerate(self.scores.tolist(), start=1), strict=True)
        return dict(listed) | {row: facts for row, *facts in zip(self.true_rows, self.true_ranks, self.true_scores, strict=True)}  # type: ignore[misc]

    def rank_of(self, row: int) -> int | None:
        """None for what was not found."""
        return self._known[row][0] if row in self._known else None

    def score_of(self, row: int) -> float:
        return self._known[row][1]
