"""The data sets, by name. A new one: write a reader with an ``INFO`` beside these and add a line to ``DATASETS``."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.data import (
    coco,
    coco_phrases,
    digits,
    entities,
    flickr8k,
    karpathy,
    mnist,
    nottingham,
    scenes,
    tunes,
    wikipedia,
)
from engine.data.base import DatasetInfo, PairedData
from engine.data.derived import derived
from engine.data.layout import PHOTO_ENCODERS
from engine.data.music.collection import Collection
from engine.data.own import brought, is_own, own_info
from engine.data.regions import with_regions
from engine.errors import TwoviewError
from engine.paths import data_root

DATASETS: dict[str, DatasetInfo] = {
    info.name: info
    for info in (
        scenes.INFO,
        scenes.INFO_ZERO_SHOT,
        *derived(scenes.INFO, (*scenes.INFO.encoders, scenes.INFO.encoders[0])),
        with_regions(scenes.INFO, ("regions:scenes-cnn", "minilm")),
        flickr8k.INFO,
        karpathy.FLICKR30K,
        karpathy.COCO,
        entities.INFO,
        coco.INFO,
        coco_phrases.INFO,
        *derived(replace(coco.INFO, splits=coco.WITH_OBJECTS), (*PHOTO_ENCODERS, PHOTO_ENCODERS[0])),
        mnist.INFO,
        wikipedia.INFO,
        wikipedia.INFO_TFIDF,
        digits.INFO,
        tunes.INFO,
        nottingham.INFO,
    )
}

MUSIC: dict[str, Callable[[str], Collection]] = {tunes.INFO.name: tunes.collection, nottingham.INFO.name: nottingham.collection}  # what can be listened to, by a split's name


def find(name: str, skip_bad: bool = False) -> DatasetInfo:
    """The data set of this name, built in or brought; a path is a person's own data too, read without its bad rows if ``skip_bad``.

    Raises TwoviewError, listing the names there are.
    """
    if name in DATASETS:
        return DATASETS[name]
    if is_own(name):
        return own_info(name, skip_bad)
    names = [*DATASETS, *(entry.name for entry in brought.listed())]
    raise TwoviewError(f"There is no data set and no path {name!r}. Name one of {', '.join(names)}, or give the path of your own data.")


def load(name: str, split: str, root: str | Path | None = None, skip_bad: bool = False) -> PairedData:
    """One split of a data set, by name or by path (see ``find``). ``root``: the data root, as in ``engine.paths.data_root``.

    Raises TwoviewError when the name or the split is unknown, when the data are not below the data root, or when rows are bad.
    """
    info, folder = find(name, skip_bad), data_root(root)
    if split not in info.splits:
        raise TwoviewError(f"{info.title} has no split {split!r}; it has {', '.join(info.splits)}.")
    missing = info.missing(folder)
    if missing:
        raise TwoviewError(
            f"{info.title} is not complete in the data root {folder}: {', '.join(missing)} not found. {info.where} "
            "Another data root is chosen with TWOVIEW_DATA or --data-root."
        )
    return info.load(split, folder)
