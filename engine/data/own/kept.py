"""A large table as it was read, kept in columns: opened again in a second instead of minutes, until a file changes.

Kept are readings whose pictures lie inside the tables' own files, or that have none: whether a loose picture is still what it was is asked of each.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, fields
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.base import PairedData, View
from engine.data.own.columns import Columns
from engine.data.own.packed import Cell, Inside, Member
from engine.data.own.pictures import PackedPictures
from engine.data.own.reading import Problem, Reading, Stamp
from engine.errors import TwoviewError
from engine.paths import atomic_write, cache_dir

if TYPE_CHECKING:
    import pyarrow as pa

LEAST = 5_000  # items of a view: fewer are read again in a tenth of a second
ABOUT = b"about"
PLACES = {Cell: "cell", Member: "member"}


class Places(Sequence[Inside]):
    """Where pictures are, in columns: a million objects would take a third of a gigabyte."""

    def __init__(self, kind: type[Cell] | type[Member], columns: "pa.Table"):
        self.kind, self.columns = kind, columns

    def __len__(self) -> int:
        return len(self.columns)

    def __getitem__(self, row: Any) -> Any:
        file, *rest = (column[row].as_py() for column in self.columns.columns)
        return self.kind(Path(file), *rest)


class Strings(Sequence[str]):
    """A column of strings, read one by one where it lies."""

    def __init__(self, column: "pa.ChunkedArray"):
        self.column = column

    def __len__(self) -> int:
        return len(self.column)

    def __getitem__(self, row: Any) -> Any:
        return self.column[int(row)].as_py()


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
        "stamp": _told(stamp), "kinds": [data.x.kind, data.y.kind], "labels": list(data.label_names), "notes": list(reading.notes),
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
        source = pa.memory_map(str(file))
        groups = pa.ipc.open_stream(source).read_all()
        about = json.loads(groups.schema.metadata[ABOUT])
        if about["stamp"] == _told(stamp):
            x, y = (_view(kind, pa.ipc.open_stream(source).read_all()) for kind in about["kinds"])
            split_of, share_of = (_names(groups, column) for column in ("split", "share"))
            problems = [Problem(row, what) for row, what in about["problems"]]
            return Reading(PairedData(name, "all", x, y, about["labels"]), Strings(groups["key"]), split_of, problems, about["notes"], share_of)
    return None


def _names(groups: "pa.Table", column: str) -> np.ndarray | None:
    """A column of few different names; None where there is none."""
    if column not in groups.column_names:
        return None
    names = groups[column].combine_chunks().dictionary_encode()
    return np.array(names.dictionary.to_pylist(), object)[names.indices.to_numpy()]


def _parts(reading: Reading) -> dict[str, list[str]]:
    """The column of each group's split, as given or as shared out here; none where there is too little to share out."""
    if reading.split_of is not None:
        return {"split": reading.split_of.tolist()}
    found = np.empty(len(reading.keys), object)
    with suppress(TwoviewError):
        for name, groups in reading.splits().items():
            found[groups] = name
        return {"share": found.tolist()}
    return {}


def _columns(view: View) -> "pa.Table | None":
    """None where items are neither sentences nor pictures of one kind of file that holds them."""
    import pyarrow as pa

    about = {"id": list(view.ids), "group": view.groups} | ({} if view.labels is None else {"label": view.labels})
    if view.kind == "text":
        return pa.table(about | {"text": list(view.items)})
    kinds: set[Any] = {type(source) for source in view.items.sources} if isinstance(view.items, PackedPictures) else set()
    if len(kinds) != 1 or not kinds <= PLACES.keys():
        return None
    kind = kinds.pop()
    file, *rest = ([getattr(source, field.name) for source in view.items.sources] for field in fields(kind))
    places = [pa.array(list(map(str, file))).dictionary_encode(), *rest]
    return pa.table(about | {f"{PLACES[kind]}{place}": values for place, values in enumerate(places)})


def _view(kind: Any, table: "pa.Table") -> View:
    labels = table["label"].to_numpy() if "label" in table.column_names else None
    items: Any
    if kind == "text":
        items = table["text"].to_pylist()
    else:
        where, named = next((type, name) for type, name in PLACES.items() if f"{name}0" in table.column_names)
        items = PackedPictures(Places(where, table.select([name for name in table.column_names if name.startswith(named)])))
    return View(kind, items, table["id"].to_pylist(), table["group"].to_numpy(), labels)


def _file(path: Path, columns: Columns) -> Path:
    return cache_dir("own", f"{sha256(f'{path} {columns}'.encode()).hexdigest()[:16]}.arrow")


def of_files(stamp: Stamp) -> Stamp:
    """Without folders: what comes to lie beside a table is none of its."""
    return tuple(told for told in stamp if not Path(told[0]).is_dir())


def _told(stamp: Stamp) -> str:
    return sha256(repr(of_files(stamp)).encode()).hexdigest()
