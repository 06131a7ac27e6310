"""Two models on the same queries."""

import numpy as np
import pytest

from engine.data.base import ObjectAnnotation, PairedData, View
from engine.errors import TwoviewError
from engine.evaluation.compare import (
    agreement,
    breakdown,
    by_class,
    by_length,
    by_objects,
    compare,
    disagreements,
    tied_with_best,
)


@pytest.fixture
def ranked(rng):
    """A model, one that is better on most queries, and one that differs by noise."""
    a = rng.geometric(0.1, size=600)
    return a, np.maximum(1, a - rng.integers(0, 6, size=600)), np.maximum(1, a + rng.integers(-1, 2, size=600))


def test_a_real_difference_and_noise_are_told_apart(ranked):
    a, better, noise = ranked
    real = compare(better, a, np.arange(600))
    assert all(difference.real for difference in real.differences)
    assert all((d.difference.high < 0) == (d.measure == "median_rank") for d in real.differences), "a lower rank is better"
    assert real.signs.p < 1e-6
    same = compare(noise, a, np.arange(600))
    assert same.signs.p > 0.001
    for difference in real.differences:
        assert difference.difference.value == pytest.approx(difference.a.value - difference.b.value)


def test_the_best_and_what_is_tied_with_it(ranked):
    a, better, noise = ranked
    near = better.copy()
    near[0] += 1
    named = {"a": a, "better": better, "noise": noise, "near": near}
    found = tied_with_best(named, np.arange(600))
    assert found["mean_reciprocal_rank"] == {"better": True, "near": False}
    assert found["median_rank"] == {"better": True, "near": True}, "equal medians share the first place"
    assert set(found["recall_at_1"]) == {"better", "near"}


def test_agreement_counts_every_query_once():
    a, b = np.array([1, 1, 3, 4, 1]), np.array([1, 2, 1, 9, 1])
    found = agreement(a, b)
    assert (found.both, found.only_a, found.only_b, found.neither) == (2, 1, 1, 1)
    assert agreement(a, b, k=4).neither == 0
    assert disagreements(a, b).tolist() == [3, 2, 1, 0, 4]


def test_ranks_of_different_queries_are_refused():
    with pytest.raises(TwoviewError, match="same queries"):
        agreement(np.ones(3), np.ones(4))


@pytest.fixture
def data():
    thing = ObjectAnnotation("dog", (0, 0, 1, 1))
    pictures = View("vector", np.zeros((3, 2)), list("abc"), np.arange(3), np.array([0, 1, 1]), objects=[[thing], [], [thing] * 12])
    texts = ["one two", "a b c d e f g", "w " * 30, "two words", "just three words", "six words are in this one"]
    return PairedData("t", "test", pictures, View("text", texts, list("uvwxyz"), np.array([0, 0, 1, 1, 2, 2])), ("dog", "cat"))


def test_queries_by_length_class_and_objects(data):
    rows = np.arange(6)
    keys = by_length(data, "y", rows)
    assert [keys.names[code] for code in keys.codes] == [
        "up to 5 words", "6 to 8 words", "18 words or more", "up to 5 words", "up to 5 words", "6 to 8 words",
    ]  # fmt: skip
    keys = by_class(data, "x", np.array([1, 2, 0]))
    assert [keys.names[code] for code in keys.codes] == ["cat", "cat", "dog"]
    keys = by_objects(data, "y", rows)
    assert [keys.names[code] for code in keys.codes] == ["1", "1", "0", "0", "10 or more", "10 or more"]
    with pytest.raises(TwoviewError, match="no class labels"):
        by_class(data, "y", rows)
    with pytest.raises(TwoviewError, match="no sentences"):
        by_length(data, "x", rows)


def test_breakdown_is_the_measure_on_each_part(data):
    a, b = np.array([1, 5, 1, 2, 7, 1]), np.array([1, 1, 3, 2, 7, 9])
    parts = breakdown(a, b, data.y.groups, by_objects(data, "y", np.arange(6)))
    assert [(part.key, part.queries) for part in parts] == [("0", 2), ("1", 2), ("10 or more", 2)]
    assert [(part.recall_a, part.recall_b) for part in parts] == [(0.5, 0), (0.5, 1), (0.5, 0)]
    assert [(part.median_a, part.median_b) for part in parts] == [(1.5, 2.5), (3, 1), (4, 8)]
    assert parts[1].difference.value == -0.5
