"""Region–phrase pairs of a data set: PairedData whose x are the true regions and whose y are the phrases, grouped by entity, with
the proposals of every picture beside them.

An entity is what phrases of one picture name together (a coreference chain); all its phrases match its one region. Models, losses
and evaluation that take pairs take these as they are; Algorithm 1 and the ranking of proposals need the proposals too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import torch
from filelock import FileLock
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from engine.data.base import PairedData, View
from engine.data.regions import PhraseRegion, overlaps, phrase_regions
from engine.encoders import open_encoder
from engine.encoders.cache import encode_view, feature_key
from engine.encoders.regions import RING, RegionEncoder
from engine.errors import TwoviewError
from engine.grounding import proposals
from engine.grounding.proposals import PROPOSALS, propose
from engine.paths import atomic_write, cache_dir

Progress = Callable[[int, int, str], None]
BATCH = 32  # pictures whose trunks run together
KIND = (proposals.SIDES, proposals.LONGEST, proposals.STRIDE, proposals.ALIKE, proposals.STEPS, PROPOSALS, RING)  # decides what is kept


@dataclass(frozen=True)
class Regions:
    """Of p pictures: ``boxes`` (p, r, 4), best first, as shares of the square that the encoder sees, ``features`` (p, r, dim) float16;
    ``truths`` (e, dim) float16: features of e true boxes."""

    boxes: np.ndarray
    features: np.ndarray
    truths: np.ndarray


@dataclass(frozen=True)
class RegionPairs(PairedData):
    """``phrases``: row for row what y holds. Of every entity, row for row with x: ``picture`` (e,), its row in ``regions``, and ``truth``
    (e, 4), its box as shares of the square. ``windows`` (p, 4): the squares in pixels of their pictures. ``entity`` (m,): of each phrase, its row in x."""

    phrases: Sequence[PhraseRegion] = ()
    regions: Regions = None  # type: ignore[assignment]
    picture: np.ndarray = None  # type: ignore[assignment]
    truth: np.ndarray = None  # type: ignore[assignment]
    windows: np.ndarray = None  # type: ignore[assignment]

    @property
    def entity(self) -> np.ndarray:
        return self.y.groups

    def overlaps(self) -> np.ndarray:
        """Intersection over union of every entity's box with each proposal of its picture, (e, r). The square's shares serve: stretching changes no ratio of areas."""
        return np.stack([overlaps(self.regions.boxes[row], box[None])[:, 0] for row, box in zip(self.picture, self.truth, strict=True)])


def region_pairs(data: PairedData, x_id: str, y_id: str, device: torch.device | str = "cpu", progress: Progress | None = None) -> RegionPairs:
    """The region–phrase pairs of pictures and sentences (raw), encoded by a ``regions:…`` encoder and one of texts; kept under their content.

    What of a true box lies outside the square is cut off; a box that does altogether is left out with its phrases.
    Raises TwoviewError where phrases are not linked to boxes, or ``x_id`` reads no regions.
    """
    encoder = open_encoder(x_id, device)
    if not isinstance(encoder, RegionEncoder):
        raise TwoviewError(f"Grounding needs an encoder of regions, and {x_id} reads {encoder.kind}s. Name one such as regions:scenes-cnn.")
    windows = np.array([encoder.trunk.preprocess_with.window(data.x.items[row].size) for row in range(len(data.x))])
    kept: list[PhraseRegion] = []
    truths: list[np.ndarray] = []
    entities: dict[tuple[int, tuple[int, ...]], int] = {}
    for phrase in phrase_regions(data):
        box = shares(np.array([phrase.box]), windows[phrase.picture])[0]
        if (box[2:] <= box[:2]).any():
            continue
        if entities.setdefault((phrase.picture, phrase.objects), len(entities)) == len(truths):
            truths.append(box)
        kept.append(phrase)
    if not kept:
        raise TwoviewError(f"{data.name}/{data.split} has no phrase with a box that the encoder sees: there is nothing to ground.")
    picture, truth = np.array([picture for picture, _ in entities]), np.array(truths)
    regions = encode_regions(data.x, encoder, picture, truth, progress)
    groups = np.array([entities[phrase.picture, phrase.objects] for phrase in kept])
    x = View("vector", regions.truths, [f"{data.x.ids[row]}#{'+'.join(map(str, objects))}" for row, objects in entities], np.arange(len(truth)))
    y = View("text", [phrase.text for phrase in kept], [f"{data.y.ids[p.sentence]}:{p.start}" for p in kept], groups)
    y = View("vector", encode_view(y, open_encoder(y_id, device), progress), y.ids, groups)
    return RegionPairs(data.name, data.split, x, y, phrases=kept, regions=regions, picture=picture, truth=truth, windows=windows)


def shares(boxes: np.ndarray, window: Sequence[float]) -> np.ndarray:
    """Boxes (n, 4) in pixels of a picture as shares of the square ``window`` in it, cut off at its edges."""
    left, top, right, bottom = window
    return np.clip((boxes - [left, top, left, top]) / [right - left, bottom - top, right - left, bottom - top], 0, 1)


def pixels(boxes: np.ndarray, window: Sequence[float]) -> np.ndarray:
    """The inverse of ``shares``."""
    left, top, right, bottom = window
    return boxes * [right - left, bottom - top, right - left, bottom - top] + [left, top, left, top]


def encode_regions(pictures: View, encoder: RegionEncoder, picture: np.ndarray, truth: np.ndarray, progress: Progress | None = None) -> Regions:
    """Proposals of every picture and features of them and of the true boxes ``truth`` (e, 4), from one pass of the trunk; kept under the content of all."""
    digest = sha256(f"{feature_key(pictures, encoder.id, encoder.weights_hash)}{KIND}".encode())
    for array in (np.asarray(picture, np.int64), np.asarray(truth, np.float64)):
        digest.update(np.ascontiguousarray(array).data)
    path = cache_dir("regions", f"{digest.hexdigest()[:32]}.safetensors")
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if not path.is_file():
            made = _encoded(pictures, encoder, picture, truth, progress)
            with atomic_write(path) as temporary:
                save_file({"boxes": made.boxes, "features": made.features, "truths": made.truths}, temporary)
    try:
        return Regions(**load_file(path))
    except (SafetensorError, OSError, TypeError) as error:
        raise TwoviewError(f"The regions in {path} cannot be read ({error}). Delete the file: they are computed again.") from error


def _encoded(pictures: View, encoder: RegionEncoder, picture: np.ndarray, truth: np.ndarray, progress: Progress | None) -> Regions:
    boxes = np.zeros((len(pictures), PROPOSALS, 4), np.float32)
    features = np.zeros((len(pictures), PROPOSALS, encoder.dim), np.float16)
    truths = np.zeros((len(truth), encoder.dim), np.float16)
    for start in range(0, len(pictures), BATCH):
        rows = range(start, min(start + BATCH, len(pictures)))
        for row, maps in zip(rows, encoder.maps([pictures.items[row] for row in rows]), strict=True):
            boxes[row] = propose(maps)
            features[row] = encoder.of_maps(maps, boxes[row])
            own = np.flatnonzero(picture == row)
            truths[own] = encoder.of_maps(maps, truth[own])
        if progress:
            progress(rows.stop, len(pictures), f"Regions with {encoder.id}")
    return Regions(boxes, features, truths)
