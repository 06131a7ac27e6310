"""PairedData: two views whose items belong together by group.

A *group* is one thing seen from two sides: a photo and its five sentences, a picture's left and right half,
an article's text and its picture. The views may hold different numbers of items (1,000 photos, 5,000 sentences);
an item of x and an item of y match exactly when their groups are equal. Splits are by group, never by row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from PIL import Image

from engine.data.windows import Windows
from engine.errors import TwoviewError

Kind = Literal["image", "text", "vector"]


@dataclass(frozen=True)
class ObjectAnnotation:
    """One thing in a picture: ``box`` is (left, top, right, bottom) in pixels; ``mask()`` gives (height, width) bool."""

    label: str
    box: tuple[float, float, float, float]
    mask: Callable[[], np.ndarray] | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Phrase:
    """The characters ``start:end`` of a sentence name the objects with these positions in the picture's annotations."""

    start: int
    end: int
    objects: tuple[int, ...]


class Pictures(Protocol):
    """Lazily opened pictures: ``pictures[i]`` is an RGB image, ``pictures.encoded(i)`` its file's bytes."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Image.Image: ...
    def encoded(self, index: int) -> bytes: ...


@dataclass(frozen=True)
class View:
    """One side of the pairs, n items in a fixed order.

    ``items``: lazily opened pictures (kind "image"), strings ("text") or an array (n, ...) or ``Windows`` ("vector").
    ``ids``: n unique strings; ``groups``: n integers; ``labels``: n integers (−1 = none) or None.
    ``phrases``: for sentences, their links to the objects of the picture in the other view, or None.
    ``objects``: for pictures, what is in them, or None. ``drawn``: (height, width) of vectors that are grey pictures of
    ink in [0, 1], row by row, or None.
    """

    kind: Kind
    items: Any
    ids: Sequence[str]
    groups: np.ndarray
    labels: np.ndarray | None = None
    phrases: Sequence[Sequence[Phrase]] | None = None
    objects: Sequence[Sequence[ObjectAnnotation]] | None = None
    drawn: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        for name in ("items", "groups", "labels", "phrases", "objects"):
            value = getattr(self, name)
            if value is not None and len(value) != len(self.ids):
                raise TwoviewError(f"A view needs one entry of {name} per item: {len(self.ids)} ids, {len(value)} {name}.")

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def visible(self) -> bool:
        """Whether an item can be shown as a picture."""
        return self.kind == "image" or self.drawn is not None

    def take(self, rows: np.ndarray) -> "View":
        """The items at ``rows``, in that order."""
        rows = np.asarray(rows)

        def pick(values: Any) -> Any:
            if values is None:
                return None
            if isinstance(values, np.ndarray):
                return values[rows]
            if isinstance(values, Windows):
                return values.take(rows)
            return LazyRows(values, rows) if hasattr(values, "encoded") else [values[i] for i in rows]

        return View(
            self.kind, pick(self.items), pick(self.ids), pick(self.groups),
            pick(self.labels), pick(self.phrases), pick(self.objects), self.drawn,
        )

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of what the items hold (bytes of the files, characters, numbers), independent of where they lie."""
        digest = sha256(self.kind.encode())
        if isinstance(self.items, Windows):
            digest.update(f"{self.items.strip.shape}{self.items.width}".encode())
            digest.update(np.ascontiguousarray(self.items.strip).data)
            digest.update(np.ascontiguousarray(self.items.starts, dtype=np.int64).data)
        elif self.kind == "vector":
            array = np.ascontiguousarray(self.items)
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(array.data)
        else:
            for i in range(len(self)):
                item = self.items[i].encode() if self.kind == "text" else self.items.encoded(i)
                digest.update(len(item).to_bytes(8, "little"))
                digest.update(item)
        return digest.hexdigest()


class LazyRows:
    """Some rows of lazily opened pictures."""

    def __init__(self, pictures: Pictures, rows: np.ndarray):
        self.pictures, self.rows = pictures, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Image.Image:
        return self.pictures[int(self.rows[index])]

    def encoded(self, index: int) -> bytes:
        return self.pictures.encoded(int(self.rows[index]))


@dataclass(frozen=True)
class PairedData:
    """One split of a data set. ``label_names[l]`` names label l. See the module's docstring for groups.

    Encoding replaces both views' items by feature arrays and keeps everything else, so the same class
    serves from the files on disk to the tensors a model trains on.
    """

    name: str
    split: str
    x: View
    y: View
    label_names: Sequence[str] = ()

    @cached_property
    def pairs(self) -> np.ndarray:
        """All matching pairs as rows (i, j): item i of x and item j of y share a group. Shape (n_pairs, 2), ordered by j."""
        order = np.argsort(self.x.groups, kind="stable")
        keys = self.x.groups[order]
        first = np.searchsorted(keys, self.y.groups, "left")
        last = np.searchsorted(keys, self.y.groups, "right")
        counts = last - first
        j = np.repeat(np.arange(len(self.y)), counts)
        offset = np.arange(len(j)) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.stack([order[np.repeat(first, counts) + offset], j], axis=1)

    def take_groups(self, groups: np.ndarray, split: str) -> "PairedData":
        """The part of the data whose groups are in ``groups``, under a new split name."""
        rows_x = np.flatnonzero(np.isin(self.x.groups, groups))
        rows_y = np.flatnonzero(np.isin(self.y.groups, groups))
        return replace(self, split=split, x=self.x.take(rows_x), y=self.y.take(rows_y))

    def take_share(self, share: float, split: str) -> "PairedData":
        """A part of the groups (two at least), the same ones whenever it is asked for, under a new split name."""
        groups = np.unique(self.x.groups)
        return self.take_groups(np.random.default_rng(0).permutation(groups)[: max(2, round(share * len(groups)))], split)

    @property
    def content_hash(self) -> str:
        """SHA-256 over both views' contents and their groups."""
        digest = sha256(f"{self.x.content_hash}{self.y.content_hash}".encode())
        for view in (self.x, self.y):
            digest.update(np.ascontiguousarray(view.groups, dtype=np.int64).data)
        return digest.hexdigest()


def paired_arrays(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray | None = None, labels: np.ndarray | None = None,
    name: str = "arrays", split: str = "train",
) -> PairedData:
    """Two aligned arrays (n, ...) as PairedData: row i of x belongs to row i of y.

    Raises TwoviewError when the lengths differ.
    """
    if len(x) != len(y):
        raise TwoviewError(f"The views must have one row per pair: x has {len(x)} rows, y has {len(y)}. Drop or repeat rows so that row i of x belongs to row i of y.")
    groups = np.arange(len(x)) if groups is None else np.asarray(groups)
    ids = [str(i) for i in range(len(x))]
    views = [View("vector", np.asarray(items), ids, groups, labels) for items in (x, y)]
    return PairedData(name, split, views[0], views[1])


@dataclass(frozen=True)
class DatasetInfo:
    """What the product says about a data set, and how to read it.

    ``load(split, root)`` gives PairedData; ``root`` is the data root, ignored by embedded sets. ``where`` says where a
    person gets it and into which folder of the data root it goes; ``terms`` under what conditions.
    ``encoders`` are the default encoder ids (x, y), None for views that are vectors already. ``missing(root)`` names the
    files and folders that a reader needs and that are not there (relative to the data root); ``load`` may count on them.
    ``prepare(root, progress)`` does ahead what the first ``load`` would take long for, such as drawing the pictures.
    """

    name: str
    title: str
    description: str
    where: str
    terms: str
    splits: tuple[str, ...]
    load: Callable[[str, Path], PairedData]
    encoders: tuple[str | None, str | None] = (None, None)
    embedded: bool = False
    missing: Callable[[Path], Sequence[str]] = lambda root: ()
    prepare: Callable[[Path, Callable[[int, int, str], None]], None] | None = None
