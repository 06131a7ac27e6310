"""Sheet pictures from strangers: one line of music is found in a picture and scaled to what the models have learned from, or a sentence says why not."""

from pathlib import Path

import numpy as np
from PIL import Image

from engine.data.images import open_picture
from engine.data.music.pairs import ROWS, WIDTH
from engine.data.windows import Windows
from engine.errors import TwoviewError

SPACE = 4  # pixels between two staff lines in a snippet
CLOSEST, WIDEST = 4, 80  # the same in a picture
LINE = 0.4  # share of a picture's width that all five lines have ink in
STEP = 5  # pixels from one window to the next
LONGEST = 40_000  # pixels of a line of music, once scaled


def open_sheet(source: bytes | Path) -> Windows:
    """Snippets (n, 40, 100) every few pixels of the line of music in a picture, ink 1, the middle staff line in the middle.

    Raises TwoviewError when the file is no picture, or holds no staff of five lines, or several.
    """
    picture = open_picture(source)
    ink = 255 - np.asarray(picture.convert("L"))
    dark = ink > max(_threshold(ink), 1)
    if dark.mean() > 0.5:
        raise TwoviewError("More than half of the picture is dark. Take one of black notes on white paper, without a frame around it.")
    top, space = _staff(dark)
    scale = SPACE / space
    middle = (top + 2 * space) * scale
    width = max(round(ink.shape[1] * scale), 1)
    if width > LONGEST:
        raise TwoviewError(f"The line of music is too long: {width:,} pixels of at most {LONGEST:,}. Cut the picture.")
    small = np.asarray(Image.fromarray(ink).resize((width, max(round(ink.shape[0] * scale), 1)), Image.Resampling.BOX))
    strip = np.zeros((ROWS, width + WIDTH), dtype=np.uint8)
    first = round(middle) - ROWS // 2
    rows = np.arange(max(first, 0), min(first + ROWS, len(small)))
    strip[rows - first, WIDTH // 2 : WIDTH // 2 + width] = small[rows]
    return Windows(strip, np.arange(0, width, STEP), WIDTH)


def _threshold(ink: np.ndarray) -> int:
    """Otsu's: the grey that best parts ink from paper."""
    counts = np.bincount(ink.ravel(), minlength=256).astype(float)
    below, greys = np.cumsum(counts), np.arange(256)
    total, mean = below[-1], np.cumsum(counts * greys)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = (mean[-1] * below / total - mean) ** 2 / (below * (total - below))
    return int(np.nanargmax(np.where(np.isfinite(apart), apart, -1)))


def _staff(dark: np.ndarray) -> tuple[float, float]:
    """Row of the upper line and rows from one to the next. Five lines are where five rows at equal distances have ink nearly all along,
    and what lies half-way between has less."""
    share = dark.mean(axis=1)
    share = np.maximum(share, np.maximum(np.pad(share[1:], (0, 1)), np.pad(share[:-1], (1, 0))))  # a line may lie across two rows
    best = (0.0, 0, 0.0)
    for space in np.arange(CLOSEST, min(WIDEST, (len(share) - 1) / 4) + 0.25, 0.25):
        tops = np.arange(int(len(share) - 4 * space))
        if not len(tops):
            break
        lines = np.stack([share[np.round(tops + k * space).astype(int)] for k in range(5)]).min(axis=0)
        gaps = np.stack([share[np.round(tops + (k + 0.5) * space).astype(int)] for k in range(4)]).max(axis=0)
        found = int((lines - gaps).argmax())
        if lines[found] >= LINE and lines[found] - gaps[found] > best[0] + 1e-6:
            best = (float(lines[found] - gaps[found]), found, float(space))
    strength, top, space = best
    if strength <= 0:
        raise TwoviewError("There is no staff to be found: five lines, straight and level, along most of the picture. Cut out one line of music, and turn it level.")
    rest = share.copy()
    rest[max(0, int(top - 2 * space)) : int(top + 6 * space) + 1] = 0
    if np.count_nonzero(rest > max(LINE, 0.8 * share.max())) >= 5:
        raise TwoviewError("There is more than one line of music in the picture. Cut out one.")
    return float(top), space
