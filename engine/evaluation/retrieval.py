"""Retrieval measures: pure functions of ranks and of streamed blocks of scores.

Scores come as *blocks*: pairs (rows, scores) where ``rows`` is a slice of the queries and ``scores`` (b, m) holds those
queries against every candidate, larger = more alike. Only one block is held at a time, so 50,000 queries among 50,000
candidates need no n × m matrix. Which answers are valid is said by *keys*, one integer per query and per candidate: an
answer is valid when its key equals the query's (the group of a photo and its five sentences, or a class label).

    queries: 3 photos, keys [0, 1, 2]        candidates: 6 sentences, keys [0, 0, 1, 1, 2, 2]
    blocks:  (slice(0, 2), (2, 6)), (slice(2, 3), (1, 6))        ranks(blocks, …) -> (3,), each 1…5

Ranks are 1-based, and ties count against the model: a wrong candidate with an equal score stands above. A score that is
not a number stands below every number. Where several answers are valid the best-ranked one counts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from engine.errors import TwoviewError

Blocks = Iterable[tuple[slice, Any]]

RECALL_LEVELS = np.linspace(0.0, 1.0, 11)
SCOPES = (1, 5, 10, 20, 50, 100, 200, 400)
FEW = 16  # valid answers of a query: so many are counted past one by one in less time than the list is sorted


def as_array(scores: Any) -> np.ndarray:
    """A block of scores, a tensor on any device or an array, as float32 (b, m)."""
    scores = scores.numpy(force=True) if hasattr(scores, "numpy") else np.asarray(scores)
    return scores.astype(np.float32, copy=False)


def answerable(query_keys: np.ndarray, candidate_keys: np.ndarray, within: bool = False) -> np.ndarray:
    """Rows of the queries that have a valid answer; ``within`` one view, an answer other than themselves.

    A negative key stands for "none" and answers nothing.
    """
    query_keys, candidate_keys = np.asarray(query_keys), np.asarray(candidate_keys)
    first, last = _spans(query_keys, np.sort(candidate_keys))
    return np.flatnonzero((last - first > within) & (query_keys >= 0))


def ranks(
    blocks: Blocks, query_keys: np.ndarray, candidate_keys: np.ndarray, own: np.ndarray | None = None
) -> np.ndarray:
    """Rank of the best-ranked valid answer of each of n queries among m candidates: (n,) int64.

    ``own`` (n,): the candidate that is the query itself and left out of its list (sentence-to-sentence retrieval).
    Raises TwoviewError when a query has no valid answer.
    """
    query_keys, candidate_keys = np.asarray(query_keys), np.asarray(candidate_keys)
    order = np.argsort(candidate_keys, kind="stable")
    first, last = _spans(query_keys, candidate_keys[order])
    _require_answers(last - first - (own is not None))
    result = np.zeros(len(query_keys), dtype=np.int64)
    for rows, block in blocks:
        slots = np.arange((last[rows] - first[rows]).max())
        valid = slots < (last[rows] - first[rows])[:, None]
        columns = order[np.minimum(first[rows][:, None] + slots, last[rows][:, None] - 1)]
        own_columns = None if own is None else own[rows][:, None]
        if own_columns is not None:
            valid &= columns != own_columns
        result[rows] = _best_ranks(as_array(block), columns, valid, own_columns)
    return result


def _best_ranks(scores: np.ndarray, columns: np.ndarray, valid: np.ndarray, own: np.ndarray | None) -> np.ndarray:
    """Ranks (b,) of the best of the candidates ``columns`` (b, c) where ``valid`` (b, c), without sorting ``scores`` (b, m)."""
    answers = np.take_along_axis(scores, columns, axis=1)
    answers = np.where(valid & ~np.isnan(answers), answers, -np.inf)
    best = answers.max(axis=1, keepdims=True)
    above = np.count_nonzero(scores >= best, axis=1) - np.count_nonzero(valid & (answers >= best), axis=1)
    everyone = scores.shape[1] - np.count_nonzero(valid, axis=1)
    if own is not None:
        above -= np.take_along_axis(scores, own, axis=1)[:, 0] >= best[:, 0]
        everyone -= 1
    return 1 + np.where(best[:, 0] == -np.inf, everyone, above)


def recall_at_k(ranks: np.ndarray, k: int) -> float:
    """Share of the queries with a valid answer among the first k."""
    return float(np.mean(np.asarray(ranks) <= k))


def median_rank(ranks: np.ndarray) -> float:
    return float(np.median(ranks))


def mean_reciprocal_rank(ranks: np.ndarray) -> float:
    return float(np.mean(1.0 / np.asarray(ranks)))


@dataclass(frozen=True)
class AnswerRanks:
    """The ranks of *every* valid answer of b queries: query i's are ``ranks[offsets[i]:offsets[i + 1]]``, ascending.

    Everything that depends on the whole ranked list is a function of these alone.
    """

    offsets: np.ndarray
    ranks: np.ndarray

    @cached_property
    def counts(self) -> np.ndarray:
        return np.diff(self.offsets)

    @cached_property
    def queries(self) -> np.ndarray:
        """The query of each entry of ``ranks``."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @cached_property
    def precisions(self) -> np.ndarray:
        """Precision of the list cut right at each valid answer, aligned with ``ranks``."""
        return (np.arange(len(self.ranks)) - self.offsets[self.queries] + 1) / self.ranks


def answer_ranks(scores: Any, valid: np.ndarray) -> AnswerRanks:
    """Ranks of all valid answers. ``scores`` (b, m), ``valid`` (b, m) bool with at least one True in every row."""
    counts = np.count_nonzero(valid, axis=1)
    _require_answers(counts)
    ranked = _counted if counts.max(initial=0) <= FEW else _sorted
    return AnswerRanks(np.concatenate([[0], np.cumsum(counts)]), ranked(as_array(scores), valid, counts))


def _counted(scores: np.ndarray, valid: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Each row's ranks, ascending, row after row: a valid answer stands below all wrong ones that score no less."""
    scores = lowest_if_nan(scores)
    rows, columns = np.divmod(np.flatnonzero(valid), valid.shape[1])  # several times faster than np.nonzero
    found = np.full((len(scores), counts.max(initial=0)), -np.inf, np.float32)  # the answers' scores, the best first
    present = np.arange(found.shape[1]) < counts[:, None]
    found[present] = scores[rows, columns]
    found = -np.sort(np.where(present, -found, np.inf), axis=1)
    places = np.empty(found.shape, np.int64)
    for place, score in enumerate(found.T):
        above = np.count_nonzero(scores >= score[:, None], axis=1) - np.count_nonzero(present & (found >= score[:, None]), axis=1)
        places[:, place] = place + 1 + above
    return places[present]


def _sorted(scores: np.ndarray, valid: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The same by sorting keys that hold validity in their lowest bit, so that a valid answer comes after the wrong ones of equal score."""
    keys = falling(scores)
    keys *= 2
    keys += valid
    keys.sort(axis=1)
    return np.flatnonzero(keys & 1) % keys.shape[1] + 1


def lowest_if_nan(scores: np.ndarray) -> np.ndarray:
    """Scores in which what is not a number stands below every number."""
    return np.where(np.isnan(scores), np.float32(-np.inf), scores) if np.isnan(scores.min(initial=0)) else scores


def falling(scores: np.ndarray) -> np.ndarray:
    """int64 keys of 32 bits that sort float32 ``scores`` from large to small, equal scores alike, what is no number last.

    Sorting such integers, with a place or a mark in spare bits, is several times faster than an argsort of floats.
    """
    scores = np.where(np.isnan(scores), np.float32(-np.inf), scores + np.float32(0.0))  # −0 + 0 = 0: both zeros tie
    bits = scores.view(np.int32)
    ascending = bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))  # a negative float's bits count backwards
    return (~ascending).astype(np.int64)


def average_precision(answers: AnswerRanks, cutoff: int | None = None) -> np.ndarray:
    """Average precision of each query (b,): the mean precision at its valid answers.

    With a ``cutoff`` only the valid answers among the first ``cutoff`` count, and the mean is over those found there
    (as in the cross-modal literature), 0 when there is none.
    """
    if cutoff is None:
        return np.add.reduceat(answers.precisions, answers.offsets[:-1]) / answers.counts
    found = answers.ranks <= cutoff
    queries, size = answers.queries[found], len(answers.counts)
    total = np.bincount(queries, answers.precisions[found], minlength=size)
    return total / np.maximum(np.bincount(queries, minlength=size), 1)


def precision_at(answers: AnswerRanks, scopes: Sequence[int], candidates: int) -> np.ndarray:
    """Share of valid answers among the first R candidates, for each scope R: (b, len(scopes)). R is at most ``candidates``."""
    columns = []
    for scope in scopes:
        shown = min(scope, candidates)
        found = answers.queries[answers.ranks <= shown]
        columns.append(np.bincount(found, minlength=len(answers.counts)) / shown)
    return np.stack(columns, axis=1)


def interpolated_precision(answers: AnswerRanks, levels: np.ndarray = RECALL_LEVELS) -> np.ndarray:
    """Highest precision at recall ≥ each level: (b, len(levels)); 11 equidistant levels are the classical P–R curve."""
    counts = answers.counts[:, None]
    nth = np.maximum(np.ceil(np.asarray(levels) * counts - 1e-9).astype(np.int64), 1)  # the answer that reaches the level
    starts = answers.offsets[:-1, None] + nth - 1
    highest = np.maximum.reduceat(answers.precisions, starts.ravel()).reshape(starts.shape)
    return np.maximum.accumulate(highest[:, ::-1], axis=1)[:, ::-1]


@dataclass(frozen=True)
class PrecisionTable:
    """What whole ranked lists say about each of n queries; the means over queries are the published figures.

    ``average_precision``, ``average_precision_at_50`` (n,); ``precision_at_scope`` (n, len(scopes)): the
    precision–scope curve; ``interpolated_precision`` (n, len(levels)): the precision–recall curve.
    """

    average_precision: np.ndarray
    average_precision_at_50: np.ndarray
    precision_at_scope: np.ndarray
    interpolated_precision: np.ndarray
    scopes: tuple[int, ...]
    levels: np.ndarray

    @classmethod
    def of(cls, answers: AnswerRanks, candidates: int, scopes: Sequence[int] = SCOPES, levels: np.ndarray = RECALL_LEVELS) -> "PrecisionTable":
        """What the ranks of all valid answers among ``candidates`` say. Scopes beyond the number of candidates are dropped."""
        scopes = tuple(scope for scope in scopes if scope <= candidates)
        curves = precision_at(answers, scopes, candidates), interpolated_precision(answers, levels)
        return cls(average_precision(answers), average_precision(answers, cutoff=50), *curves, scopes, np.asarray(levels))

    @classmethod
    def joined(cls, tables: Sequence["PrecisionTable"]) -> "PrecisionTable":
        """The tables of one block of queries after another."""
        names = ("average_precision", "average_precision_at_50", "precision_at_scope", "interpolated_precision")
        columns = {name: np.concatenate([getattr(table, name) for table in tables]) for name in names}
        return cls(scopes=tables[0].scopes, levels=tables[0].levels, **columns)


def precision_table(
    blocks: Blocks,
    query_keys: np.ndarray,
    candidate_keys: np.ndarray,
    scopes: Sequence[int] = SCOPES,
    levels: np.ndarray = RECALL_LEVELS,
) -> PrecisionTable:
    """All measures of whole ranked lists in one pass over the blocks.

    Scopes beyond the number of candidates are dropped. Raises TwoviewError when a query has no valid answer.
    """
    m = len(candidate_keys)
    return PrecisionTable.joined(_per_block(blocks, query_keys, candidate_keys, lambda answers: PrecisionTable.of(answers, m, scopes, levels)))


def average_precisions(
    blocks: Blocks, query_keys: np.ndarray, candidate_keys: np.ndarray, cutoffs: Sequence[int | None] = (None, 50)
) -> np.ndarray:
    """``average_precision`` of n queries at each cutoff (None = the whole list): (n, len(cutoffs))."""

    def of_block(answers: AnswerRanks) -> np.ndarray:
        return np.stack([average_precision(answers, cutoff) for cutoff in cutoffs], axis=1)

    return np.concatenate(_per_block(blocks, query_keys, candidate_keys, of_block))


def mean_average_precision(
    blocks: Blocks, query_keys: np.ndarray, candidate_keys: np.ndarray, cutoff: int | None = None
) -> float:
    """The mean of ``average_precisions`` over the queries: mAP@all, or mAP@cutoff."""
    return float(average_precisions(blocks, query_keys, candidate_keys, [cutoff]).mean())


def zero_shot_precision(
    blocks: Blocks, query_labels: np.ndarray, candidate_labels: np.ndarray, scope: int = 50
) -> dict[int, float]:
    """Share of the first ``scope`` candidates that are of the query's class, per class.

    One query per class, the mean of its sentences' embeddings (Reed et al. 2016; CCA layer paper, section 5.4, which
    reports the mean over the classes as AP@50). Averaging the sentences' *scores* ranks the same for inner products
    and for squared distances, and serves pairwise models too.
    """
    query_labels, candidate_labels = np.asarray(query_labels), np.asarray(candidate_labels)
    classes, inverse = np.unique(query_labels, return_inverse=True)
    totals = np.zeros((len(classes), len(candidate_labels)))
    for rows, block in blocks:
        np.add.at(totals, inverse[rows], as_array(block))
    totals /= np.bincount(inverse)[:, None]
    valid = classes[:, None] == candidate_labels
    known = valid.any(axis=1) & (classes >= 0)
    precisions = precision_at(answer_ranks(totals[known], valid[known]), [scope], len(candidate_labels))[:, 0]
    return dict(zip(classes[known].tolist(), precisions.tolist(), strict=True))


def _per_block(
    blocks: Blocks, query_keys: np.ndarray, candidate_keys: np.ndarray, measure: Callable[[AnswerRanks], Any]
) -> list[Any]:
    query_keys, candidate_keys = np.asarray(query_keys), np.asarray(candidate_keys)
    return [measure(answer_ranks(scores, query_keys[rows, None] == candidate_keys)) for rows, scores in blocks]


def _spans(keys: np.ndarray, ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each key begins and ends in an ascending array."""
    return np.searchsorted(ordered, keys, "left"), np.searchsorted(ordered, keys, "right")


def _require_answers(counts: np.ndarray) -> None:
    missing = np.flatnonzero(counts < 1)
    if len(missing):
        raise TwoviewError(
            f"Every query needs a valid answer among the candidates, but {len(missing)} of {len(counts)} have none "
            f"(the first is query {missing[0]}). Ask only with the queries that `answerable` names."
        )
