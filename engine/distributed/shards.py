"""Features in shards: each is kept under the content of its items and its encoder, so that work that broke off is gone on with.

A worker reads the pictures or sentences of its shard where they lie, encodes them and writes one file; all shards of a view become the features
that the encoders' cache knows, and everything else in the house finds them there.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.data import load
from engine.data.base import PairedData, View
from engine.encoders import open_encoder, weights_hash
from engine.encoders.base import Encoder
from engine.encoders.cache import feature_key, features_file, is_kept
from engine.encoders.unkept import encode_once
from engine.paths import atomic_write, cache_dir
from engine.training.parts import Run, one_by_one

Progress = Callable[[int, int, str], None]
ROWS = 2048  # of a shard: a minute of work on a core, a few megabytes on disk


@dataclass(frozen=True)
class Encoded:
    """Rows ``start`` … of a view lie in the file ``path``; ``new``: whether they were encoded now, by the process ``worker``."""

    start: int
    path: str
    new: bool
    worker: int


@dataclass(frozen=True)
class Shard:
    """Rows ``start`` … ``stop`` of view "x" or "y" of a split, to be encoded by ``encoder`` (an id) on ``device``."""

    data: str
    split: str
    root: str | None
    view: str
    encoder: str
    device: str
    start: int
    stop: int

    def __call__(self) -> Encoded:
        """Raises TwoviewError when features are not finite."""
        rows = np.arange(self.start, self.stop)
        part: View = getattr(_read(self.data, self.split, self.root), self.view).take(rows)
        path = cache_dir("shards", f"{feature_key(part, self.encoder, weights_hash(self.encoder))}.npy")
        new = not path.is_file()
        if new:
            features = encode_once(part, _opened(self.encoder, self.device))
            with atomic_write(path) as temporary, temporary.open("wb") as file:
                np.save(file, features, allow_pickle=False)
        return Encoded(self.start, str(path), new, os.getpid())


def encode_in_shards(
    data: PairedData, x_id: str | None, y_id: str | None, root: str | None = None, device: str = "cpu", rows: int = ROWS, run: Run = one_by_one,
    progress: Progress | None = None,
) -> dict[str, list[Encoded]]:
    """Encode both views of ``data``, as ``engine.data.load`` gave it, into the cache; what was done for each view, nothing where it was there.

    ``run`` does the shards, here or elsewhere. Raises TwoviewError when a view and its encoder do not fit.
    """
    done: dict[str, list[Encoded]] = {}
    for name, view, encoder in (("x", data.x, x_id), ("y", data.y, y_id)):
        if encoder is None or view.kind == "vector" or is_kept(view, encoder):
            continue
        shards = [Shard(data.name, data.split, root, name, encoder, device, start, min(start + rows, len(view))) for start in range(0, len(view), rows)]
        parts = []
        for part in run(shards):
            parts.append(part)
            if progress:
                progress(len(parts), len(shards), f"Shards of {encoder}")
        _assemble(view, encoder, parts)
        done[name] = sorted(parts, key=lambda part: part.start)
    return done


def _assemble(view: View, encoder: str, parts: list[Encoded]) -> None:
    """One file of all rows, in the cache; written row block by row block, whatever its size. The shards are then no longer needed."""
    blocks = {part.start: np.load(part.path, mmap_mode="r", allow_pickle=False) for part in parts}
    width = next(iter(blocks.values())).shape[1]
    with atomic_write(features_file(view, encoder, weights_hash(encoder))) as temporary:
        whole = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float32, shape=(len(view), width))
        for start, block in blocks.items():
            whole[start : start + len(block)] = block
        whole.flush()
    for part in parts:
        Path(part.path).unlink(missing_ok=True)


@lru_cache(maxsize=2)
def _read(data: str, split: str, root: str | None) -> PairedData:
    return load(data, split, root)


@lru_cache(maxsize=2)
def _opened(encoder: str, device: str) -> Encoder:
    return open_encoder(encoder, device)
