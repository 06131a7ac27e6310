"""The CCA layer: its projections, its gradients, its loss against brute force; DCCA and learned projections."""

import copy

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck
from torch.nn import functional as F

from engine.models.base import Batch
from engine.models.cca_layer import DCCA, CCALayer, LearnedRanking, cca_layer, ranking_loss
from engine.models.linear_algebra import canonical_bases, canonical_projections, inverse_square_root

torch.set_num_threads(1)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def symmetric(matrix):
    return (matrix + matrix.T) / 2


def cosines(a, b):
    return F.normalize(a, dim=1) @ F.normalize(b, dim=1).T


def related(n=40, d=5):
    x = normal(n, d)
    return x, x @ normal(d, d, seed=1) + normal(n, d, seed=2)


@pytest.mark.parametrize("matrix", [normal(5, 5) @ normal(5, 5).T + torch.eye(5), torch.eye(5, dtype=torch.float64), torch.diag(torch.tensor([1.0, 1, 2, 2, 3], dtype=torch.float64))])
def test_inverse_square_root(matrix):
    root = inverse_square_root(symmetric(matrix))
    torch.testing.assert_close(root @ symmetric(matrix) @ root, torch.eye(5, dtype=torch.float64))
    assert gradcheck(lambda m: inverse_square_root(symmetric(m)), symmetric(matrix).requires_grad_())


def test_bases_turn_as_finite_differences_say():
    """Projectors on the leading singular vectors, and values, where singular values differ."""

    def looks(t):
        u, values, v = canonical_bases(t)
        return values, u[:, :2] @ u[:, :2].T, v[:, :1] @ u[:, :1].T

    assert gradcheck(looks, normal(4, 4, seed=3).requires_grad_())


def test_the_polar_factor_has_its_gradient_at_equal_singular_values():
    rotation = torch.linalg.qr(normal(4, 4))[0]
    t = rotation @ torch.diag(torch.tensor([0.9, 0.5, 0.5, 0.5], dtype=torch.float64)) @ rotation.T
    assert gradcheck(lambda t: (lambda u, _, v: u @ v.T)(*canonical_bases(t)), t.requires_grad_())


def test_gradients_stay_finite_on_collapsed_representations():
    x = torch.ones(10, 4, requires_grad=True)
    a, b, values = cca_layer(x, torch.ones(10, 4), 1e-3, 4)
    (cosines(a + 1e-3, b + 1e-3).sum() + values.sum()).backward()
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("whitening", ["symmetric", "cholesky"])
@pytest.mark.parametrize("k", [4, 2])
def test_ranking_loss_through_the_layer_has_the_right_gradient(whitening, k):
    x, y = (view[:12, :4].clone().requires_grad_() for view in related())

    def loss(x, y):
        a, b, values = cca_layer(x, y, 1e-3, k, whitening)
        return ranking_loss(cosines(a, b), torch.arange(12) // 2, 0.5), values.sum()

    assert gradcheck(loss, (x, y))


@pytest.mark.parametrize("whitening", ["symmetric", "cholesky"])
def test_layer_is_cca_of_the_batch(whitening):
    x, y = related()
    a, b, values = cca_layer(x, y, 1e-3, 5, whitening)
    fit = canonical_projections(x, y, 1e-3, 1e-3, 5)
    torch.testing.assert_close(values, fit.correlations)
    torch.testing.assert_close(cosines(a, b), cosines((x - fit.mean_x) @ fit.weights_x, (y - fit.mean_y) @ fit.weights_y))


def test_layer_knows_no_linear_maps():
    """CCA's cosines change by no regular linear map of a view, without regularisation."""
    x, y = related()
    a, b, _ = cca_layer(x, y, 0.0, 5)
    c, d, _ = cca_layer(x @ (normal(5, 5, seed=8) + 3 * torch.eye(5)) + 2, y, 0.0, 5)
    torch.testing.assert_close(cosines(a, b), cosines(c, d))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("groups", [range(9), [0, 0, 1, 2, 2, 2, 3, 4, 5], [0] * 9])
def test_ranking_loss_is_eq_8(reduction, groups):
    scores, groups, margin = normal(9, 9).numpy(), list(groups), 0.5
    hinges = [max(0, margin - scores[i, i] + scores[i, j]) for i in range(9) for j in range(9) if groups[i] != groups[j]]
    expected = sum(hinges) / max(len(hinges), 1) if reduction == "mean" else sum(hinges)
    found = ranking_loss(torch.as_tensor(scores), torch.tensor(groups), margin, reduction)
    np.testing.assert_allclose(found, expected)


def test_dcca_is_the_trace_norm_of_t():
    model = DCCA((6,), (5,), DCCA.Settings(k=4, hidden_y=(8,), reduction="sum")).double().eval()
    batch = Batch(normal(30, 6), normal(30, 5, seed=1), torch.arange(30))
    x, y = (view.detach().numpy() - view.detach().numpy().mean(0) for view in (model.net_x(batch.x), model.net_y(batch.y)))

    def whitener(m):
        values, vectors = np.linalg.eigh(m.T @ m / 29 + 1e-3 * np.eye(4))
        return vectors / np.sqrt(values) @ vectors.T

    t = whitener(x) @ (x.T @ y / 29) @ whitener(y)
    np.testing.assert_allclose(model.losses(batch)["trace_norm"].item(), -np.linalg.svd(t, compute_uv=False).sum())


@pytest.mark.parametrize("cls", [CCALayer, DCCA])
def test_projections_are_settled_on_as_many_pairs_as_asked(cls):
    x, y = torch.randn(60, 6), torch.randn(60, 5)
    whole, part = (cls((6,), (5,), cls.Settings(k=3, hidden_y=(8,), refit_samples=m)).eval() for m in (None, 20))
    part.load_state_dict(whole.state_dict())
    whole.settle(x, y)
    part.settle(x, y)
    a, b = whole.embed_x(x), whole.embed_y(y)
    torch.testing.assert_close(torch.cov(a.T).diagonal(), torch.ones(3), rtol=0.05, atol=0)
    assert (torch.corrcoef(torch.cat([a, b], 1).T)[:3, 3:].diagonal() > 0).all()
    assert not torch.equal(part.weights_x, whole.weights_x)
    again = copy.deepcopy(part)
    again.settle(x, y)
    assert torch.equal(part.weights_x, again.weights_x)


def test_settled_projections_may_be_weighted_by_their_correlations():
    x, y = torch.randn(60, 6), torch.randn(60, 5)
    plain, weighted = (CCALayer((6,), (5,), CCALayer.Settings(k=3, hidden_y=(8,), weighting=p)).eval() for p in (0.0, 2.0))
    weighted.load_state_dict(plain.state_dict())
    plain.settle(x, y)
    weighted.settle(x, y)
    torch.testing.assert_close(weighted.embed_x(x), plain.embed_x(x) * plain.correlations**2)
    torch.testing.assert_close(weighted.embed_y(y), plain.embed_y(y) * plain.correlations**2)


def test_the_three_ways_have_equally_many_numbers():
    def numbers(model):
        return sum(p.numel() for p in model.parameters()), model.weights_x.numel() + model.weights_y.numel()

    (layer, projections), (dcca, _), (learned, free) = (numbers(cls((12,), (9,), cls.Settings(k=6, hidden_y=(8,)))) for cls in (CCALayer, DCCA, LearnedRanking))
    assert layer == dcca == learned - free and projections == free


def test_learned_projections_see_centred_representations():
    model = LearnedRanking((6,), (5,), LearnedRanking.Settings(k=3, hidden_y=(8,))).eval()
    x, y = torch.randn(40, 6), torch.randn(40, 5)
    model.settle(x, y)
    torch.testing.assert_close(model.embed_x(x).mean(0), torch.zeros(3), rtol=0, atol=1e-5)
    batch = Batch(x, y, torch.arange(40))
    scores = cosines(model.embed_x(x), model.embed_y(y))
    parts = model.losses(batch)
    torch.testing.assert_close(parts["ranking_x_to_y"], ranking_loss(scores, batch.groups, 0.5))
    torch.testing.assert_close(parts["ranking_y_to_x"], ranking_loss(scores.T, batch.groups, 0.5))


def test_weights_start_as_in_the_authors_program():
    layer = CCALayer((300,), (50,)).net_x[-1]
    assert layer.weight.abs().max() <= (3 / 300) ** 0.5 and layer.weight.abs().max() > 0.09 and not layer.bias.any()
