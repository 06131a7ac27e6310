"""scenes — the embedded data set: drawn pictures with five sentences each, every object annotated.

Everything is drawn and written by this package, deterministically by seed; nothing is downloaded. The test gallery ships with
the code, the other splits are drawn once (`prepare`) into the cache. "scenes-zero-shot" draws its test pictures about classes
that its training and validation pictures never show.
"""

import io
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from PIL import Image

from engine.data.base import DatasetInfo, ObjectAnnotation, PairedData, Phrase, View
from engine.data.scenes.objects import NAMES
from engine.data.scenes.render import SPLITS, archive_path, render_split
from engine.errors import TwoviewError

Progress = Callable[[int, int, str], None]


class Archive:
    """A zip file of stored entries, read by position: no open handle, so threads and processes may share it."""

    def __init__(self, path: Path):
        self.path = path
        with ZipFile(path) as archive:
            self.entries = {entry.filename: (entry.header_offset, entry.file_size) for entry in archive.infolist()}
            self.annotations: list[dict] = json.loads(archive.read("annotations.json"))

    def read(self, name: str) -> bytes:
        """Bytes of a stored (uncompressed) entry."""
        offset, size = self.entries[name]
        with self.path.open("rb") as file:
            file.seek(offset + 26)
            lengths = file.read(4)
            file.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
            return file.read(size)


class ArchivedPictures:
    """The pictures of an `Archive`, opened when asked for."""

    def __init__(self, archive: Archive):
        self.archive = archive

    def __len__(self) -> int:
        return len(self.archive.annotations)

    def __getitem__(self, index: int) -> Image.Image:
        return Image.open(io.BytesIO(self.encoded(index)), formats=("WEBP",)).convert("RGB")

    def encoded(self, index: int) -> bytes:
        return self.archive.read(f"{index:05d}.webp")


def object_mask(archive: Archive, picture: int, position: int) -> np.ndarray:
    """Pixels in which an object is seen. Shape (224, 224) bool."""
    labels = Image.open(io.BytesIO(archive.read(f"{picture:05d}.png")), formats=("PNG",))
    return np.asarray(labels) == position + 1


def objects_of(archive: Archive, picture: int) -> list[ObjectAnnotation]:
    return [
        ObjectAnnotation(thing["label"], tuple(thing["box"]), partial(object_mask, archive, picture, i), thing["attributes"])
        for i, thing in enumerate(archive.annotations[picture]["objects"])
    ]


def check(name: str, split: str) -> None:
    if (name, split) not in SPLITS:
        known = ", ".join(s for n, s in SPLITS if n == name)
        raise TwoviewError(f"{name} has the splits {known}; {split!r} is none of them.")


def prepare(split: str, name: str = "scenes", progress: Progress | None = None, processes: int | None = None) -> Path:
    """Draw a split unless it is there; an interrupted run is taken up again. Gives the archive's path."""
    check(name, split)
    path = archive_path(name, split)
    if not path.exists():
        render_split(name, split, path, progress, processes)
    return path


def prepare_all(root: Path, progress: Progress, name: str = "scenes") -> None:
    """Draw every split that is not there yet. The data ``root`` plays no role."""
    for split in (split for known, split in SPLITS if known == name):
        prepare(split, name, progress)


def load(split: str, root: Path | None = None, name: str = "scenes", progress: Progress | None = None) -> PairedData:
    """A split as PairedData: pictures in x, five sentences per picture in y, one group per picture.

    Labels are the class of what the picture is about. The data ``root`` plays no role: the set is drawn, not downloaded.
    Splits that were never drawn on this machine are drawn first, which takes minutes for "train". Raises TwoviewError for an unknown split.
    """
    archive = Archive(prepare(split, name, progress))
    pictures = range(len(archive.annotations))
    labels = np.array([NAMES.index(about["objects"][about["main"]]["label"]) for about in archive.annotations], dtype=np.int64)
    x = View(
        "image", ArchivedPictures(archive), [f"{split}-{i:05d}" for i in pictures], np.arange(len(pictures)),
        labels, objects=[objects_of(archive, i) for i in pictures],
    )  # fmt: skip
    rows = [(i, k, sentence) for i in pictures for k, sentence in enumerate(archive.annotations[i]["sentences"])]
    groups = np.array([i for i, _, _ in rows], dtype=np.int64)
    y = View(
        "text", [sentence["text"] for _, _, sentence in rows], [f"{split}-{i:05d}#{k}" for i, k, _ in rows], groups,
        labels[groups], phrases=[phrases_of(sentence["phrases"]) for _, _, sentence in rows],
    )  # fmt: skip
    return PairedData(name, split, x, y, NAMES)


def phrases_of(links: Sequence[tuple[int, int, list[int]]]) -> list[Phrase]:
    return [Phrase(start, end, tuple(objects)) for start, end, objects in links]


WHERE = "Drawn by the package itself; nothing to fetch. `data prepare` draws the larger splits once."
TERMS = "Part of this project, under its licence; no third-party material."
INFO = DatasetInfo(
    name="scenes", title="Scenes (drawn pictures)",
    description=f"10,000 picture-book scenes of {len(NAMES)} kinds of object in eleven settings, five sentences each, with boxes, masks and phrases.",
    where=WHERE, terms=TERMS, splits=("train", "validation", "test"), load=load, encoders=("scenes-cnn", "minilm"), embedded=True,
    prepare=prepare_all,
)  # fmt: skip
INFO_ZERO_SHOT = DatasetInfo(
    name="scenes-zero-shot", title="Scenes, unseen classes",
    description="The drawn scenes once more, split by class: the test pictures are about kinds of object that training never shows.",
    where=WHERE, terms=TERMS, splits=("train", "validation", "test"), load=partial(load, name="scenes-zero-shot"),
    encoders=("scenes-cnn", "minilm"), embedded=True, prepare=partial(prepare_all, name="scenes-zero-shot"),
)  # fmt: skip
