"""Pictures with sentences, pairs of pictures and pairs of sentences, in the rows of tables (``records`` says which files).

Columns, in any order and case: the picture's file (image, file, filename, path …), relative to the table, to the folder
``images`` beside it or to any other one there; its sentences (sentence, caption, text …; also numbered: caption1, caption2 …; also a JSON list); by other
names, they are found by what is in them (``columns``). A picture may have several rows. Optional: ``id`` of the sentence, ``group`` (pictures of one thing), ``label`` (class), ``split``.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from engine.data.base import Kind
from engine.data.own.columns import Columns, Fields, Layout, layout
from engine.data.own.gathering import Gathered, Row, problem
from engine.data.own.packed import Cell, Inside, Member
from engine.data.own.pictures import check_pictures, pictures_in
from engine.data.own.reading import SPLIT_NAMES, Problem, Progress, Reading
from engine.data.own.records import about_rows, records

MAX_CHARACTERS = 10_000
LOOKED_AT = 50  # rows, to find out what a column holds
TOLD = 2**14  # rows between two words of progress


@dataclass(frozen=True)
class Tables:
    """A table, or several that are read as one: files with the split that each is, "" for none. Pictures' names are relative to ``root``."""

    root: Path
    parts: tuple[tuple[Path, str], ...]

    @property
    def files(self) -> list[Path]:
        return [file for file, _ in self.parts]


def column_names(tables: Tables) -> list[str]:
    """The names of a table's columns, in small letters, whatever they are called."""
    return list(dict.fromkeys(name for row in _first(tables) for name in row))


def kinds(tables: Tables, columns: Columns) -> tuple[Kind, Kind]:
    """What the two views hold, by the first rows. Raises TwoviewError as ``read``."""
    return _layout(tables, columns).kinds


def read(tables: Tables, name: str, columns: Columns, progress: Progress | None = None) -> Reading:
    """x and y in order of appearance; an item of x comes once, however many rows it has. A group is an item of x, or what ``group`` says.

    The tables are read twice, first for the names of the pictures, so that no row has to be held. Raises TwoviewError when nothing can be read at all.
    """
    form = _layout(tables, columns)
    packed: dict[str, Inside] = {}
    names: dict[str, None] = {}
    if "image" in form.kinds:
        for row in _rows(tables, form, packed, progress, "looking for pictures"):
            if isinstance(row, Row):
                names.update(dict.fromkeys([row.x, *row.y] if form.kinds[1] == "image" else [row.x]))
    gathered = Gathered(form, check_pictures(tables.root, list(names), packed, progress), _has_splits(tables, form))
    for row in _rows(tables, form, packed, progress, "reading rows"):
        gathered.take(row)
    return gathered.reading(name)


def _first(tables: Tables) -> list[Fields]:
    """A few rows from the beginning of each table."""
    return [fields for file in tables.files[:LOOKED_AT] for _, fields in islice(records(file), LOOKED_AT) if isinstance(fields, dict)]


def _layout(tables: Tables, columns: Columns) -> Layout:
    root = tables.root.resolve()
    folders, is_picture = {file.parent for file in tables.files}, pictures_in(root)

    def is_here(value: Any) -> bool:
        return isinstance(value, Member | Cell) or (isinstance(value, str) and any(is_picture(_below(root, folder, value)) for folder in folders))

    return layout(tables.files[0].name, _first(tables), columns, is_here)


def _has_splits(tables: Tables, form: Layout) -> bool:
    """Whether the data are split already; one split alone, as a download of only the training part has, is none."""
    return len({split for _, split in tables.parts}) > 1 or any(_text(row.get(form.about["split"])) for row in _first(tables))


def _rows(tables: Tables, form: Layout, packed: dict[str, Inside], progress: Progress | None, what: str) -> Iterator[Row | Problem]:
    """Every row; pictures that lie inside a file are added to ``packed`` under the names that the rows call them by."""
    root, several, done = tables.root.resolve(), len(tables.parts) > 1, 0
    total = sum(map(about_rows, tables.files)) if progress else 0
    for file, split in tables.parts:
        table = file.relative_to(tables.root).as_posix() if several else ""
        for number, fields in records(file):
            done += 1
            if progress and done % TOLD == 0:
                progress(done, max(done, total), what)
            if isinstance(fields, str):
                yield problem(table, number, fields)
                continue
            for column in (form.x, *form.y):
                value = fields.get(column)
                if isinstance(value, Member | Cell):
                    inside = f"{table}/{value.name}" if several else value.name
                    packed.setdefault(inside, value)
                    fields[column] = inside if packed[inside] == value else f"{inside} ({number})"
                    packed[fields[column]] = value
                elif several and file.parent != tables.root and isinstance(value, str) and _holds_pictures(form, column):
                    fields[column] = _below(root, file.parent, value)
            yield _row(form, table, number, fields, split)


def _below(root: Path, folder: Path, name: str) -> str:
    """A picture's name relative to the root, where the table lies in a folder of its own."""
    return f"{folder.resolve().relative_to(root).as_posix()}/{name}" if name and folder.resolve() != root else name


def _holds_pictures(form: Layout, column: str) -> bool:
    return form.kinds[0 if column == form.x else 1] == "image"


def _row(form: Layout, table: str, number: int, fields: Fields, part: str) -> Row | Problem:
    x = _text(fields.get(form.x))
    y = [text for column in form.y for text in _texts(fields.get(column)) if text]
    split = (_text(fields.get(form.about["split"])) or part).lower()
    if not x:
        return problem(table, number, "names no picture" if form.kinds[0] == "image" else "the sentence is empty")
    if not y:
        return problem(table, number, "names no second picture" if form.kinds[1] == "image" else "the sentence is empty")
    if max(map(len, (x, *y))) > MAX_CHARACTERS:
        return problem(table, number, f"a sentence has more than {MAX_CHARACTERS:,} characters; is a quotation mark not closed?")
    if split and split not in SPLIT_NAMES:
        return problem(table, number, f"the split {split!r} is none of train, validation, test")
    id, group, label = (_text(fields.get(form.about[what])) for what in ("id", "group", "label"))
    return Row(number, table, x, y, id, group, label, SPLIT_NAMES.get(split, ""))


def _texts(value: Any) -> list[str]:
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
