"""How well ranked regions find what a phrase names: R@K at IoU ≥ 0.5 with its upper bound, mean IoU, the pointing game.

Wang et al., Learning Two-Branch Neural Networks for Image-Text Matching Tasks, Sec. 4: a phrase is found at K when one of
its first K regions overlaps the true box with IoU ≥ 0.5. The upper bound is the share of phrases with such a region among
all proposals. Intervals draw pictures, for the phrases of one picture succeed and fail together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.regions import overlaps
from engine.errors import TwoviewError
from engine.evaluation.intervals import Interval, mean_intervals

RIGHT = 0.5  # IoU from which a region counts as the true one
DEPTHS = (1, 5, 10)
MEASURES = (*(f"recall@{k}" for k in DEPTHS), "upper_bound", "iou", "pointing")


@dataclass(frozen=True)
class Ranked:
    """One phrase's proposals, best first: ``boxes`` (n, 4); ``truth`` (4,): where it is; ``picture``: the group of its picture."""

    boxes: np.ndarray
    truth: Sequence[float]
    picture: int


def by_score(boxes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The boxes (n, 4), highest of the n scores first; equal scores keep their order. Raises TwoviewError if one is not finite."""
    if len(boxes) != len(scores) or not np.isfinite(scores).all():
        raise TwoviewError(f"Every region needs one finite score: {len(boxes)} regions, {np.isfinite(scores).sum()} finite scores.")
    return np.asarray(boxes)[np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")]


def per_phrase(ranked: Sequence[Ranked]) -> np.ndarray:
    """Each phrase's values (phrases, measures), in the order of ``MEASURES``; all 0 where there is no proposal.

    Pointing: the first region's centre lies in the true box.
    """
    values = np.zeros((len(ranked), len(MEASURES)))
    for row, phrase in enumerate(ranked):
        if len(phrase.boxes) == 0:
            continue
        truth = np.asarray(phrase.truth, dtype=np.float64)
        shared = overlaps(phrase.boxes, truth[None])[:, 0]
        right = shared >= RIGHT
        centre = (phrase.boxes[0, :2] + phrase.boxes[0, 2:]) / 2
        points = bool((centre >= truth[:2]).all() and (centre <= truth[2:]).all())
        values[row] = (*(right[:k].any() for k in DEPTHS), right.any(), shared[0], points)
    return values


def grounding(ranked: Sequence[Ranked]) -> dict[str, Interval]:
    """The means over phrases with their intervals over pictures. Raises TwoviewError without a phrase."""
    if not ranked:
        raise TwoviewError("Grounding is measured on phrases with a true box, and there are none.")
    intervals = mean_intervals(per_phrase(ranked), np.array([phrase.picture for phrase in ranked]))
    return dict(zip(MEASURES, intervals, strict=True))
