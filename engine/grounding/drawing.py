"""A picture with regions drawn on it, each with its number, so that nothing is told by colour alone."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9")  # told apart with any colour vision (Okabe and Ito, 2008)
LEAST = 448  # pixels of the longer side: smaller pictures are enlarged, so that lines and words are sharp


def marked(picture: Image.Image, regions: Sequence[tuple[str, Sequence[float] | np.ndarray]]) -> Image.Image:
    """The picture, enlarged where it is small, with a box in pixels around each region and what it is called."""
    scale = max(LEAST / max(picture.size), 1)
    drawn = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS) if scale > 1 else picture.copy()
    pen = ImageDraw.Draw(drawn)
    line = max(round(max(drawn.size) / 200), 2)
    font = ImageFont.load_default(max(round(max(drawn.size) / 30), 12))
    for number, (name, box) in enumerate(regions):
        colour = COLOURS[number % len(COLOURS)]
        left, top, right, bottom = (float(edge) * scale for edge in box)
        pen.rectangle((left, top, right, bottom), outline=colour, width=line)
        words = pen.textbbox((left + line, top + line), name, font=font)
        pen.rectangle((words[0] - line, words[1] - line, words[2] + line, words[3] + line), fill=colour)
        pen.text((left + line, top + line), name, fill="white" if number % len(COLOURS) in (0, 2, 4) else "black", font=font)
    return drawn
