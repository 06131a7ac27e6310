"""A large table as it was read, kept in columns: opened again at once instead of in minutes, until a file changes. Columns are mapped from disk: of a million
items, only those that are asked for take memory.

Kept are readings whose pictures lie inside the tables' own files, or that have none: whether a loose picture is still what it was is asked of each.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.base import LazyRows, PairedData, View
from engine.data.own.columns import Columns
from engine.data.own.mapped import Mapped
from engine.data.own.packed import Cell, Inside, Member
from engine.data.own.pictures import PackedPictures
from engine.data.own.reading import SPLITS, Problem, Reading, Stamp
from engine.errors import TwoviewError
from engine.paths import atomic_write, cache_dir

if TYPE_CHECKING:
    import pyarrow as pa

LEAST = 5_000  # items of a view: fewer are read again in a tenth of a second
FORMAT = 2  # of the file: of another, tables are read anew
ABOUT, NAMES = b"about", b"names_hash"
BLOCK = 65_536  # strings made at once
PLACES = {Cell: "cell", Member: "member"}


class Places(Sequence[Inside]):
    """Where pictures are, in columns: a million objects would take a third of a gigabyte."""

    def __init__(self, kind: type[Cell] | type[Member], columns: "pa.Table", file: Mapped):
        self.kind, self.columns, self._file = kind, columns, file

    def __len__(self) -> int:
        return len(self.columns)

    def __getitem__(self, row: Any) -> Any:
        file, *rest = (column[row].as_py() for column in self.columns.columns)
        self._file.noted(self.columns.num_columns)
        return self.kind(Path(file), *rest)


class Strings(Sequence[str]):
    """A column of strings, read where it lies: as Python's own a million would take a tenth of a gigabyte."""

    def __init__(self, column: "pa.ChunkedArray", file: Mapped):
        self.column, self._file = column, file

    def __len__(self) -> int:
        return len(self.column)

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return Strings(self.column[row], self._file)
        found = self.column[int(row)].as_py()
        self._file.noted()
        return found

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), BLOCK):
            block = self.column.slice(start, BLOCK).to_pylist()
            self._file.noted(len(block))
            yield from block

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(list(self), dtype)

    def take(self, rows: np.ndarray) -> "Strings":
        found = Strings(self.column.take(rows), self._file)
        self._file.noted(len(rows))
        return found


@dataclass(frozen=True)
class KeptView(View):
    """A view whose ids and sentences are ``Strings``. ``known_names``: its ``names_hash``, where that was kept with it."""

    known_names: str = ""

    def take(self, rows: np.ndarray) -> "KeptView":
        rows = np.asarray(rows)
        items = self.items.take(rows) if self.kind == "text" else LazyRows(self.items, rows)
        assert isinstance(self.ids, Strings)
        return KeptView(self.kind, items, self.ids.take(rows), self.groups[rows], None if self.labels is None else self.labels[rows])


def names_hash(view: View) -> str:
    """SHA-256 of the ids of a view's items and of what belongs together."""
    if isinstance(view, KeptView) and view.known_names:
        return view.known_names
    digest = sha256()
    for start in range(0, len(view), BLOCK):
        digest.update("".join(f"{id}\n" for id in view.ids[start : start + BLOCK]).encode())
        digest.update(view.groups[start : start + BLOCK].astype("int64").tobytes())
    return digest.hexdigest()


def keep(path: Path, columns: Columns, stamp: Stamp, reading: Reading) -> None:
    """Instead of what was kept of this table, if it is large and can be kept at all."""
    data = reading.data
    if max(len(data.x), len(data.y)) < LEAST:
        return
    import pyarrow as pa

    views = [_columns(data.x), _columns(data.y)]
    if None in views:
        return
    about = {
        "format": FORMAT, "stamp": _told(stamp), "kinds": [data.x.kind, data.y.kind], "labels": list(data.label_names), "notes": list(reading.notes),
        "problems": [astuple(problem) for problem in reading.problems],
    }  # fmt: skip
    groups = pa.table({"key": list(reading.keys)} | _parts(reading))
    tables = [groups.replace_schema_metadata({ABOUT: json.dumps(about).encode()}), *views]
    with atomic_write(_file(path, columns)) as temporary, pa.OSFile(str(temporary), "wb") as file:
        for table in tables:
            with pa.ipc.new_stream(file, table.schema) as stream:
                stream.write_table(table)


def kept(path: Path, name: str, columns: Columns, stamp: Stamp) -> Reading | None:
    """What was kept of this table; None when it was not, or a file has changed since."""
    file = _file(path, columns)
    if not file.is_file():
        return None
    import pyarrow as pa

    with suppress(OSError, ValueError, KeyError):  # pyarrow's errors are ValueErrors: damaged, it is read anew
        mapped = Mapped(file)
        source = mapped.source()
        groups = pa.ipc.open_stream(source).read_all()
        about = json.loads(groups.schema.metadata[ABOUT])
        if (about.get("format"), about["stamp"]) == (FORMAT, _told(stamp)):
            x, y = (_view(kind, pa.ipc.open_stream(source).read_all(), mapped) for kind in about["kinds"])
            split_of, share_of = (groups[column].to_numpy() if column in groups.column_names else None for column in ("split", "share"))
            problems = [Problem(row, what) for row, what in about["problems"]]
            return Reading(PairedData(name, "all", x, y, about["labels"]), Strings(groups["key"], mapped), split_of, problems, about["notes"], share_of)
    return None


def _parts(reading: Reading) -> dict[str, np.ndarray]:
    """The column of each group's split, as given or as shared out here; none where there is too little to share out."""
    if reading.split_of is not None:
        return {"split": reading.split_of}
    found = np.full(len(reading.keys), -1, np.int8)
    with suppress(TwoviewError):
        for name, groups in reading.splits().items():
            found[groups] = SPLITS.index(name)
        return {"share": found}
    return {}


def _columns(view: View) -> "pa.Table | None":
    """None where items are neither sentences nor pictures of one kind of file that holds them."""
    import pyarrow as pa

    about = {"id": list(view.ids), "group": view.groups} | ({} if view.labels is None else {"label": view.labels})
    said = {NAMES: names_hash(view).encode()}
    if view.kind == "text":
        return pa.table(about | {"text": list(view.items)}, metadata=said)
    kinds: set[Any] = {type(source) for source in view.items.sources} if isinstance(view.items, PackedPictures) else set()
    if len(kinds) != 1 or not kinds <= PLACES.keys():
        return None
    kind = kinds.pop()
    file, *rest = ([getattr(source, field.name) for source in view.items.sources] for field in fields(kind))
    places = [pa.array(list(map(str, file))).dictionary_encode(), *rest]
    return pa.table(about | {f"{PLACES[kind]}{place}": values for place, values in enumerate(places)}, metadata=said)


def _view(kind: Any, table: "pa.Table", file: Mapped) -> View:
    labels = table["label"].to_numpy() if "label" in table.column_names else None
    items: Any
    if kind == "text":
        items = Strings(table["text"], file)
    else:
        where, named = next((type, name) for type, name in PLACES.items() if f"{name}0" in table.column_names)
        items = PackedPictures(Places(where, table.select([name for name in table.column_names if name.startswith(named)]), file))
    return KeptView(kind, items, Strings(table["id"], file), table["group"].to_numpy(), labels, known_names=table.schema.metadata[NAMES].decode())


def _file(path: Path, columns: Columns) -> Path:
    return cache_dir("own", f"{sha256(f'{path} {columns}'.encode()).hexdigest()[:16]}.arrow")


def of_files(stamp: Stamp) -> Stamp:
    """Without folders: what comes to lie beside a table is none of its."""
    return tuple(told for told in stamp if not Path(told[0]).is_dir())


def _told(stamp: Stamp) -> str:
    return sha256(repr(of_files(stamp)).encode()).hexdigest()
