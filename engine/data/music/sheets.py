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
FAINT = 0.12  # of the darkest ink, above the paper's, from which on something is drawn: thin lines are grey in small pictures
LINE = 0.4  # share of a picture's width that all five lines have ink in
STEP = 5  # pixels from one window to the next
LONGEST = 40_000  # pixels of a line of music, once scaled


def open_sheet(source: bytes | Path) -> Windows:
    """Snippets (n, 40, 100) every few pixels of the line of music in a picture, ink 1, the middle staff line in the middle.

    Raises TwoviewError when the file is no picture, or holds no staff of five lines, or several.
    """
    picture = open_picture(source)
    ink = 255 - np.asarray(picture.convert("L"))
    paper, most = np.median(ink), ink.max()
    dark = ink > paper + max(FAINT * (most - paper), 1)
    if paper > 127:
        raise TwoviewError("More than half of the picture is dark. Take one of black notes on white paper, without a frame around it.")
    top, space = _refined(np.quantile(ink, 1 - 0.9 * LINE, axis=1) - paper, *_staff(dark))
    width = max(round(ink.shape[1] * SPACE / space), 1)
    if width > LONGEST:
        raise TwoviewError(f"The line of music is too long: {width:,} pixels of at most {LONGEST:,}. Cut the picture.")
    half = ROWS / 2 * space / SPACE  # rows of the picture that become half of a snippet
    margin = int(half) + 2
    padded = Image.fromarray(np.pad(ink, ((margin, margin), (0, 0)), constant_values=int(paper)))
    middle = top + 2 * space + 0.5 + margin
    strip = padded.resize((width, ROWS), Image.Resampling.BOX, box=(0, middle - half, ink.shape[1], middle + half))
    return Windows(np.pad(np.asarray(strip), ((0, 0), (WIDTH // 2, WIDTH // 2))), np.arange(0, width, STEP), WIDTH)


def _staff(dark: np.ndarray) -> tuple[float, float]:
    """Row of the upper line and rows from one to the next. Five lines are where five rows at equal distances have ink nearly all along,
    and what lies half-way between has less."""
    share = dark.mean(axis=1)
    near = np.maximum(share, np.maximum(np.pad(share[1:], (0, 1)), np.pad(share[:-1], (1, 0))))  # a line may lie across two rows
    best = (0.0, 0, 0.0)
    for space in np.arange(CLOSEST, min(WIDEST, (len(share) - 1) / 4) + 0.25, 0.25):
        tops = np.arange(int(len(share) - 4 * space))
        if not len(tops):
            break
        lines = np.stack([near[np.round(tops + k * space).astype(int)] for k in range(5)]).min(axis=0)
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


def _refined(ink: np.ndarray, top: float, space: float) -> tuple[float, float]:
    """The same to a fraction of a row: a straight line through the five lines' centres of ink, then again from there.
    ``ink`` (rows,): what lines have and notes, which fill less of a row, have not."""
    for _ in range(4):
        centres = []
        for at in top + space * np.arange(5):
            rows = np.arange(max(round(at - space / 2.5), 0), min(round(at + space / 2.5) + 1, len(ink)))
            weight = (ink[rows] - ink[rows].min()) ** 2
            centres.append(float((rows * weight).sum() / weight.sum()) if weight.any() else at)
        space, top = (float(value) for value in np.polyfit(np.arange(5), centres, 1))
    return top, space
