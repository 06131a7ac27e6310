"""A checkpoint's gallery as a corpus on disk: one table per view, and the model that made them told apart by its weights.

A corpus is written in shards: rows of a view are encoded where no features are kept, embedded, and added in one commit that carries the name of the shard, which is a
hash of all that its rows are made of. So what is there is known from the corpus alone, whoever was killed when.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from engine.checkpoints.storage import Checkpoint
from engine.data.base import View
from engine.data.own.kept import names_hash
from engine.encoders.cache import Progress, feature_key
from engine.encoders.unkept import encode_once
from engine.errors import TwoviewError
from engine.models.base import EmbeddingModel
from engine.search.asking import OTHER, Asker
from engine.search.corpus import Filter
from engine.search.lance import LanceCorpus
from engine.search.record import SplitRecord, again, keep_record, made_of

QUESTIONS = 200  # of the other view, on which an index is measured


def table(view: str, checkpoint: Checkpoint) -> str:
    """The table of a view: embeddings of other weights never mix with these."""
    return f"{view}_{checkpoint.card.model.weights_hash[:16]}"


@dataclass(frozen=True)
class Written:
    """``rows`` items of ``view`` from ``start`` on are in the corpus as the shard ``name``; ``new``: written now, by the process ``worker``."""

    view: str
    start: int
    name: str
    rows: int
    new: bool
    worker: int


class Writer:
    """Writes shards of the gallery of ``asker`` to the corpus at ``address``, as items of ``split``. ``kept``: features (n, dim) of views that have them already.

    Raises TwoviewError for pairwise models, which have no embeddings, when what the encoders are now is not what the checkpoint was trained with, and when LanceDB is missing.
    """

    def __init__(self, asker: Asker, split: str, address: str, kept: Mapping[str, np.ndarray] | None = None, progress: Progress | None = None):
        self.asker, self.split, self.progress = asker, split, progress
        self.views = {view: self._view(view, (kept or {}).get(view)) for view in OTHER}
        self.corpora = {view: self._opened(view, address) for view in OTHER}

    def _view(self, view: str, kept: np.ndarray | None) -> View:
        items: View = getattr(self.asker.gallery, view)
        if kept is not None:
            return replace(items, kind="vector", items=kept)
        if (items.kind == "vector") == (getattr(self.asker.checkpoint.card.encoders, view) is None):
            return items
        raise TwoviewError(f"{self.asker.checkpoint.card.name} was trained on other {view} items than the {items.kind} items of {self.asker.gallery.name}. Train it again.")

    def _opened(self, view: str, address: str) -> LanceCorpus:
        model = self.asker.model
        width = self.asker.embed(view, np.zeros((1, *self._shape(view)), np.float32)).shape[1]
        assert isinstance(model, EmbeddingModel)
        return LanceCorpus.open_or_create(address, table(view, self.asker.checkpoint), width, model.similarity)

    def _shape(self, view: str) -> tuple[int, ...]:
        return self.asker.model.shape_x if view == "x" else self.asker.model.shape_y

    def __call__(self, view: str, start: int, stop: int) -> Written:
        """Rows ``start`` … ``stop`` of view "x" or "y". Raises TwoviewError when features are not finite, or do not suit the model."""
        part, corpus = self.views[view].take(np.arange(start, stop)), self.corpora[view]
        name = self._name(view, part)
        new = corpus.holds(name) != len(part)
        if new:
            features = part.items[:] if part.kind == "vector" else encode_once(part, self.asker.encoder(view), self._told(start, len(self.views[view])))
            if features.shape[1:] != (wanted := self._shape(view)):
                raise TwoviewError(f"{self.asker.checkpoint.card.name} takes features of shape {wanted}, but these have {features.shape[1:]}.")
            corpus.write_shard(name, [str(item) for item in part.ids], self.asker.embed(view, features), self.split, [str(group) for group in part.groups])
        return Written(view, start, name, len(part), new, os.getpid())

    def _name(self, view: str, part: View) -> str:
        """Another when anything is that its rows are made of: the items and their encoder, or features that are kept; ids, groups, and the model."""
        made_with, weights = getattr(self.asker.checkpoint.card.encoders, view), self.asker.checkpoint.card.model.weights_hash
        content = part.content_hash if part.kind == "vector" else feature_key(part, made_with.id, made_with.weights_hash)
        return sha256(f"{content}\n{weights}\n{self.split}\n{names_hash(part)}".encode()).hexdigest()[:32]

    def _told(self, start: int, total: int) -> Progress | None:
        progress = self.progress
        return progress and (lambda done, _, what: progress(start + done, total, what))


def index(asker: Asker, corpora: Mapping[str, LanceCorpus], split: str, address: str, progress: Progress | None = None) -> None:
    """Index both views, which are written, and measure each with questions of the other; the checkpoint knows where they lie from then on."""
    for done, (view, other) in enumerate(OTHER.items()):
        if progress:
            progress(done, len(OTHER), f"Indexing {view}: {len(corpora[view]):,} items, about a minute for each half million")
        questions = corpora[other].sampled(QUESTIONS)
        everything = questions.pop(None)
        corpora[view].build_index(everything, {part: asked for part, asked in questions.items() if part is not None})
    indexed = [view for view, corpus in corpora.items() if corpus.recall(Filter(split))]
    keep_record(asker.checkpoint.folder, asker.checkpoint.card, address, split, SplitRecord(items=made_of(asker.gallery), indexed=indexed))


def open_corpus(address: str, view: str, checkpoint: Checkpoint) -> LanceCorpus:
    """What was written of a view with this checkpoint. Raises TwoviewError when it was not."""
    try:
        return LanceCorpus.open(address, table(view, checkpoint))
    except FileNotFoundError:
        raise TwoviewError(f"There is no corpus of {checkpoint.card.name} at {address}. {again(checkpoint.card.name, address=address)}") from None
