"""Rows become two views: every good one is remembered as columns, so that a million of them fit; what contradicts an earlier one is a problem."""

from hashlib import sha256
from typing import NamedTuple

import numpy as np

from engine.data.base import Kind, PairedData, View
from engine.data.own.columns import Layout
from engine.data.own.pictures import Picture, held_pictures
from engine.data.own.reading import Problem, Reading, numbered


class Row(NamedTuple):
    """A row that makes sense so far. ``table``: which of several it is in. ``x``: a picture's name, or a sentence; ``y``: what belongs to it."""

    number: int
    table: str
    x: str
    y: list[str]
    id: str
    group: str
    label: str
    split: str


class Gathered:
    """The good rows so far, as columns, and what they have said: an item's group and label, a group's split, the ids in use.

    ``items``, ``groups``: names and their places, in order of appearance; a sentence that is an item of x is its own name.
    """

    def __init__(self, form: Layout, pictures: dict[str, Picture], has_splits: bool) -> None:
        self.form, self.pictures, self.has_splits = form, pictures, has_splits
        self.problems: list[Problem] = []
        self.items: dict[str, int] = {}
        self.group_of: list[int] = []
        self.label_of: list[str] = []
        self.partners: list[int] = []
        self.groups: dict[str, int] = {}
        self.split_of: list[str] = []
        self.keys: list[str] = []
        self.y: list[str] = []
        self.y_ids: list[str] = []
        self.y_item: list[int] = []
        self.y_label: list[str] = []
        self.used: set[str] = set()

    def take(self, row: Row | Problem) -> None:
        if isinstance(row, Problem):
            self.problems.append(row)
        elif what := self._picture_fault(row) or self._add(row):
            self.problems.append(problem(row.table, row.number, what))

    def _picture_fault(self, row: Row) -> str:
        x_kind, y_kind = self.form.kinds
        names = [*([row.x] if x_kind == "image" else ()), *(row.y if y_kind == "image" else ())]
        return next((self.pictures[name].problem for name in names if self.pictures[name].problem), "")

    def _add(self, row: Row) -> str:
        """Remember the row; or why it contradicts an earlier one."""
        if self.has_splits and not row.split:
            return "names no split, though other rows do"
        x = self.pictures[row.x].name if self.form.kinds[0] == "image" else row.x
        group, place = row.group or x, self.items.get(x)
        says = []
        if place is not None:
            says += [("label", x, row.label, self.label_of[place])]
            if self.groups.get(group) != self.group_of[place]:
                says += [("group", x, group, next(name for name, number in self.groups.items() if number == self.group_of[place]))]
        if group in self.groups:
            says += [("split", group, row.split, self.split_of[self.groups[group]])]
        for what, of, now, before in says:
            if now != before:
                return f"the {what} {now!r} contradicts an earlier row, where {of!r} has {before!r}"
        ids = self._ids(row, x, place)
        if duplicate := next((i for i in ids if i in self.used), None):
            return f"the id {duplicate!r} is used twice"
        self._keep(row, x, group, ids)
        return ""

    def _ids(self, row: Row, x: str, place: int | None) -> list[str]:
        """Of the row's items of y: its own, or that of x with numbers that go on where its last row ended."""
        if row.id and len(row.y) == 1:
            return [row.id]
        start = 0 if place is None else self.partners[place]
        return [f"{row.id or self._x_id(x)}#{k}" for k in range(start, start + len(row.y))]

    def _x_id(self, x: str) -> str:
        """A picture's name; of a sentence, its beginning and its hash, which stay when rows are added or moved."""
        return x if self.form.kinds[0] == "image" else f"{x[:30]} ~{sha256(x.encode()).hexdigest()[:12]}"

    def _keep(self, row: Row, x: str, group: str, ids: list[str]) -> None:
        place = self.items.setdefault(x, len(self.items))
        number = self.groups.setdefault(group, len(self.groups))
        if number == len(self.split_of):
            self.split_of.append(row.split)
            self.keys.append(self.pictures[row.x].sha256 if self.form.kinds[0] == "image" else sha256(x.encode()).hexdigest())
        if place == len(self.group_of):
            self.group_of.append(number)
            self.label_of.append(row.label)
            self.partners.append(0)
        self.partners[place] += len(row.y)
        self.y += row.y
        self.y_ids += ids
        self.y_item += [place] * len(row.y)
        self.y_label += [row.label] * len(row.y)
        self.used.update(ids)

    def reading(self, name: str) -> Reading:
        groups, items, of_y = _integers(self.group_of), list(self.items), _integers(self.y_item)
        names = sorted({*self.label_of, *self.y_label} - {""})
        x_kind, y_kind = self.form.kinds
        by_name = {picture.name: picture for picture in self.pictures.values()}
        x_items = held_pictures([by_name[item] for item in items]) if x_kind == "image" else items
        y_items = held_pictures([self.pictures[item] for item in self.y]) if y_kind == "image" else self.y
        x = View(x_kind, x_items, [self._x_id(item) for item in items], groups, _labels(self.label_of, names))
        y = View(y_kind, y_items, self.y_ids, groups[of_y], _labels(self.y_label, names))
        split_of = numbered(self.split_of) if self.has_splits else None
        hashes = [by_name[item].sha256 for item in items] if x_kind == "image" else []
        told = [*([self.form.told] if self.form.told else []), *_repeats(of_y, self.y, hashes, self.form.kinds)]
        return Reading(PairedData(name, "all", x, y, names), self.keys, split_of, sorted(self.problems, key=lambda p: p.row), told)


def problem(table: str, number: int, what: str) -> Problem:
    """``table``: which of several the row is in, "" of one alone."""
    return Problem(number, f"{table}: {what}" if table else what)


def _repeats(of_y: np.ndarray, y: list[str], hashes: list[str], kinds: tuple[Kind, Kind]) -> list[str]:
    """What occurs more than once, which makes figures too good or too bad: identical rows, a picture under several names, an item of several others."""
    said = np.fromiter(map(hash, y), dtype=np.int64, count=len(y))
    lines = np.unique(np.stack([of_y, said]), axis=1) if len(y) else np.empty((2, 0), np.int64)
    shared = np.unique(lines[1], return_counts=True)[1]
    one, other = ("picture" if kind == "image" else "sentence" for kind in kinds)
    counted = (
        (len(y) - lines.shape[1], f"row repeats a {one} with the same {other}", f"rows repeat a {one} with the same {other}"),
        (len(hashes) - len({*hashes}), "picture is in the table under another name as well", "pictures are in the table under another name as well"),
        (int((shared > 1).sum()), f"{other} stands for several {one}s, so that only one of its right answers counts", f"{other}s stand for several {one}s, so that only one of their right answers counts"),
    )
    return [f"{number:,} {several if number > 1 else single}." for number, single, several in counted if number]


def _integers(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def _labels(labels: list[str], names: list[str]) -> np.ndarray | None:
    number = {name: place for place, name in enumerate(names)} | {"": -1}
    return _integers([number[label] for label in labels]) if names else None
