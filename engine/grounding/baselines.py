"""What models of regions and phrases are measured against: chance, size, and models that only know whole pictures."""

from collections.abc import Callable

import numpy as np
import torch

from engine.checkpoints.storage import Checkpoint, encoder_ids
from engine.data.base import Pictures
from engine.encoders import open_encoder
from engine.encoders.base import ImageEncoder, TextEncoder
from engine.errors import TwoviewError
from engine.grounding.grounder import Grounder
from engine.grounding.measures import Scorer
from engine.grounding.pairs import RegionPairs, pixels
from engine.scoring import score_blocks


def random_region(data: RegionPairs) -> Scorer:
    """Every proposal as likely as another, drawn for each phrase."""
    regions = data.regions.boxes.shape[1]
    return lambda picture, rows: np.stack([np.random.default_rng([picture, row]).random(regions) for row in rows.tolist()])


def largest_region(data: RegionPairs) -> Scorer:
    """The larger a proposal, the better, whatever the phrase."""
    sides = data.regions.boxes[..., 2:] - data.regions.boxes[..., :2]
    return lambda picture, rows: np.tile(sides[picture].prod(axis=1), (len(rows), 1))


CONSTANT: dict[str, tuple[str, Callable[[RegionPairs], Scorer]]] = {"random": ("A random region", random_region), "largest": ("The largest region", largest_region)}


def by_saliency(checkpoint: Checkpoint, data: RegionPairs, pictures: Pictures) -> Scorer:
    """A model of whole pictures, by how much higher its saliency for the phrase is inside a proposal than around it."""
    grounder = Grounder(checkpoint)
    return lambda picture, rows: grounder.scores(pictures[picture], data.regions.boxes[picture], [data.phrases[row].text for row in rows.tolist()])


def by_crops(checkpoint: Checkpoint, data: RegionPairs, pictures: Pictures) -> Scorer:
    """A model of whole pictures, asked of each proposal cut out, as if it were a picture of its own. Raises TwoviewError for one that pairs no pictures with words."""
    x, y = (None if id is None else open_encoder(id) for id in encoder_ids(checkpoint))
    if not isinstance(x, ImageEncoder) or not isinstance(y, TextEncoder):
        raise TwoviewError(f"{checkpoint.card.title} does not pair whole pictures with words, so no region can be cut out for it.")

    @torch.no_grad()
    def score(picture: int, rows: np.ndarray) -> np.ndarray:
        image, boxes = pictures[picture], pixels(data.regions.boxes[picture], data.windows[picture])
        cut = [image.crop((int(left), int(top), max(int(np.ceil(right)), int(left) + 1), max(int(np.ceil(bottom)), int(top) + 1))) for left, top, right, bottom in boxes]
        phrases = y([data.phrases[row].text for row in rows.tolist()])
        return torch.cat([scores for _, scores in score_blocks(checkpoint.model.eval(), x(cut), phrases, "y_to_x")]).numpy(force=True)

    return score
