"""The two-branch loss against loops over all triplets, what counts as a negative, and finite differences."""

import math

import numpy as np
import pytest
import torch

from engine.models.base import Batch
from engine.models.two_branch import TwoBranch, distances, hardest_hinges

WIDTHS = {"hidden": 8, "k": 4, "dropout": 0.0}


def model(**settings):
    torch.manual_seed(0)
    return TwoBranch((6,), (5,), TwoBranch.Settings(**(WIDTHS | {"hardest": 3} | settings))).double()


def batch(groups=(0, 0, 1, 1, 2, 3, 4, 4), seed=0):
    rng = np.random.default_rng(seed)
    groups = torch.tensor(groups)
    photos = torch.tensor(rng.normal(size=(10, 6)))
    return Batch(photos[groups], torch.tensor(rng.normal(size=(len(groups), 5))), groups)


def brute_force(a, b, groups, pairs, margin, hardest):
    """Mean over positive pairs (i, j) of the mean of the largest hinges over all candidates k, zeros included."""
    d = [[math.sqrt(sum((p - q) ** 2 for p, q in zip(u, v, strict=True)) + 1e-4) for v in b] for u in a]
    kept = []
    for i, j in pairs:
        hinges = [max(0.0, margin + d[i][j] - d[i][k]) if groups[k] != groups[i] else 0.0 for k in range(len(b))]
        kept += sorted(hinges, reverse=True)[:hardest]
    return sum(kept) / len(kept)


def test_every_term_against_a_loop_over_triplets():
    weights = {"weight_x_to_y": 1.3, "weight_y_to_x": 2.0, "weight_x": 0.4, "weight_y": 0.7}
    it, b = model(margin=0.3, **weights), batch()
    parts = it.losses(b)
    x, y, g = it.embed_x(b.x).tolist(), it.embed_y(b.y).tolist(), b.groups.tolist()
    aligned = [(i, i) for i in range(len(g))]
    neighbours = [(i, j) for i in range(len(g)) for j in range(len(g)) if i != j and g[i] == g[j]]
    expected = {
        "x_to_y": 1.3 * brute_force(x, y, g, aligned, 0.3, 3),
        "y_to_x": 2.0 * brute_force(y, x, g, aligned, 0.3, 3),
        "x_to_x": 0.4 * brute_force(x, x, g, neighbours, 0.3, 3),
        "y_to_y": 0.7 * brute_force(y, y, g, neighbours, 0.3, 3),
    }
    assert {name: float(value) for name, value in parts.items()} == pytest.approx(expected, rel=1e-6)


def test_terms_of_weight_zero_are_not_there():
    assert set(model(weight_x_to_y=0.0, weight_y=0.0).losses(batch())) == {"y_to_x"}


def test_a_photo_drawn_twice_is_no_negative_of_itself():
    """With one group only there is nothing to rank against, whatever the embeddings."""
    parts = model().losses(batch(groups=(3, 3, 3, 3)))
    assert all(float(value) == 0 for value in parts.values())


def test_without_neighbours_the_neighbourhood_term_is_zero_and_has_a_gradient():
    it = model(weight_x_to_y=0.0, weight_y_to_x=0.0, weight_y=1.0)
    loss = it.losses(batch(groups=(0, 1, 2, 3)))["y_to_y"]
    loss.backward()
    assert float(loss) == 0


def test_permuting_the_batch_changes_nothing():
    it, b = model(weight_x=0.3), batch()
    order = torch.randperm(len(b))
    shuffled = Batch(b.x[order], b.y[order], b.groups[order])
    a, c = it.losses(b), it.losses(shuffled)
    assert {k: float(v) for k, v in a.items()} == pytest.approx({k: float(v) for k, v in c.items()})


def test_all_hinges_are_kept_when_there_are_fewer_than_k():
    d = torch.tensor([[0.1, 0.2, 0.9], [0.5, 0.1, 0.15], [0.4, 0.3, 0.2]])
    negative = ~torch.eye(3, dtype=torch.bool)
    value = hardest_hinges(d, torch.arange(3).expand(2, -1), negative, 0.1, 50)
    assert float(value) == pytest.approx((0.05) / 9)


def test_distances_of_unit_rows_are_never_nan():
    a = torch.nn.functional.normalize(torch.randn(5, 3), dim=1).requires_grad_()
    d = distances(a, a)
    d.sum().backward()
    assert torch.isfinite(a.grad).all()
    np.testing.assert_allclose(d.diagonal().detach(), 0.01, atol=2e-3)


@pytest.mark.parametrize("settings", [{}, {"linear": True}, {"batch_norm": "first"}, {"batch_norm": "none", "weight_x": 0.5}])
def test_gradients_agree_with_finite_differences(settings):
    it, b = model(margin=0.5, **settings), batch()
    sum(it.losses(b).values()).backward()
    for weight in it.parameters():
        flat, step, values = weight.data.view(-1), 1e-6, []
        kept = float(flat[0])
        for moved in (kept + step, kept - step):
            flat[0] = moved
            values.append(float(sum(it.losses(b).values())))
        flat[0] = kept
        assert float(weight.grad.view(-1)[0]) == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-4, abs=1e-7)


def test_embeddings_are_unit_vectors_of_the_named_width():
    b = batch()
    assert model().embed_x(b.x).shape == (8, 4)
    linear = model(linear=True).embed_y(b.y)
    assert linear.shape == (8, 8)
    torch.testing.assert_close(linear.norm(dim=1), torch.ones(8).double())
