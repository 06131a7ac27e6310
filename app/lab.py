"""Everything the app asks of the engine, kept while it serves: the only file of the app that imports it.

Nothing here draws. Failures a person can mend arrive as TwoviewError; the pages show their sentence.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import streamlit as st

from app.gallery import Gallery, other, plain, thumbnail
from app.query import Query
from engine.checkpoints.cards import Card
from engine.checkpoints.storage import Entry as Listed
from engine.checkpoints.storage import encoder_ids, list_checkpoints
from engine.checkpoints.storage import load as load_checkpoint
from engine.data import DATASETS, load
from engine.data.base import DatasetInfo, PairedData, View
from engine.data.images import open_picture
from engine.data.scenes.render import SPLITS as DRAWN
from engine.data.scenes.render import archive_path
from engine.encoders import open_encoder
from engine.encoders.base import Encoder, as_numpy
from engine.encoders.cache import encode_pairs
from engine.errors import TwoviewError
from engine.evaluation.suite import QueryRanks, query_ranks
from engine.metric import Direction
from engine.models import MODELS
from engine.paths import checkpoints_dir, data_root
from engine.search.retriever import Retriever

__all__ = ["Answer", "Card", "DatasetInfo", "Entry", "PairedData", "TwoviewError", "View", "other", "plain", "thumbnail"]

LONGEST_TITLE = 80  # characters of a card's title that are shown
AT_ONCE = 500  # pictures or sentences that are encoded while a page waits


@dataclass(frozen=True)
class Entry:
    """A checkpoint that can be asked."""

    path: Path
    card: Card

    @property
    def title(self) -> str:
        """The card's title, without the data set it stands under; in one line, short enough for a heading. Plain text."""
        info = DATASETS.get(self.card.data.name)
        title = " ".join(self.card.title.split())[:LONGEST_TITLE]
        return (title.removesuffix(f" on {info.title}") if info else title) or self.path.name


@dataclass(frozen=True)
class Answer:
    """All candidates of the other view for one query. ``rows`` best first with ``scores``; ``true_rows``: what belongs to
    the query, best-ranked first (empty for a query of one's own), with their 1-based ``true_ranks``, ties counted against."""

    view: str
    rows: np.ndarray
    scores: np.ndarray
    true_rows: tuple[int, ...] = ()
    true_ranks: tuple[int, ...] = ()

    @cached_property
    def ranks(self) -> np.ndarray:
        """1-based rank of each row, ties counted against the item."""
        ranks = np.empty(len(self.rows), dtype=int)
        ranks[self.rows] = np.searchsorted(-self.scores, -self.scores, side="right")
        return ranks

    def rank_of(self, row: int) -> int:
        return int(self.ranks[row])


def checkpoints() -> list[Listed]:
    """Every folder that claims to be a checkpoint: with a card, or with the sentence saying what is wrong.

    Listed again when a file was added, replaced or deleted. Not kept by Streamlit, which would hash all names and times for
    longer than reading them takes, and every page asks several times.
    """
    files = []
    for folder in checkpoints_dir().glob("*/*"):
        try:
            files += [(file.path, file.stat().st_mtime_ns) for file in os.scandir(folder) if "." in file.name and file.is_file()]
        except OSError:  # no folder, or one that was deleted just now
            continue
    return _listed(tuple(sorted(files)))


@lru_cache(maxsize=1)
def _listed(files: tuple[tuple[str, int], ...]) -> list[Listed]:
    """``files`` and when they were written."""
    return list_checkpoints()


def broken() -> dict[Path, str]:
    """The folders that cannot be used, and why."""
    return {entry.path: entry.problem or "" for entry in checkpoints() if entry.card is None}


def usable() -> list[Entry]:
    return [Entry(entry.path, entry.card) for entry in checkpoints() if entry.card is not None]


def models(data: str) -> dict[str, Entry]:
    """The usable checkpoints of a data set, by their folder's name: cards may lie, folders are unique."""
    return {entry.path.name: entry for entry in usable() if entry.card.data.name == data}


def missing(info: DatasetInfo) -> Sequence[str]:
    """What the data root lacks for this data set."""
    return () if info.embedded else info.missing(data_root())


def data_sets() -> dict[str, DatasetInfo]:
    """The data sets that can be asked now: their files are here, and so is a model."""
    present = {entry.card.data.name for entry in usable()}
    return {name: info for name, info in DATASETS.items() if name in present and not missing(info)}


def all_data_sets() -> dict[str, DatasetInfo]:
    return DATASETS


@st.cache_resource(max_entries=6, show_spinner=False)
def shelf(data: str, split: str) -> Gallery:
    """The items of a split, opened lazily, and lookups in them. Raises TwoviewError when they would have to be drawn first."""
    if (data, split) in DRAWN and not archive_path(data, split).exists():
        raise TwoviewError(f"The {split} pictures are not drawn on this machine yet. Run `python -m engine data prepare {data}` once, or choose the test split.")
    return Gallery(load(data, split))


def gallery(data: str, split: str) -> PairedData:
    return shelf(data, split).pairs


def partners(data: str, split: str, view: str, row: int) -> np.ndarray:
    return shelf(data, split).partners(view, row)


def row_of_id(data: str, split: str, view: str) -> dict[str, int]:
    return shelf(data, split).row_of_id[view]


def picture(data: str, split: str, view: str, row: int) -> bytes:
    return shelf(data, split).picture(view, row)


def paper(model: str) -> str:
    """Where a model was published; empty for a name that is no model here."""
    return MODELS[model].paper if model in MODELS else ""


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
        rows = items.rows_of_text[view].get(plain(query.text), [])
        return np.unique(np.concatenate([np.empty(0, dtype=int), *(items.partners(view, row) for row in rows)]))
    return np.empty(0, dtype=int)


def row_of(data: str, split: str, query: Query) -> int:
    """The row of an item in its view. Raises TwoviewError when the split has no such item."""
    row = row_of_id(data, split, query.view).get(query.id)
    if row is None:
        raise TwoviewError(f"The item “{query.id[:80]}” is not in the {split} part of this data set. Pick another, or choose the data set it came from.")
    return row


@st.cache_resource(max_entries=8, show_spinner=False)
def retriever(path: str, created: str, split: str) -> Retriever:
    """A checkpoint ready to be asked. ``created``: a checkpoint trained again is opened again."""
    loaded = load_checkpoint(path)
    pairs, ids = gallery(loaded.card.data.name, split), encoder_ids(loaded)

    def soon(done: int, total: int, what: str) -> None:
        if total - done > AT_ONCE:
            raise TwoviewError(
                f"The features of the {split} split are not computed yet, and that takes minutes. "
                f"Run `python -m engine evaluate {path} --split {split}` once, or choose another split."
            )

    return Retriever(loaded, pairs, encode_pairs(pairs, *ids, progress=soon))


def ranks(entry: Entry, split: str, direction: Direction) -> QueryRanks:
    """The rank of the true match of every item as a question. A pairwise model takes seconds the first time."""
    return _ranks(str(entry.path), entry.card.created, split, direction)


@st.cache_resource(max_entries=32, show_spinner=False)
def _ranks(path: str, created: str, split: str, direction: Direction) -> QueryRanks:
    asked = retriever(path, created, split)
    return query_ranks(asked.model, asked.features, direction)


@st.cache_resource(max_entries=4, show_spinner=False)
def encoder(id: str) -> Encoder:
    return open_encoder(id)


@st.cache_data(max_entries=512, show_spinner=False)
def features(encoder_id: str, query: Query) -> np.ndarray:
    """A sentence or picture of one's own, encoded (1, dim): once for all models that share the encoder."""
    asked = query.text if query.kind == "text" else open_picture(query.picture)
    return as_numpy(encoder(encoder_id)([asked]))


@st.cache_resource(max_entries=512, show_spinner=False)
def _ranking(path: str, created: str, split: str, query: Query, view: str, row: int | None) -> tuple[np.ndarray, np.ndarray]:
    asked = retriever(path, created, split)
    if row is not None:
        ranking = asked.rank_item(view, row)
    else:
        encoder_id = encoder_ids(asked.checkpoint)[view == "y"]
        if encoder_id is None:
            raise TwoviewError("This model was trained on numbers without an encoder: pick an item from the gallery.")
        ranking = asked.rank_features(view, features(encoder_id, query))
    return ranking.rows, ranking.scores


def answer(entry: Entry, split: str, query: Query) -> Answer:
    """Everything of the other view, ranked by one model. Raises TwoviewError when the model cannot answer."""
    data = entry.card.data.name
    pairs = gallery(data, split)
    asked_view = query.view if query.kind == "item" else view_of(pairs, "text" if query.kind == "text" else "image")
    if asked_view is None:
        what = "sentences" if query.kind == "text" else "pictures"
        raise TwoviewError(f"This data set cannot be asked with {what} of your own: pick an item from its gallery.")
    row = row_of(data, split, query) if query.kind == "item" else None
    rows, scores = _ranking(str(entry.path), entry.card.created, split, query, asked_view, row)
    found = Answer(other(asked_view), rows, scores)
    ranked = sorted((found.rank_of(int(true)), int(true)) for true in true_partners(data, split, query))
    return replace(found, true_rows=tuple(row for _, row in ranked), true_ranks=tuple(rank for rank, _ in ranked))
