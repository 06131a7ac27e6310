"""Questions answered from an index on disk: the first of very many, how much of the truth that finds, and where the true matches rank."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import streamlit as st

from app.asking import answering, catalogue, galleries, indexes
from app.asking.answer import Answer, First
from app.frame import words
from app.frame.query import Query
from engine.checkpoints.storage import load
from engine.errors import TwoviewError
from engine.search.corpus import Filter
from engine.search.indexed import Indexed
from engine.search.lance import library
from engine.search.record import read_record
from engine.search.reranking import PROPOSED, Reranker

FIRST = 48  # as many as a page shows at most


def answer(entry: catalogue.Entry, split: str, query: Query, exact: bool = False) -> tuple[Answer, str]:
    """What one model answers, and a sentence where it has an index that could not be asked: then everything was scored in memory.

    Raises TwoviewError when the model cannot answer.
    """
    pairs = galleries.gallery(entry.card.data.name, split)
    view = answering.asked_view(pairs, query)
    problem = ""
    try:
        if (source := _source(entry, split, galleries.other(view), exact)) is not None:
            made = tuple((str(model.path), model.made, indexes.recorded(model)) for model in (entry, source))
            return _answered(made, split, query, view, exact, entry, source), ""
    except Unusable as found:
        problem = f"{found} Until then every item is scored, in memory."
    return answering.answer(entry, split, query), problem


class Unusable(Exception):
    """An index that cannot be asked, in a sentence."""


@contextmanager
def _index() -> Iterator[None]:
    try:
        yield
    except TwoviewError as problem:
        raise Unusable(str(problem)) from problem


def _source(entry: catalogue.Entry, split: str, view: str, exact: bool) -> catalogue.Entry | None:
    """Whose index is asked: the model's own, or, of one that scores pairs, that of the one that proposes. None: all is scored in memory."""
    if entry.card.model.kind == "pairwise":
        return None if exact else indexes.proposer(entry.card.data.name, split, view)
    with _index():
        return entry if view in indexes.indexed(entry, split) else None


@st.cache_resource(max_entries=256, show_spinner=False)
def _answered(
    made: tuple[tuple[str, str, int], ...], split: str, query: Query, view: str, exact: bool, _entry: catalogue.Entry, _source: catalogue.Entry
) -> First:  # fmt: skip
    """``made`` names the models, for the cache."""
    with _index():
        opened = _opened(*made[1], split)
    question = query.id if query.kind == "item" else answering.encoded(opened.checkpoint, view, query)
    true = galleries.true_partners(_source.card.data.name, split, query)
    if _source is _entry:
        with _index():
            return _first(opened, split, view, question, true, exact)
    judge = answering.retriever(str(_entry.path), _entry.made, split)
    row = galleries.row_of(_source.card.data.name, split, query) if query.kind == "item" else None
    features = answering.encoded(judge.checkpoint, view, query) if row is None else getattr(judge.features, view).items[row : row + 1]
    with _index():
        asked = opened.embedding(view, question)
        return _in_order(Reranker(opened, judge, opened.corpora[galleries.other(view)], view), asked, features, _source.title, split, true)


@st.cache_resource(max_entries=4, show_spinner=False)
def _opened(path: str, created: str, recorded: int, split: str) -> Indexed:
    """An index of which ``indexes`` has found that it was made of what is here."""
    checkpoint, record = load(path), read_record(Path(path))
    if record is None or split not in record.splits:
        raise TwoviewError(f"The index of {checkpoint.card.name} holds nothing of {split} any more.")
    return Indexed(checkpoint, galleries.gallery(checkpoint.card.data.name, split), split, record.address)


def ready() -> None:
    """Load what reads indexes, if there is one to be read."""
    if any(indexes.recorded(entry) for entry in catalogue.usable()):
        with suppress(TwoviewError):
            library()


def _first(opened: Indexed, split: str, view: str, question: np.ndarray | str, true: np.ndarray, exact: bool) -> First:
    """By the model whose index it is."""
    other = galleries.other(view)
    ids, row_of = getattr(opened.gallery, other).ids, galleries.row_of_id(opened.checkpoint.card.data.name, split, other)
    start = perf_counter()
    found = opened.ask(view, question, FIRST, exact, [ids[row] for row in true])
    took = words.brief(perf_counter() - start)
    told = f"{found.recall.short} · {took}" if found.recall else f"exact: all {found.candidates:,} scored · {took}"
    told += "" if found.counted else " · asked exactly, the rank is counted"
    best = sorted(zip(found.ranks, true.tolist(), found.match_scores, strict=True))
    return First(
        other, np.array([row_of[id] for id in found.ids], dtype=int), np.array(found.scores), tuple(row for _, row, _ in best), tuple(rank for rank, _, _ in best),
        candidates=found.candidates, told=told, true_scores=tuple(score for _, _, score in best), counted=found.counted,
    )  # fmt: skip


def _in_order(reranker: Reranker, asked: Any, features: np.ndarray, proposer: str, split: str, true: np.ndarray) -> First:
    """By a model that scores pairs: what the index of ``proposer`` proposes, put in order."""
    only = Filter(split)
    everything = words.brief(reranker.cost(features, candidates := reranker.corpus.count(only)))
    start = perf_counter()
    ranked = reranker.rank(asked, features, PROPOSED, PROPOSED, only)
    took = words.brief(perf_counter() - start)
    recall = reranker.corpus.recall(only)
    how = f", {recall.short}" if recall else ""
    rows = [reranker.rows[id] for id in ranked.ids]
    places = sorted((rows.index(row) + 1, row) for row in true.tolist() if row in rows)
    return First(
        reranker.answering, np.array(rows, dtype=int), np.array(ranked.scores), tuple(row for _, row in places), tuple(rank for rank, _ in places),
        candidates=candidates, told=f"proposed by {proposer}{how}, put in order in {took} · scoring all: about {everything}",
        true_scores=tuple(ranked.scores[rank - 1] for rank, _ in places), proposed=ranked.proposed, lost=len(true) - len(places),
    )  # fmt: skip
