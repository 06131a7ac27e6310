"""GMA against SciPy's generalised eigenproblem."""

import numpy as np
import pytest
import scipy.linalg
import torch

from engine.errors import TwoviewError
from engine.models.gma import GMA


def data(n=90, d_x=7, d_y=5, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=n)
    x = rng.normal(size=(n, d_x)) + 2 * rng.normal(size=(classes, d_x))[labels]
    y = rng.normal(size=(n, d_y)) + 2 * rng.normal(size=(classes, d_y))[labels]
    return torch.tensor(x), torch.tensor(y), torch.tensor(labels)


def fitted(x, y, labels, **settings):
    it = GMA(x.shape[1:], y.shape[1:], GMA.Settings(**({"k": 3} | settings))).double()
    it.fit_closed_form(x, y, labels)
    return it


def test_directions_solve_the_generalised_eigenproblem():
    x, y, labels = data()
    it = fitted(x, y, labels, coupling=0.6, balance=1.4, regularisation=0.2)
    a, b, g = x.numpy() - x.numpy().mean(0), y.numpy() - y.numpy().mean(0), labels.numpy()
    between, within = {}, {}
    means = {name: np.array([v[g == c].mean(0) for c in range(4)]) for name, v in (("x", a), ("y", b))}
    share = np.bincount(g) / len(g)
    for name, v in (("x", a), ("y", b)):
        between[name] = sum(share[c] * np.outer(means[name][c], means[name][c]) for c in range(4))
        rest = v - means[name][g]
        within[name] = rest.T @ rest / len(v) + 0.2 * (v**2).mean() * np.eye(v.shape[1])
    cross = sum(share[c] * np.outer(means["x"][c], means["y"][c]) for c in range(4))
    left = np.block([[between["x"], 0.6 * cross], [0.6 * cross.T, 1.4 * between["y"]]])
    gamma = np.trace(within["x"]) / np.trace(within["y"])
    right = scipy.linalg.block_diag(within["x"], gamma * within["y"])
    _, vectors = scipy.linalg.eigh(left, right)
    weights = torch.cat([it.weights_x, it.weights_y]).numpy()
    for i in range(3):
        expected = vectors[:, -1 - i]
        sign = np.sign(expected @ weights[:, i])
        np.testing.assert_allclose(weights[:, i], sign * expected, atol=1e-8)
    np.testing.assert_allclose(weights.T @ right @ weights, np.eye(3), atol=1e-8)


def test_unlabelled_pairs_are_left_out():
    x, y, labels = data()
    more = [torch.cat([part, part[:9] + 5]) for part in (x, y)]
    with_unknown = fitted(*more, torch.cat([labels, torch.full((9,), -1)]))
    torch.testing.assert_close(with_unknown.weights_x, fitted(x, y, labels).weights_x)


def test_classes_come_together_across_the_views():
    x, y, labels = data(n=300)
    it = fitted(x, y, labels)
    a, b = (torch.nn.functional.normalize(z, dim=1) for z in (it.embed_x(x), it.embed_y(y)))
    nearest = labels[(a @ b.T).argmax(1)]
    assert (nearest == labels).double().mean() > 0.85


def test_components_beyond_the_rank_are_zero():
    x, y, labels = data()
    it = fitted(x, y, labels, k=8)
    assert it.weights_x[:, 3:].abs().max() == 0
    assert it.weights_x[:, 2].abs().max() > 0


def test_it_needs_labels_of_two_classes():
    x, y, labels = data()
    for bad in (None, torch.zeros_like(labels), torch.full_like(labels, -1)):
        with pytest.raises(TwoviewError, match="labels"):
            fitted(x, y, bad)


def test_constant_and_few_features_are_finite():
    x, y, labels = data(n=6)
    it = fitted(torch.ones_like(x), y, labels)
    assert torch.isfinite(it.embed_x(x)).all()
    assert torch.isfinite(it.embed_y(y)).all()
