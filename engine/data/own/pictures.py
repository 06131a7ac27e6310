"""Opening every picture of a folder once: which are good, and the hash of each. Remembered until a file changes."""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from engine.data.images import open_picture, read_limited
from engine.data.own.reading import Progress
from engine.errors import TwoviewError
from engine.paths import atomic_write, cache_dir


@dataclass(frozen=True)
class Picture:
    """A checked file: SHA-256 of its bytes, and what is wrong with it ("" when nothing is)."""

    path: Path
    sha256: str
    problem: str


SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def is_picture_here(folder: Path, name: str) -> bool:
    """Whether a name is that of a file in ``folder``, or in its folder ``images``, that looks like a picture."""
    return Path(name).suffix.lower() in SUFFIXES and isinstance(_locate(folder.resolve(), name), Path)


def check_pictures(folder: Path, names: Sequence[str], progress: Progress | None = None) -> dict[str, Picture]:
    """Check the pictures with these names relative to ``folder`` (or to its folder ``images``)."""
    memory = cache_dir("own", f"{sha256(str(folder).encode()).hexdigest()[:16]}.json")
    known = _remembered(memory)
    checked: dict[str, Picture] = {}
    fresh: dict[str, list] = {}
    root = folder.resolve()

    def check(name: str) -> tuple[str, Picture, list | None]:
        path = _locate(root, name)
        if isinstance(path, str):
            return name, Picture(root, "", path), None
        stat = path.stat()
        entry = known.get(name)
        if not (isinstance(entry, list) and len(entry) == 4 and entry[:2] == [stat.st_size, stat.st_mtime_ns]):
            entry = [stat.st_size, stat.st_mtime_ns, *_open(path)]
        return name, Picture(path, entry[2], entry[3]), entry

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for done, (name, picture, entry) in enumerate(pool.map(check, names), start=1):
            checked[name] = picture
            if entry:
                fresh[name] = entry
            if progress and (done % 64 == 0 or done == len(names)):
                progress(done, len(names), "checking pictures")
    if fresh != known:
        with atomic_write(memory) as temporary:
            temporary.write_text(json.dumps(fresh), encoding="utf-8")
    return checked


def _locate(root: Path, name: str) -> Path | str:
    """The picture's file, or a sentence saying why there is none. Names must not lead out of the folder, nor links."""
    relative = name.replace("\\", "/")
    try:
        for path in ((root / relative).resolve(), (root / "images" / relative).resolve()):
            if not path.is_relative_to(root):
                return f"the picture {name!r} lies outside the folder; put it inside and name it relative to the table"
            if path.is_file():
                return path
    except (OSError, ValueError, RuntimeError):
        return f"{name[:100]!r} is not the name of a file"
    return f"the picture {name!r} is not in the folder"


def _open(path: Path) -> tuple[str, str]:
    try:
        data = read_limited(path)
        open_picture(data)
    except TwoviewError as error:
        return "", f"{path.name}: {error}"
    return sha256(data).hexdigest(), ""


def _remembered(memory: Path) -> dict[str, list]:
    try:
        known = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # never checked before, or the memory is damaged: check again
        return {}
    return known if isinstance(known, dict) else {}
