"""Pairs that the models make one doubt: a caption that is perhaps wrong, a match that the data do not know, a sentence that says too little."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata
from torch import Tensor

from engine.errors import TwoviewError
from engine.evaluation.measured import Answers

EXTREME = 0.25  # of a model's queries: those of whose answers it is surest, by how far the best stands out, and least sure


@dataclass(frozen=True)
class Doubts:
    """Of n queries that c models were asked. ``rows`` (n,): in the asking view; ``ranks`` (c, n): of the right answer, 1-based, among
    ``candidates``; ``agreed`` (n,): the wrong item that every model puts first, −1 where they do not agree; ``sureness`` (c, n): for which share
    of its queries, this one among them, a model's best answer stands out no more."""

    rows: np.ndarray
    ranks: np.ndarray
    agreed: np.ndarray
    sureness: np.ndarray
    candidates: int

    def misplaced(self) -> np.ndarray:
        """Queries whose right answer even the best model ranks below the middle, the worst first: is the pair one?"""
        best = self.ranks.min(axis=0)
        order = np.lexsort((self.rows, -best))
        return order[best[order] > self.candidates / 2]

    def missing(self) -> np.ndarray:
        """Queries to which all models give the same answer, all among their surest, and it counts as wrong; the surest first: is it right as well?"""
        sure = self.sureness.min(axis=0)
        order = np.lexsort((self.rows, -sure))
        return order[(sure[order] > 1 - EXTREME) & (self.agreed[order] >= 0)]

    def unplaced(self) -> np.ndarray:
        """Queries to which every model is among its least sure, none with the right answer, the least sure first: do they say too little, or what no model has learned?"""
        surest = self.sureness.max(axis=0)
        order = np.lexsort((self.rows, surest))
        return order[(surest[order] <= EXTREME) & (self.ranks[:, order] > 1).all(axis=0)]


def standing_out(blocks: Iterable[tuple[slice, Tensor]]) -> np.ndarray:
    """How far the best of its m scores lies above the mean of all, in their standard deviations, for each of n queries: (n,).

    ``blocks``: of whole rows of scores, as ``PairScores`` gives them. Whatever scale a model's scores have, this has none.
    """
    return np.concatenate([((scores.amax(1) - scores.mean(1)) / scores.std(1, correction=0).clamp_min(1e-12)).numpy(force=True) for _, scores in blocks])


def doubts(answers: Sequence[Answers], standing: Sequence[np.ndarray]) -> Doubts:
    """From what several models (one or more) answered to the same queries, and how far their best answers stand out (``standing_out``, row for row with ``answers``).

    Raises TwoviewError when they were not asked the same.
    """
    first = answers[0]
    if any(not np.array_equal(first.rows, other.rows) or first.candidates != other.candidates for other in answers):
        raise TwoviewError("Doubts are found in what all models were asked; these were asked different things. Measure them on the same split.")
    ranks = np.stack([each.ranks for each in answers])
    rivals = np.stack([each.rivals for each in answers])
    agreed = np.where((rivals == rivals[0]).all(axis=0) & (ranks > 1).all(axis=0), rivals[0], -1)
    sureness = np.stack([rankdata(each, "max") / len(each) for each in standing])
    return Doubts(first.rows, ranks, agreed, sureness, first.candidates)
