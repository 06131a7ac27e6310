"""A checkpoint asked through its corpus on disk: the one door for the command line and the app. What is found, how, and where the true matches rank."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from engine.checkpoints.storage import Checkpoint
from engine.data.base import PairedData
from engine.encoders import open_encoder
from engine.encoders.base import Encoder
from engine.errors import TwoviewError
from engine.search.asking import OTHER, Asker
from engine.search.building import open_corpus
from engine.search.corpus import Corpus, Filter, Recall
from engine.search.record import again, made_of, read_record, require_fresh

COUNTED = 2**25  # numbers (items × dimensions) among which ranks are counted without being asked for: two tenths of a second


@dataclass(frozen=True)
class Found:
    """The best ``ids`` with ``scores``, best first, among ``candidates`` items; ``recall``: what the index that was asked finds, None when every item
    was scored. ``ranks`` and ``match_scores`` of the matches that were asked about; not ``counted``, ranks are the least that they can be."""

    ids: list[str]
    scores: list[float]
    candidates: int
    recall: Recall | None
    ranks: list[int] = field(default_factory=list)
    match_scores: list[float] = field(default_factory=list)
    counted: bool = True

    @property
    def told(self) -> str:
        return str(self.recall or "exact")


class Indexed(Asker):
    """A split of a checkpoint's data, whose embeddings lie at ``address``; their features are not needed.

    Raises TwoviewError when they do not lie there, cannot be read, or LanceDB is missing.
    """

    def __init__(self, checkpoint: Checkpoint, gallery: PairedData, split: str, address: str, opener: Callable[[str], Encoder] = open_encoder):
        super().__init__(checkpoint, gallery, opener)
        self.split, self.only = split, Filter(split=split)
        with self.readable():
            self.corpora: dict[str, Corpus] = {view: open_corpus(address, view, checkpoint) for view in OTHER}

    @classmethod
    def beside(cls, checkpoint: Checkpoint, gallery: PairedData, split: str, opener: Callable[[str], Encoder] = open_encoder) -> "Indexed | None":
        """By what the checkpoint knows of its corpus; None when that holds nothing of this split.

        Raises TwoviewError also when the corpus was made of other weights or items.
        """
        record = read_record(checkpoint.folder)
        if record is None or require_fresh(record, checkpoint.card, split, made_of(gallery)) is None:
            return None
        return cls(checkpoint, gallery, split, record.address, opener)

    def embedding(self, view: str, question: np.ndarray | str) -> Tensor:
        """(1, k) of features (1, …) of ``view``, or of the item of it with this id, as it was written."""
        with self.readable():
            return self.corpora[view].vectors_of([question]) if isinstance(question, str) else self.embed(view, question)

    @contextmanager
    def readable(self) -> Iterator[None]:
        """What LanceDB says of files that are damaged or gone becomes a TwoviewError."""
        try:
            yield
        except (RuntimeError, ValueError, OSError) as error:
            raise TwoviewError(f"The index of {self.checkpoint.card.name} cannot be read ({str(error).splitlines()[0][:120]}). {again(self.checkpoint.card.name, self.split)}") from error

    def ask(self, view: str, question: np.ndarray | str, top: int = 10, exact: bool = False, matches: Sequence[str] = ()) -> Found:
        """The best of the other view for a question, see ``embedding``. ``matches``: ids of the other view whose ranks are wanted: counted when it is
        asked exactly or they have no more than ``COUNTED`` numbers, else told by what was found to score more."""
        embedding = self.embedding(view, question)
        with self.readable():
            corpus = self.corpora[OTHER[view]]
            recall = None if exact else corpus.recall(self.only)
            candidates = recall.items if recall else corpus.count(self.only)
            answers = corpus.search(embedding, top, self.only, exact)
            ids, scores = answers.ids[0], answers.scores[0]
            if not matches:
                return Found(ids, scores, candidates, recall)
            own = corpus.scores_of(embedding, matches)
            if recall is None or candidates * corpus.dimensions <= COUNTED:
                return Found(ids, scores, candidates, recall, corpus.each_rank(embedding, matches, self.only), own)
            ranks = [_at_best(name, score, ids, scores) for name, score in zip(matches, own, strict=True)]
            return Found(ids, scores, candidates, recall, ranks, own, counted=False)


def _at_best(name: str, score: float, ids: list[str], scores: list[float]) -> int:
    """The rank of an item if nothing was missed: behind all that was found to score more, and, not found, no better than they leave it."""
    return ids.index(name) + 1 if name in ids else 1 + sum(other >= score for other in scores)
