"""The items of a split and what is looked up in them: partners, ids, sentences, pictures small enough to send. Needs no torch."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, cached_property, lru_cache
from hashlib import blake2b, sha256
from io import BytesIO

import numpy as np
import streamlit as st
from PIL import Image

from app.asking import catalogue, scores
from app.frame.query import Query
from engine.data import MUSIC, load
from engine.data.base import PairedData, View
from engine.data.images import open_picture
from engine.data.nouns import described, in_tune, noun
from engine.data.scenes.render import SPLITS as DRAWN_HERE
from engine.data.scenes.render import archive_path
from engine.errors import TwoviewError
from engine.paths import atomic_write, cache_dir
from engine.search.record import made_of

__all__ = ["PairedData", "View", "described", "in_tune", "noun"]

SENT_AS_IT_IS = 48_000  # bytes: a larger picture file is sent as a thumbnail
THUMBNAIL = 448  # pixels on the longer side: sharp on a double-density screen
DRAWN = 224  # pixels, at most, on the longer side of a vector that is drawn
MANY = 50_000  # strings
THUMBNAILS = 1024  # kept, some 30 KB each


class Rows(Mapping[str, int]):
    """Where each of very many ``names`` stands, by their hashes in order and whose each is, see ``sorted_hashes``: they may lie on disk, where a dictionary of
    a million takes a tenth of a gigabyte."""

    def __init__(self, names: Sequence[str], hashes: np.ndarray):
        self._names, self._hashes = names, hashes

    def __getitem__(self, name: str) -> int:
        for row in _equal(self._hashes, _hash(name)).tolist():
            if self._names[row] == name:
                return row
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Gallery:
    """``pairs`` with its lookups, each made when it is first asked for: ``row_of_id`` gives the row of each id of a view. One is shared by all sessions."""

    def __init__(self, pairs: PairedData):
        self.pairs = pairs
        self.row_of_id: Callable[[str], Mapping[str, int]] = cache(lambda view: Rows(self.view(view).ids, self._kept_hashes(view, "ids", str)))
        self._by_group: Callable[[str], tuple[np.ndarray | None, np.ndarray]] = cache(lambda view: in_order(self.view(view).groups))
        self._by_text: Callable[[str], np.ndarray] = cache(lambda view: self._kept_hashes(view, "items", plain))
        self._thumbnail = lru_cache(THUMBNAILS)(lambda view, row: thumbnail(self.view(view).items.encoded(row)))

    def view(self, name: str) -> View:
        return self.pairs.x if name == "x" else self.pairs.y

    @cached_property
    def made_of(self) -> str:
        """Another when other items are in it; asked for by whoever keeps something of them."""
        return made_of(self.pairs)

    def _kept_hashes(self, view: str, what: str, written: Callable[[str], str]) -> np.ndarray:
        """``sorted_hashes`` of a view's ids or sentences; of very many they are kept for the next server."""
        strings = getattr(self.view(view), what)
        if len(strings) < MANY:
            return sorted_hashes(map(written, strings))
        file = cache_dir("hashes", f"{sha256(f'{self.pairs.name} {self.pairs.split} {view} {what} {self.made_of}'.encode()).hexdigest()[:32]}.npy")
        with suppress(OSError, ValueError, EOFError):
            kept = np.load(file, mmap_mode="r", allow_pickle=False)
            if kept.shape == (2, len(strings)):
                return kept
        made = sorted_hashes(map(written, strings))
        with suppress(OSError), atomic_write(file) as temporary, temporary.open("wb") as opened:
            np.save(opened, made, allow_pickle=False)
        return made

    def rows_of_text(self, view: str, text: str) -> list[int]:
        """Where a sentence stands in a view of sentences, written as ``plain`` writes it."""
        wanted = plain(text)
        return [row for row in _equal(self._by_text(view), _hash(wanted)).tolist() if plain(self.view(view).items[row]) == wanted]

    def partners(self, view: str, row: int) -> np.ndarray:
        """Rows of the other view that belong to this item."""
        return _equal(self._by_group(other(view)), self.view(view).groups[row])

    def picture(self, view: str, row: int) -> bytes:
        """An encoded picture, small enough to send: the file as it is, or a thumbnail of it."""
        if (shape := self.view(view).drawn) is not None:
            values = np.reshape(self.view(view).items[row], shape)
            if self.pairs.name in MUSIC:
                return scores.staff(values) if view == "x" else scores.sound(values)
            return inked(values)
        encoded = self.view(view).items.encoded(row)
        return encoded if len(encoded) <= SENT_AS_IT_IS else self._thumbnail(view, row)


def sorted_hashes(strings: Iterable[str]) -> np.ndarray:
    """(2, n), int64: whose each hash is, and the hashes in order."""
    hashes = np.fromiter(map(_hash, strings), np.int64)
    order = np.argsort(hashes, kind="stable")
    return np.stack([order, hashes[order]])


def _hash(text: str) -> int:
    """The same in every process, unlike Python's own."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little", signed=True)


def in_order(values: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    """Rows in the order of their values (None: they are in order already), equal ones in their own, and the values in that order."""
    if (values[1:] >= values[:-1]).all():
        return None, values
    order = np.argsort(values, kind="stable")
    return order, values[order]


def _equal(ordered: tuple[np.ndarray | None, np.ndarray] | np.ndarray, wanted: int) -> np.ndarray:
    """Of rows in the order of their values, see ``in_order``, those of this value."""
    order, values = ordered
    start, stop = (int(np.searchsorted(values, wanted, side)) for side in ("left", "right"))
    return np.arange(start, stop) if order is None else order[start:stop]


def plain(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(" .")


def other(view: str) -> str:
    return "y" if view == "x" else "x"


def inked(values: np.ndarray) -> bytes:
    """Ink (height, width) in [0, 1] as a PNG, black on white, its pixels large and in the middle of a square."""
    drawn = Image.fromarray(np.round(255 * (1 - np.clip(values, 0, 1))).astype(np.uint8))
    scale = max(DRAWN // max(drawn.size), 1)
    drawn = drawn.resize((drawn.width * scale, drawn.height * scale), Image.Resampling.NEAREST)
    sheet = Image.new("L", (max(drawn.size),) * 2, 255)
    sheet.paste(drawn, ((sheet.width - drawn.width) // 2, (sheet.height - drawn.height) // 2))
    buffer = BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def thumbnail(encoded: bytes) -> bytes:
    """A stranger's or a large picture as a small WebP. Raises TwoviewError when it is no picture."""
    image = open_picture(encoded)
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=88)
    return buffer.getvalue()


def shelf(data: str, split: str) -> Gallery:
    """The items of a split, opened lazily, and lookups in them. Raises TwoviewError when they would have to be drawn first."""
    return _shelf(data, split, catalogue.version(data))


@st.cache_resource(max_entries=6, show_spinner=False)
def _shelf(data: str, split: str, version: str) -> Gallery:
    if (data, split) in DRAWN_HERE and not archive_path(data, split).exists():
        raise TwoviewError(f"The {split} pictures are not drawn on this machine yet. Run `python -m engine data prepare {data}` once, or choose the test split.")
    return Gallery(load(data, split))


def gallery(data: str, split: str) -> PairedData:
    return shelf(data, split).pairs


def partners(data: str, split: str, view: str, row: int) -> np.ndarray:
    return shelf(data, split).partners(view, row)


def row_of_id(data: str, split: str, view: str) -> Mapping[str, int]:
    return shelf(data, split).row_of_id(view)


def picture(data: str, split: str, view: str, row: int) -> bytes:
    return shelf(data, split).picture(view, row)


def view_of(pairs: PairedData, kind: str) -> str | None:
    """The one view that holds pictures ("image") or sentences ("text"); None when there is none, or two."""
    views = [name for name in ("x", "y") if getattr(pairs, name).kind == kind]
    return views[0] if len(views) == 1 else None


def true_partners(data: str, split: str, query: Query) -> np.ndarray:
    """What belongs to the question, as rows of the view that is searched; empty where nobody can know."""
    items = shelf(data, split)
    if query.kind == "item":
        return items.partners(query.view, row_of(data, split, query))
    if query.kind == "text" and (view := view_of(items.pairs, "text")):
        rows = items.rows_of_text(view, query.text)
        return np.unique(np.concatenate([np.empty(0, dtype=int), *(items.partners(view, row) for row in rows)]))
    return np.empty(0, dtype=int)


def row_of(data: str, split: str, query: Query) -> int:
    """The row of an item in its view. Raises TwoviewError when the split has no such item."""
    row = row_of_id(data, split, query.view).get(query.id)
    if row is None:
        raise TwoviewError(f"The item “{query.id[:80]}” is not in the {split} part of this data set. Pick another, or choose the data set it came from.")
    return row
