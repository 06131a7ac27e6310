"""Where things lie: data sets, caches, checkpoints. Every path of the project is asked for here."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile, mkdtemp

from filelock import FileLock, Timeout
from platformdirs import user_cache_path, user_data_path
from safetensors import SafetensorError

PROJECT = Path(__file__).resolve().parent.parent


def data_root(root: str | Path | None = None) -> Path:
    """Folder of the data sets in their official layouts: ``root``, else ``TWOVIEW_DATA``, else ``./data``."""
    return Path(root or os.environ.get("TWOVIEW_DATA") or PROJECT / "data").expanduser()


def cache_dir(*parts: str) -> Path:
    """Folder for what can be computed again (features, rendered pictures): ``TWOVIEW_CACHE``, else the user's cache."""
    base = os.environ.get("TWOVIEW_CACHE")
    return (Path(base).expanduser() if base else user_cache_path("twoview")).joinpath(*parts)


def checkpoints_dir(root: str | Path | None = None) -> Path:
    """Folder of the checkpoints: ``root``, else ``TWOVIEW_CHECKPOINTS``, else those that ship with the project."""
    return Path(root or os.environ.get("TWOVIEW_CHECKPOINTS") or PROJECT / "checkpoints").expanduser()


def shipped_dir(data_name: str, kind: str) -> Path:
    """Folder of what was computed with the checkpoints of a data set and ships beside them."""
    return checkpoints_dir() / data_name / kind


def kept_dirs(data_name: str, kind: str) -> tuple[Path, Path]:
    """Where what was computed once is looked up, in this order: beside the checkpoints, in the user's cache. New things are kept in the latter."""
    return shipped_dir(data_name, kind), cache_dir(kind)


def results_dir(root: str | Path | None = None) -> Path:
    """Folder of the recipes' stored results: ``root``, else ``TWOVIEW_RESULTS``, else those that ship with the project."""
    return Path(root or os.environ.get("TWOVIEW_RESULTS") or PROJECT / "results").expanduser()


def choices_dir(root: str | Path | None = None) -> Path:
    """Folder of stored searches for settings: ``root``, else ``TWOVIEW_CHOICES``, else those that ship with the project."""
    return Path(root or os.environ.get("TWOVIEW_CHOICES") or PROJECT / "choices").expanduser()


def own_dir() -> Path:
    """Folder of the data sets that a person has brought: ``TWOVIEW_OWN``, else in the user's data folder, which nothing empties."""
    base = os.environ.get("TWOVIEW_OWN")
    return Path(base).expanduser() if base else user_data_path("twoview") / "own"


def numbered(wanted: Path) -> Iterator[Path]:
    """``wanted``, then the same with a number: the first that is free is a folder's name where this one is taken."""
    yield wanted
    for number in count(2):
        yield wanted.with_name(f"{wanted.name}-{number}")


def slug(title: str) -> str:
    """A title as the name of a folder."""
    return re.sub(r"[^\w.-]+", "-", title).strip("-.")[:60] or "data"


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; rename it over ``path`` only if the block succeeds. Raises OSError, also for what safetensors cannot write."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as handle:
        temporary = Path(handle.name)
    try:
        yield temporary
        temporary.chmod(0o644)
        os.replace(temporary, path)
    except SafetensorError as error:  # its writer says what the system said in words only
        if (said := re.search(r"\(os error (\d+)\)", str(error))) is None:
            raise
        raise OSError(int(said[1]), os.strerror(int(said[1]))) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(root: Path) -> Iterator[Path]:
    """An empty folder below ``root`` that no list shows, for the block to fill and rename; what is left of it goes.

    What a killed run left half-made goes with the next: of a run that lives, the folder is locked. Raises OSError when it cannot be made.
    """
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / ".making.lock"):
        for remains in {root / path.name.removesuffix(".lock") for path in root.glob(".new-*")}:
            try:
                with FileLock(f"{remains}.lock", timeout=0):
                    shutil.rmtree(remains, ignore_errors=True)
                    os.unlink(f"{remains}.lock")
            except (Timeout, OSError):
                continue
        folder = Path(mkdtemp(prefix=".new-", dir=root))
        lock = FileLock(f"{folder}.lock")
        lock.acquire()
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
        Path(f"{folder}.lock").unlink(missing_ok=True)


def writable(folder: Path, enough: int) -> str | None:
    """Why ``enough`` bytes cannot be kept in a folder, in a sentence; None when they can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return f"Nothing can be written to {folder}: {error.strerror or error}."
    return None if free >= enough else f"Only {free // 2**20} MB are free in {folder}, {enough // 2**20} MB are needed."
