"""Opening pictures safely: files from strangers become RGB pictures or a sentence saying why not."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from engine.errors import TwoviewError

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 32 * 2**20
MAX_PIXELS = 64_000_000


def read_limited(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """The file's bytes. Raises TwoviewError when there is no such file, it can't be read, or it is too large."""
    try:
        if not path.is_file():
            raise TwoviewError(f"There is no file {path}.")
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        raise TwoviewError(f"{path} can't be read: {error}.") from error
    _check_bytes(len(data), path.name, max_bytes)
    return data


def open_picture(source: bytes | str | Path, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """A JPEG, PNG or WebP picture as RGB, upright (its EXIF orientation applied), transparency composited on white.

    The number of bytes is checked before decoding and width × height before any pixel is decoded. Of an animation, the
    first frame. Raises TwoviewError for anything that is not such a picture: too large, another format, damaged, cut off.
    """
    if isinstance(source, bytes):
        name, data = "The picture", source
        _check_bytes(len(data), name, max_bytes)
    else:
        source = Path(source)
        name, data = source.name, read_limited(source, max_bytes)
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
        pixels = picture.width * picture.height
        if not 0 < pixels <= max_pixels:
            raise TwoviewError(
                f"{name} is {picture.width} × {picture.height} pixels; at most {max_pixels / 1e6:.0f} million pixels are "
                "opened. Make it smaller and try again."
            )
        picture.load()
        return _rgb(ImageOps.exif_transpose(picture))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TwoviewError(f"{name} has too many pixels to be opened. Make it smaller and try again.") from error
    except UnidentifiedImageError as error:
        raise TwoviewError(f"{name} is not a JPEG, PNG or WebP picture, whatever its name says.") from error
    except TwoviewError:
        raise
    except Exception as error:  # Pillow's plugins raise OSError, SyntaxError, ValueError, struct.error … on damaged files
        raise TwoviewError(f"{name} is damaged or cut off and can't be shown. Save it again as JPEG or PNG.") from error


class PictureFiles:
    """Pictures that lie in files, opened when asked for."""

    def __init__(self, paths: Sequence[Path]):
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Image.Image:
        return open_picture(self.paths[index])

    def encoded(self, index: int) -> bytes:
        return read_limited(self.paths[index])


def _check_bytes(size: int, name: str, max_bytes: int) -> None:
    if size > max_bytes:
        raise TwoviewError(f"{name} is larger than {max_bytes / 2**20:.3g} MB, the most that is opened. Make it smaller.")
    if size == 0:
        raise TwoviewError(f"{name} is empty.")


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits per pixel; convert("RGB") would clip everything above 255 to white
        picture = Image.fromarray((np.asarray(picture).clip(0, 65535) // 257).astype(np.uint8))
    if "A" in picture.mode or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture.convert("RGB")
