"""Maps as people see them: coloured, laid over the picture, with the object's outline."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from PIL import Image, ImageFilter

COLOURS = ("cividis", "viridis", "magma")  # perceptually even, readable by colour-blind eyes


def scaled(saliency: np.ndarray, highest: float | None = None) -> np.ndarray:
    """A map in [0, 1]: of its own maximum, or of ``highest`` so that maps can be compared; a zero map stays zero."""
    top = float(saliency.max()) if highest is None else highest
    return np.clip(saliency / top, 0, 1) if top > 0 else np.zeros_like(saliency)


def overlay(
    picture: Image.Image, saliency: np.ndarray, opacity: float = 0.6, colours: str = "cividis",
    highest: float | None = None, mask: np.ndarray | None = None,
) -> Image.Image:  # fmt: skip
    """The picture with its map (height, width) above it. ``mask``: an object's, whose outline is drawn in white on black."""
    share = scaled(saliency, highest)
    shades = colormaps[colours](np.arange(256), bytes=True)[:, :3].astype(np.float32)
    painted = shades[np.round(255 * share).astype(np.uint8)]
    base = np.asarray(picture.convert("RGB"), dtype=np.float32)
    mixed = base * (1 - opacity) + painted * opacity
    if mask is not None:
        for width, value in ((5, 0), (3, 255)):
            mixed[outline(mask, width)] = value
    return Image.fromarray(mixed.round().astype(np.uint8))


def outline(mask: np.ndarray, width: int = 3) -> np.ndarray:
    """The mask's edge, about ``width`` pixels (odd) wide, (height, width) bool. Only where the mask is, is looked for it."""
    found = np.zeros(mask.shape, dtype=bool)
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if len(rows):
        here = tuple(slice(max(own[0] - width, 0), own[-1] + width + 1) for own in (rows, columns))
        image = Image.fromarray(mask[here].astype(np.uint8) * 255)
        found[here] = np.asarray(image.filter(ImageFilter.MaxFilter(width))) != np.asarray(image.filter(ImageFilter.MinFilter(width)))
    return found


def sheet(rows: Sequence[Sequence[Image.Image]], gap: int = 8) -> Image.Image:
    """Equally large pictures as one, row by row."""
    width, height = rows[0][0].size
    columns = max(map(len, rows))
    made = Image.new("RGB", (columns * (width + gap) - gap, len(rows) * (height + gap) - gap), "white")
    for r, row in enumerate(rows):
        for c, picture in enumerate(row):
            made.paste(picture, (c * (width + gap), r * (height + gap)))
    return made
