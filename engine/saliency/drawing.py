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
    painted = colormaps[colours](share)[..., :3] * 255
    base = np.asarray(picture.convert("RGB"), dtype=np.float32)
    mixed = base * (1 - opacity) + painted * opacity
    if mask is not None:
        for width, value in ((5, 0), (3, 255)):
            mixed[outline(mask, width)] = value
    return Image.fromarray(mixed.round().astype(np.uint8))


def outline(mask: np.ndarray, width: int = 3) -> np.ndarray:
    """The mask's edge, about ``width`` pixels (odd) wide, (height, width) bool."""
    image = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(image.filter(ImageFilter.MaxFilter(width))) != np.asarray(image.filter(ImageFilter.MinFilter(width)))


def sheet(rows: Sequence[Sequence[Image.Image]], gap: int = 8) -> Image.Image:
    """Equally large pictures as one, row by row."""
    width, height = rows[0][0].size
    columns = max(map(len, rows))
    made = Image.new("RGB", (columns * (width + gap) - gap, len(rows) * (height + gap) - gap), "white")
    for r, row in enumerate(rows):
        for c, picture in enumerate(row):
            made.paste(picture, (c * (width + gap), r * (height + gap)))
    return made
