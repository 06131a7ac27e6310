"""COCO: photos of everyday scenes with five sentences each and the outlines of 80 kinds of object.

T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014; X. Chen et al., "Microsoft COCO Captions", 2015;
cocodataset.org. Annotations CC BY 4.0; the photos are under the Flickr terms of use. Official layout below ``coco``:
``annotations/instances_train2017.json``, ``annotations/captions_train2017.json``, ``train2017/*.jpg``; likewise ``val2017``.
"""

from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.base import DatasetInfo, ObjectAnnotation, PairedData
from engine.data.layout import PHOTO_ENCODERS, captioned, read_json
from engine.data.masks import polygon_mask, run_length_mask
from engine.errors import TwoviewError

FOLDER = "coco"
WITH_OBJECTS = ("train2017_all", "val2017_all")  # whatever was written about the photos
SPLITS = ("train2017", "val2017", *WITH_OBJECTS)


def read(split: str, root: Path) -> PairedData:
    """x: photos with their objects, y: their sentences. ``label_names``: the names of the object categories.

    A photo without a sentence has no partner and is left out; the splits ending in ``_all`` keep it, for work on objects alone.
    """
    part, _, everything = split.partition("_")
    captions = read_json(root / _annotations("captions", part))
    instances = read_json(root / _annotations("instances", part))
    try:
        sentences = defaultdict(list)
        for caption in captions["annotations"]:
            sentences[caption["image_id"]].append(" ".join(caption["caption"].split()))
        images = [image for image in captions["images"] if everything or sentences[image["id"]]]
        categories = {category["id"]: category["name"] for category in instances["categories"]}
        sizes = {image["id"]: (image["height"], image["width"]) for image in instances["images"]}
        objects = defaultdict(list)
        for instance in instances["annotations"]:
            key = instance["image_id"]
            objects[key].append(_annotation(instance, categories[instance["category_id"]], *sizes[key]))
        return captioned(
            "coco", split, [root / FOLDER / part / image["file_name"] for image in images], [image["file_name"] for image in images],
            [image["id"] for image in images], [sentences[image["id"]] for image in images],
            [objects[image["id"]] for image in images], list(categories.values()),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise TwoviewError(
            f"The annotations of COCO {part} are not in the official layout ({type(error).__name__}: {error}). Fetch them again."
        ) from error


def _annotation(instance: dict[str, Any], label: str, height: int, width: int) -> ObjectAnnotation:
    """One instance. Regions that hold a crowd of uncounted objects carry the attribute crowd = "yes"."""
    left, top, box_width, box_height = instance["bbox"]
    attributes = {"crowd": "yes"} if instance.get("iscrowd") else {}
    shape = instance.get("segmentation")
    mask = partial(segmentation_mask, shape, height, width) if shape else None
    return ObjectAnnotation(label, (left, top, left + box_width, top + box_height), mask, attributes)


def segmentation_mask(shape: Any, height: int, width: int) -> np.ndarray:
    """A COCO segmentation as (height, width) bool: a list of polygons, or {"size": [height, width], "counts": run lengths}."""
    if isinstance(shape, list):
        return polygon_mask(shape, height, width)
    if list(shape["size"]) != [height, width]:
        raise TwoviewError(f"A mask of size {shape['size']} does not fit its photo of height {height} and width {width}.")
    return run_length_mask(shape["counts"], height, width)


def missing(root: Path) -> list[str]:
    """Nothing when one of the two parts is there; else what both of them need."""
    needed = [[f"{FOLDER}/{part}", _annotations("captions", part), _annotations("instances", part)] for part in ("train2017", "val2017")]
    gone = [[name for name in names if not (root / name).exists()] for names in needed]
    return gone[0] + gone[1] if all(gone) else []


def _annotations(kind: str, part: str) -> str:
    return f"{FOLDER}/annotations/{kind}_{part}.json"


INFO = DatasetInfo(
    name="coco",
    title="COCO",
    description="Photos of everyday scenes with five sentences each and the outlines of 80 kinds of object.",
    where=(
        "From cocodataset.org: 2017 Train images, 2017 Val images and 2017 Train/Val annotations, "
        "unpacked into the folder coco of the data root (coco/annotations, coco/train2017, coco/val2017)."
    ),
    terms="Annotations CC BY 4.0; the photos are under the Flickr terms of use.",
    splits=SPLITS,
    load=read,
    encoders=PHOTO_ENCODERS,
    missing=missing,
)
