"""Pairs that the models make one doubt: a caption that is perhaps wrong, a match that the data do not know."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import TwoviewError
from engine.evaluation.measured import Answers


@dataclass(frozen=True)
class Doubts:
    """Of n queries that c models were asked. ``rows`` (n,): in the asking view; ``ranks`` (c, n): of the right answer, 1-based, among
    ``candidates``; ``agreed`` (n,): the wrong item that every model puts first, −1 where they do not agree."""

    rows: np.ndarray
    ranks: np.ndarray
    agreed: np.ndarray
    candidates: int

    def misplaced(self) -> np.ndarray:
        """Queries whose right answer even the best model ranks below the middle, the worst first: is the pair one?"""
        best = self.ranks.min(axis=0)
        order = np.lexsort((self.rows, -best))
        return order[best[order] > self.candidates / 2]

    def missing(self) -> np.ndarray:
        """Queries to which all models give the same answer that counts as wrong, those first whose right answer is furthest down: is it right as well?"""
        order = np.lexsort((self.rows, -self.ranks.min(axis=0)))
        return order[self.agreed[order] >= 0]


def doubts(answers: Sequence[Answers]) -> Doubts:
    """From what several models (one or more) answered to the same queries. Raises TwoviewError when they were not asked the same."""
    first = answers[0]
    if any(not np.array_equal(first.rows, other.rows) or first.candidates != other.candidates for other in answers):
        raise TwoviewError("Doubts are found in what all models were asked; these were asked different things. Measure them on the same split.")
    ranks = np.stack([each.ranks for each in answers])
    rivals = np.stack([each.rivals for each in answers])
    agreed = np.where((rivals == rivals[0]).all(axis=0) & (ranks > 1).all(axis=0), rivals[0], -1)
    return Doubts(first.rows, ranks, agreed, first.candidates)
