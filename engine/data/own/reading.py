"""What reading a person's own data gives: the good rows, the problems of the others, and the splits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.data.base import PairedData
from engine.errors import TwoviewError

Progress = Callable[[int, int, str], None]
Stamp = tuple[tuple[str, int, int], ...]  # names, sizes and times of files

SPLITS = ("train", "validation", "test")
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
    """``data``: the good rows (split "all"). ``keys[g]``: SHA-256 of group g's content; ``split_of[g]``: its split, as ``numbered`` writes it, if the person
    gave one, and ``share_of[g]`` the one that it was given here, where that is known. ``problems``: the bad rows, in order. ``notes``: what a person should know of the good ones, in sentences."""

    data: PairedData
    keys: Sequence[str]
    split_of: np.ndarray | None
    problems: Sequence[Problem]
    notes: Sequence[str] = ()
    share_of: np.ndarray | None = None

    def splits(self) -> dict[str, np.ndarray]:
        """The groups of each split. Raises TwoviewError when there are fewer than three different groups to share out."""
        here = np.zeros(len(self.keys), dtype=bool)
        here[self.data.x.groups] = True
        known = self.share_of if self.split_of is None else self.split_of
        if known is not None:
            return {name: found for number, name in enumerate(SPLITS) if len(found := np.flatnonzero(here & (known == number)))}
        groups = np.flatnonzero(here)
        keys = sorted({self.keys[group] for group in groups.tolist()})
        if len(keys) < 3:
            raise TwoviewError(f"Splitting into train, validation and test needs at least three different pairs; there are {len(keys)}.")
        tenth = max(1, round(len(keys) / 10))
        part_of = dict.fromkeys(keys, "train") | dict.fromkeys(keys[:tenth], "test") | dict.fromkeys(keys[tenth : 2 * tenth], "validation")
        names = np.array([part_of[self.keys[group]] for group in groups.tolist()])
        return {name: groups[names == name] for name in SPLITS}

    def without(self, left_out: Mapping[str, Sequence[str]]) -> "Reading":
        """Without the items of x and y with these ids, and without those whose every partner is gone. What nobody gave a split is shared out anew."""
        if not any(left_out.values()):
            return self
        data = self.data
        keep = {key: ~np.isin(view.ids, list(left_out.get(key, ()))) for key, view in (("x", data.x), ("y", data.y))}
        shared = np.intersect1d(data.x.groups[keep["x"]], data.y.groups[keep["y"]])
        rows = {key: np.flatnonzero(keep[key] & np.isin(view.groups, shared)) for key, view in (("x", data.x), ("y", data.y))}
        return replace(self, data=replace(data, x=data.x.take(rows["x"]), y=data.y.take(rows["y"])), share_of=None)


def numbered(splits: Iterable[str]) -> np.ndarray:
    """Splits by their places in ``SPLITS``, int8; −1 for none."""
    number = {name: place for place, name in enumerate(SPLITS)} | {"": -1}
    return np.fromiter((number[split] for split in splits), np.int8)
