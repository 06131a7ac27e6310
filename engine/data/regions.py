"""Phrases and the regions that they name: what grounding asks and what it should find (Plummer et al., Flickr30k Entities, 2015).

Boxes are (left, top, right, bottom) in pixels as edges: the top left pixel spans 0–1, so an area is (right − left) ·
(bottom − top) and no pixel is counted twice. Several boxes of one plural phrase become the box around them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.data.base import DatasetInfo, PairedData
from engine.errors import TwoviewError


@dataclass(frozen=True)
class PhraseRegion:
    """One phrase of one sentence and its region in the picture.

    ``sentence``, ``picture``: rows of the two views; ``start:end``: the phrase's characters; ``objects``: positions in the
    picture's annotations, equal for phrases of one entity (a coreference chain); ``box``: around all of them.
    """

    sentence: int
    picture: int
    start: int
    end: int
    text: str
    objects: tuple[int, ...]
    labels: tuple[str, ...]
    box: tuple[float, float, float, float]


def with_regions(info: DatasetInfo, encoders: tuple[str, str]) -> DatasetInfo:
    """A data set with linked phrases once more, for models of its regions and phrases: the same pictures and sentences under a name of their own."""
    name, title = f"{info.name}-phrases", f"{info.title}: phrases and regions"

    def load(split: str, root: Path) -> PairedData:
        return replace(info.load(split, root), name=name)

    text = "The same pictures and sentences; models learn which region of a picture each phrase names."
    return replace(info, name=name, title=title, description=text, load=load, encoders=encoders)


def phrase_regions(data: PairedData) -> list[PhraseRegion]:
    """Every phrase of the sentences in y that names objects of the picture in x, in order; phrases without a box are left out.

    Raises TwoviewError where sentences are not linked to objects, or a link names an object that the picture lacks.
    """
    if data.x.objects is None or data.y.phrases is None:
        raise TwoviewError(f"Grounding needs sentences whose phrases are linked to objects with boxes; {data.name} has none.")
    pictures = {int(group): row for row, group in enumerate(data.x.groups)}
    found = []
    for row, (group, phrases) in enumerate(zip(data.y.groups, data.y.phrases, strict=True)):
        picture = pictures.get(int(group))
        if picture is None:
            continue
        things = data.x.objects[picture]
        for phrase in phrases:
            if not phrase.objects:
                continue
            if max(phrase.objects) >= len(things) or min(phrase.objects) < 0:
                raise TwoviewError(f"A phrase of sentence {data.y.ids[row]} names an object that picture {data.x.ids[picture]} does not have.")
            named = [things[i] for i in phrase.objects]
            box = around([item.box for item in named])
            text = data.y.items[row][phrase.start : phrase.end]
            labels = tuple(dict.fromkeys(item.label for item in named))
            found.append(PhraseRegion(row, picture, phrase.start, phrase.end, text, tuple(sorted(phrase.objects)), labels, box))
    return found


def around(boxes: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
    """The smallest box that holds all of ``boxes`` (n ≥ 1, 4)."""
    edges = np.asarray(boxes, dtype=np.float64)
    left, top = edges[:, :2].min(axis=0)
    right, bottom = edges[:, 2:].max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of every box of ``a`` (n, 4) with every box of ``b`` (m, 4): (n, m) in [0, 1].

    0 where both boxes have no area. Raises TwoviewError for boxes whose edges are not finite or in the wrong order.
    """
    a, b = _checked(a), _checked(b)
    left_top = np.maximum(a[:, None, :2], b[None, :, :2])
    right_bottom = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(right_bottom - left_top, 0, None).prod(axis=2)
    union = areas(a)[:, None] + areas(b)[None] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def areas(boxes: np.ndarray) -> np.ndarray:
    """Areas (n,) in pixels of boxes (n, 4)."""
    boxes = _checked(boxes)
    return (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)


def _checked(boxes: np.ndarray) -> np.ndarray:
    boxes = np.asarray(boxes, dtype=np.float64)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise TwoviewError(f"Boxes are rows of left, top, right, bottom: shape (n, 4); got {boxes.shape}.")
    if not np.isfinite(boxes).all() or (boxes[:, 2:] < boxes[:, :2]).any():
        raise TwoviewError("A box needs finite edges, with left ≤ right and top ≤ bottom.")
    return boxes
