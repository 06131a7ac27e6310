"""Retrieval measures against SciPy, scikit-learn and loops that say what is meant."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score

from engine.errors import TwoviewError
from engine.evaluation.retrieval import (
    answer_ranks,
    answerable,
    average_precision,
    average_precisions,
    interpolated_precision,
    mean_average_precision,
    mean_reciprocal_rank,
    median_rank,
    precision_at,
    precision_table,
    ranks,
    recall_at_k,
    zero_shot_precision,
)


def in_blocks(scores, size=3):
    return [(slice(i, min(i + size, len(scores))), scores[i : i + size]) for i in range(0, len(scores), size)]


def listed(row, valid):
    """The candidates from first to last, a valid one after the others of equal score, not-a-number after all numbers."""
    row = np.where(np.isnan(row), -np.inf, row)
    return sorted(range(len(row)), key=lambda j: (-row[j], bool(valid[j])))


def slow_ranks(scores, query_keys, candidate_keys, own=None):
    found = []
    for i, row in enumerate(scores):
        kept = [j for j in range(len(row)) if own is None or j != own[i]]
        valid = candidate_keys[kept] == query_keys[i]
        order = listed(row[kept], valid)
        found.append(1 + next(place for place, j in enumerate(order) if valid[j]))
    return np.array(found)


def slow_average_precision(row, valid, cutoff=None):
    hits, precisions = 0, []
    for place, j in enumerate(listed(row, valid)[:cutoff], start=1):
        if valid[j]:
            hits += 1
            precisions.append(hits / place)
    return np.mean(precisions) if precisions else 0.0


@st.composite
def problems(draw):
    """Few distinct scores, so that ties abound; some not numbers, some infinite; groups of uneven sizes."""
    n, m, groups = draw(st.integers(1, 7)), draw(st.integers(2, 12)), draw(st.integers(1, 4))
    value = st.sampled_from([-np.inf, -1.5, -0.0, 0.0, 1e-45, 0.5, 2.0, np.inf, np.nan])
    scores = np.array(draw(st.lists(st.lists(value, min_size=m, max_size=m), min_size=n, max_size=n)), dtype=np.float32)
    candidates = np.array(draw(st.lists(st.integers(0, groups - 1), min_size=m, max_size=m)))
    queries = np.array([draw(st.sampled_from(candidates.tolist())) for _ in range(n)])
    return scores, queries, candidates


@settings(max_examples=100, deadline=None)
@given(problems())
def test_ranks_equal_the_loop_with_ties_and_what_is_no_number(problem):
    scores, queries, candidates = problem
    assert ranks(in_blocks(scores), queries, candidates).tolist() == slow_ranks(*problem).tolist()


@settings(max_examples=100, deadline=None)
@given(problems(), st.sampled_from([None, 1, 3, 50]))
def test_average_precision_equals_the_loop(problem, cutoff):
    scores, queries, candidates = problem
    valid = queries[:, None] == candidates
    slow = [slow_average_precision(row, good, cutoff) for row, good in zip(scores, valid, strict=True)]
    np.testing.assert_allclose(average_precision(answer_ranks(scores, valid), cutoff), slow)
    assert mean_average_precision(in_blocks(scores), queries, candidates, cutoff) == pytest.approx(np.mean(slow))


@settings(max_examples=100, deadline=None)
@given(problems())
def test_first_answer_is_the_rank(problem):
    scores, queries, candidates = problem
    answers = answer_ranks(scores, queries[:, None] == candidates)
    assert answers.ranks[answers.offsets[:-1]].tolist() == ranks(in_blocks(scores), queries, candidates).tolist()


@settings(max_examples=100, deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_order_of_candidates_does_not_matter(problem, random):
    scores, queries, candidates = problem
    order = random.sample(range(len(candidates)), len(candidates))
    shuffled = ranks(in_blocks(scores[:, order]), queries, candidates[order])
    assert shuffled.tolist() == ranks(in_blocks(scores), queries, candidates).tolist()


def test_ranks_equal_scipy(rng):
    scores = rng.normal(size=(40, 60)).round(1).astype(np.float32)  # rounding makes ties
    answers = rng.integers(60, size=40)
    expected = [rankdata(-row, method="max")[j] for row, j in zip(scores, answers, strict=True)]
    assert ranks(in_blocks(scores, 7), answers, np.arange(60)).tolist() == expected


def test_average_precision_equals_scikit_learn(rng):
    scores = rng.permuted(np.tile(np.arange(200.0), (30, 1)), axis=1)  # without ties: there the definitions differ
    queries, candidates = rng.integers(5, size=30), rng.integers(5, size=200)
    expected = [average_precision_score(candidates == key, row) for key, row in zip(queries, scores, strict=True)]
    np.testing.assert_allclose(average_precisions(in_blocks(scores), queries, candidates, [None])[:, 0], expected)


def test_five_sentences_of_a_photo_count_by_the_best():
    sentences = np.repeat([0, 1], 5)
    scores = np.array([[0, 0, 9, 0, 1, 3, 0, 0, 0, 8], [5, 5, 5, 5, 5, 4, 4, 4, 4, 5]], dtype=np.float32)
    assert ranks(in_blocks(scores), np.array([0, 1]), sentences).tolist() == [1, 6]


def test_equal_scores_everywhere_give_the_worst_rank():
    found = ranks(in_blocks(np.zeros((4, 100), np.float32)), np.arange(4), np.arange(100))
    assert found.tolist() == [100] * 4
    found = ranks(in_blocks(np.full((4, 100), np.nan)), np.arange(4), np.arange(100))
    assert found.tolist() == [100] * 4


def test_the_query_itself_is_left_out_of_its_own_view(rng):
    groups = np.array([0, 0, 0, 1, 1, 2])
    scores = rng.integers(0, 4, size=(6, 6)).astype(np.float32)
    np.fill_diagonal(scores, 9)
    rows = answerable(groups, groups, within=True)
    assert rows.tolist() == [0, 1, 2, 3, 4]  # the sixth has nobody else
    found = ranks(in_blocks(scores[rows]), groups[rows], groups, own=rows)
    assert found.tolist() == slow_ranks(scores[rows], groups[rows], groups, own=rows).tolist()
    worst = ranks(in_blocks(np.full((5, 6), np.nan)), groups[rows], groups, own=rows)
    assert worst.tolist() == [4, 4, 4, 5, 5]  # five others, of which two or one are valid


def test_scores_may_be_tensors_in_any_layout(rng):
    scores = rng.normal(size=(9, 5)).astype(np.float32)
    transposed = torch.from_numpy(scores).T  # not contiguous
    queries, candidates = np.arange(5), np.array([0, 1, 2, 3, 4, 0, 1, 2, 3])
    assert ranks(in_blocks(transposed), queries, candidates).tolist() == slow_ranks(scores.T, queries, candidates).tolist()


def test_measures_of_ranks():
    found = np.array([1, 2, 5, 6, 11])
    assert [recall_at_k(found, k) for k in (1, 5, 10)] == [0.2, 0.6, 0.8]
    assert median_rank(found) == 5
    assert mean_reciprocal_rank(found) == pytest.approx((1 + 1 / 2 + 1 / 5 + 1 / 6 + 1 / 11) / 5)


def test_precision_at_scopes_and_interpolated_precision_by_hand():
    # relevance in rank order: 1 0 1 0 0 1 → precisions 1, 2/3, 1/2 at recalls 1/3, 2/3, 1
    valid = np.array([[True, False, True, False, False, True]])
    answers = answer_ranks(np.array([[6.0, 5, 4, 3, 2, 1]]), valid)
    assert answers.ranks.tolist() == [1, 3, 6]
    np.testing.assert_allclose(precision_at(answers, [1, 2, 3, 6, 50], 6)[0], [1, 1 / 2, 2 / 3, 1 / 2, 1 / 2])
    levels = np.array([0, 0.3, 1 / 3, 0.4, 2 / 3, 0.7, 1])
    np.testing.assert_allclose(interpolated_precision(answers, levels)[0], [1, 1, 1, 2 / 3, 2 / 3, 1 / 2, 1 / 2])


@settings(max_examples=100, deadline=None)
@given(problems())
def test_interpolated_precision_equals_the_loop(problem):
    scores, queries, candidates = problem
    table = precision_table(in_blocks(scores), queries, candidates, scopes=(1, 2, 400))
    assert table.scopes == tuple(scope for scope in (1, 2, 400) if scope <= len(candidates))
    for i, row in enumerate(scores):
        valid = candidates == queries[i]
        found = valid[listed(row, valid)]
        precision, recall = found.cumsum() / np.arange(1, len(row) + 1), found.cumsum() / valid.sum()
        expected = [precision[recall >= level - 1e-9].max() for level in table.levels]
        np.testing.assert_allclose(table.interpolated_precision[i], expected)
        np.testing.assert_allclose(table.precision_at_scope[i], [found[:scope].mean() for scope in table.scopes])


def test_average_precision_at_a_cutoff_is_over_what_was_found():
    valid = np.array([[True, False, False, True]])
    answers = answer_ranks(np.array([[4.0, 3, 2, 1]]), valid)
    assert average_precision(answers, cutoff=3).tolist() == [1.0]
    assert average_precision(answers).tolist() == [0.75]


def test_zero_shot_precision_ranks_by_the_mean_embedding_of_a_class(rng):
    pictures, sentences = rng.normal(size=(120, 8)), rng.normal(size=(40, 8))
    picture_labels, sentence_labels = rng.integers(4, size=120), rng.integers(4, size=40)
    found = zero_shot_precision(in_blocks(sentences @ pictures.T, 7), sentence_labels, picture_labels)
    for label in range(4):
        first = np.argsort(-(pictures @ sentences[sentence_labels == label].mean(axis=0)))[:50]
        assert found[label] == pytest.approx(np.mean(picture_labels[first] == label))


def test_queries_without_an_answer_are_named():
    assert answerable(np.array([0, 7, -1, 2]), np.array([2, 0, -1])).tolist() == [0, 3]
    with pytest.raises(TwoviewError, match=r"1 of 2 have none .*query 1"):
        ranks(in_blocks(np.zeros((2, 3))), np.array([0, 7]), np.array([0, 1, 2]))
    with pytest.raises(TwoviewError, match="valid answer"):
        mean_average_precision(in_blocks(np.zeros((2, 3))), np.array([0, 7]), np.array([0, 1, 2]))
