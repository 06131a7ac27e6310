"""Proposals and features of regions from one pass of the trunk, beside what else could make them: selective search, and crops.

Selective search is in OpenCV's additional modules, which take the place of the ones that grad-cam installs:
``pip install --no-deps --target FOLDER opencv-contrib-python-headless`` and ``PYTHONPATH=FOLDER``; without them its row is left out.
"""

import cv2
import numpy as np
import torch
from PIL import Image

from benchmarks.measure import Row, at_least, faster, seconds
from engine.data import load
from engine.data.base import PairedData
from engine.data.regions import overlaps, phrase_regions
from engine.encoders import open_encoder
from engine.encoders.regions import RegionEncoder
from engine.grounding.pairs import pixels
from engine.grounding.proposals import PROPOSALS, propose

PICTURES = 60


def selective_search(picture: Image.Image) -> np.ndarray:
    """Boxes (n, 4) in pixels, as the fast variant orders them."""
    search = cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
    search.setBaseImage(np.ascontiguousarray(np.asarray(picture)[:, :, ::-1]))
    search.switchToSelectiveSearchFast()
    boxes = search.process().astype(float)
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def covered(data: PairedData, boxes_of) -> float:
    """The share of the phrases of the first pictures for which one of the first 200 proposals has an IoU of 0.5 or more."""
    found: list[bool] = []
    truths: dict[int, list] = {}
    for phrase in phrase_regions(data):
        truths.setdefault(phrase.picture, []).append(phrase.box)
    for row in sorted(truths)[:PICTURES]:
        found += (overlaps(boxes_of(data.x.items[row])[:PROPOSALS], np.array(truths[row])) >= 0.5).any(axis=0).tolist()
    return float(np.mean(found))


@torch.no_grad()
def run(rounds: int) -> list[Row]:
    data, encoder = load("scenes", "validation"), open_encoder("regions:scenes-cnn")
    assert isinstance(encoder, RegionEncoder)
    window = encoder.trunk.preprocess_with.window

    def anchored(picture: Image.Image) -> np.ndarray:
        return pixels(propose(encoder.maps([picture])[0]), window(picture.size))

    picture = data.x.items[0]
    maps = encoder.maps([picture])[0]
    boxes = propose(maps)
    cut = [picture.crop((int(left), int(top), int(np.ceil(right)) + 1, int(np.ceil(bottom)) + 1)) for left, top, right, bottom in pixels(boxes, window(picture.size))]
    of_maps, of_crops = seconds(lambda: encoder.of_maps(encoder.maps([picture])[0], boxes), lambda: encoder.trunk(cut), rounds=rounds)
    rows = [faster(f"features of {PROPOSALS} regions of a picture, from crops", of_maps, of_crops, 5, "the similarity network finds as much with either")]
    if hasattr(cv2, "ximgproc"):
        ours, theirs = covered(data, anchored), covered(data, selective_search)
        note = f"{ours:.1%} and {theirs:.1%} of the phrases of {PICTURES} pictures have a right one among {PROPOSALS}"
        rows.append(at_least("phrases with a right proposal, beside selective search", ours / theirs, 1, "×", note))
        mine, searched = seconds(lambda: anchored(picture), lambda: selective_search(picture), rounds=rounds)
        rows.append(faster(f"{PROPOSALS} proposals of a picture, selective search", mine, searched, 1, "the trunk's pass included"))
    return rows
