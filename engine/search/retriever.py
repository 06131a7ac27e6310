"""Ask a checkpoint with a sentence, a picture or an item of the gallery; get the whole other view, best first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engine import data as datasets
from engine.checkpoints.storage import Checkpoint, encoder_ids, load
from engine.data.base import PairedData
from engine.encoders import open_encoder
from engine.encoders.base import Encoder
from engine.encoders.cache import Progress, encode_pairs
from engine.evaluation.retrieval import falling, ranks
from engine.models.base import EmbeddingModel, PairwiseModel
from engine.scoring import as_tensor, embed
from engine.search.asking import OTHER, Asker
from engine.search.exact import ExactIndex


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


class Retriever(Asker):
    """A checkpoint over a gallery in memory: ``features`` are the gallery's items encoded."""

    def __init__(
        self, checkpoint: Checkpoint, gallery: PairedData, features: PairedData,
        opener: Callable[[str], Encoder] = open_encoder,
    ):  # fmt: skip
        super().__init__(checkpoint, gallery, opener)
        self.features = features
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
