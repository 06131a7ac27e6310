"""Whole pictures and regions together — Eq. 8 and Table 5 of Learning Two-Branch Neural Networks for Image-Text Matching Tasks (Wang, Li & Lazebnik, 2018).

D(x, y) = (1 − α) d(x, y) + α d_rp(x, y): d is the distance of a picture and a sentence in the space of a model of wholes, d_rp the mean, over the phrases of
the sentence, of each one's distance to its nearest region of the picture. Both are distances of unit vectors, from 0 to 2. A sentence without a phrase keeps
d alone. α is chosen on the validation split. The paper chose 0.2 and found no real gain: a region's score does not tell whether a phrase is there at all.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from pydantic import BaseModel, ValidationError
from torch import Tensor

from engine.checkpoints.storage import Checkpoint, encoder_ids
from engine.data.base import PairedData
from engine.encoders.cache import encode_pairs
from engine.errors import TwoviewError
from engine.evaluation.intervals import paired_bootstrap
from engine.evaluation.retrieval import ranks
from engine.grounding.pairs import Progress, RegionPairs, region_pairs
from engine.models.base import EmbeddingModel, comparable
from engine.models.two_branch import distances
from engine.paths import atomic_write
from engine.scoring import embed

ALPHAS = tuple(round(step / 20, 2) for step in range(21))
FILE = "combination.json"
Way = Literal["x_to_y", "y_to_x"]
WAYS: tuple[Way, Way] = ("x_to_y", "y_to_x")


class Gain(BaseModel):
    """R@1 of one direction on the test split, with d alone and with D; the paired difference with its 95 % interval over pictures."""

    direction: Way
    alone: float
    together: float
    difference: float
    low: float
    high: float


class Combination(BaseModel):
    """``curve``: the mean of both directions' R@1 on the validation split at each of ``alphas``; ``gains`` on the test split at ``alpha``, the best of them."""

    whole: str
    regions: str
    alphas: list[float]
    curve: list[float]
    alpha: float
    gains: list[Gain]


def region_distances(model: EmbeddingModel, data: RegionPairs, sentences: int) -> np.ndarray:
    """d_rp (sentences, pictures) of sentences numbered as their phrases number them; NaN where a sentence has no phrase."""
    _, first, which = np.unique([phrase.text for phrase in data.phrases], return_index=True, return_inverse=True)
    asked = _unit(model, data.y.items[first], "y")
    sentence = np.array([phrase.sentence for phrase in data.phrases])
    counts = np.bincount(sentence, minlength=sentences)
    found = np.empty((sentences, len(data.regions.features)), np.float32)
    for picture, features in enumerate(data.regions.features):
        nearest = distances(asked, _unit(model, features.astype(np.float32), "x")).amin(dim=1).numpy()
        found[:, picture] = np.divide(np.bincount(sentence, nearest[which], minlength=sentences), counts, out=np.full(sentences, np.nan), where=counts > 0)
    return found


def whole_distances(model: EmbeddingModel, data: PairedData) -> np.ndarray:
    """d (sentences, pictures) of encoded pairs."""
    return distances(_unit(model, data.y.items, "y"), _unit(model, data.x.items, "x")).numpy()


def together(whole: np.ndarray, regions: np.ndarray, alpha: float) -> np.ndarray:
    """D of Eq. 8."""
    return np.where(np.isnan(regions), whole, (1 - alpha) * whole + alpha * np.nan_to_num(regions))


def found_first(distance: np.ndarray, data: PairedData, way: Way) -> np.ndarray:
    """Of each query, whether a right answer is the nearest; of distances (sentences, pictures)."""
    scores, asking, answering = (-distance.T, data.x, data.y) if way == "x_to_y" else (-distance, data.y, data.x)
    return ranks([(slice(0, len(asking)), torch.from_numpy(np.ascontiguousarray(scores)))], asking.groups, answering.groups) == 1


def combine(whole: Checkpoint, regions: Checkpoint, splits: Sequence[PairedData], progress: Progress | None = None) -> Combination:
    """α chosen on the first of two splits of pictures and sentences with phrases, its gain measured on the second.

    Raises TwoviewError when one of the two models does not embed, or the data link no phrases to boxes.
    """
    for checkpoint in (whole, regions):
        if not isinstance(checkpoint.model, EmbeddingModel):
            raise TwoviewError(f"Eq. 8 adds distances in two spaces, and {checkpoint.card.title} scores pairs without one. Name embedding models.")
    found = [_distances(whole, regions, data, progress) for data in splits]
    chosen, tested = splits
    curve = [float(np.mean([found_first(together(*found[0], alpha), chosen, way).mean() for way in WAYS])) for alpha in ALPHAS]
    alpha = ALPHAS[int(np.argmax(curve))]
    gains = []
    for way in WAYS:
        alone, both = (found_first(distance, tested, way).astype(float) for distance in (found[1][0], together(*found[1], alpha)))
        gap = paired_bootstrap(both, alone, (tested.x if way == "x_to_y" else tested.y).groups)
        gains.append(Gain(direction=way, alone=float(alone.mean()), together=float(both.mean()), difference=gap.value, low=gap.low, high=gap.high))
    return Combination(whole=whole.card.name, regions=regions.card.name, alphas=list(ALPHAS), curve=curve, alpha=alpha, gains=gains)


def _distances(whole: Checkpoint, regions: Checkpoint, data: PairedData, progress: Progress | None) -> tuple[np.ndarray, np.ndarray]:
    assert isinstance(whole.model, EmbeddingModel) and isinstance(regions.model, EmbeddingModel)
    x, y = encoder_ids(regions)
    if x is None or y is None:
        raise TwoviewError(f"{regions.card.title} reads vectors alone, and no regions of pictures.")
    pairs = region_pairs(data, x, y, progress=progress)
    return whole_distances(whole.model, encode_pairs(data, *encoder_ids(whole), progress=progress)), region_distances(regions.model, pairs, len(data.y))


def _unit(model: EmbeddingModel, features: np.ndarray, view: str) -> Tensor:
    if model.similarity not in ("cosine", "correlation"):
        raise TwoviewError(f"{model.title} is not compared by angles, so its distances have no common scale.")
    return comparable(embed(model, features, view), model.similarity).cpu()


def keep_combination(folder: Path, found: Combination) -> None:
    with atomic_write(folder / FILE) as temporary:
        temporary.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")


def kept_combinations(root: Path) -> list[Combination]:
    """What is kept beside checkpoints; what cannot be read is left out."""
    found = []
    for path in sorted(root.glob(f"*/*/{FILE}")):
        try:
            found.append(Combination.model_validate_json(path.read_bytes()))
        except (OSError, ValidationError):
            continue
    return found
