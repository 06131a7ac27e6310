"""Digits in halves: scikit-learn's bundled 8 × 8 digits, a small embedded stand-in for MNIST.

E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998 (CC BY 4.0);
the 1,797 digits of its test part come with scikit-learn.
"""

from pathlib import Path

import numpy as np

from engine.data.base import DatasetInfo, PairedData, View
from engine.data.mnist import halves

SPLITS = {"train": slice(0, 1197), "validation": slice(1197, 1497), "test": slice(1497, None)}


def read(split: str, root: Path) -> PairedData:
    """x: left halves (n, 32), y: right halves (n, 32), float32 in [0, 1]; labels: the digits. Shuffled with a fixed seed."""
    from sklearn.datasets import load_digits  # slow to import

    digits = load_digits()
    rows = np.random.default_rng(0).permutation(len(digits.images))[SPLITS[split]]
    x, y = halves(digits.images[rows].astype(np.float32) / 16)
    ids, labels = [str(row) for row in rows], digits.target[rows].astype(np.int64)
    views = [View("vector", half, ids, rows, labels, drawn=(8, 4)) for half in (x, y)]
    return PairedData("digits", split, views[0], views[1], [str(d) for d in range(10)])


INFO = DatasetInfo(
    name="digits",
    title="Digit halves",
    description="1,797 small handwritten digits (8 × 8); the left and the right half are the two views.",
    where="Comes with scikit-learn; there is nothing to fetch.",
    terms="CC BY 4.0 (Alpaydin and Kaynak, UCI Machine Learning Repository).",
    splits=tuple(SPLITS),
    load=read,
    embedded=True,
)
