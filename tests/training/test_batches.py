"""Mini-batches: whom an epoch visits, what stands together, and that a seed decides."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.base import PairedData, View
from engine.errors import TwoviewError
from engine.models.base import Training
from engine.training.batches import PairTensors, draw


def captions(items=10, sentences=5):
    """``items`` photos, each with as many sentences."""
    x = View("vector", np.random.default_rng(0).normal(size=(items, 3)), [f"p{i}" for i in range(items)], np.arange(items))
    groups = np.repeat(np.arange(items), sentences)
    y = View("vector", np.random.default_rng(1).normal(size=(len(groups), 2)), [f"s{i}" for i in range(len(groups))], groups, groups % 3)
    return PairedData("toy", "train", x, y)


def epoch(data, seed=0, **training):
    return list(draw(data.pairs, Training(**training), seed))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 20), st.integers(0, 99))
def test_pairs_draw_every_photo_once_with_one_of_its_sentences(items, sentences, size, seed):
    data = captions(items, sentences)
    batches = epoch(data, seed, batch_size=size, drop_last=False)
    rows = np.concatenate(batches) if batches else np.empty((0, 2), int)
    assert (data.x.groups[rows[:, 0]] == data.y.groups[rows[:, 1]]).all()
    assert len(set(rows[:, 0])) == len(rows) >= items - 1  # a lone last pair is left out
    assert all(len(batch) <= size for batch in batches)


@pytest.mark.parametrize("neighbours", [1, 2, 5])
def test_all_pairs_visit_everything_once(neighbours):
    data = captions()
    rows = np.concatenate(epoch(data, batches="all_pairs", batch_size=10, neighbours=neighbours))
    assert sorted(map(tuple, rows)) == sorted(map(tuple, data.pairs))


def test_neighbours_stand_together():
    for batch in epoch(captions(20), batch_size=6, neighbours=2):
        assert (batch[0::2, 0] == batch[1::2, 0]).all() and (batch[0::2, 1] != batch[1::2, 1]).all()


def test_the_shorter_view_leads_whichever_it_is():
    data = captions()
    turned = PairedData("toy", "train", data.y, data.x)
    rows = np.concatenate(epoch(turned, batch_size=5))
    assert len(rows) == 10 and len(set(rows[:, 1])) == 10


def test_remainders():
    data = captions(11)
    assert [len(b) for b in epoch(data, batch_size=4)] == [4, 4]
    assert [len(b) for b in epoch(data, batch_size=4, drop_last=False)] == [4, 4, 3]
    assert [len(b) for b in epoch(data, batch_size=5, drop_last=False)] == [5, 5]
    assert [len(b) for b in epoch(data, batch_size=100)] == [11]


def test_a_seed_decides():
    first, again, other = (np.concatenate(epoch(captions(), seed, batch_size=5)) for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


def test_labels_come_from_whichever_view_has_them():
    tensors = PairTensors.of(captions(), torch.device("cpu"))
    assert tensors.labels.tolist() == [i % 3 for i in range(10)]
    batch = tensors.everything()
    assert len(batch) == 50 and (batch.groups % 3 == batch.labels).all()


def test_what_cannot_be_trained_on_is_said():
    data = captions()
    text = View("text", ["a"] * 10, data.x.ids, data.x.groups)
    with pytest.raises(TwoviewError, match="Encode it first"):
        PairTensors.of(PairedData("toy", "train", text, data.y), torch.device("cpu"))
    apart = View("vector", data.x.items, data.x.ids, data.x.groups + 100)
    with pytest.raises(TwoviewError, match="nothing to learn from"):
        PairTensors.of(PairedData("toy", "train", apart, data.y), torch.device("cpu"))
