"""Pictures with a table of sentences: ``.csv``, ``.tsv`` (a header, then rows) or ``.jsonl`` (one object per line), in UTF-8, UTF-16 or Windows-1252.

Columns, in any order and case: the picture's file (image, file, filename, path …), relative to the table or to the folder
``images`` beside it; its sentences (sentence, caption, text …; also numbered: caption1, caption2 …; also a JSON list); by other
names, they are found by what is in them (``columns``). A picture may have several rows. Optional: ``id`` of the sentence, ``group`` (pictures of one thing), ``label`` (class), ``split``.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import StringIO
from itertools import count, islice, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from engine.data.base import PairedData, View
from engine.data.images import PictureFiles
from engine.data.own.columns import Columns, by_content, by_name
from engine.data.own.pictures import check_pictures, is_picture_here
from engine.data.own.reading import SPLIT_NAMES, Problem, Progress, Reading
from engine.errors import TwoviewError

SUFFIXES = (".csv", ".tsv", ".jsonl")
MAX_BYTES = 512 * 2**20
MAX_CHARACTERS = 10_000
LOOKED_AT = 50  # rows, to find out what a column holds


class Row(NamedTuple):
    """A row that makes sense so far. ``image``: as written; once its file is found, relative to the table's folder."""

    number: int
    image: str
    sentences: list[str]
    id: str
    group: str
    label: str
    split: str


def read(path: Path, name: str, columns: Columns, progress: Progress | None = None) -> Reading:
    """x: the pictures in order of appearance; y: the sentences in the order of the table. A group is a picture, or what ``group`` says."""
    rows: list[Row] = []
    problems: list[Problem] = []
    told: list[str] = []
    for row in _rows(path, columns, told):
        if isinstance(row, Problem):
            problems.append(row)
        else:
            rows.append(row)
    pictures = check_pictures(path.parent, list(dict.fromkeys(row.image for row in rows)), progress)
    settled = _Settled(any(row.split for row in rows))
    good: list[Row] = []
    ids: list[str] = []
    paths: dict[str, Path] = {}
    for row in rows:
        picture = pictures[row.image]
        if not picture.problem:
            row = _named(row, picture.path.relative_to(path.parent).as_posix())
            paths[row.image] = picture.path
        row_ids = settled.number(row)
        if what := picture.problem or settled.conflict(row, row_ids):
            problems.append(Problem(row.number, what))
        else:
            good.append(row)
            ids += row_ids
    groups = {key: number for number, key in enumerate(dict.fromkeys(row.group for row in good))}
    first = {row.image: row for row in reversed(good)}
    images = list(dict.fromkeys(row.image for row in good))
    label_names = sorted({row.label for row in good} - {""})
    sentences = [(row, text) for row in good for text in row.sentences]
    x = View(
        "image", PictureFiles([paths[image] for image in images]), images,
        _integers(groups[first[image].group] for image in images), _labels([first[image] for image in images], label_names),
    )
    y = View(
        "text", [text for _, text in sentences], ids, _integers(groups[row.group] for row, _ in sentences),
        _labels([row for row, _ in sentences], label_names),
    )
    hashes = {picture.path: picture.sha256 for picture in pictures.values()}
    keys = {groups[row.group]: hashes[paths[row.image]] for row in reversed(good)}
    split_of = {groups[row.group]: row.split for row in good} if settled.has_splits else None
    data = PairedData(name, "all", x, y, label_names)
    return Reading(data, [keys[group] for group in range(len(groups))], split_of, sorted(problems, key=lambda p: p.row), [*told, *_repeats(good, paths, hashes)])


def _repeats(rows: list[Row], paths: dict[str, Path], hashes: dict[Path, str]) -> list[str]:
    """What occurs more than once, which makes figures too good or too bad: identical rows, a picture under several names, a sentence of several pictures."""
    lines = Counter((row.image, text) for row in rows for text in row.sentences)
    names = Counter(hashes[paths[image]] for image in dict.fromkeys(row.image for row in rows))
    pictures = Counter(text for _, text in lines)
    counted = (
        (sum(n - 1 for n in lines.values()), "rows repeat a picture with the same sentence"),
        (sum(n - 1 for n in names.values()), "pictures are in the table under another name as well"),
        (sum(n > 1 for n in pictures.values()), "sentences stand for several pictures, so that only one of their right answers counts"),
    )
    return [f"{number:,} {what}." for number, what in counted if number]


def _named(row: Row, image: str) -> Row:
    """The row under its picture's one name, which is also its group if it has no other."""
    return row._replace(image=image, group=row.group or image)


class _Settled:
    """What earlier rows have said: a picture's group and label, a group's split, the ids in use."""

    def __init__(self, has_splits: bool) -> None:
        self.has_splits = has_splits
        self.said: dict[tuple[str, str], str] = {}
        self.ids: set[str] = set()
        self.sentences_of: Counter[str] = Counter()

    def number(self, row: Row) -> list[str]:
        """Ids for the row's sentences: its own, or the picture's with numbers that go on where its last row ended."""
        if row.id and len(row.sentences) == 1:
            return [row.id]
        name = row.id or row.image
        start = self.sentences_of[name]
        self.sentences_of[name] += len(row.sentences)
        return [f"{name}#{k}" for k in range(start, start + len(row.sentences))]

    def conflict(self, row: Row, ids: list[str]) -> str:
        """Why this row contradicts an earlier one; "" and remembered if it does not."""
        if self.has_splits and not row.split:
            return "names no split, though other rows do"
        says = {("group", row.image): row.group, ("label", row.image): row.label, ("split", row.group): row.split}
        for (what, of), value in says.items():
            if self.said.get((what, of), value) != value:
                return f"the {what} {value!r} contradicts an earlier row, where {of!r} has {self.said[what, of]!r}"
        if duplicate := next((i for i in ids if i in self.ids), None):
            return f"the id {duplicate!r} is used twice"
        self.said |= says
        self.ids.update(ids)
        return ""


def _rows(path: Path, columns: Columns, told: list[str]) -> Iterator[Row | Problem]:
    if path.stat().st_size > MAX_BYTES:
        raise TwoviewError(f"{path.name} is larger than {MAX_BYTES // 2**20} MB, the most that is read as a table. Split it up.")
    lines = StringIO(_text_of(path))
    for number, fields in _objects(path, lines, columns) if path.suffix.lower() == ".jsonl" else _records(path, lines, columns, told):
        yield Problem(number, fields) if isinstance(fields, str) else _row(path, number, fields)


def _records(path: Path, lines: StringIO, columns: Columns, told: list[str]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The rows below the header as dicts, or a sentence saying what is wrong with a row.

    A TSV has no quoting by rule, but spreadsheets write it: quotes are taken off only where they enclose a whole field.
    """
    tabs = path.suffix.lower() == ".tsv"
    delimiter = _delimiter(path, lines)
    quoting = csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)  # type: ignore[arg-type]
    header: list[str] = []
    for number in count(1):
        try:
            values = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield number, f"the quotation marks don't match ({error})"
            continue
        if tabs:
            values = [v[1:-1].replace('""', '"') if len(v) > 1 and v[0] == v[-1] == '"' else v for v in values]
        if number == 1:
            header = _header(path, columns.renamed(path.name, [name.strip().lower() for name in values]), delimiter, lines.getvalue(), told)
        elif len(values) > len(header):
            yield number, f"has {len(values)} fields, but the header has {len(header)}; sentences with {delimiter!r} must be in quotes"
        elif values:
            yield number, dict(zip_longest(header, values, fillvalue=""))
    if not header:
        by_name(path.name, ())


def column_names(path: Path) -> list[str]:
    """The names in a table's header, in small letters, whatever they are called; of ``.jsonl``, the first object's keys. Empty where it has none."""
    lines = StringIO(_text_of(path))
    with suppress(csv.Error, ValueError, RecursionError, StopIteration):
        if path.suffix.lower() == ".jsonl":
            first = json.loads(next(line for line in lines if line.strip()))
            return [str(key).strip().lower() for key in first] if isinstance(first, dict) else []
        return [name.strip().strip('"').lower() for name in next(csv.reader(lines, delimiter=_delimiter(path, lines)))]
    return []


def _delimiter(path: Path, lines: StringIO) -> str:
    """What is between the fields, by the header; ``lines`` stand at the beginning again."""
    header = lines.readline()
    lines.seek(0)
    return "\t" if path.suffix.lower() == ".tsv" else max(",;\t|", key=header.count)


def _header(path: Path, names: list[str], delimiter: str, text: str, told: list[str]) -> list[str]:
    """The header by which the rows are read. Raises TwoviewError when neither names nor contents say which column is which."""
    try:
        by_name(path.name, tuple(names))
    except TwoviewError as error:
        if len({*names}) < len(names):
            raise
        first: list[list[str]] = []
        with suppress(csv.Error):  # the rows before it say enough
            first.extend(row for row in islice(csv.reader(StringIO(text), delimiter=delimiter), 1, 1 + LOOKED_AT) if row)
        found = by_content(names, first, lambda value: is_picture_here(path.parent, value)) if first else None
        if found is None:
            raise TwoviewError(f"{error} By what is in them it could not be told either: no column's values are picture files beside the table.") from None
        names, sentence = found
        told.append(sentence)
    return names


def _text_of(path: Path) -> str:
    """A table as spreadsheets write it: UTF-8, UTF-16 with its mark, else Windows-1252, which reads any bytes."""
    encoded = path.read_bytes()
    if encoded.startswith((b"\xff\xfe", b"\xfe\xff")):
        return encoded.decode("utf-16", errors="replace")
    try:
        return encoded.decode("utf-8-sig")
    except UnicodeDecodeError:
        return encoded.decode("cp1252", errors="replace")


def _objects(path: Path, lines: Iterable[str], columns: Columns) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, f"is not JSON ({error})"
                continue
            if not isinstance(value, dict):
                yield number, "is not a JSON object {…}"
                continue
            try:
                names = columns.renamed(path.name, [key.strip().lower() for key in value])
            except TwoviewError as error:
                yield number, str(error)
                continue
            yield number, dict(zip(names, value.values(), strict=True))


def _row(path: Path, number: int, fields: dict[str, Any]) -> Row | Problem:
    try:
        image_column, text_columns = by_name(path.name, tuple(fields))
    except TwoviewError as error:
        return Problem(number, str(error))
    image = _text(fields[image_column])
    texts = [text for column in text_columns for text in _sentences(fields[column])]
    sentences = [text for text in texts if text]
    split = _text(fields.get("split")).lower()
    if not image:
        return Problem(number, "names no picture")
    if not sentences:
        return Problem(number, "the sentence is empty")
    if max(map(len, sentences)) > MAX_CHARACTERS:
        return Problem(number, f"a sentence has more than {MAX_CHARACTERS:,} characters; is a quotation mark not closed?")
    if split and split not in SPLIT_NAMES:
        return Problem(number, f"the split {split!r} is none of train, validation, test")
    return Row(
        number, image, sentences, _text(fields.get("id")), _text(fields.get("group")),
        _text(fields.get("label")), SPLIT_NAMES.get(split, ""),
    )


def _sentences(value: Any) -> list[str]:
    """A cell's sentences: a list, a string holding a JSON list of strings, or one string."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            listed = json.loads(value)
        except (ValueError, RecursionError):
            listed = value
        value = listed if isinstance(listed, list) and all(isinstance(text, str) for text in listed) else value
    return [_text(text) for text in value] if isinstance(value, list) else [_text(value)]


def _text(value: Any) -> str:
    """A field as text with single spaces; "" for what is neither text nor number."""
    return " ".join(str(value).split()) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _integers(values: Iterator[int]) -> np.ndarray:
    return np.fromiter(values, dtype=np.int64)


def _labels(rows: list[Row], names: list[str]) -> np.ndarray | None:
    number = {name: label for label, name in enumerate(names)} | {"": -1}
    return _integers(number[row.label] for row in rows) if names else None
