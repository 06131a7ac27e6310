"""What every picture looks like, small: for sizes, empty pictures and near-duplicates, kept under the pictures' content."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from PIL import Image

from engine.data.base import View
from engine.data.images import open_picture
from engine.data.own.reading import Progress
from engine.paths import atomic_write, cache_dir

SIDE = 16  # pixels of a thumbnail


@dataclass(frozen=True)
class Looks:
    """Of n pictures: ``sizes`` (n, 2), width and height in pixels; ``thumbnails`` (n, SIDE, SIDE, 3), uint8."""

    sizes: np.ndarray
    thumbnails: np.ndarray

    @property
    def spread(self) -> np.ndarray:
        """The largest standard deviation among each thumbnail's red, green and blue, 0 to 128: of one colour, 0."""
        return self.thumbnails.reshape(len(self.thumbnails), -1, 3).astype(np.float32).std(axis=1).max(axis=1)

    @property
    def vectors(self) -> np.ndarray:
        """Thumbnails as vectors (n, 3 · SIDE²) without their mean: their cosine knows neither brightness nor contrast."""
        flat = self.thumbnails.reshape(len(self.thumbnails), -1).astype(np.float32)
        return flat - flat.mean(axis=1, keepdims=True)


def looks(view: View, progress: Progress | None = None) -> Looks:
    """Of a view's pictures. Raises TwoviewError when one cannot be opened any more."""
    path = cache_dir("looks", f"{view.content_hash[:32]}.npz")
    if path.is_file():
        with np.load(path, allow_pickle=False) as kept:
            return Looks(kept["sizes"], kept["thumbnails"])
    sizes, thumbnails = [], []
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for done, (size, thumbnail) in enumerate(pool.map(lambda row: _look(view.items.encoded(row)), range(len(view))), start=1):
            sizes.append(size)
            thumbnails.append(thumbnail)
            if progress and (done % 64 == 0 or done == len(view)):
                progress(done, len(view), "looking at pictures")
    made = Looks(_stacked(sizes, (2,), np.int64), _stacked(thumbnails, (SIDE, SIDE, 3), np.uint8))
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        np.savez(file, sizes=made.sizes, thumbnails=made.thumbnails)
    return made


def _look(encoded: bytes) -> tuple[tuple[int, int], np.ndarray]:
    picture = open_picture(encoded)
    return picture.size, np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2))


def _stacked(values: Sequence, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    return np.array(values, dtype=dtype).reshape(len(values), *shape)
