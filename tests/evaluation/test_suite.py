"""The suite on small models whose right answers are known."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.data.base import PairedData, View, paired_arrays
from engine.errors import TwoviewError
from engine.evaluation import retrieval
from engine.evaluation.recognition import cross_modality_recognition
from engine.evaluation.suite import FAMILIES, evaluate, query_ranks
from engine.models.base import EmbeddingModel, PairwiseModel


class Same(EmbeddingModel):
    """Features are their own embeddings."""

    name, title, paper = "same", "Same", "none"

    def embed_x(self, x):
        return x

    def embed_y(self, y):
        return y


class Product(PairwiseModel):
    name, title, paper = "product", "Product", "none"

    def score(self, x, y):
        return torch.nn.functional.normalize(x, dim=1) @ torch.nn.functional.normalize(y, dim=1).T


@pytest.fixture
def captions(rng):
    """40 pictures of 4 classes with 5 sentences each; the last picture has none, one sentence has no picture."""
    pictures = rng.normal(size=(40, 8)).astype(np.float32)
    groups = np.append(np.repeat(np.arange(39), 5), 99)
    sentences = (pictures[groups % 40] + rng.normal(size=(196, 8))).astype(np.float32)
    labels = np.arange(40) % 4
    x = View("vector", pictures, [f"p{i}" for i in range(40)], np.arange(40), labels)
    y = View("vector", sentences, [f"s{i}" for i in range(196)], groups, labels[groups % 40])
    return PairedData("captions", "test", x, y)


def table(metrics):
    return {(metric.measure, metric.direction): metric for metric in metrics}


def test_retrieval_measures_follow_from_the_ranks(captions):
    model = Same((8,), (8,))
    found = table(evaluate(model, captions, families=["retrieval"]))
    assert len(found) == 10
    for direction, queries, candidates in (("x_to_y", 39, 196), ("y_to_x", 195, 40)):
        answered = query_ranks(model, captions, direction)
        assert (len(answered.rows), answered.candidates) == (queries, candidates)
        for measure, value in {
            "recall_at_1": retrieval.recall_at_k(answered.ranks, 1),
            "recall_at_10": retrieval.recall_at_k(answered.ranks, 10),
            "mean_reciprocal_rank": retrieval.mean_reciprocal_rank(answered.ranks),
            "median_rank": retrieval.median_rank(answered.ranks),
        }.items():
            metric = found[measure, direction]
            assert metric.value == pytest.approx(value)
            assert metric.low <= metric.value <= metric.high
            assert (metric.split, metric.queries, metric.candidates) == ("test", queries, candidates)


def test_both_kinds_of_model_measure_alike(captions):
    families = ["retrieval", "classes", "zero_shot"]
    a, b = (table(evaluate(model((8,), (8,)), captions, families=families)) for model in (Same, Product))
    assert a.keys() == b.keys()
    for key in a:
        assert a[key].value == pytest.approx(b[key].value, abs=1e-3)


def test_a_pairwise_model_has_no_correlations_and_no_space_within_a_view(captions):
    assert evaluate(Product((8,), (8,)), captions, families=["correlation", "within", "recognition"]) == []


def test_average_precision_is_by_class(captions):
    found = table(evaluate(Same((8,), (8,)), captions, families=["classes"]))
    x, y = captions.x, captions.y
    scores = x.items / np.linalg.norm(x.items, axis=1)[:, None] @ (y.items / np.linalg.norm(y.items, axis=1)[:, None]).T
    expected = retrieval.mean_average_precision([(slice(0, 40), scores)], x.labels, y.labels)
    assert found["mean_average_precision", "x_to_y"].value == pytest.approx(expected)
    assert set(found) == {
        (measure, direction)
        for measure in ("mean_average_precision", "mean_average_precision_at_50")
        for direction in ("x_to_y", "y_to_x")
    }
    unlabelled = replace(captions, x=replace(captions.x, labels=None))
    assert evaluate(Same((8,), (8,)), unlabelled, families=["classes", "zero_shot"]) == []


def test_the_literatures_sum_never_stands_alone(rng):
    shared = rng.normal(size=(300, 1)).astype(np.float32)
    x, y = (np.repeat(shared + 0.3 * rng.normal(size=(300, 1)).astype(np.float32), 6, axis=1) for _ in range(2))
    data, train = paired_arrays(x[:150], y[:150], split="test"), paired_arrays(x[150:], y[150:])
    found = table(evaluate(Same((6,), (6,)), data, train, families=["correlation"]))
    assert set(found) == {(name, "both") for name in ("sum_of_correlations", "sum_of_canonical_correlations", "effective_rank")}
    literature, canonical = found["sum_of_correlations", "both"], found["sum_of_canonical_correlations", "both"]
    assert literature.value == pytest.approx(6 * canonical.value, rel=1e-3)
    assert literature.low < literature.value < literature.high
    assert found["effective_rank", "both"].value == pytest.approx(1, abs=1e-3)
    assert ("sum_of_canonical_correlations", "both") not in table(evaluate(Same((6,), (6,)), data, families=["correlation"]))


def test_sentences_find_the_other_sentences_of_their_photo(captions):
    found = table(evaluate(Same((8,), (8,)), captions, families=["within"]))
    assert {direction for _, direction in found} == {"y_to_y"}  # photos stand alone
    metric = found["recall_at_1", "y_to_y"]
    assert (metric.queries, metric.candidates) == (195, 195)
    unit = captions.y.items / np.linalg.norm(captions.y.items, axis=1)[:, None]
    scores = unit @ unit.T
    np.fill_diagonal(scores, -np.inf)
    nearest = captions.y.groups[scores.argmax(axis=1)]
    assert metric.value == pytest.approx(np.mean(nearest[:195] == captions.y.groups[:195]))


def test_the_same_seed_gives_the_same_intervals(captions):
    model = Same((8,), (8,))
    assert evaluate(model, captions, seed=3) == evaluate(model, captions, seed=3)


def test_an_unknown_family_is_named(captions):
    with pytest.raises(TwoviewError, match=r"accuracy.*retrieval"):
        evaluate(Same((8,), (8,)), captions, families=["accuracy"])
    assert set(FAMILIES) >= {"retrieval", "classes", "correlation"}


def test_recognition_across_views(rng):
    labels = rng.integers(4, size=200)
    centres = rng.normal(size=(4, 12)) * 3
    x, y = (centres[labels] + rng.normal(size=(200, 12)) for _ in range(2))
    assert cross_modality_recognition(x, y, labels).mean() > 0.95
    turned = y @ np.linalg.qr(rng.normal(size=(12, 12)))[0]  # no longer the same space
    assert cross_modality_recognition(x, turned, labels).mean() < 0.7
    assert 0.1 < cross_modality_recognition(x, y, rng.permutation(labels)).mean() < 0.45
    np.testing.assert_array_equal(cross_modality_recognition(x, y, labels), cross_modality_recognition(1e4 * x, 1e4 * y, labels))
    with pytest.raises(TwoviewError, match="one class has 1"):
        cross_modality_recognition(x, y, np.append(labels[:-1], 9))


def test_recognition_is_a_family(rng):
    labels = np.repeat(np.arange(3), 20)
    x = np.eye(3)[labels] + 0.1 * rng.normal(size=(60, 3))
    data = paired_arrays(x.astype(np.float32), x.astype(np.float32), labels=labels, split="test")
    found = table(evaluate(Same((3,), (3,)), data, families=["recognition"]))
    assert found["recognition_accuracy", "x_to_y"].value == 1.0
    assert found["recognition_accuracy", "y_to_x"].candidates == 3
