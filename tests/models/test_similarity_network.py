"""The similarity network: which pairs it sees, its loss, and scores that don't depend on how they are blocked."""

import math

import numpy as np
import pytest
import torch

from engine.models import similarity_network
from engine.models.base import Batch
from engine.models.similarity_network import SimilarityNetwork


def model(**settings):
    torch.manual_seed(0)
    chosen = {"hidden": 8, "k": 4, "fusion": (6, 5), "dropout": 0.0} | settings
    return SimilarityNetwork((6,), (5,), SimilarityNetwork.Settings(**chosen)).double()


def batch(groups):
    rng = np.random.default_rng(0)
    return Batch(torch.tensor(rng.normal(size=(len(groups), 6))), torch.tensor(rng.normal(size=(len(groups), 5))), torch.tensor(groups))


def test_loss_against_a_loop_where_the_negative_is_forced():
    """Two groups of one: each pair's only negative is the other's y."""
    it, b = model(), batch([0, 1])
    p = it.score(b.x, b.y).tolist()
    expected = np.mean([math.log1p(math.exp(-z * p[i][j])) for i, j, z in [(0, 0, 1), (1, 1, 1), (0, 1, -1), (1, 0, -1)]])
    assert float(it.losses(b)["logistic"]) == pytest.approx(expected)


def test_negatives_are_as_many_as_positives_and_of_other_groups(monkeypatch):
    it, b, seen = model(), batch([0, 0, 1, 1, 2]), []
    it.eval()
    x, y = it.branch_x(b.x), it.branch_y(b.y)
    fuse = it._fuse
    monkeypatch.setattr(it, "_fuse", lambda u, v: seen.append((u, v)) or fuse(u, v))
    it.losses(b)
    ((u, v),) = seen
    rows = [((u[i] - x).norm(dim=1).argmin().item(), (v[i] - y).norm(dim=1).argmin().item()) for i in range(len(u))]
    groups = b.groups.tolist()
    assert rows[:5] == [(i, i) for i in range(5)]
    assert len(rows) == 10
    assert all(groups[i] != groups[j] for i, j in rows[5:])


def test_augmented_positives_are_all_of_the_group():
    pairs = model(augmented=True).signed(batch([0, 0, 1])).positives
    assert sorted(map(tuple, pairs.T.tolist())) == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)]


def test_one_group_only_has_no_negatives_and_stays_finite():
    assert torch.isfinite(model().losses(batch([0, 0, 0]))["logistic"])


def test_scores_do_not_depend_on_the_blocks(monkeypatch):
    it = model().eval()
    rng = np.random.default_rng(1)
    x, y = torch.tensor(rng.normal(size=(7, 6))), torch.tensor(rng.normal(size=(1030, 5)))
    whole = it.score(x, y)
    monkeypatch.setattr(similarity_network, "_FLOATS_AT_ONCE", 1)
    torch.testing.assert_close(it.score(x, y), whole)
    assert whole.shape == (7, 1030)
    torch.testing.assert_close(it.score(x[3:4], y[9:10]), whole[3:4, 9:10])


def test_gradients_agree_with_finite_differences():
    it, b = model(), batch([0, 0, 1, 1, 2, 3])

    def loss():
        torch.manual_seed(3)
        return it.losses(b)["logistic"]

    loss().backward()
    for weight in it.parameters():
        flat, step, values = weight.data.view(-1), 1e-6, []
        kept = float(flat[0])
        for moved in (kept + step, kept - step):
            flat[0] = moved
            values.append(float(loss()))
        flat[0] = kept
        assert float(weight.grad.view(-1)[0]) == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-4, abs=1e-7)
