"""Flickr30k and COCO captions in the splits that most papers use, from A. Karpathy's JSON files.

A. Karpathy, L. Fei-Fei, "Deep Visual-Semantic Alignments for Generating Image Descriptions", CVPR 2015: one file per data
set, ``dataset_flickr30k.json`` and ``dataset_coco.json``, published on the paper's page at Stanford. The sentences and photos are:

- Flickr30k: P. Young et al., "From image descriptions to visual denotations", TACL 2014, given on request by the University of
  Illinois for non-commercial research and education; the photos belong to their Flickr users. 29,000 / 1,014 / 1,000 photos.
- COCO: see ``engine.data.coco``; the photos of train2014 and val2014. Training 82,783 photos; ``train_restval`` adds the
  30,504 validation photos that are in no other split, as most later papers do; validation and test 5,000 each;
  ``test_1k`` is the first 1,000 test photos.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from engine.data.base import DatasetInfo, PairedData
from engine.data.layout import PHOTO_ENCODERS, absent, captioned, read_json
from engine.errors import TwoviewError

PARTS: dict[str, Sequence[str]] = {
    "train": ("train",), "validation": ("val",), "test": ("test",), "train_restval": ("train", "restval"), "test_1k": ("test",),
}  # fmt: skip


def read(split: str, root: Path, name: str, file: str, photos: str) -> PairedData:
    """x: photos, y: their sentences as written (about five each). Group = position of the photo in the JSON file."""
    try:
        images = [
            (group, image["filename"], image.get("filepath", ""), [" ".join(s["raw"].split()) for s in image["sentences"]])
            for group, image in enumerate(read_json(root / file)["images"])
            if image["split"] in PARTS[split]
        ]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise TwoviewError(f"{root / file} is not one of Karpathy's data set files ({type(error).__name__}: {error}). Fetch it again.") from error
    if not images:
        raise TwoviewError(f"{root / file} has no photo in the split {split}. Fetch the file again.")
    groups, names, folders, sentences = zip(*images[: 1000 if split == "test_1k" else None], strict=True)
    paths = [root / photos / folder / filename for folder, filename in zip(folders, names, strict=True)]
    return captioned(name, split, paths, names, groups, [[text for text in texts if text] for texts in sentences])


FLICKR30K = DatasetInfo(
    name="flickr30k",
    title="Flickr30k",
    description="31,000 photos of people and animals, five sentences each.",
    where=(
        "Photos on request from the University of Illinois (Young et al., 2014) into flickr30k/flickr30k-images of the data root; "
        "dataset_flickr30k.json from the page of Karpathy and Fei-Fei's paper into flickr30k."
    ),
    terms="Non-commercial research and education; the photos belong to their Flickr users.",
    splits=("train", "validation", "test"),
    load=partial(read, name="flickr30k", file="flickr30k/dataset_flickr30k.json", photos="flickr30k/flickr30k-images"),
    encoders=PHOTO_ENCODERS,
    missing=absent("flickr30k/dataset_flickr30k.json", "flickr30k/flickr30k-images"),
)

COCO = DatasetInfo(
    name="coco-captions",
    title="COCO captions",
    description="123,000 photos of everyday scenes, five sentences each, in Karpathy's splits.",
    where=(
        "From cocodataset.org: 2014 Train images and 2014 Val images into coco/train2014 and coco/val2014 of the data root; "
        "dataset_coco.json from the page of Karpathy and Fei-Fei's paper into coco."
    ),
    terms="Sentences CC BY 4.0; the photos are under the Flickr terms of use.",
    splits=("train", "validation", "test", "train_restval", "test_1k"),
    load=partial(read, name="coco-captions", file="coco/dataset_coco.json", photos="coco"),
    encoders=PHOTO_ENCODERS,
    missing=absent("coco/dataset_coco.json", "coco/val2014"),
)
