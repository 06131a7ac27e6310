"""Pictures of one line of music, found and scaled; and what is none."""

import io

import numpy as np
import pytest
from PIL import Image

from engine.data import tunes
from engine.data.music.sheets import SPACE, open_sheet
from engine.errors import TwoviewError


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def line() -> Image.Image:
    """The beginning of a tune's staff, black on white."""
    return Image.fromarray(255 - tunes.collection("test").staff(3)[:, 200:1400])


@pytest.mark.parametrize(("scale", "margin", "kind"), [(1.0, 0, "PNG"), (2.5, 60, "PNG"), (1.7, 33, "JPEG"), (0.6, 10, "PNG")])
def test_a_line_is_found_at_any_size_and_place(line, scale, margin, kind):
    big = line.resize((round(line.width * scale), round(line.height * scale)), Image.Resampling.LANCZOS)
    page = Image.new("L", (big.width + 2 * margin, big.height + 3 * margin), 255)
    page.paste(big, (margin, 2 * margin))
    windows = open_sheet(encoded(page, kind))
    expected = np.asarray(line.resize((line.width // 2, 40), Image.Resampling.BOX))
    start = 50 + round(margin * SPACE / (8 * scale))
    seen = 255 - windows.strip[:, start + 50 : start + 450]
    best = max(np.corrcoef(seen.ravel(), expected[:, 50 + shift : 450 + shift].ravel())[0, 1] for shift in (-2, -1, 0, 1, 2))
    assert windows.shape[1:] == (40, 100) and best > 0.75


def test_what_is_no_line_of_music_is_told(line):
    rng = np.random.default_rng(0)
    two = Image.new("L", (line.width, 3 * line.height), 255)
    two.paste(line, (0, 0))
    two.paste(line, (0, 2 * line.height))
    for picture, why in (
        (Image.new("L", (600, 200), 255), "no staff"), (Image.fromarray(rng.integers(0, 256, (200, 600), dtype=np.uint8)), "dark|no staff"),
        (Image.new("L", (600, 200), 0), "dark"), (line.rotate(20, fillcolor=255), "no staff"), (two, "more than one"), (Image.new("L", (3, 3), 255), "no staff"),
    ):  # fmt: skip
        with pytest.raises(TwoviewError, match=why):
            open_sheet(encoded(picture))
    with pytest.raises(TwoviewError):
        open_sheet(b"no picture")
