"""Two stages on a large corpus: an embedding model proposes, a pairwise model puts what was proposed in order.

A pairwise model (DRSL, the similarity network) has no space to search in: it scores pairs, and scoring all of a million takes minutes. What the
first stage does not propose the second cannot find; both stages are told with the answer.
"""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from torch import Tensor

from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.models.base import PairwiseModel
from engine.scoring import as_tensor
from engine.search.asking import OTHER, Asker
from engine.search.corpus import EVERYTHING, Corpus, Filter
from engine.search.retriever import Retriever

PROPOSED = 200  # candidates, unless another number is asked for
TRIED = 64  # candidates scored once to know the cost


@dataclass(frozen=True)
class Reranked:
    """The best of ``proposed`` candidates by the second model: ``ids`` and ``scores``, best first, and each one's place (1-based) in what
    the first had proposed. ``told``: both stages in words."""

    ids: list[str]
    scores: list[float]
    places: list[int]
    proposed: int
    told: str


class Reranker:
    """``proposer``: an embedding model over the same items as ``judge``, a pairwise one. ``corpus``: the proposer's answering view.

    Raises TwoviewError when a model is of the other kind, or the two hold different items.
    """

    def __init__(self, proposer: Asker, judge: Retriever, corpus: Corpus, view: str):
        if proposer.model.kind != "embedding":
            raise TwoviewError(f"{proposer.checkpoint.card.title} scores pairs and cannot propose. Let an embedding model propose.")
        if judge.model.kind != "pairwise":
            raise TwoviewError(f"{judge.checkpoint.card.title} has embeddings of its own: search with it, no second stage is needed.")
        self.proposer, self.judge, self.corpus, self.answering = proposer, judge, corpus, OTHER[view]
        self.rows = {str(name): row for row, name in enumerate(_items(judge.gallery, self.answering).ids)}
        if [*map(str, _items(proposer.gallery, self.answering).ids)] != [*self.rows]:
            raise TwoviewError(f"{proposer.checkpoint.card.name} and {judge.checkpoint.card.name} answer from different items. Choose two models of the same data.")

    def rank(self, asked: Tensor, judging: np.ndarray, propose: int = PROPOSED, top: int = 10, only: Filter = EVERYTHING, exact: bool = False) -> Reranked:
        """The ``top`` best of ``propose`` candidates for one question: the proposer's embedding of it (1, k), and its features (1, …) for the judge."""
        ids = self.corpus.search(asked, propose, only, exact).ids[0]
        scores = self._scores(judging, ids) if ids else np.zeros(0, np.float32)
        order = np.argsort(-scores, kind="stable")[:top]
        recall = None if exact else self.corpus.recall(only)
        told = f"{self.proposer.checkpoint.card.title} proposed {len(ids):,} of {self.corpus.count(only):,} ({recall or 'exactly'}); {self.judge.checkpoint.card.title} put them in order"
        return Reranked([ids[place] for place in order], scores[order].tolist(), [int(place) + 1 for place in order], len(ids), told)

    def cost(self, judging: np.ndarray, propose: int) -> float:
        """Seconds that the second stage will take for ``propose`` candidates, from timing some of them now."""
        ids = [*self.rows][:TRIED]
        self._scores(judging, ids)
        start = perf_counter()
        self._scores(judging, ids)
        return (perf_counter() - start) * max(1.0, propose / len(ids))

    @torch.no_grad()
    def _scores(self, judging: np.ndarray, ids: list[str]) -> np.ndarray:
        model = self.judge.model
        assert isinstance(model, PairwiseModel)
        candidates = as_tensor(_items(self.judge.features, self.answering).items[[self.rows[name] for name in ids]], model)
        asked = as_tensor(judging, model)
        scores = model.score(candidates, asked)[:, 0] if self.answering == "x" else model.score(asked, candidates)[0]
        return scores.float().numpy(force=True)


def _items(data: PairedData, view: str):
    return data.x if view == "x" else data.y
