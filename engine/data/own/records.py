"""Tables as records: numbered rows, each a dict by the columns' names in small letters, or a sentence saying what is wrong with the row.

- ``.csv``, ``.tsv``, ``.txt``: a header, then rows, in UTF-8, UTF-16 or Windows-1252, between commas, semicolons, tabs or bars.
- ``.jsonl``: one object per line. ``.json``: see ``documents``. ``.parquet``, ``.arrow``, ``.tar``, which may hold pictures: see ``packed``.

Rows are read one after the other and never all held, but for ``.json``.
"""

import codecs
import csv
import json
from collections.abc import Iterator
from itertools import count, zip_longest
from pathlib import Path
from typing import IO, Any

from engine.data.own import documents, packed
from engine.errors import TwoviewError

DELIMITED = (".csv", ".tsv", ".txt")
SUFFIXES = (*DELIMITED, ".jsonl", ".json", *packed.SUFFIXES)
MAX_BYTES = 512 * 2**20  # of a table in text; what is packed is not read whole

Fields = dict[str, Any]
Records = Iterator[tuple[int, Fields | str]]


def records(path: Path) -> Records:
    """The rows of a table, counted as its file shows them. Raises TwoviewError when it cannot be read at all."""
    suffix = path.suffix.lower()
    if suffix in packed.SUFFIXES:
        return packed.records(path)
    if path.stat().st_size > MAX_BYTES:
        raise TwoviewError(f"{path.name} is larger than {MAX_BYTES // 2**20} MB, the most that is read as a table. Split it up, or save it as Parquet.")
    if suffix == ".json":
        return documents.records(path, encoding_of(path))
    return _lines(path) if suffix == ".jsonl" else _delimited(path)


def about_rows(path: Path) -> int:
    """About how many rows a table has, without reading it as one; 0 where that is not known."""
    if path.suffix.lower() in packed.SUFFIXES:
        return packed.about_rows(path)
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b""))


def encoding_of(path: Path) -> str:
    """UTF-8, UTF-16 with or without its mark, else Windows-1252, which reads any bytes."""
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        for zeros, encoding in ((head[1::2], "utf-16-le"), (head[::2], "utf-16-be")):
            if len(zeros) > 1 and zeros.count(0) > 0.8 * len(zeros):
                return encoding
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(head)
            for block in iter(lambda: file.read(2**20), b""):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _text(path: Path) -> IO[str]:
    """The file as text, its line ends as they are."""
    return path.open(encoding=encoding_of(path), errors="replace", newline="" if path.suffix.lower() in DELIMITED else "\n")


def _delimited(path: Path) -> Records:
    """A TSV has no quoting by rule, but spreadsheets write it: quotes are taken off only where they enclose a whole field."""
    with _text(path) as lines:
        head = lines.readline()
        lines.seek(0)
        tabs = path.suffix.lower() == ".tsv" and "\t" in head
        delimiter = "\t" if tabs else max(",;\t|", key=head.count)
        quoting = csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL
        reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)  # type: ignore[arg-type]
        header: list[str] = []
        for number in count(1):
            try:
                values = next(reader)
            except StopIteration:
                if number == 2:
                    raise TwoviewError(f"{path.name} has a header ({', '.join(map(repr, header[:12]))}) and no row below it. Its first row names the columns.") from None
                return
            except csv.Error as error:
                yield number, f"the quotation marks don't match ({error})"
                continue
            if tabs:
                values = [v[1:-1].replace('""', '"') if len(v) > 1 and v[0] == v[-1] == '"' else v for v in values]
            if number == 1:
                header = _header(path, values)
            elif len(values) > len(header):
                yield number, f"has {len(values)} fields, but the header has {len(header)}; sentences with {delimiter!r} must be in quotes"
            elif values:
                yield number, dict(zip_longest(header, values, fillvalue=""))


def _header(path: Path, values: list[str]) -> list[str]:
    names = [value.strip().lower() for value in values]
    if twice := next((name for name in names if name and names.count(name) > 1), None):
        raise TwoviewError(f"{path.name} must have one column of each name, but {twice!r} comes twice. Rename one.")
    return names


def _lines(path: Path) -> Records:
    with _text(path) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    yield number, documents.fields(json.loads(line))
                except (ValueError, RecursionError) as error:
                    yield number, f"is not JSON ({error})"
