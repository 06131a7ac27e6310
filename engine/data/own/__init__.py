"""A person's own data: pictures with a table of sentences, or two feature matrices.

- Pictures: a folder with one ``.csv``, ``.tsv`` or ``.jsonl`` table in it (or the path of the table). See ``tables``.
- Matrices: a folder with ``x.npy`` and ``y.npy`` (or ``.npz``, ``.mat``, ``.parquet``), or one file that holds both. See ``matrices``.

Every bad row is found and reported. Splits are by group: those of a ``split`` column, else 80 / 10 / 10 by the content's hash, so
that the same data give the same splits whatever they are called and in whatever order they come.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TypeGuard

from engine.data.base import DatasetInfo, PairedData
from engine.data.layout import PHOTO_ENCODERS
from engine.data.own import matrices, tables
from engine.data.own.reading import Problem, Progress, Reading
from engine.errors import TwoviewError

__all__ = ["Problem", "Reading", "check_own", "is_own", "load_own", "notes", "own_info", "stamp"]

SPLITS = ("train", "validation", "test", "all")
SHOWN = 10
SKIPPED = " (without bad rows)"


def check_own(path: str | Path, progress: Progress | None = None) -> Reading:
    """Read everything, opening every picture: the good rows and a list of what is wrong with the others.

    Raises TwoviewError when nothing can be read at all: no such path, no table, no column of pictures, views of different lengths.
    """
    path = _resolved(path)
    source = _source(path)
    return tables.read(source, str(path), progress) if _is_table(source) else matrices.read(source, str(path))


def load_own(path: str | Path, split: str = "all", skip_bad: bool = False, progress: Progress | None = None) -> PairedData:
    """One split of a person's own data. Its ``name`` is the absolute path, followed by "(without bad rows)" if some were left out, so
    that ``engine.data.load`` by this name gives the same again.

    Raises TwoviewError when a row is bad, unless ``skip_bad`` leaves such rows out; also when the split has no items.
    """
    reading = check_own(path, progress) if progress else _read_once(_resolved(path), _stamp(_resolved(path)))
    if reading.problems and not skip_bad:
        raise TwoviewError(summary(reading.problems))
    if not len(reading.data.x):
        raise TwoviewError(f"{path} has no good row. {summary(reading.problems) if reading.problems else 'It is empty.'}")
    data = replace(reading.data, name=reading.data.name + SKIPPED) if reading.problems else reading.data
    if split == "all":
        return data
    splits = reading.splits()
    if split not in splits:
        raise TwoviewError(f"{path} has no split {split!r}; it has {', '.join([*splits, 'all'])}.")
    return data.take_groups(splits[split], split)


def notes(path: str | Path) -> Sequence[str]:
    """What a person should know of the good rows: columns found by what is in them, what occurs more than once."""
    path = _resolved(str(path).removesuffix(SKIPPED))
    return _read_once(path, _stamp(path)).notes


@lru_cache(maxsize=4)
def _read_once(path: Path, stamp: tuple[tuple[str, int, int], ...]) -> Reading:
    """Every split, and every model of a training, asks for the same data: they are checked once, until a file changes."""
    return check_own(path)


def _stamp(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and times of the files in which the data are, and of the folder that holds the pictures."""
    source = _source(path)
    files = [source, source.parent] if isinstance(source, Path) else [*source.values()]
    return tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files)


def stamp(path: str | Path) -> Hashable:
    """Equal as long as no file of the data has changed. Raises TwoviewError when they are no data, or not there."""
    return _stamp(_resolved(path))


def summary(problems: Sequence[Problem]) -> str:
    """How many rows are bad, the first of them, and what can be done."""
    lines = [f"row {problem.row}: {problem.what}" for problem in problems[:SHOWN]]
    more = f"\n… and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return f"{count} in the data. Mend them, or leave these rows out (--skip-bad).\n" + "\n".join(lines) + more


def is_own(name: str) -> bool:
    """Whether the name is a path that exists, as a person writes it or as ``load_own`` names its data."""
    return Path(name.removesuffix(SKIPPED)).expanduser().exists()


def own_info(name: str, skip_bad: bool = False) -> DatasetInfo:
    """A person's own data described like a data set of the house."""
    skip_bad = skip_bad or name.endswith(SKIPPED)
    path = _resolved(name.removesuffix(SKIPPED))
    pictures = _is_table(_source(path))
    return DatasetInfo(
        name=str(path),
        title=path.stem,
        description="Your pictures with sentences." if pictures else "Your feature matrices.",
        where="Your own data.",
        terms="Yours.",
        splits=SPLITS,
        load=lambda split, root: load_own(path, split, skip_bad),
        encoders=PHOTO_ENCODERS if pictures else (None, None),
    )


def _resolved(path: str | Path) -> Path:
    path = Path(path).expanduser().resolve()
    if not path.exists():
        raise TwoviewError(f"There is no file or folder {path}.")
    return path


def _is_table(source: Path | dict[str, Path]) -> TypeGuard[Path]:
    return isinstance(source, Path) and source.suffix.lower() in tables.SUFFIXES


def _source(path: Path) -> Path | dict[str, Path]:
    """What holds the data: a table or one file of matrices, or in a folder the files of the matrices by name."""
    if path.is_file():
        if path.suffix.lower() not in (*tables.SUFFIXES, *matrices.SINGLE):
            raise TwoviewError(
                f"{path.name} is neither a table of sentences ({', '.join(tables.SUFFIXES)}) nor a file with both "
                f"feature matrices ({', '.join(matrices.SINGLE)})."
            )
        return path
    files = matrices.named_files(path)
    if {"x", "y"} <= files.keys():
        return files
    found = sorted(file for file in path.iterdir() if file.is_file() and file.suffix.lower() in tables.SUFFIXES)
    if len(found) != 1:
        what = f"{len(found)} tables ({', '.join(file.name for file in found[:5])}): give the path of one" if found else "no table of sentences"
        raise TwoviewError(
            f"{path} has {what}. A folder of your own data holds pictures and one {', '.join(tables.SUFFIXES)} table of their sentences, "
            "or the matrices x.npy and y.npy (also .npz, .mat, .parquet)."
        )
    return found[0]
