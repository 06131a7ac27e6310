"""Pictures from strangers: whatever the bytes, an upright RGB picture or a sentence; never another exception."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.data.images import PictureFiles, open_picture
from engine.errors import TwoviewError


def encoded(picture: Image.Image, format: str, **options) -> bytes:
    file = BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def sample(width: int = 24, height: int = 16) -> Image.Image:
    rows, columns = np.mgrid[:height, :width]
    return Image.fromarray(np.stack([rows * 9, columns * 7, rows * columns % 256], axis=2).astype(np.uint8))


FILES = {
    "jpeg": encoded(sample(), "JPEG"),
    "progressive": encoded(sample(), "JPEG", progressive=True),
    "png": encoded(sample(), "PNG"),
    "interlaced palette": encoded(sample().convert("P"), "PNG"),
    "webp": encoded(sample(), "WEBP"),
    "animated": encoded(sample(), "WEBP", save_all=True, append_images=[sample().rotate(90)]),
}


def opens_or_explains(data: bytes) -> None:
    try:
        picture = open_picture(data)
    except TwoviewError as error:
        assert str(error)
    else:
        assert picture.mode == "RGB"
        assert np.asarray(picture).size


@pytest.mark.parametrize("name", FILES)
def test_formats_open(name):
    assert open_picture(FILES[name]).size == (24, 16)


@pytest.mark.parametrize("name", FILES)
def test_every_truncation_opens_or_explains(name):
    data = FILES[name]
    for end in {*range(0, len(data), max(1, len(data) // 60)), len(data) - 1}:
        opens_or_explains(data[:end])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=12))
def test_flipped_bytes_open_or_explain(name, flips):
    data = bytearray(FILES[name])
    for position, value in flips:
        data[position % len(data)] = value
    opens_or_explains(bytes(data))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBPVP8 ", b"RIFF\x40\0\0\0WEBPVP8X"]), st.binary(max_size=200))
def test_arbitrary_bytes_open_or_explain(start, rest):
    opens_or_explains(start + rest)


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
        b"<!doctype html><html><body>not found</body></html>",
        encoded(sample(), "GIF"),
        encoded(sample(), "TIFF"),
        encoded(sample(), "BMP"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    ],
)
def test_other_formats_are_refused_whatever_the_name(tmp_path, data):
    path = tmp_path / "innocent.png"
    path.write_bytes(data)
    with pytest.raises(TwoviewError, match="is not a JPEG, PNG or WebP"):
        open_picture(path)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize(("width", "height"), [(9_000, 9_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1), (0, 5)])
def test_a_bomb_is_refused_by_its_header(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    with pytest.raises(TwoviewError):
        open_picture(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b""))


def test_limits_name_the_size():
    with pytest.raises(TwoviewError, match="24 × 16 pixels"):
        open_picture(FILES["png"], max_pixels=100)
    with pytest.raises(TwoviewError, match="MB"):
        open_picture(FILES["png"], max_bytes=100)
    with pytest.raises(TwoviewError, match="empty"):
        open_picture(b"")


def test_missing_file_and_folder(tmp_path):
    for path in (tmp_path / "gone.jpg", tmp_path, tmp_path / "nul\0"):
        with pytest.raises(TwoviewError):
            open_picture(path)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(orientation):
    upright = sample()
    undo = [None, None, 0, 3, 1, 5, 2, 6, 4][orientation]  # Pillow's transpositions that the camera did
    turned = upright if undo is None else upright.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[0x0112] = orientation
    opened = open_picture(encoded(turned, "PNG", exif=exif))
    assert np.array_equal(np.asarray(opened), np.asarray(upright))


def test_transparency_becomes_white():
    clear = Image.new("RGBA", (2, 1), (200, 0, 0, 255))
    clear.putpixel((1, 0), (0, 0, 200, 0))
    for format in ("PNG", "WEBP"):
        opened = open_picture(encoded(clear, format, lossless=True))
        assert opened.getpixel((0, 0)) == (200, 0, 0)
        assert opened.getpixel((1, 0)) == (255, 255, 255)
    grey = Image.new("L", (1, 1), 7)
    assert open_picture(encoded(grey, "PNG", transparency=7)).getpixel((0, 0)) == (255, 255, 255)


def test_sixteen_bits_and_other_modes_keep_their_brightness():
    deep = Image.fromarray(np.array([[0, 32896, 65535]], dtype=np.uint16))
    assert [open_picture(encoded(deep, "PNG")).getpixel((i, 0))[0] for i in range(3)] == [0, 128, 255]
    for mode in ("1", "L", "P", "LA"):
        assert open_picture(encoded(Image.new("RGB", (8, 8), "white").convert(mode), "PNG")).getpixel((4, 4)) == (255, 255, 255)
    assert open_picture(encoded(Image.new("CMYK", (8, 8)), "JPEG")).getpixel((4, 4)) == (255, 255, 255)


def test_picture_files_open_when_asked(tmp_path):
    (tmp_path / "a.png").write_bytes(FILES["png"])
    pictures = PictureFiles([tmp_path / "a.png", tmp_path / "gone.png"])
    assert len(pictures) == 2
    assert pictures.encoded(0) == FILES["png"]
    assert pictures[0].size == (24, 16)
    with pytest.raises(TwoviewError, match=r"gone\.png"):
        pictures[1]
