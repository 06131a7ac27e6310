"""Questions put to models: a checkpoint over a gallery, the whole other view ranked, the rank of the true match."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import streamlit as st

from app.asking import catalogue, galleries, suggestions
from app.asking.answer import Answer
from app.frame import workspace
from app.frame.query import Query
from engine.checkpoints.storage import Checkpoint, encoder_ids
from engine.checkpoints.storage import load as load_checkpoint
from engine.data.images import open_picture
from engine.encoders import open_encoder
from engine.encoders.base import Encoder, as_numpy
from engine.encoders.cache import encode_pairs
from engine.errors import TwoviewError
from engine.evaluation.suite import QueryRanks, query_ranks
from engine.metric import Direction
from engine.search.retriever import Retriever

AT_ONCE = 500  # pictures or sentences that are encoded while a page waits


@st.cache_resource(max_entries=8, show_spinner=False)
def retriever(path: str, created: str, split: str) -> Retriever:
    """A checkpoint ready to be asked. ``created``: a checkpoint trained again is opened again."""
    loaded = load_checkpoint(path)
    pairs, ids = galleries.gallery(loaded.card.data.name, split), encoder_ids(loaded)

    def soon(done: int, total: int, what: str) -> None:
        if total - done > AT_ONCE:
            raise TwoviewError(
                f"The features of the {split} split are not computed yet, and that takes minutes. "
                f"Run `python -m engine evaluate {path} --split {split}` once, or choose another split."
            )

    return Retriever(loaded, pairs, encode_pairs(pairs, *ids, progress=soon))


def ranks(entry: catalogue.Entry, split: str, direction: Direction) -> QueryRanks:
    """The rank of the true match of every item as a question. A pairwise model takes seconds the first time."""
    return _ranks(str(entry.path), entry.made, split, direction)


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
    ranking = asked.rank_item(view, row) if row is not None else asked.rank_features(view, encoded(asked.checkpoint, view, query))
    return ranking.rows, ranking.scores


def encoded(checkpoint: Checkpoint, view: str, query: Query) -> np.ndarray:
    """A sentence or picture of one's own as features (1, dim) for this model. Raises TwoviewError when it has no encoder."""
    encoder_id = encoder_ids(checkpoint)[view == "y"]
    if encoder_id is None:
        raise TwoviewError("This model was trained on numbers without an encoder: pick an item from the gallery.")
    return features(encoder_id, query)


def asked_view(pairs: galleries.PairedData, query: Query) -> str:
    """The view that a question is of. Raises TwoviewError when the data hold none of its kind."""
    view = query.view if query.kind == "item" else galleries.view_of(pairs, "text" if query.kind == "text" else "image")
    if view is None:
        what = "sentences" if query.kind == "text" else "pictures"
        raise TwoviewError(f"This data set cannot be asked with {what} of your own: pick an item from its gallery.")
    return view


def answer(entry: catalogue.Entry, split: str, query: Query) -> Answer:
    """Everything of the other view, ranked by one model. Raises TwoviewError when the model cannot answer."""
    data = entry.card.data.name
    view = asked_view(galleries.gallery(data, split), query)
    row = galleries.row_of(data, split, query) if query.kind == "item" else None
    rows, scores = _ranking(str(entry.path), entry.made, split, query, view, row)
    found = Answer(galleries.other(view), rows, scores)
    ranked = sorted((int(found.ranks[true]), int(true)) for true in galleries.true_partners(data, split, query))
    return replace(found, true_rows=tuple(row for _, row in ranked), true_ranks=tuple(rank for rank, _ in ranked))


def first_answers() -> None:
    """Open the models and the encoder that a visitor who chooses nothing asks first."""
    space = workspace.first()
    for entry in space.models.values():
        with suppress(TwoviewError):  # a model that only knows its items
            answer(entry, space.split, Query("text", text=suggestions.free(space.data)[0]))
