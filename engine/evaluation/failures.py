"""The queries two models fail on, and what kind of failure each is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.evaluation.compare import disagreements
from engine.evaluation.measured import Answers
from engine.metric import Direction

HUB_DEVIATIONS = 2.0
MANY = 0.01  # share of the candidates that would also do
BLOCK = 2**24  # sentences × pictures compared at once


@dataclass(frozen=True)
class Failures:
    """n queries under models A and B, those whose ranks differ most first.

    ``rows`` (n,): in the asking view; ``ranks_a``, ``ranks_b`` (n,); ``also_valid`` (n,): how many candidates besides its own
    would also do, None where the data don't say. ``kinds``: for each kind of failure, which queries are of it (n,) bool.
    """

    direction: Direction
    rows: np.ndarray
    ranks_a: np.ndarray
    ranks_b: np.ndarray
    also_valid: np.ndarray | None
    kinds: Mapping[str, np.ndarray]

    def of(self, kind: str) -> np.ndarray:
        """Positions of the queries of a kind, in order; all of them for "all"."""
        return np.arange(len(self.rows)) if kind == "all" else np.flatnonzero(self.kinds[kind])


def failures(a: Answers, b: Answers, also_valid: np.ndarray | None = None) -> Failures:
    """Both models on the same queries. ``also_valid`` (n,): see ``valid_elsewhere``.

    "hub": a model's first result is wrong and a hub, an item that answers far more queries than most. Raises TwoviewError
    when the answers are not to the same queries.
    """
    if a.direction != b.direction or not np.array_equal(a.rows, b.rows):
        raise TwoviewError("Failures are compared on the same queries in the same direction.")
    order = disagreements(a.ranks, b.ranks)
    right_a, right_b = a.ranks[order] == 1, b.ranks[order] == 1
    kinds = {
        "a_right": right_a & ~right_b,
        "b_right": right_b & ~right_a,
        "both_wrong": ~right_a & ~right_b,
        "hub": (hub_hits(a) | hub_hits(b))[order],
    }
    if also_valid is not None:
        kinds["many"] = (~right_a | ~right_b) & (also_valid[order] >= max(2, MANY * a.candidates))
    return Failures(
        a.direction, a.rows[order], a.ranks[order], b.ranks[order], None if also_valid is None else also_valid[order], kinds
    )


def hub_hits(answers: Answers) -> np.ndarray:
    """Queries (n,) bool whose first result is wrong and a hub."""
    return (answers.ranks > 1) & (answers.rivals >= 0) & hubs(answers.occurrence)[answers.rivals]


def hubs(occurrence: np.ndarray) -> np.ndarray:
    """Candidates (m,) bool whose occurrence lies two standard deviations above the mean (Radovanović et al., Hubs in space, 2010)."""
    return occurrence > occurrence.mean() + HUB_DEVIATIONS * occurrence.std()


def valid_elsewhere(data: PairedData, direction: Direction, rows: np.ndarray) -> np.ndarray | None:
    """How many candidates of other groups would also do for each query (n,); None where the data can't tell.

    Where sentences are linked to objects, a sentence goes with every picture that shows all kinds of thing that it names.
    Else whatever is of the query's class.
    """
    asking, answering = (data.x, data.y) if direction == "x_to_y" else (data.y, data.x)
    pictures, sentences = (data.x, data.y) if data.x.objects is not None else (data.y, data.x)
    if pictures.objects is not None and sentences.phrases is not None:
        return _named_and_shown(data, rows, asking is sentences)
    if asking.labels is None or answering.labels is None:
        return None
    own = np.array([np.sum(answering.labels[answering.groups == asking.groups[row]] == asking.labels[row]) for row in rows])
    sizes = dict(zip(*np.unique(answering.labels, return_counts=True), strict=True))
    known = np.array([sizes.get(label, 0) if label >= 0 else 0 for label in asking.labels[rows]])
    return known - np.where(known > 0, own, 0)


def _named_and_shown(data: PairedData, rows: np.ndarray, sentences_ask: bool) -> np.ndarray:
    pictures, sentences = (data.x, data.y) if data.x.objects is not None else (data.y, data.x)
    assert pictures.objects is not None and sentences.phrases is not None
    at = {int(group): row for row, group in enumerate(pictures.groups)}
    labels = {label: place for place, label in enumerate(sorted({item.label for found in pictures.objects for item in found}))}
    shown = np.zeros((len(pictures), len(labels)), np.float32)
    for row, found in enumerate(pictures.objects):
        shown[row, [labels[item.label] for item in found]] = 1
    named = np.zeros((len(sentences), len(labels)), np.float32)
    for row, (group, phrases) in enumerate(zip(sentences.groups, sentences.phrases, strict=True)):
        there = pictures.objects[at[int(group)]] if int(group) in at else ()
        named[row, [labels[there[place].label] for phrase in phrases for place in phrase.objects if place < len(there)]] = 1
    needed = named.sum(axis=1)
    counts = np.zeros(len(rows), np.int64)
    if sentences_ask:
        for part in _parts(len(rows), len(pictures)):
            own = rows[part]
            does = (named[own] @ shown.T == needed[own, None]) & (needed[own, None] > 0)
            counts[part] = np.count_nonzero(does & (sentences.groups[own, None] != pictures.groups), axis=1)
        return counts
    for part in _parts(len(rows), len(sentences)):
        own = rows[part]
        does = (shown[own] @ named.T == needed) & (needed > 0)
        counts[part] = np.count_nonzero(does & (pictures.groups[own, None] != sentences.groups), axis=1)
    return counts


def _parts(n: int, m: int) -> list[slice]:
    step = max(1, BLOCK // max(1, m))
    return [slice(start, start + step) for start in range(0, n, step)]
