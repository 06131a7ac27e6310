"""Tables that may hold the pictures themselves: Parquet, Arrow on disk as Hugging Face's ``datasets`` keeps it, and WebDataset's tars.

A picture is left where it lies, and read when it is asked for: from its place in the tar, from its cell in a column of bytes or of structs
``{bytes, path}``. A tar's files of one name are one row: ``0001.jpg``, ``0001.txt`` (the sentence), ``0001.json`` (more columns), ``0001.cls`` (the class).
"""

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from engine.archives import PICTURES
from engine.data.images import MAX_BYTES
from engine.data.own.mapped import Mapped
from engine.errors import TwoviewError

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".parquet", ".arrow", ".tar")
BATCH = 256  # rows read at once, which may hold pictures
MAX_GROUP = 4 * 2**30  # bytes of a Parquet row group
MAX_TEXT = 2**20  # bytes of a text in a tar
MAX_MEMBERS = 10_000_000

Fields = dict[str, Any]


@dataclass(frozen=True)
class Member:
    """A picture in a tar: ``size`` bytes from ``start`` on."""

    file: Path
    name: str
    start: int
    size: int

    def read(self) -> bytes:
        with self.file.open("rb") as file:
            file.seek(self.start)
            return file.read(min(self.size, MAX_BYTES + 1))


@dataclass(frozen=True)
class Cell:
    """A picture in a column of Parquet (``group`` counts its row groups) or Arrow (its record batches)."""

    file: Path
    name: str
    column: str
    group: int
    row: int

    def read(self) -> bytes:
        changed = self.file.stat().st_mtime_ns
        if self.file.suffix.lower() == ".arrow":
            value = _arrow_column(self.file, changed, self.column, self.group)[self.row].as_py()
            _arrow(self.file, changed)[0].noted()
        else:
            value = _parquet(self.file, changed, self.column, self.group)[self.row].as_py()
        return (value.get("bytes") if isinstance(value, dict) else value) or b""


Inside = Member | Cell


def records(path: Path) -> Iterator[tuple[int, Fields | str]]:
    """Rows counted from 0. Raises TwoviewError when the file cannot be read."""
    try:
        yield from _tar(path) if path.suffix.lower() == ".tar" else _columns(path)
    except (tarfile.TarError, EOFError) as error:
        raise TwoviewError(f"{path.name} can't be read as a tar ({error}). It must be packed without compression.") from error
    except TwoviewError:
        raise
    except Exception as error:  # damaged files raise ArrowInvalid, OSError, UnicodeDecodeError, NotImplementedError …
        raise TwoviewError(f"{path.name} can't be read ({error}). Save it again.") from error


def about_rows(path: Path) -> int:
    """How many rows a Parquet file has; 0 of the others, which do not say."""
    import pyarrow.parquet as pq

    try:
        return pq.read_metadata(path).num_rows if path.suffix.lower() == ".parquet" else 0
    except Exception:  # as in ``records``, which says what is wrong
        return 0


def is_matrices(path: Path) -> bool:
    """Whether a Parquet file holds two columns of vectors or more, and no table of pictures or sentences."""
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except Exception:  # damaged, and the reader of matrices says so
        return True
    return sum(is_vectors(field.type) for field in schema) > 1 or {"x", "y"} <= {name.strip().lower() for name in schema.names}


def is_vectors(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return lists and (pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type))


def _columns(path: Path) -> Iterator[tuple[int, Fields]]:
    """Every row without the bytes of its pictures, in whose place is where they are."""
    number = 0
    for group, batch in _batches(path):
        within = 0
        for part in batch:
            held = {name: _pictures(part.column(name), path, name, group, within) for name in part.schema.names}
            plain = {name.strip().lower(): values if values is not None else part.column(name).to_pylist() for name, values in held.items()}
            for row in range(part.num_rows):
                yield number, {name: values[row] for name, values in plain.items()}
                number += 1
            within += part.num_rows


def _batches(path: Path) -> Iterator[tuple[int, Iterator["pa.RecordBatch"]]]:
    if path.suffix.lower() == ".parquet":
        import pyarrow.parquet as pq

        with pq.ParquetFile(path) as file:
            for group in range(file.metadata.num_row_groups):
                if file.metadata.row_group(group).total_byte_size > MAX_GROUP:
                    raise TwoviewError(f"{path.name} has row groups of more than {MAX_GROUP // 2**30} GB, the most that are read. Save it with smaller ones.")
                yield group, file.iter_batches(BATCH, row_groups=[group])
    else:
        file, batches = _arrow(path, path.stat().st_mtime_ns)
        for group, batch in enumerate(batches):
            batch.validate(full=True)
            file.noted(batch.num_rows)
            yield group, (batch.slice(start, BATCH) for start in range(0, batch.num_rows, BATCH))


def _pictures(column: "pa.Array", path: Path, name: str, group: int, start: int) -> list | None:
    """The cells of a column of pictures; None for any other column."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        paths = column.field("path").to_pylist() if kind.get_field_index("path") >= 0 else [None] * len(column)
        there = column.field("bytes").is_valid().to_pylist()
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        paths, there = [None] * len(column), column.is_valid().to_pylist()
    else:
        return None
    titles = [f"{PurePosixPath(said).name}" if said else f"{path.stem}-{group}-{start + row}" for row, said in enumerate(paths)]
    return [Cell(path, title, name, group, start + row) if here else said or "" for row, (title, said, here) in enumerate(zip(titles, paths, there, strict=True))]


def arrow_table(path: Path) -> "pa.Table":
    """An Arrow file, or stream, memory-mapped: it takes no memory until it is read. Raises ArrowInvalid where what it says of itself is not so:
    pyarrow looks at that only when asked, and ends the whole process when it meets it unasked."""
    table = _unlooked(Mapped(path))
    table.validate(full=True)
    return table


def _unlooked(file: Mapped) -> "pa.Table":
    """Not validated: what is read of it has to be, first."""
    import pyarrow as pa

    source = file.source()
    try:
        return pa.ipc.open_stream(source).read_all()
    except pa.ArrowInvalid:
        source.seek(0)
        return pa.ipc.open_file(source).read_all()


@lru_cache(maxsize=32)
def _arrow(path: Path, changed: int) -> tuple[Mapped, list["pa.RecordBatch"]]:
    """Not validated, so that nothing is read of those that nobody asks for."""
    file = Mapped(path)
    return file, _unlooked(file).to_batches()


@lru_cache(maxsize=1024)
def _arrow_column(path: Path, changed: int, column: str, group: int) -> "pa.Array":
    found = _arrow(path, changed)[1][group].column(column)
    found.validate(full=True)
    return found


@lru_cache(maxsize=2)  # pictures are mostly asked for in their order
def _parquet(path: Path, changed: int, column: str, group: int) -> "pa.ChunkedArray":
    import pyarrow.parquet as pq

    return pq.ParquetFile(path).read_row_group(group, columns=[column]).column(column)


def _tar(path: Path) -> Iterator[tuple[int, Fields]]:
    number = 0
    last: str | None = None
    fields: Fields = {}
    with tarfile.open(path, "r:") as archive:
        for count, member in enumerate(archive):
            if count > MAX_MEMBERS:
                raise TwoviewError(f"{path.name} holds more than {MAX_MEMBERS:,} files, the most that are read. Split it up.")
            archive.members = []  # type: ignore[attr-defined]  # which would keep a million of them
            name = PurePosixPath(member.name)
            if not member.isreg() or name.name.startswith("."):
                continue
            stem, _, kind = name.name.partition(".")
            key = str(name.with_name(stem))
            if last is not None and key != last:
                yield number, _once(fields)
                number, fields = number + 1, {}
            last = key
            fields |= _of_member(archive, member, path, kind.lower())
    if last is not None:
        yield number, _once(fields)


def _once(fields: Fields) -> Fields:
    """The sentence of the text file; the JSON beside it mostly says it again."""
    return {name: value for name, value in fields.items() if "sentence" not in fields or name not in ("caption", "text")}


def _of_member(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path, kind: str) -> Fields:
    if f".{kind}" in PICTURES:
        return {"image": Member(path, member.name, member.offset_data, member.size)}
    if kind not in ("txt", "text", "caption", "cls", "json") or member.size > MAX_TEXT:
        return {}
    file = archive.extractfile(member)
    text = file.read().decode("utf-8", errors="replace") if file else ""
    if kind != "json":
        return {"label" if kind == "cls" else "sentence": text}
    try:
        more = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {str(name).strip().lower(): value for name, value in more.items() if str(name).lower() not in ("image", "key")} if isinstance(more, dict) else {}
