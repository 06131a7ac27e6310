"""What asks a checkpoint, wherever its answers come from: a sentence or a picture as features, features as embeddings."""

from collections.abc import Callable
from threading import Lock

import numpy as np
from PIL import Image
from torch import Tensor

from engine.checkpoints.storage import Checkpoint, require_same_weights
from engine.data.base import Kind, PairedData, View
from engine.encoders import open_encoder
from engine.encoders.base import Encoder
from engine.errors import TwoviewError
from engine.models.base import EmbeddingModel
from engine.scoring import embed

OTHER = {"x": "y", "y": "x"}


class Asker:
    """A checkpoint and the items that it is asked about, ``gallery``, as they are.

    ``opener`` gives the encoder of an id when a query needs it; pass one that keeps encoders to share them.
    """

    def __init__(self, checkpoint: Checkpoint, gallery: PairedData, opener: Callable[[str], Encoder] = open_encoder):
        self.checkpoint, self.model, self.gallery = checkpoint, checkpoint.model.eval(), gallery
        self._opener, self._lock = opener, Lock()
        self._encoders: dict[str, Encoder] = {}

    def text_features(self, text: str) -> tuple[str, np.ndarray]:
        """The view that holds sentences, and this one's features (1, ...) as of that view. Raises TwoviewError for blank text, or if no view holds sentences."""
        if not text.strip():
            raise TwoviewError("Type a sentence to search with: the query is empty.")
        view = self._view_of_kind("text", "a sentence")
        return view, self.encoder(view)([text])

    def picture_features(self, picture: Image.Image) -> tuple[str, np.ndarray]:
        """The view that holds pictures, and this one's features (1, ...) as of that view. Raises TwoviewError if no view holds pictures."""
        view = self._view_of_kind("image", "a picture")
        return view, self.encoder(view)([picture])

    def embed(self, view: str, features: np.ndarray | Tensor) -> Tensor:
        """Embeddings (n, k) of features (n, ...) as of view "x" or "y". Raises TwoviewError if the model is pairwise."""
        if not isinstance(self.model, EmbeddingModel):
            raise TwoviewError(f"{self.model.title} scores pairs and has no embeddings to keep in a corpus. Choose an embedding model.")
        return embed(self.model, features, view)

    def matches(self, view: str, row: int) -> np.ndarray:
        """Rows of the other view that belong to item ``row`` of ``view``."""
        group = getattr(self.gallery, view).groups[row]
        return np.flatnonzero(getattr(self.gallery, OTHER[view]).groups == group)

    def _view_of_kind(self, kind: Kind, query: str) -> str:
        for view in OTHER:
            held: View = getattr(self.gallery, view)
            if held.kind == kind:
                return view
        raise TwoviewError(
            f"{self.gallery.name} holds no {kind} items, so it cannot be searched with {query}. "
            "Ask with an item of the gallery instead."
        )

    def encoder(self, view: str) -> Encoder:
        """The encoder of view "x" or "y". Raises TwoviewError when the card names none, or it is not the one that the checkpoint was made with."""
        with self._lock:
            if view not in self._encoders:
                made_with = getattr(self.checkpoint.card.encoders, view)
                if made_with is None:
                    raise TwoviewError(f"The card of {self.checkpoint.card.name} names no encoder for its {view} view.")
                encoder = self._opener(made_with.id)
                require_same_weights(self.checkpoint, made_with, encoder.weights_hash)
                self._encoders[view] = encoder
            return self._encoders[view]
