"""A checkpoint measured query by query: equal to brute force, kept by content, damaged files measured again."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.checkpoints.cards import EncodersCard
from engine.checkpoints.history import History
from engine.checkpoints.storage import card_for, load, save
from engine.data.base import ObjectAnnotation, PairedData, Phrase, View
from engine.evaluation import measured as module
from engine.evaluation.failures import failures, hub_hits, hubs, valid_elsewhere
from engine.evaluation.measured import kept, key, measured
from engine.models.cca import CCA
from engine.scoring import PairScores


@pytest.fixture
def data(rng):
    """Forty things, each once in x and three times in y, in five classes."""
    groups = np.repeat(np.arange(40), 3)
    x = rng.normal(size=(40, 6)).astype(np.float32)
    y = (x[groups] @ rng.normal(size=(6, 5)) + 0.8 * rng.normal(size=(120, 5))).astype(np.float32)
    labels = np.arange(40) % 5
    views = View("vector", x, [f"x{i}" for i in range(40)], np.arange(40), labels), View("vector", y, [f"y{i}" for i in range(120)], groups, labels[groups])
    return PairedData("made", "test", *views)


@pytest.fixture
def checkpoint(data, tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    i, j = data.pairs.T
    model = CCA((6,), (5,), CCA.Settings(k=4))
    model.fit_closed_form(torch.from_numpy(data.x.items[i]), torch.from_numpy(data.y.items[j]))
    history = History()
    card = card_for("made/cca", "CCA", model, {"train": data}, EncodersCard(), CCA.paper_training, 0, "cpu", history)
    save(tmp_path / "checkpoints" / "made" / "cca", model, card, history)
    return load(tmp_path / "checkpoints" / "made" / "cca")


@pytest.mark.parametrize("direction", ["x_to_y", "y_to_x"])
def test_every_query_is_measured_as_by_brute_force(checkpoint, data, direction):
    found = measured(checkpoint, data).answers[direction]
    asking, answering = (data.x, data.y) if direction == "x_to_y" else (data.y, data.x)
    scores = PairScores(checkpoint.model, data.x.items, data.y.items)
    matrix = np.concatenate([block.numpy() for _, block in scores.blocks(direction)])
    for query, row in enumerate(found.rows):
        order = np.argsort(-matrix[row], kind="stable")
        right = answering.groups[order] == asking.groups[row]
        assert found.ranks[query] == 1 + np.flatnonzero(right)[0]
        assert found.rivals[query] == order[~right][0]
        relevant = answering.labels[order] == asking.labels[row]
        precisions = np.cumsum(relevant)[relevant] / (1 + np.flatnonzero(relevant))
        assert found.average_precisions[query, 0] == pytest.approx(precisions.mean(), abs=1e-6)
    first = np.argsort(-matrix, axis=1)[:, :10]
    np.testing.assert_array_equal(found.occurrence, np.bincount(first.ravel(), minlength=len(answering)))
    curve = found.curves["own"]
    best_first = (np.take_along_axis(answering.groups[None].repeat(len(matrix), 0), first[:, :1], 1)[:, 0] == asking.groups).mean()
    assert curve.scope[0, 0] == pytest.approx(best_first)
    value, low, high = curve.scope.T
    assert (low <= value + 1e-6).all() and (value <= high + 1e-6).all()


def test_what_was_measured_is_read_again_and_equal(checkpoint, data, monkeypatch):
    first = measured(checkpoint, data)
    monkeypatch.setattr(module, "_measure", lambda *_: pytest.fail("measured twice"))
    again = measured(checkpoint, data)
    assert again.metrics == first.metrics
    np.testing.assert_array_equal(again.answers["y_to_x"].ranks, first.answers["y_to_x"].ranks)
    np.testing.assert_array_equal(again.answers["y_to_x"].curves["class"].recall, first.answers["y_to_x"].curves["class"].recall)
    np.testing.assert_allclose(again.canonical, first.canonical)


def test_other_weights_other_features_or_other_labels_are_another_measurement(checkpoint, data):
    name = key(checkpoint, data)
    assert key(checkpoint, replace(data, x=replace(data.x, items=data.x.items + 1))) != name
    assert key(checkpoint, replace(data, x=replace(data.x, labels=data.x.labels[::-1]))) != name
    assert key(checkpoint, replace(data, y=replace(data.y, groups=data.y.groups[::-1]))) != name
    checkpoint.card.model.weights_hash = "0" * 64
    assert key(checkpoint, data) != name


def test_a_damaged_file_is_as_if_it_had_not_been_kept(checkpoint, data, tmp_path):
    measured(checkpoint, data)
    (file,) = (tmp_path / "cache" / "measured").glob("*.safetensors")
    whole = file.read_bytes()
    for damaged in (whole[:1000], b"", b"{}" * 600, whole[:8] + whole[8:].replace(b"metrics", b"metrlcs")):
        file.write_bytes(damaged)
        assert kept(checkpoint, data) is None
    assert len(measured(checkpoint, data).answers["x_to_y"].ranks) == 40
    assert file.read_bytes() == whole


def test_what_ships_is_found_beside_the_checkpoints(checkpoint, data, tmp_path, monkeypatch):
    measured(checkpoint, data, folder=tmp_path / "checkpoints" / "made" / "measured")
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "elsewhere"))
    assert kept(checkpoint, data) is not None


def test_failures_are_sorted_and_told_apart(checkpoint, data):
    a = measured(checkpoint, data).answers["y_to_x"]
    b = replace(a, ranks=np.random.default_rng(1).permutation(a.ranks))
    found = failures(a, b, np.full(len(a.rows), 3))
    gaps = np.abs(found.ranks_a - found.ranks_b)
    assert (np.diff(gaps) <= 0).all() and sorted(found.rows) == sorted(a.rows)
    together = sum(len(found.of(kind)) for kind in ("a_right", "b_right", "both_wrong"))
    assert together + np.sum((found.ranks_a == 1) & (found.ranks_b == 1)) == len(found.rows) == len(found.of("all"))
    assert (found.ranks_a[found.of("a_right")] == 1).all() and (found.ranks_b[found.of("a_right")] > 1).all()
    assert not (found.ranks_a[found.of("many")] + found.ranks_b[found.of("many")] == 2).any()


def test_a_hub_lies_two_deviations_above_the_mean():
    occurrence = np.array([1] * 50 + [40])
    assert hubs(occurrence).tolist() == [False] * 50 + [True]


def test_a_hit_of_a_hub_is_a_wrong_first_result(checkpoint, data):
    a = measured(checkpoint, data).answers["y_to_x"]
    crowded = replace(a, occurrence=np.where(np.arange(40) == a.rivals[0], 1000, 1), ranks=np.where(np.arange(120) < 60, 1, 2))
    hit = hub_hits(crowded)
    assert not hit[:60].any() and (hit[60:] == (a.rivals[60:] == a.rivals[0])).all()


@pytest.mark.parametrize("direction", ["x_to_y", "y_to_x"])
def test_what_else_would_do_by_class(data, direction):
    asking, answering = (data.x, data.y) if direction == "x_to_y" else (data.y, data.x)
    rows = np.arange(len(asking))
    expected = [np.sum((answering.labels == asking.labels[row]) & (answering.groups != asking.groups[row])) for row in rows]
    assert valid_elsewhere(data, direction, rows).tolist() == expected


def test_what_else_would_do_by_what_is_named_and_shown():
    shown = [["dog", "tree"], ["dog"], ["cat", "dog", "tree"], []]
    pictures = View("vector", np.zeros((4, 1)), list("abcd"), np.arange(4), objects=[[ObjectAnnotation(label, (0, 0, 1, 1)) for label in of] for of in shown])
    phrases = [[Phrase(0, 1, (0,)), Phrase(2, 3, (1,))], [Phrase(0, 1, (0,))], [Phrase(0, 1, (0,))], []]
    sentences = View("text", ["dog, tree", "dog", "cat", "nothing"], list("stuv"), np.arange(4), phrases=phrases)
    data = PairedData("made", "test", pictures, sentences)
    assert valid_elsewhere(data, "y_to_x", np.arange(4)).tolist() == [1, 2, 0, 0]
    assert valid_elsewhere(data, "x_to_y", np.arange(4)).tolist() == [1, 0, 2, 0]


def test_where_nothing_is_known_nothing_is_claimed(data):
    assert valid_elsewhere(replace(data, x=replace(data.x, labels=None)), "y_to_x", np.arange(3)) is None
