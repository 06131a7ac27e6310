"""Ask a checkpoint with a sentence, a picture or an item of the gallery; get the whole other view, best first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engine import data as datasets
from engine.checkpoints.storage import Checkpoint, encoder_ids, load, require_same_weights
from engine.data.base import Kind, PairedData, View
from engine.encoders import open_encoder
from engine.encoders.base import Encoder
from engine.encoders.cache import Progress, encode_pairs
from engine.errors import TwoviewError
from engine.evaluation.retrieval import falling, ranks
from engine.models.base import EmbeddingModel, PairwiseModel
from engine.scoring import as_tensor, embed
from engine.search.exact import ExactIndex

OTHER = {"x": "y", "y": "x"}


@dataclass(frozen=True)
class Ranking:
    """All m items of the answering view, best first: their ``rows`` and ``scores``, (m,) each."""

    view: str
    rows: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, view: str, scores: np.ndarray) -> "Ranking":
        """From scores in the order of the view; equal ones stay in that order, and what is no number comes last."""
        keys = falling(scores.astype(np.float32, copy=False)) << 32 | np.arange(len(scores))
        keys.sort()
        rows = keys & 0xFFFFFFFF
        return cls(view, rows, scores[rows])

    def rank_of(self, rows: Sequence[int] | np.ndarray) -> int:
        """1-based rank of the best of these rows; other rows with an equal score count as above it."""
        wanted = np.isin(self.rows, rows).astype(np.int64)
        return int(ranks([(slice(0, 1), self.scores[None])], np.array([1]), wanted)[0])


class Retriever:
    """A checkpoint over a gallery: ``gallery`` holds the items as they are, ``features`` the same items encoded.

    ``opener`` gives the encoder of an id when a query needs it; pass one that keeps encoders to share them.
    """

    def __init__(
        self, checkpoint: Checkpoint, gallery: PairedData, features: PairedData,
        opener: Callable[[str], Encoder] = open_encoder,
    ):  # fmt: skip
        self.checkpoint, self.model, self.gallery, self.features = checkpoint, checkpoint.model.eval(), gallery, features
        self._opener, self._lock = opener, Lock()
        self._encoders: dict[str, Encoder] = {}
        checkpoint.check(features)

    @classmethod
    def open(
        cls, checkpoint: str | Path, split: str = "test", root: str | Path | None = None,
        opener: Callable[[str], Encoder] = open_encoder, progress: Progress | None = None,
    ) -> "Retriever":  # fmt: skip
        """The checkpoint in this folder over one split of the data it was trained on.

        Raises TwoviewError when the checkpoint, the data or an encoder is missing or is not the one it was made with.
        """
        loaded = load(Path(checkpoint))
        gallery = datasets.load(loaded.card.data.name, split, root)
        ids = encoder_ids(loaded)
        return cls(loaded, gallery, encode_pairs(gallery, *ids, progress=progress), opener)

    def rank_text(self, text: str) -> Ranking:
        """The other view's items for a sentence. Raises TwoviewError for blank text, or if no view holds sentences."""
        return self.rank_features(*self.text_features(text))

    def rank_picture(self, picture: Image.Image) -> Ranking:
        """The other view's items for an RGB picture. Raises TwoviewError if no view holds pictures."""
        return self.rank_features(*self.picture_features(picture))

    def rank_item(self, view: str, row: int) -> Ranking:
        """The other view's items for item ``row`` of view "x" or "y"."""
        return self.rank_features(view, getattr(self.features, view).items[row : row + 1])

    def text_features(self, text: str) -> tuple[str, np.ndarray]:
        """The view that holds sentences, and this one's features (1, ...) as of that view. Raises as ``rank_text``."""
        if not text.strip():
            raise TwoviewError("Type a sentence to search with: the query is empty.")
        view = self._view_of_kind("text", "a sentence")
        return view, self._encoder(view)([text])

    def picture_features(self, picture: Image.Image) -> tuple[str, np.ndarray]:
        """The view that holds pictures, and this one's features (1, ...) as of that view. Raises as ``rank_picture``."""
        view = self._view_of_kind("image", "a picture")
        return view, self._encoder(view)([picture])

    @torch.no_grad()
    def rank_features(self, view: str, features: np.ndarray | Tensor) -> Ranking:
        """The other view's items for one item's features (1, ...) as of view "x" or "y"."""
        if isinstance(self.model, EmbeddingModel):
            scores = self.indexes[OTHER[view]].scores(self.embed(view, features))
        else:
            assert isinstance(self.model, PairwiseModel)
            asked, others = as_tensor(features, self.model), self._tensors[OTHER[view]]
            scores = self.model.score(asked, others) if view == "x" else self.model.score(others, asked).T
        return Ranking.of(OTHER[view], scores[0].float().numpy(force=True))

    def embed(self, view: str, features: np.ndarray | Tensor) -> Tensor:
        """Embeddings (n, k) of features (n, ...) as of view "x" or "y". Raises TwoviewError if the model is pairwise."""
        if not isinstance(self.model, EmbeddingModel):
            raise TwoviewError(f"{self.model.title} scores pairs and has no embeddings to keep in a corpus. Choose an embedding model.")
        return embed(self.model, features, view)

    def matches(self, view: str, row: int) -> np.ndarray:
        """Rows of the other view that belong to item ``row`` of ``view``."""
        group = getattr(self.gallery, view).groups[row]
        return np.flatnonzero(getattr(self.gallery, OTHER[view]).groups == group)

    @cached_property
    def indexes(self) -> dict[str, ExactIndex]:
        """Both views' embeddings, ready to be searched (embedding models)."""
        assert isinstance(self.model, EmbeddingModel)
        return {
            view: ExactIndex(embed(self.model, getattr(self.features, view).items, view), self.model.similarity)
            for view in OTHER
        }

    @cached_property
    def _tensors(self) -> dict[str, Tensor]:
        return {view: as_tensor(getattr(self.features, view).items, self.model) for view in OTHER}

    def _view_of_kind(self, kind: Kind, query: str) -> str:
        for view in OTHER:
            held: View = getattr(self.gallery, view)
            if held.kind == kind:
                return view
        raise TwoviewError(
            f"{self.gallery.name} holds no {kind} items, so it cannot be searched with {query}. "
            "Ask with an item of the gallery instead."
        )

    def _encoder(self, view: str) -> Encoder:
        with self._lock:
            if view not in self._encoders:
                made_with = getattr(self.checkpoint.card.encoders, view)
                if made_with is None:
                    raise TwoviewError(f"The card of {self.checkpoint.card.name} names no encoder for its {view} view.")
                encoder = self._opener(made_with.id)
                require_same_weights(self.checkpoint, made_with, encoder.weights_hash)
                self._encoders[view] = encoder
            return self._encoders[view]
