"""Files that a stranger could send in place of a picture, made by seed: 500 of 14 sorts, and none of them opens."""

import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO

from PIL import Image

SCRIPT = b"<script>window.struck = true; alert('struck')</script>"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encoded(format: str, side: int, chance: random.Random) -> bytes:
    """A picture of noise, which does not compress away."""
    file = BytesIO()
    Image.frombytes("RGB", (side, side), chance.randbytes(3 * side * side)).save(file, format)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int) -> bytes:
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def cut(chance: random.Random) -> bytes:
    whole = encoded(chance.choice(("JPEG", "PNG", "WEBP")), chance.randint(24, 64), chance)
    return whole[: chance.randint(1, int(0.8 * len(whole)))]


def scrambled(chance: random.Random) -> bytes:
    """A right beginning and then noise."""
    start = chance.choice((b"\xff\xd8\xff\xe0", SIGNATURE, b"RIFF\x40\x00\x00\x00WEBPVP8 ", b"RIFF\x40\x00\x00\x00WEBPVP8X"))
    return start + chance.randbytes(chance.randint(0, 400))


def other_format(chance: random.Random) -> bytes:
    return encoded(chance.choice(("GIF", "BMP", "TIFF", "ICO", "PPM", "TGA")), chance.randint(16, 40), chance)


def document(chance: random.Random) -> bytes:
    start = chance.choice((b"%PDF-1.7\n", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"MZ\x90\x00", b"\x7fELF\x02\x01", b"#!/bin/sh\n", b"\x80\x04\x95", b"\x00\x00\x00\x18ftypmp42"))
    return start + chance.randbytes(chance.randint(1, 300))


def drawing(chance: random.Random) -> bytes:
    size = chance.randint(1, 10**6)
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="9" onload="window.struck = true">' % size + SCRIPT + b"</svg>"


def page(chance: random.Random) -> bytes:
    return b"<!doctype html><title>%d</title>" % chance.randint(0, 9999) + SCRIPT + b'<img src="x" onerror="window.struck = true">'


def page_behind_a_signature(chance: random.Random) -> bytes:
    return chance.choice((SIGNATURE, b"\xff\xd8\xff", b"RIFF\x40\x00\x00\x00WEBP", b"GIF89a")) + b"%d" % chance.randint(0, 9999) + SCRIPT


def entities(chance: random.Random) -> bytes:
    """XML that grows a billionfold where its entities are expanded."""
    levels = b"".join(b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 9 + chance.randint(0, 3)))
    return b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "lol">' + levels + b"]><svg>&l8;</svg>"


def enormous(chance: random.Random) -> bytes:
    """A sound header of a picture that would fill the memory."""
    return header(chance.randint(20_000, 2**31 - 1), chance.randint(20_000, 2**31 - 1)) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def enormous_jpeg(chance: random.Random) -> bytes:
    """The same as JPEG: the size stands in the frame's header, which says more than the file holds."""
    whole = bytearray(encoded("JPEG", 24, chance))
    frame = whole.index(b"\xff\xc0")
    whole[frame + 5 : frame + 9] = struct.pack(">HH", chance.randint(40_000, 65_500), chance.randint(40_000, 65_500))
    return bytes(whole)


def bomb(chance: random.Random) -> bytes:
    """Little that unpacks to much: the pixels of a picture of no width, or a text of megabytes beside a cut one."""
    packed = zlib.compress(bytes(chance.randint(4, 12) * 2**20), 9)
    if chance.random() < 0.5:
        return header(0, chance.randint(1, 9)) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return header(64, 64) + chunk(b"zTXt", b"Comment\x00\x00" + packed) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")


def archive(chance: random.Random) -> bytes:
    """A zip whose names lead out of any folder it is unpacked in."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in ("../../struck.png", "/etc/struck", "..\\struck.py", f"{chance.randint(0, 99)}/../../../struck"):
            packed.writestr(zipfile.ZipInfo(name), bytes(chance.randint(0, 2**16)))
    return file.getvalue()


def nearly_nothing(chance: random.Random) -> bytes:
    return bytes(chance.choice((0, 0, 1, 2, 8, 1000)))


def words(chance: random.Random) -> bytes:
    return " ".join(chance.choices(("data:image/png;base64,", "javascript:alert(1)", "café", "\ud7ff", "\x00", "=cmd()"), k=chance.randint(1, 40))).encode()


SORTS: tuple[Callable[[random.Random], bytes], ...] = (
    cut, scrambled, other_format, document, drawing, page, page_behind_a_signature, entities, enormous, enormous_jpeg, bomb, archive, nearly_nothing, words,
)  # fmt: skip
NAMES = ("picture.png", "picture.jpg", "picture.webp", "picture.jpeg")


def malformed(number: int = 500) -> Iterator[tuple[str, bytes]]:
    """(sort, bytes), the sorts in turn."""
    for place in range(number):
        make = SORTS[place % len(SORTS)]
        yield make.__name__, make(random.Random(place))
