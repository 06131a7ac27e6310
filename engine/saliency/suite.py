"""How right the maps of a model are on a data set: the measures of MUC2M's Tables 2 to 4, with intervals.

Masks are brought to the square that the encoder sees, so that a crop in its preprocessing moves map and mask alike.
Objects of which only the box is known are measured by the box; ``masks_only`` leaves them out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engine.data.base import ObjectAnnotation, PairedData
from engine.data.derived import labels_in, prompt
from engine.encoders.base import ImageEncoder, TextEncoder
from engine.evaluation.intervals import Interval, mean_intervals
from engine.models.base import TwoViewModel
from engine.saliency.maps import Progress, enlarged, last_maps, saliency_maps
from engine.saliency.measures import pointing_game, precision_in_mask, saliency_magnitude, uniform_precision
from engine.saliency.scores import FeatureScore, PairScore, has_individual, score

BATCH = 16  # pictures whose trunk runs at once


@dataclass(frozen=True)
class Found:
    """One map beside what it should have found: all shares of 1. ``group``: the picture or pair it belongs to."""

    group: int
    label: str
    precision: float
    uniform: float
    pointing: float


def object_mask(objects: Sequence[ObjectAnnotation], size: tuple[int, int]) -> np.ndarray:
    """Union of the objects' masks, or boxes where no mask is known: (height, width) bool. ``size``: (width, height)."""
    mask = np.zeros(size[::-1], dtype=bool)
    for item in objects:
        if item.mask is not None:
            mask |= item.mask()
        else:
            left, top, right, bottom = (max(0, round(edge)) for edge in item.box)
            mask[top:bottom, left:right] = True
    return mask


def seen_mask(encoder: ImageEncoder, mask: np.ndarray, size: int) -> np.ndarray:
    """A mask on the square that the encoder sees, (size, size) bool."""
    return np.asarray(encoder.square(Image.fromarray(mask.astype(np.uint8) * 255), size)) > 127


def _trunks(encoder: ImageEncoder, pictures: Sequence[Image.Image], size: int, progress: Progress | None) -> Iterator[tuple[int, Image.Image, Tensor]]:
    for start in range(0, len(pictures), BATCH):
        batch = [pictures[i] for i in range(start, min(start + BATCH, len(pictures)))]
        for offset, (picture, maps) in enumerate(zip(batch, last_maps(encoder, batch, size), strict=True)):
            yield start + offset, picture, maps
        if progress:
            progress(start + len(batch), len(pictures), "pictures")


@dataclass(frozen=True)
class Question:
    """A model and what it is asked about an object's label: its name, or something else (the shuffled-prompt check).

    Without a model, the trunk's own map, the mean square of its last maps: where it is active, whatever it is asked.
    """

    model: TwoViewModel | None
    asked: Callable[[str], str] = prompt


def find_objects(
    questions: Sequence[Question], data: PairedData, encoder: ImageEncoder, text_encoder: TextEncoder, *,
    name: str = "common", method: str = "gradcam", size: int | None = None, masks_only: bool = False, progress: Progress | None = None,
) -> list[list[Found]]:  # fmt: skip
    """For each question, one map for every kind of object in every picture of ``data`` (raw, with objects).

    Table 2's AP is the mean precision. The trunk runs once per picture for all questions.
    """
    size = size or encoder.input_size
    labels = sorted({label for row in labels_in(data.x) for label in row})
    sentences = sorted({question.asked(label) for question in questions for label in labels})
    features = dict(zip(sentences, text_encoder(sentences), strict=True))
    scores = [question.model and score(question.model, name) for question in questions]
    found: list[list[Found]] = [[] for _ in questions]
    known = data.x.objects or ()  # labels_in has refused pictures without
    for row, picture, maps in _trunks(encoder, data.x.items, size, progress):
        objects = [o for o in known[row] if o.mask is not None or not masks_only]
        here = list(dict.fromkeys(o.label for o in objects))
        masks = [seen_mask(encoder, object_mask([o for o in objects if o.label == label], picture.size), size) for label in here]
        for question, pair_score, results in zip(questions, scores, found, strict=True):
            if not here:
                continue
            if pair_score is None:
                small = maps.square().mean(0).expand(len(here), -1, -1).cpu().numpy()
            else:
                y = torch.stack([features[question.asked(label)] for label in here])
                small = saliency_maps(maps, encoder, partial(_second, pair_score, y), len(here), method)
            drawn = enlarged(small, (size, size))
            group = int(data.x.groups[row])
            results += [_found(group, *each) for each in zip(here, drawn, masks, strict=True) if each[2].any()]
    return found


def _second(pair_score: PairScore, y: Tensor, x: Tensor) -> Tensor:
    """A score of pairs as one of x alone."""
    return pair_score(x, y)


def _found(group: int, label: str, saliency: np.ndarray, mask: np.ndarray, within: np.ndarray | None = None) -> Found:
    return Found(group, label, precision_in_mask(saliency, mask, within), uniform_precision(mask, within), pointing_game(saliency, mask))


PairMaps = dict[str, tuple[np.ndarray, np.ndarray]]  # kind → the map of each picture, (h, w), in units of its score


def pair_maps(
    model: TwoViewModel, encoders: Sequence[ImageEncoder], trunks: Sequence[Tensor], name: str = "common", method: str = "gradcam",
    drawn: Callable[[int, FeatureScore], np.ndarray] | None = None,
) -> PairMaps:  # fmt: skip
    """Maps of two pictures from their last maps (channels, h, w); the encoders may differ.

    "common": of the score ``name``; "individual": of r, where the model has that component; "apart": of the distance
    between the two, where the model has a shared space. r hardly knows the other picture, the distance does.
    ``drawn(side, score)``: the map (h, w) of a score on one of the pictures; without it, by the fast ``method``.
    """
    return {kind: both_maps(model, encoders, trunks, names, method, drawn) for kind, names in pair_scores(model, name).items()}


def both_maps(
    model: TwoViewModel, encoders: Sequence[ImageEncoder], trunks: Sequence[Tensor], names: tuple[str, str], method: str = "gradcam",
    drawn: Callable[[int, FeatureScore], np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """The map of the first score on the first picture and of the second on the second, as ``pair_maps`` has them."""
    features = [encoder.pool(maps[None]) for encoder, maps in zip(encoders, trunks, strict=True)]

    def one(side: int, of: FeatureScore) -> np.ndarray:
        return drawn(side, of) if drawn else saliency_maps(trunks[side], encoders[side], of, 1, method)[0]

    first, second = (score(model, n) for n in names)
    return one(0, lambda x: first(x, features[1])), one(1, lambda y: second(features[0], y))


def pair_scores(model: TwoViewModel, name: str = "common") -> dict[str, tuple[str, str]]:
    """The scores behind each kind of a pair's maps, of the first and of the second picture."""
    names = {"common": (name, name)}
    if has_individual(model):
        names["individual"] = ("individual_x", "individual_y")
    if model.kind == "embedding":
        names["apart"] = ("distance", "distance")
    return names


def compare_pairs(
    model: TwoViewModel, data: PairedData, encoders: Sequence[ImageEncoder], *,
    name: str = "common", method: str = "gradcam", size: int | None = None, progress: Progress | None = None,
) -> dict[str, list[Found]]:  # fmt: skip
    """Table 3 on pairs of pictures (raw, with objects): ``common`` (AP_C), ``individual`` (AP_I) and ``individual_objects``
    (AP_I^obj, the background left out), and likewise ``apart`` and ``apart_objects``. Two entries a pair, one for each picture."""
    found: dict[str, list[Found]] = {kind: [] for kind in ("common", "individual", "individual_objects", "apart", "apart_objects")}
    sizes = [size or encoder.input_size for encoder in encoders]
    annotated = [v.objects or () for v in (data.x, data.y)]
    sides = [_trunks(e, v.items, s, None) for e, v, s in zip(encoders, (data.x, data.y), sizes, strict=True)]
    for pair, ((_, *first), (_, *second)) in enumerate(zip(*sides, strict=True)):
        maps = pair_maps(model, encoders, [first[1], second[1]], name, method)
        objects = [known[pair] for known in annotated]
        shared = {o.label for o in objects[0]} & {o.label for o in objects[1]}
        for side, picture in enumerate((first[0], second[0])):
            masks = [
                seen_mask(encoders[side], object_mask([o for o in objects[side] if (o.label in shared) == common], picture.size), sizes[side])
                for common in (True, False)
            ]
            square = (sizes[side], sizes[side])
            group = int(data.x.groups[pair])
            if masks[0].any():
                found["common"].append(_found(group, "common", enlarged(maps["common"][side][None], square)[0], masks[0]))
            for kind in maps.keys() - {"common"} if masks[1].any() else ():
                own = enlarged(maps[kind][side][None], square)[0]
                found[kind].append(_found(group, kind, own, masks[1]))
                if masks[0].any():
                    found[f"{kind}_objects"].append(_found(group, kind, own, masks[1], masks[0] | masks[1]))
        if progress:
            progress(pair + 1, len(data.x), "pairs")
    return found


def magnitudes(
    model: TwoViewModel, data: PairedData, encoders: Sequence[ImageEncoder], names: Sequence[str] = ("common", "cosine", "norm"),
    method: str = "gradcam", size: int | None = None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Table 4: per score, the mean saliency magnitude of each pair's two maps, (pairs,)."""
    result: dict[str, list[float]] = {name: [] for name in names}
    sides = [_trunks(e, v.items, size or e.input_size, None) for e, v in zip(encoders, (data.x, data.y), strict=True)]
    for (_, _, first), (_, _, second) in zip(*sides, strict=True):
        for name in names:
            maps = both_maps(model, encoders, [first, second], (name, name), method)
            result[name].append(float(np.mean([saliency_magnitude(m) for m in maps])))
    return {name: np.array(values) for name, values in result.items()}


@dataclass(frozen=True)
class Summary:
    """Means over maps with intervals over pictures; ``gain``: precision ÷ uniform, of the means."""

    maps: int
    precision: Interval
    uniform: Interval
    pointing: Interval
    gain: float


def summary(found: Sequence[Found]) -> Summary:
    """Raises ValueError when there is nothing to summarise."""
    if not found:
        raise ValueError("No map was measured: no picture holds a known object.")
    values = np.array([[f.precision, f.uniform, f.pointing] for f in found])
    precision, uniform, pointing = mean_intervals(values, np.array([f.group for f in found]))
    return Summary(len(found), precision, uniform, pointing, precision.value / uniform.value)
