"""Opening every picture once, in a folder or inside a file: which are good, and the hash of each. Remembered until a file changes."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from PIL import Image

from engine.archives import PICTURES
from engine.data.base import Pictures
from engine.data.images import PictureFiles, open_picture, read_limited
from engine.data.own.packed import Inside
from engine.data.own.reading import Progress
from engine.errors import TwoviewError
from engine.paths import atomic_write, cache_dir

AT_ONCE = 64  # pictures handed to a thread: handing over each by itself takes as long as looking at a small one
FOLDERS = 16  # beside a table, that are looked into for its pictures


@dataclass(frozen=True)
class Picture:
    """A checked picture by its one ``name``: where it is, SHA-256 of its bytes, and what is wrong with it ("" when nothing is)."""

    name: str
    source: Path | Inside
    sha256: str
    problem: str


class PackedPictures:
    """Pictures of which some lie inside a file, opened when asked for."""

    def __init__(self, sources: Sequence[Path | Inside]):
        self.sources = sources

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, index: int) -> Image.Image:
        return open_picture(self.encoded(index))

    def encoded(self, index: int) -> bytes:
        return _bytes(self.sources[index])


def held_pictures(found: Sequence[Picture]) -> Pictures:
    """Good pictures as the items of a view."""
    sources = [picture.source for picture in found]
    paths = [source for source in sources if isinstance(source, Path)]
    return PictureFiles(paths) if len(paths) == len(sources) else PackedPictures(sources)


def pictures_in(folder: Path) -> Callable[[str], bool]:
    """Says of a name whether it is that of a file in ``folder``, or in one folder inside it, that looks like a picture."""
    locate = _locator(folder.resolve())
    return lambda name: Path(name).suffix.lower() in PICTURES and isinstance(locate(name), Path)


def check_pictures(folder: Path, names: Sequence[str], packed: Mapping[str, Inside], progress: Progress | None = None) -> dict[str, Picture]:
    """Check the pictures with these names: those in ``packed``, and else relative to ``folder``, to its folder ``images``, or to any other one inside it."""
    memory = cache_dir("own", f"{sha256(str(folder).encode()).hexdigest()[:16]}.json")
    known = _remembered(memory)
    checked: dict[str, Picture] = {}
    fresh: dict[str, list] = {}
    root = folder.resolve()
    locate = _locator(root)

    def check(name: str) -> tuple[str, Picture, list | None]:
        source = packed.get(name) or locate(name)
        if isinstance(source, str):
            return name, Picture(name, root, "", source), None
        stat = (source if isinstance(source, Path) else source.file).stat()
        entry = known.get(name)
        if not (isinstance(entry, list) and len(entry) == 4 and entry[:2] == [stat.st_size, stat.st_mtime_ns]):
            entry = [stat.st_size, stat.st_mtime_ns, *_open(source)]
        own = source.relative_to(root).as_posix() if isinstance(source, Path) else name
        return name, Picture(own, source, entry[2], entry[3]), entry

    def check_some(some: Sequence[str]) -> list[tuple[str, Picture, list | None]]:
        return [check(name) for name in some]

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for found in pool.map(check_some, [names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE)]):
            for name, picture, entry in found:
                checked[name] = picture
                if entry:
                    fresh[name] = entry
            if progress:
                progress(len(checked), len(names), "checking pictures")
    if fresh != known:
        with atomic_write(memory) as temporary:
            temporary.write_text(json.dumps(fresh), encoding="utf-8")
    return checked


def _folders(root: Path) -> list[str]:
    """The folders right inside ``root``, a few at most: where exports put the pictures that their table names without a folder."""
    try:
        with os.scandir(root) as entries:  # knows what is a folder without asking for each
            return sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith(".") and entry.name != "images")[:FOLDERS]
    except OSError:
        return []


def _locator(root: Path) -> Callable[[str], Path | str]:
    """Finds the picture's file of a name, or says in a sentence why there is none. Names must not lead out of the folder, nor links."""
    folders = _folders(root)
    real_folder = lru_cache(maxsize=1024)(Path.resolve)  # which asks of every folder on the way: of each folder once, not of each picture

    def real(path: Path) -> Path:
        return path.resolve() if path.name in ("", "..") or path.is_symlink() else real_folder(path.parent) / path.name

    def locate(name: str) -> Path | str:
        relative = name.replace("\\", "/")
        try:
            for path in map(real, (root / relative, root / "images" / relative)):
                if not path.is_relative_to(root):
                    return f"the picture {name!r} lies outside the folder; put it inside and name it relative to the table"
                if path.is_file():
                    return path
            found = {folder: path for folder in folders if (path := real(root / folder / relative)).is_relative_to(root) and path.is_file()}
        except (OSError, ValueError, RuntimeError):
            return f"{name[:100]!r} is not the name of a file"
        if len(found) > 1:
            return f"the picture {name!r} is in several folders: {', '.join(found)}; name it with its folder"
        return next(iter(found.values()), f"the picture {name!r} is not in the folder")

    return locate


def _open(source: Path | Inside) -> tuple[str, str]:
    try:
        data = _bytes(source)
        open_picture(data)
    except TwoviewError as error:
        name, what = Path(source.name).name, str(error)
        if isinstance(source, Path):  # nobody needs to be told the folder
            what = what.replace(str(source), name)
        return "", what if name in what else f"{name}: {what}"
    return sha256(data).hexdigest(), ""


def _bytes(source: Path | Inside) -> bytes:
    """Raises TwoviewError when the file is gone, or is not what it was when it was read."""
    if isinstance(source, Path):
        return read_limited(source)
    try:
        return source.read()
    except Exception as error:  # as many as there are ways for a file to be damaged
        raise TwoviewError(f"{source.name} can't be read from {source.file.name} ({error}).") from error


def _remembered(memory: Path) -> dict[str, list]:
    try:
        known = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # never checked before, or the memory is damaged: check again
        return {}
    return known if isinstance(known, dict) else {}
