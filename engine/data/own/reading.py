"""What reading a person's own data gives: the good rows, the problems of the others, and the splits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.data.base import PairedData
from engine.errors import TwoviewError

Progress = Callable[[int, int, str], None]
Stamp = tuple[tuple[str, int, int], ...]  # names, sizes and times of files

SPLIT_NAMES = {
    "train": "train", "training": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row. Rows are counted as the file shows them: the lines of a table from 1, its header included; the
    rows of a matrix from 0, as NumPy does."""

    row: int
    what: str


@dataclass(frozen=True)
class Reading:
    """``data``: the good rows (split "all"). ``keys[g]``: SHA-256 of group g's content; ``split_of[g]``: its split, if the person gave
    one. ``problems``: the bad rows, in order. ``notes``: what a person should know of the good ones, in sentences."""

    data: PairedData
    keys: Sequence[str]
    split_of: Mapping[int, str] | None
    problems: Sequence[Problem]
    notes: Sequence[str] = ()

    def splits(self) -> dict[str, np.ndarray]:
        """The groups of each split. Raises TwoviewError when there are fewer than three different groups to share out."""
        groups = np.unique(self.data.x.groups)
        if self.split_of is not None:
            names = np.array([self.split_of[group] for group in groups.tolist()])
            return {name: groups[names == name] for name in ("train", "validation", "test") if (names == name).any()}
        keys = sorted({self.keys[group] for group in groups.tolist()})
        if len(keys) < 3:
            raise TwoviewError(f"Splitting into train, validation and test needs at least three different pairs; there are {len(keys)}.")
        tenth = max(1, round(len(keys) / 10))
        part_of = dict.fromkeys(keys, "train") | dict.fromkeys(keys[:tenth], "test") | dict.fromkeys(keys[tenth : 2 * tenth], "validation")
        names = np.array([part_of[self.keys[group]] for group in groups.tolist()])
        return {name: groups[names == name] for name in ("train", "validation", "test")}

    def without(self, left_out: Mapping[str, Sequence[str]]) -> "Reading":
        """Without the items of x and y with these ids, and without those whose every partner is gone."""
        if not any(left_out.values()):
            return self
        data = self.data
        keep = {key: ~np.isin(view.ids, list(left_out.get(key, ()))) for key, view in (("x", data.x), ("y", data.y))}
        shared = np.intersect1d(data.x.groups[keep["x"]], data.y.groups[keep["y"]])
        rows = {key: np.flatnonzero(keep[key] & np.isin(view.groups, shared)) for key, view in (("x", data.x), ("y", data.y))}
        return replace(self, data=replace(data, x=data.x.take(rows["x"]), y=data.y.take(rows["y"])))
