"""MNIST in halves: the left and the right half of each handwritten digit are the two views.

Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits" (CC BY-SA 3.0). The halves follow Andrew et al.,
"Deep Canonical Correlation Analysis", 2013. Either the four idx files as published (``mnist/train-images-idx3-ubyte`` …,
each also as ``.gz``) or ``mnist.npz`` (in the data root or in ``mnist``; arrays ``train_x``, ``train_y``, ``test_x``,
``test_y``, or Keras' ``x_train`` …).
"""

import gzip
import zlib
from pathlib import Path

import numpy as np

from engine.data.base import DatasetInfo, PairedData, View
from engine.errors import TwoviewError

PARTS = {"train": "train", "test": "t10k"}
SPLITS = ("train", "validation", "test", "train_full")
TRAIN = 54_000


def read(split: str, root: Path) -> PairedData:
    """x: left halves (n, 392), y: right halves (n, 392), float32 in [0, 1]; labels: the digits.

    The published training digits are shuffled with a fixed seed (some copies are sorted by class): 54,000 are ``train``,
    6,000 ``validation``, all of them ``train_full``. ``test`` has the 10,000 test digits in their published order.
    """
    part = "test" if split == "test" else "train"
    archive = _archive(root)
    images, labels = _from_npz(archive, part) if archive else _from_idx(root, part)
    if images.ndim != 3 or images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
        raise TwoviewError(f"MNIST needs n images of 28 × 28 pixels and n labels; the files hold {images.shape} and {labels.shape}.")
    rows = _rows(split, len(images))
    ids = [f"{part}-{row}" for row in rows]
    groups = rows + (60_000 if part == "test" else 0)
    x, y = halves(images[rows].astype(np.float32) / 255)
    labels = labels[rows].astype(np.int64)
    views = [View("vector", half, ids, groups, labels, drawn=(28, 14)) for half in (x, y)]
    return PairedData("mnist", split, views[0], views[1], [str(d) for d in range(10)])


def halves(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, height, width) as their left and right halves, flattened: twice (n, height · width / 2)."""
    n, _, width = images.shape
    return images[:, :, : width // 2].reshape(n, -1), images[:, :, width // 2 :].reshape(n, -1)


def _rows(split: str, n: int) -> np.ndarray:
    if split == "test":
        return np.arange(n)
    shuffled = np.random.default_rng(0).permutation(n)
    return {"train": shuffled[:TRAIN], "validation": shuffled[TRAIN:], "train_full": shuffled}[split]


def missing(root: Path) -> list[str]:
    if _archive(root):
        return []
    files = [_idx_name(part, what) for part in PARTS.values() for what in ("images-idx3", "labels-idx1")]
    gone = [name for name in files if not any((root / n).exists() for n in (name, f"{name}.gz"))]
    return ["mnist.npz (or the four idx files in mnist/)"] if len(gone) == len(files) else gone


def _archive(root: Path) -> Path | None:
    return next((path for path in (root / "mnist.npz", root / "mnist" / "mnist.npz") if path.exists()), None)


def _from_npz(path: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            names = (f"{part}_x", f"{part}_y") if f"{part}_x" in arrays else (f"x_{part}", f"y_{part}")
            return arrays[names[0]], arrays[names[1]]
    except Exception as error:  # a damaged archive raises BadZipFile, zlib.error, KeyError, ValueError, EOFError …
        raise TwoviewError(f"{path} is not MNIST as an .npz with {part}_x and {part}_y ({error}). Fetch it again.") from error


def _from_idx(root: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    return tuple(read_idx(root / _idx_name(PARTS[part], what)) for what in ("images-idx3", "labels-idx1"))  # type: ignore[return-value]


def _idx_name(prefix: str, what: str) -> str:
    return f"mnist/{prefix}-{what}-ubyte"


def read_idx(path: Path) -> np.ndarray:
    """An idx file of unsigned bytes (or the same with ``.gz`` appended): magic 0, 0, 8, rank; sizes, big-endian; bytes."""
    try:
        data = path.read_bytes() if path.exists() else gzip.decompress(Path(f"{path}.gz").read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise TwoviewError(f"{path} can't be read ({error}). Fetch it again.") from error
    rank = data[3] if len(data) > 3 else 0
    start = 4 + 4 * rank
    shape = tuple(np.frombuffer(data[4:start], ">u4").tolist()) if len(data) >= start else ()
    if data[:3] != b"\x00\x00\x08" or len(shape) != rank or len(data) - start != np.prod(shape, dtype=object):
        raise TwoviewError(f"{path} is not a whole idx file of unsigned bytes. Fetch it again.")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


INFO = DatasetInfo(
    name="mnist",
    title="MNIST halves",
    description="70,000 handwritten digits; the left and the right half are the two views.",
    where=(
        "LeCun, Cortes and Burges' four idx files (with or without .gz) go into the folder mnist of the data root; "
        "or put Keras' mnist.npz into the data root itself."
    ),
    terms="CC BY-SA 3.0.",
    splits=SPLITS,
    load=read,
    missing=missing,
)
