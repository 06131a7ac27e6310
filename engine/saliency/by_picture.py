"""How right the maps are picture by picture: with that, two models' maps can be compared later on the same pictures."""

from collections.abc import Sequence

import numpy as np

from engine.data.base import PairedData
from engine.data.derived import PROMPT, labels_in, prompt
from engine.encoders.base import ImageEncoder, TextEncoder
from engine.evaluation.by_group import group_means
from engine.models.base import TwoViewModel
from engine.saliency.suite import Found, Question, compare_pairs, find_objects


def object_precision(
    model: TwoViewModel, data: PairedData, encoder: ImageEncoder, text_encoder: TextEncoder, method: str = "gradcam", size: int | None = None, masks_only: bool = False, wording: str = PROMPT
) -> np.ndarray:
    """``saliency_precision`` of each picture that has an object (pictures,), in ascending order of groups; options as ``report.object_metrics`` has them."""
    question = Question(model, lambda label: prompt(label, wording))
    return _means(find_objects([question], data, encoder, text_encoder, method=method, size=size, masks_only=masks_only)[0])


def common_precision(model: TwoViewModel, data: PairedData, encoders: Sequence[ImageEncoder]) -> np.ndarray:
    """``common_precision`` of each pair that shares a kind of object (pairs,), in ascending order of groups."""
    shares = np.array([not set(a).isdisjoint(b) for a, b in zip(labels_in(data.x), labels_in(data.y), strict=True)])
    rows = np.flatnonzero(shares)
    sharing = PairedData(data.name, data.split, data.x.take(rows), data.y.take(rows), data.label_names)
    return _means(compare_pairs(model, sharing, encoders)["common"])


def _means(found: Sequence[Found]) -> np.ndarray:
    return group_means(np.array([each.precision for each in found]), np.array([each.group for each in found]))
