"""Exact search against ordering everything, and against faiss."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import TwoviewError
from engine.search.exact import ExactIndex, best


def ordered(row, top):
    return sorted(range(len(row)), key=lambda j: (-row[j], j))[:top]


@pytest.mark.parametrize("similarity", ["cosine", "dot", "euclidean", "correlation"])
@pytest.mark.parametrize("queries", [1, 9])
def test_search_equals_ordering_everything(similarity, queries, generator):
    items, asked = torch.randn(3001, 16, generator=generator), torch.randn(queries, 16, generator=generator)
    index = ExactIndex(items, similarity)
    scores, rows = index.search(asked, top=7)
    every = index.scores(asked)
    assert rows.tolist() == [ordered(row, 7) for row in every.tolist()]
    torch.testing.assert_close(scores, every.gather(1, rows))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(1, 900), st.integers(1, 12), st.integers(0, 2**31))
def test_the_best_have_the_largest_scores_in_order(q, n, top, seed):
    scores = torch.from_numpy(np.random.default_rng(seed).integers(0, 40, size=(q, n)).astype(np.float32))  # many ties
    values, rows = best(scores, min(top, n))
    for row, found_values, found in zip(scores.tolist(), values.tolist(), rows.tolist(), strict=True):
        assert found_values == sorted(row, reverse=True)[: len(found)]
        assert [row[j] for j in found] == found_values
        assert len(set(found)) == len(found)
        assert found == sorted(found, key=lambda j: (-row[j], j))


def test_the_same_neighbours_as_faiss(generator):
    faiss = pytest.importorskip("faiss")
    items = torch.nn.functional.normalize(torch.randn(2000, 32, generator=generator))
    asked = torch.nn.functional.normalize(torch.randn(20, 32, generator=generator))
    index = faiss.IndexFlatIP(32)
    index.add(items.numpy())
    expected_scores, expected_rows = index.search(asked.numpy(), 10)
    scores, rows = ExactIndex(items).search(asked, top=10)
    np.testing.assert_array_equal(rows.numpy(), expected_rows)
    np.testing.assert_allclose(scores.numpy(), expected_scores, atol=1e-5)


def test_fewer_candidates_than_asked_for(generator):
    hits = ExactIndex(torch.randn(3, 4, generator=generator)).search(torch.randn(2, 4, generator=generator), top=10)
    assert hits.rows.shape == (2, 3)


def test_queries_of_another_space_are_refused(generator):
    with pytest.raises(TwoviewError, match="4 dimensions"):
        ExactIndex(torch.randn(3, 4, generator=generator)).scores(torch.randn(2, 5, generator=generator))
