"""The data sets that a person has brought: one folder each below ``own_dir()``, listed by the names that ``--data`` takes.

A folder on this computer stays where it is and is remembered by its path; what was uploaded or packed in a zip is unpacked into ``files``.
``brought.json`` is what was said of it: title, columns, rows to leave out. It is written whole, and a set appears or goes by one renaming, so
that a run that is killed at any moment leaves a list that can be read; what it left half-done is swept away by the next.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from engine import archives
from engine.archives import LIMITS, Limits, Progress
from engine.data.own.columns import Columns
from engine.errors import TwoviewError
from engine.paths import atomic_write, new_folder, own_dir, slug

ABOUT, FILES, LOCK = "brought.json", "files", ".lock"
MAX_TITLE, MAX_ABOUT = 80, 64 * 2**20
READ = (".csv", ".tsv", ".txt", ".jsonl", ".json", ".parquet", ".arrow", ".tar", ".npy", ".npz", ".mat", *archives.PICTURES)  # all that any reader here opens


class About(BaseModel):
    """``source``: where the data lie if they were not unpacked here. ``left_out``: ids of items of x and of y that reading leaves out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    created: str
    source: str | None = None
    columns: Columns = Columns()
    skip_bad: bool = False
    left_out: dict[str, list[str]] = {}


@dataclass(frozen=True)
class Brought:
    """A set by its ``name``, which stays, and what was said of it; or the sentence why it cannot be used."""

    name: str
    folder: Path
    about: About | None = None
    problem: str | None = None

    @property
    def path(self) -> Path:
        """Where the data are."""
        assert self.about is not None
        return Path(self.about.source) if self.about.source else self.folder / FILES

    @property
    def left_out(self) -> dict[str, list[str]]:
        """Ids of the items of x and of y that reading leaves out."""
        said = self.about.left_out if self.about else {}
        return {view: said.get(view, []) for view in ("x", "y")}

    @property
    def bytes(self) -> int:
        """Disk used by what was unpacked here; a folder that is only remembered uses none."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())


def listed() -> list[Brought]:
    """All sets in order of their names; never raises for a bad one."""
    root = own_dir()
    return [_entry(folder) for folder in sorted(root.iterdir()) if folder.is_dir() and not folder.name.startswith(".")] if root.is_dir() else []


def found(name: str) -> Brought | None:
    """The usable set of this name or, where no name is, of this title; None if there is none."""
    if name == slug(name) and (folder := own_dir() / name).is_dir():
        entry = _entry(folder)
        return entry if entry.about else None
    return next((entry for entry in listed() if entry.about and entry.about.title == name), None)


def require(name: str) -> Brought:
    """As ``found``. Raises TwoviewError, naming those there are."""
    if (entry := found(name)) is None:
        there = ", ".join(each.name for each in listed()) or "none yet"
        raise TwoviewError(f"No data set {name!r} was brought; there are: {there}. Bring one: python -m engine data add PATH.")
    return entry


def bring(
    source: str | Path, title: str | None = None, columns: Columns | None = None, skip_bad: bool = False, limits: Limits = LIMITS,
    progress: Progress | None = None,
) -> Brought:  # fmt: skip
    """Bring a folder, a table or a file of matrices, which stay where they are, or a zip of such, which is unpacked.

    Raises TwoviewError, with nothing kept, when the title is taken, when there is nothing to be read, or for
    what ``engine.archives`` refuses in a zip.
    """
    path = Path(source).expanduser().resolve()
    if not path.exists():
        raise TwoviewError(f"There is no file or folder {path}.")
    title = title or path.stem
    if path.suffix.lower() == ".zip":
        return _kept(title, columns, skip_bad, lambda files: _unzip(path, files, limits, progress))
    return _kept(title, columns, skip_bad, None, str(path))


def bring_files(
    files: Mapping[str, IO[bytes]], title: str, columns: Columns | None = None, skip_bad: bool = False, limits: Limits = LIMITS,
    progress: Progress | None = None,
) -> Brought:  # fmt: skip
    """Bring uploaded files by their names: one zip, a table with its pictures, or matrices. Raises TwoviewError as ``bring``."""
    if len(files) == 1 and next(iter(files)).lower().endswith(".zip"):
        return _kept(title, columns, skip_bad, lambda folder: _unzip(next(iter(files.values())), folder, limits, progress))
    return _kept(title, columns, skip_bad, lambda folder: _copy(files, folder, limits))


def change(name: str, **changes: Any) -> Brought:
    """Replace some of what was said of a set: ``title``, ``columns``, ``skip_bad``, ``left_out``. Raises TwoviewError when the title is taken."""
    with _alone():
        entry = require(name)
        assert entry.about is not None
        if "title" in changes:
            changes["title"] = _free_title(changes["title"], entry.name)
        about = About.model_validate({**entry.about.model_dump(), **changes})
        _write(entry.folder, about)
        return Brought(entry.name, entry.folder, about)


def leave_out(name: str, x: Sequence[str] = (), y: Sequence[str] = (), again: bool = False) -> Brought:
    """Leave items out of whatever reads the set, by their ids; with ``again``, take them back in."""
    with _alone():
        entry = require(name)
        assert entry.about is not None
        kept = {view: {*entry.about.left_out.get(view, ())} for view in ("x", "y")}
        changed = {view: sorted(kept[view] - {*ids} if again else kept[view] | {*ids}) for view, ids in (("x", x), ("y", y))}
        about = entry.about.model_copy(update={"left_out": changed})
        _write(entry.folder, about)
        return Brought(entry.name, entry.folder, about)


def remove(name: str) -> None:
    """Forget a set, and delete what was unpacked for it; a folder that was only remembered stays as it is."""
    with _alone():
        folder = own_dir() / name if slug(name) == name and (own_dir() / name).is_dir() else require(name).folder
        with new_folder(own_dir()) as gone:  # out of every list by one renaming
            os.rename(folder, gone / "set")


def _kept(
    title: str, columns: Columns | None, skip_bad: bool, fill: Callable[[Path], None] | None, source: str | None = None,
) -> Brought:  # fmt: skip
    """Make a set in a folder that no list shows, and give it its name when it is whole."""
    from engine.data.own.source import source_of

    root = own_dir()
    with ExitStack() as stack:
        try:
            with _alone():
                _free_title(title)
            making = stack.enter_context(new_folder(root))
        except OSError as error:
            raise archives.unwritable(error) from error
        if fill:
            fill(making / FILES)
        source_of(Path(source) if source else making / FILES)
        with _alone():
            title = _free_title(title)
            about = About(title=title, created=datetime.now(UTC).isoformat(timespec="seconds"), source=source, columns=columns or Columns(), skip_bad=skip_bad)
            _write(making, about)
            os.rename(making, root / slug(title))
    return Brought(slug(title), root / slug(title), about)


def _unzip(source: Path | IO[bytes], folder: Path, limits: Limits, progress: Progress | None) -> None:
    with archives.opened(source) as archive:
        wanted = archives.members(archive, lambda name: PurePosixPath(name).suffix.lower() in READ, limits)
        if not wanted:
            raise TwoviewError(f"The zip holds no file that is read here ({', '.join(READ)}).")
        archives.require_space(own_dir(), sum(member.info.file_size for member in wanted), limits)
        archives.unpack(archive, wanted, folder, progress)


def _copy(files: Mapping[str, IO[bytes]], folder: Path, limits: Limits) -> None:
    left = limits.bytes
    for name, file in files.items():
        plain = PurePosixPath(name.replace("\\", "/")).name
        if plain.startswith(".") or PurePosixPath(plain).suffix.lower() not in READ:
            raise TwoviewError(f"{plain!r} is no file that is read here ({', '.join(READ)}), nor one zip.")
        if (folder / plain).exists():
            raise TwoviewError(f"Two of the files are called {plain!r}. Rename one.")
        left -= archives.copy(file, folder / plain, left)


def _free_title(title: str, own: str | None = None) -> str:
    """The title in one line. Raises TwoviewError when it is empty, too long, or that of another set than ``own``."""
    from engine.data import DATASETS  # which is made of this package

    title = " ".join("".join(c if c.isprintable() else " " for c in title).split())
    if not 0 < len(title) <= MAX_TITLE:
        raise TwoviewError(f"A data set needs a name of 1 to {MAX_TITLE} characters; this has {len(title)}.")
    others = {name: info.title for name, info in DATASETS.items()}
    others |= {each.name: each.about.title if each.about else "" for each in listed() if each.name != own}
    if title in (*others, *others.values()) or (own is None and slug(title) in others):
        raise TwoviewError(f"There is a data set {title!r} already. Give this one another name.")
    return title


def _entry(folder: Path) -> Brought:
    try:
        if (folder / ABOUT).stat().st_size > MAX_ABOUT:
            raise ValueError("it is too large")
        about = About.model_validate_json((folder / ABOUT).read_bytes())
    except FileNotFoundError:
        return Brought(folder.name, folder, problem=f"{folder.name} is no data set that was brought: {ABOUT} is missing. Remove it and bring the data again.")
    except (OSError, ValidationError, ValueError) as error:
        return Brought(folder.name, folder, problem=f"What was said of {folder.name} can't be read ({str(error).splitlines()[0]}). Remove it and bring the data again.")
    return Brought(folder.name, folder, about)


def _write(folder: Path, about: About) -> None:
    try:
        with atomic_write(folder / ABOUT) as temporary:
            temporary.write_text(about.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise archives.unwritable(error) from error


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time changes the list."""
    own_dir().mkdir(parents=True, exist_ok=True)
    with FileLock(own_dir() / LOCK):
        yield
