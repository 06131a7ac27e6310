"""Masks of objects: polygons and run lengths to (height, width) bool arrays."""

from collections.abc import Sequence

import numpy as np

from engine.data.images import MAX_PIXELS
from engine.errors import TwoviewError


def polygon_mask(polygons: Sequence[Sequence[float]], height: int, width: int) -> np.ndarray:
    """The union of polygons [x0, y0, x1, y1, …] (pixels; the top left pixel spans 0–1): every pixel whose centre lies inside.

    Inside is even-odd: a thin bridge that joins two parts of an outline, run there and back, covers nothing.
    """
    _check_size(height, width)
    mask = np.zeros((height, width), dtype=bool)
    for polygon in polygons:
        points = np.asarray(polygon, dtype=np.float64)
        if points.ndim != 1 or len(points) < 6 or len(points) % 2 or not np.isfinite(points).all():
            raise TwoviewError(f"A polygon needs at least three points x, y; got {len(points)} numbers.")
        mask |= _inside(points.reshape(-1, 2), height, width)
    return mask


def _inside(points: np.ndarray, height: int, width: int) -> np.ndarray:
    """Where an edge crosses the middle line of a pixel row, everything to the right of the crossing changes sides."""
    x0, y0 = points.T
    x1, y1 = np.roll(points, -1, axis=0).T
    first = np.ceil(np.minimum(y0, y1) - 0.5).clip(0, height).astype(np.int64)
    last = np.ceil(np.maximum(y0, y1) - 0.5).clip(0, height).astype(np.int64)
    counts = last - first
    edge = np.repeat(np.arange(len(points)), counts)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
    crossing = x0[edge] + (row + 0.5 - y0[edge]) * (x1 - x0)[edge] / (y1 - y0)[edge]
    column = np.ceil(crossing - 0.5).clip(0, width).astype(np.int64)
    changes = np.bincount(row * (width + 1) + column, minlength=height * (width + 1)).reshape(height, width + 1)
    return np.cumsum(changes[:, :width], axis=1) % 2 == 1


def run_length_mask(counts: Sequence[int] | str | bytes, height: int, width: int) -> np.ndarray:
    """COCO's run lengths, column by column, beginning with background; a string holds them compressed."""
    _check_size(height, width)
    runs = np.asarray(_uncompressed(counts) if isinstance(counts, str | bytes) else counts, dtype=object)
    if any(not isinstance(run, int) or run < 0 for run in runs) or sum(runs) != height * width:
        raise TwoviewError(f"A mask's run lengths must be whole numbers that add up to {height} × {width} pixels.")
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs.astype(np.int64)).reshape(width, height).T


def _uncompressed(text: str | bytes) -> list[int]:
    """COCO's strings: 5 bits per character from 48 on, low bits first, bit 6 = more follow; from the fourth run on,
    the difference to the run two before."""
    codes = text.encode("ascii", "replace") if isinstance(text, str) else text
    runs: list[int] = []
    value = shift = 0
    for code in codes:
        bits = code - 48
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            if bits & 16:
                value -= 1 << shift
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    return runs


def _check_size(height: int, width: int) -> None:
    if not (height > 0 and width > 0 and height * width <= MAX_PIXELS):
        raise TwoviewError(f"A mask of {width} × {height} pixels can't be drawn; at most {MAX_PIXELS / 1e6:.0f} million pixels are.")
