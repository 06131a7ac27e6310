"""A person's own data: pictures with a table of sentences, or two feature matrices.

- Pictures with sentences, pairs of pictures, pairs of sentences: a folder with a table in it, or one per split (or the path of a table). See ``source``, ``tables``.
- Matrices: a folder with ``x.npy`` and ``y.npy`` (or ``.npz``, ``.mat``, ``.parquet``), or one file that holds both. See ``matrices``.

They are named by their path, or were brought and have a name (``brought``), with what was said of them: columns, items to leave out. Every bad
row is found and reported. Splits are by group: those of a ``split`` column, else 80 / 10 / 10 by the content's hash, so that the same data give
the same splits whatever they are called and in whatever order they come.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from engine.archives import PICTURES
from engine.data.base import DatasetInfo, Kind, LazyRows, PairedData, View
from engine.data.images import PictureFiles
from engine.data.layout import PHOTO_ENCODERS
from engine.data.own import brought, kept, matrices, tables
from engine.data.own.columns import Columns
from engine.data.own.mapped import release
from engine.data.own.reading import Problem, Progress, Reading, Stamp
from engine.data.own.source import files_of, resolved, source_of
from engine.data.own.tables import Tables
from engine.errors import TwoviewError

__all__ = ["Columns", "Problem", "Reading", "changed_at", "check_own", "checked", "column_names", "is_own", "left_out", "load_own", "loose_pictures", "notes", "own_info", "stamp", "unnamed_pictures"]

SPLITS = ("train", "validation", "test", "all")
SHOWN = 10
SKIPPED = " (without bad rows)"
USUAL: dict[Kind, str | None] = {"image": PHOTO_ENCODERS[0], "text": PHOTO_ENCODERS[1], "vector": None}
DESCRIPTIONS: dict[tuple[Kind, Kind], str] = {
    ("image", "text"): "Your pictures with sentences.",
    ("image", "image"): "Your pairs of pictures.",
    ("text", "text"): "Your pairs of sentences.",
    ("vector", "vector"): "Your feature matrices.",
}


@dataclass(frozen=True)
class _Own:
    """What a name stands for: ``path`` of the data, and what was said of them. ``skip_bad``: bad rows are left out, ``said_to_skip``: because that was said when
    the data were brought, not for this once. ``left_out``: the ids of items of each view."""

    name: str
    title: str
    path: Path
    columns: Columns = field(default_factory=Columns)
    skip_bad: bool = False
    said_to_skip: bool = False
    left_out: tuple[tuple[str, tuple[str, ...]], ...] = ()


def _own(name: str | Path) -> _Own:
    """Raises TwoviewError when nothing of this name was brought and there is no such path, or it is gone."""
    plain = str(name).removesuffix(SKIPPED)
    skip_bad = plain != str(name)
    if entry := brought.found(plain):
        assert entry.about is not None
        if not entry.path.exists():
            raise TwoviewError(f"The data set {entry.about.title!r} is no longer where it was. Bring it again, or put it back.")
        about = entry.about
        return _Own(entry.name, about.title, entry.path, about.columns, skip_bad or about.skip_bad, about.skip_bad, tuple((view, tuple(ids)) for view, ids in about.left_out.items()))
    path = resolved(plain)
    return _Own(str(path), path.stem, path, skip_bad=skip_bad)


def check_own(name: str | Path, progress: Progress | None = None, columns: Columns | None = None) -> Reading:
    """Read everything, opening every picture: the good rows and a list of what is wrong with the others.

    ``name``: a path, or what was brought; ``columns`` instead of what was said of it. Raises TwoviewError when nothing can be read at all: no
    such path, no table, no column of pictures, views of different lengths.
    """
    own = _own(name)
    return _read(own.path, own.name, columns or own.columns, progress)


def load_own(name: str | Path, split: str = "all", skip_bad: bool = False, progress: Progress | None = None) -> PairedData:
    """One split of a person's own data, without what was left out. Its ``name`` is what was brought or else the absolute path, followed by
    "(without bad rows)" if some were skipped only now, so that ``engine.data.load`` by this name gives the same again.

    Raises TwoviewError when a row is bad, unless ``skip_bad`` leaves such rows out; also when the split has no items.
    """
    own = _own(name)
    if progress:
        return _part(_read(own.path, own.name, own.columns, progress), own, split, skip_bad)
    stamp = _stamp(own.path)
    reading = _read_once(own.path, own.name, own.columns, stamp)
    # A part of matrices is a copy, and none is held.
    return _part(reading, own, split, skip_bad) if reading.data.x.kind == "vector" else _part_once(own, stamp, split, skip_bad)


@lru_cache(maxsize=8)
def _part_once(own: _Own, stamp: Stamp, split: str, skip_bad: bool) -> PairedData:
    """Every step of a training asks for the same parts; what a part's pictures hold is read, to be hashed, once."""
    return _part(_read_once(own.path, own.name, own.columns, stamp), own, split, skip_bad)


def _part(reading: Reading, own: _Own, split: str, skip_bad: bool) -> PairedData:
    if reading.problems and not (skip_bad or own.skip_bad):
        raise TwoviewError(summary(reading.problems))
    if not len(reading.data.x):
        raise TwoviewError(f"{own.title} has no good row. {summary(reading.problems) if reading.problems else 'It is empty.'}")
    splits = None if split == "all" else reading.splits()  # before anything is left out, so that nothing else changes its split
    reading = reading.without(dict(own.left_out))
    data = reading.data
    if reading.problems and not own.said_to_skip:
        data = replace(data, name=data.name + SKIPPED)
    if splits is None:
        return data
    if split not in splits:
        raise TwoviewError(f"{own.title} has no split {split!r}; it has {', '.join([*splits, 'all'])}.")
    whole = all(len(groups) == 0 for name, groups in splits.items() if name != split)  # a million ids are not picked out only to be all of them
    part = replace(data, split=split) if whole else data.take_groups(splits[split], split)
    release(data.x.items, data.y.items)
    return part


def column_names(name: str) -> list[str]:
    """The columns of the table in which the data are; none for matrices. Raises TwoviewError when they are no data, or not there."""
    source = source_of(_own(name).path)
    return tables.column_names(source) if isinstance(source, Tables) else []


def notes(name: str | Path) -> Sequence[str]:
    """What a person should know of the good rows: columns found by what is in them, what occurs more than once."""
    return checked(name).notes


def checked(name: str | Path) -> Reading:
    """As ``check_own``, but read only once as long as nothing changes."""
    own = _own(name)
    return _read_once(own.path, own.name, own.columns, _stamp(own.path))


def left_out(name: str | Path) -> Mapping[str, Sequence[str]]:
    """Ids of the items of x and of y that were left out of what was brought."""
    return dict(_own(name).left_out)


def unnamed_pictures(name: str | Path) -> list[str]:
    """Pictures beside the tables, or in folders below, that no row names."""
    source = source_of(_own(name).path)
    if not isinstance(source, Tables):
        return []
    data = checked(name).data
    named = {path for view in (data.x, data.y) if isinstance(view.items, PictureFiles) for path in view.items.paths}
    root = source.root.resolve()
    found = (path for path in root.rglob("*") if path.suffix.lower() in PICTURES and path not in named and path.is_file())
    return sorted(path.relative_to(root).as_posix() for path in found) if named else []


def _read(path: Path, name: str, columns: Columns, progress: Progress | None = None) -> Reading:
    source = source_of(path)
    return tables.read(source, name, columns, progress) if isinstance(source, Tables) else matrices.read(source, name)


@lru_cache(maxsize=64)
def _kinds_once(path: Path, columns: Columns, stamp: Stamp) -> tuple[Kind, Kind]:
    source = source_of(path)
    return tables.kinds(source, columns) if isinstance(source, Tables) else ("vector", "vector")


@lru_cache(maxsize=4)
def _read_once(path: Path, name: str, columns: Columns, stamp: Stamp) -> Reading:
    """Every split, and every model of a training, asks for the same data: they are checked once, until a file changes."""
    found = kept.kept(path, name, columns, stamp)
    if found is None:
        kept.keep(path, columns, stamp, found := _read(path, name, columns))
        return kept.kept(path, name, columns, stamp) or found  # mapped from disk instead of held
    return found


def _stamp(path: Path) -> Stamp:
    """Names, sizes and times of the files in which the data are, and of the folder that holds the pictures."""
    return tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files_of(source_of(path)))


def stamp(name: str, folder: bool = True) -> Hashable:
    """Equal as long as reading gives the same: no file of the data, and nothing that was said of their columns, has changed. Without the ``folder`` in which
    loose pictures are, it says nothing of these, and files that come to lie beside the tables are no change.

    Raises TwoviewError when they are no data, or not there.
    """
    own = _own(name)
    files = _stamp(own.path)
    return own.path, own.columns, files if folder else kept.of_files(files)


def loose_pictures(view: View) -> Iterator[Path]:
    """The files of a view's pictures that lie beside the tables: no ``stamp`` sees one that is written again."""
    rows = view.items.rows.tolist() if isinstance(view.items, LazyRows) else range(len(view))
    pictures = view.items.pictures if isinstance(view.items, LazyRows) else view.items
    if isinstance(pictures, PictureFiles):
        yield from (pictures.paths[row] for row in rows)


def changed_at(name: str) -> tuple[int, ...]:
    """When the data's folder, and what was said of it, were last changed: another value, and it has to be described again."""
    own, entry = _own(name), brought.found(name.removesuffix(SKIPPED))
    files = [own.path, *([entry.folder / brought.ABOUT] if entry else [])]
    return tuple(file.stat().st_mtime_ns for file in files)


def summary(problems: Sequence[Problem]) -> str:
    """How many rows are bad, the first of them, and what can be done."""
    lines = [f"row {problem.row}: {problem.what}" for problem in problems[:SHOWN]]
    more = f"\n… and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return f"{count} in the data. Mend them, or leave these rows out (--skip-bad).\n" + "\n".join(lines) + more


def is_own(name: str) -> bool:
    """Whether the name is what was brought or a path that exists, as a person writes it or as ``load_own`` names its data."""
    plain = name.removesuffix(SKIPPED)
    return brought.found(plain) is not None or Path(plain).expanduser().exists()


def own_info(name: str, skip_bad: bool = False) -> DatasetInfo:
    """A person's own data described like a data set of the house."""
    own = _own(name)
    kinds = _kinds_once(own.path, own.columns, _stamp(own.path))
    return DatasetInfo(
        name=own.name,
        title=own.title,
        description=DESCRIPTIONS[kinds],
        where="Your own data.",
        terms="Yours.",
        splits=SPLITS,
        load=lambda split, root: load_own(name, split, skip_bad),
        encoders=(USUAL[kinds[0]], USUAL[kinds[1]]),
    )
