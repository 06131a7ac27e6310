"""Zips from strangers: looked through before anything is unpacked, and unpacked whole or not at all.

What is in one is data: no name leads out of the folder, no entry is a link, nothing is run. Limits on files, bytes, ratio and pixels are
held against what the zip says of itself, and the bytes again while they are written.
"""

import errno
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO

from PIL import Image

from engine.errors import TwoviewError

Progress = Callable[[int, int, str], None]
PICTURES = (".jpg", ".jpeg", ".png", ".webp")
NOT_MEANT = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")  # what file managers add
HEAD = 2**16  # bytes of a picture in which its size is written
BLOCK = 2**20


@dataclass(frozen=True)
class Limits:
    """What one zip may hold: files, bytes and pixels in all; ``ratio``: of unpacked to packed bytes, of a zip that unpacks to over 64 MB."""

    files: int = 200_000
    bytes: int = 20 * 2**30
    ratio: float = 100
    pixels: int = 10**12
    free: int = 512 * 2**20  # bytes to be left on the disk


LIMITS = Limits()


@dataclass(frozen=True)
class Member:
    """A file in a zip, and the path it gets below the folder that it is unpacked into."""

    info: zipfile.ZipInfo
    path: PurePosixPath


@contextmanager
def opened(source: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """The zip. Raises TwoviewError, also for what is found out while it is read, when it is none or is damaged."""
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise TwoviewError(f"This is no zip that can be read, or it is cut off ({error}). Pack the files again as a plain zip.") from error


def members(archive: zipfile.ZipFile, wanted: Callable[[str], bool], limits: Limits = LIMITS) -> list[Member]:
    """The files whose name is ``wanted``, checked; a folder that holds all of them is taken off.

    Raises TwoviewError when a name leads out of the folder or comes twice, an entry is a link or has a password, or a limit is passed.
    """
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > limits.files:
        raise TwoviewError(f"The zip holds {len(infos):,} files; at most {limits.files:,} are unpacked. Split it up.")
    paths = [_path(info) for info in infos]
    found = [Member(info, path) for info, path in zip(infos, paths, strict=True) if wanted(path.name) and not {*path.parts} & {*NOT_MEANT}]
    seen: set[str] = set()
    for member in found:
        if (name := str(member.path).casefold()) in seen:
            raise TwoviewError(f"The zip holds {str(member.path)!r} twice. Pack the files again.")
        seen.add(name)
    _check_sizes(found, archive, limits)
    _check_pixels(found, archive, limits)
    tops = {member.path.parts[0] for member in found}
    while len(tops) == 1 and all(len(member.path.parts) > 1 for member in found):
        found = [Member(member.info, PurePosixPath(*member.path.parts[1:])) for member in found]
        tops = {member.path.parts[0] for member in found}
    return found


def unpack(archive: zipfile.ZipFile, found: list[Member], folder: Path, progress: Progress | None = None) -> None:
    """Write the members below ``folder``, which whoever calls removes when this raises: TwoviewError for a damaged zip or a full disk."""
    for done, member in enumerate(found, start=1):
        with archive.open(member.info) as source:
            copy(source, folder / member.path, member.info.file_size)
        if progress and (done % 64 == 0 or done == len(found)):
            progress(done, len(found), "unpacking")


def copy(source: IO[bytes], path: Path, most: int) -> int:
    """Write a stream of at most ``most`` bytes to a new file; how many they were. Raises TwoviewError when there are more or the disk is full."""
    written = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as target:
            while block := source.read(BLOCK):
                written += len(block)
                if written > most:
                    raise TwoviewError(f"{path.name} holds more than was said of it. Pack the files again.")
                target.write(block)
    except OSError as error:
        raise unwritable(error) from error
    return written


def unwritable(error: OSError) -> TwoviewError:
    """The sentence for a file that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TwoviewError("The disk is full: nothing was kept. Make room and try again.")
    return TwoviewError(f"It cannot be written ({error.strerror or error}): nothing was kept.")


def require_space(folder: Path, size: int, limits: Limits = LIMITS) -> None:
    """Raises TwoviewError when ``size`` more bytes would leave too little free where ``folder`` lies."""
    free = shutil.disk_usage(folder).free
    if free < size + limits.free:
        raise TwoviewError(f"The disk is too full: {free / 2**20:,.0f} MB are free, {(size + limits.free) / 2**20:,.0f} MB are needed. Make room and try again.")


def _path(info: zipfile.ZipInfo) -> PurePosixPath:
    if info.flag_bits & 1:
        raise TwoviewError("The zip has a password. Pack the files without one.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise TwoviewError(f"{info.filename!r} in the zip is a link. Pack the file that it points to.")
    name = _name(info).replace("\\", "/")
    path = PurePosixPath(name)
    parts = path.parts
    odd = any(ord(c) < 32 for c in name) or any(len(part.encode()) > 255 for part in parts)
    if not parts or path.is_absolute() or ".." in parts or ":" in parts[0] or odd:
        raise TwoviewError(f"The zip names a file {name[:100]!r}, which lies outside its folder or cannot be a file's name. Nothing was unpacked.")
    return path


def _name(info: zipfile.ZipInfo) -> str:
    """Its name; many programs write UTF-8 without saying so, which then reads as code page 437."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _check_sizes(found: list[Member], archive: zipfile.ZipFile, limits: Limits) -> None:
    size, packed = (sum(getattr(member.info, what) for member in found) for what in ("file_size", "compress_size"))
    if size > limits.bytes:
        raise TwoviewError(f"The zip unpacks to {size / 2**30:.1f} GB; at most {limits.bytes / 2**30:.0f} GB are unpacked. Split it up.")
    if size > 2**26 and size > limits.ratio * packed:
        raise TwoviewError(f"The zip unpacks to {size / max(1, packed):,.0f} times its size, which no pictures do. Nothing was unpacked.")
    starts = sorted((info.header_offset, info.compress_size) for info in archive.infolist())
    if any(start + length > following for (start, length), (following, _) in pairwise(starts)):
        raise TwoviewError("Files in the zip lie over each other, which no packing program does. Nothing was unpacked.")


def _check_pixels(found: list[Member], archive: zipfile.ZipFile, limits: Limits) -> None:
    """The sizes that pictures say they have, without decoding one; what is no picture is for the reader to find."""
    total = 0
    for member in found:
        if member.path.suffix.lower() in PICTURES:
            with archive.open(member.info) as file:
                total += _pixels(file)
            if total > limits.pixels:
                raise TwoviewError(f"The pictures have more than {limits.pixels / 1e9:,.0f} billion pixels in all, the most that is unpacked. Make them smaller.")


def _pixels(file: IO[bytes]) -> int:
    try:
        with Image.open(BytesIO(file.read(HEAD)), formats=("JPEG", "PNG", "WEBP")) as picture:
            return picture.width * picture.height
    except Image.DecompressionBombError:
        return 0  # refused again, and named, by whoever opens it
    except (zipfile.BadZipFile, zlib.error):
        raise
    except Exception:  # no picture, or its head is longer: the reader says so
        return 0
