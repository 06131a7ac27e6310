"""A checkpoint that can be asked where in a picture something is: phrases in, ranked regions out. The one door for page and command line.

A model of regions and phrases scores each proposal. A model of whole pictures and sentences is asked where its score comes from: a
proposal's score is how far the saliency of the phrase inside it exceeds that in the ring around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from engine.checkpoints.storage import Checkpoint, encoder_ids
from engine.encoders import open_encoder
from engine.encoders.base import ImageEncoder, TextEncoder
from engine.encoders.regions import RegionEncoder, on_maps
from engine.errors import TwoviewError
from engine.evaluation.grounding import by_score
from engine.grounding.pairs import pixels
from engine.grounding.proposals import PROPOSALS, propose
from engine.models.base import EmbeddingModel
from engine.saliency.explainer import Explainer, Trunks
from engine.scoring import score_blocks

LONGEST = 300  # characters of a phrase


@dataclass(frozen=True)
class Grounded:
    """One phrase: ``boxes`` (n, 4) in pixels of the picture, best first, and their ``scores`` (n,), larger = more likely."""

    phrase: str
    boxes: np.ndarray
    scores: np.ndarray


class Grounder:
    """``trunks``: maps of pictures seen lately, which may be shared with other grounders and explainers."""

    def __init__(self, checkpoint: Checkpoint, trunks: Trunks | None = None, opener=open_encoder):
        self.checkpoint, self.model = checkpoint, checkpoint.model.eval()
        self.trunks = trunks or Trunks()
        x, y = (None if id is None else opener(id) for id in encoder_ids(checkpoint))
        if not isinstance(x, RegionEncoder | ImageEncoder) or not isinstance(y, TextEncoder):
            raise TwoviewError(f"{checkpoint.card.title} does not pair pictures or regions with words, so it cannot be asked where something is.")
        self.x, self.y = x, y
        self.explainer = None if isinstance(x, RegionEncoder) else Explainer(checkpoint, self.trunks, opener)

    def ground(self, picture: Image.Image, phrases: Sequence[str], n: int = PROPOSALS) -> list[Grounded]:
        """The regions of an RGB picture for each phrase, best first. Raises TwoviewError for phrases that are empty or too long."""
        checked = [_phrase(text) for text in phrases]
        if not checked:
            return []
        trunk = self.x.trunk if isinstance(self.x, RegionEncoder) else self.x
        maps = self.trunks.maps(trunk, picture, trunk.input_size)
        boxes = propose(maps, n)
        scores = self._of_regions(maps, boxes, checked) if isinstance(self.x, RegionEncoder) else self.scores(picture, boxes, checked)
        shown = pixels(boxes, trunk.preprocess_with.window(picture.size))
        return [Grounded(phrase, by_score(shown, row), np.sort(row)[::-1]) for phrase, row in zip(checked, scores, strict=True)]

    @torch.no_grad()
    def _of_regions(self, maps: torch.Tensor, boxes: np.ndarray, phrases: Sequence[str]) -> np.ndarray:
        assert isinstance(self.x, RegionEncoder)
        features = self.x.of_maps(maps, boxes)
        return torch.cat([scores for _, scores in score_blocks(self.model, features, self.y(phrases), "y_to_x")]).numpy(force=True)

    def scores(self, picture: Image.Image, boxes: np.ndarray, phrases: Sequence[str]) -> np.ndarray:
        """(m, r) of boxes (r, 4), as shares of the square, by the saliency of a model of whole pictures. Raises TwoviewError for a model of regions."""
        if self.explainer is None:
            raise TwoviewError(f"{self.checkpoint.card.title} scores regions by their features, not by its saliency.")
        drawn = [one.saliency for one in self.explainer.prompts(picture, phrases, "common" if isinstance(self.model, EmbeddingModel) else "similarity")]
        return saliency_scores(np.stack(drawn), boxes)


def saliency_scores(maps: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """How far each map (m, h, w) is higher inside each box (r, 4) than in the ring around it: (m, r)."""
    weights = on_maps(boxes, *maps.shape[1:])
    cells = torch.from_numpy(maps.reshape(len(maps), -1).astype(np.float32))
    return (cells @ (weights.inside - weights.around).T).numpy()


def _phrase(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise TwoviewError("A phrase is needed to look for, and none came. Write what to find, for instance: a red kite.")
    if len(words) > LONGEST:
        raise TwoviewError(f"A phrase has at most {LONGEST} characters, and {len(words)} came. Name one thing.")
    return words
