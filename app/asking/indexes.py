"""Which models answer from an index on disk, by what lies beside their checkpoints. Needs neither torch nor LanceDB."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import streamlit as st

from app.asking import catalogue, galleries
from app.frame.query import Query
from engine.errors import TwoviewError
from engine.search.record import FILE, read_record, require_fresh


def recorded(entry: catalogue.Entry) -> int:
    """When the model's index was last made; 0 where it has none."""
    with suppress(OSError):
        return (entry.path / FILE).stat().st_mtime_ns
    return 0


def indexed(entry: catalogue.Entry, split: str) -> tuple[str, ...]:
    """The views of a split that a model searches through an index; none where it has no index, or the items are few.

    Raises TwoviewError when the index is of no use: made of other weights or items than those here, or not to be read.
    """
    made = recorded(entry)
    return _indexed(str(entry.path), entry.made, split, made, entry.card) if made else ()


@st.cache_data(max_entries=64, show_spinner=False)
def _indexed(path: str, created: str, split: str, made: int, _card: catalogue.Card) -> tuple[str, ...]:
    record = read_record(Path(path))
    found = require_fresh(record, _card, split, _items(_card.data.name, split, catalogue.version(_card.data.name))) if record else None
    return tuple(found.indexed) if found else ()


@st.cache_data(max_entries=16, show_spinner=False)
def _items(data: str, split: str, version: str) -> str:
    return galleries.shelf(data, split).made_of


def answering_view(data: str, split: str, query: Query) -> str | None:
    """The view that a question is answered from; None when the data hold nothing of its kind."""
    view = query.view if query.kind == "item" else galleries.view_of(galleries.gallery(data, split), "text" if query.kind == "text" else "image")
    return galleries.other(view) if view else None


def through_index(entry: catalogue.Entry, split: str, view: str) -> bool:
    """Whether a model's answers from this view are approximate: from its own index, or from what another proposes from its own."""
    if entry.card.model.kind == "pairwise":
        return proposer(entry.card.data.name, split, view) is not None
    with suppress(TwoviewError):
        return view in indexed(entry, split)
    return False


def any_through_index(entries: Iterable[catalogue.Entry], split: str, view: str | None) -> bool:
    return view is not None and any(through_index(entry, split, view) for entry in entries)


def proposer(data: str, split: str, view: str) -> catalogue.Entry | None:
    """The embedding model that proposes to those that score pairs: of those with an index, the best."""
    able = [entry for entry in catalogue.models(data).values() if entry.card.model.kind == "embedding" and through_index(entry, split, view)]
    return next(iter(catalogue.best_first(able)), None)
