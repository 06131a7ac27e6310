"""PLS against scikit-learn's PLS-SVD and the SVD's own optimality."""

import numpy as np
import pytest
import torch
from sklearn.cross_decomposition import PLSSVD

from engine.errors import TwoviewError
from engine.models.pls import PLS


def fitted(x, y, k):
    model = PLS(x.shape[1:], y.shape[1:], PLS.Settings(k=k)).double()
    model.fit_closed_form(torch.tensor(x), torch.tensor(y))
    return model


def test_scores_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(60, 3))
    x = shared @ rng.normal(size=(3, 6)) + rng.normal(size=(60, 6))
    y = shared @ rng.normal(size=(3, 5)) + rng.normal(size=(60, 5))
    model = fitted(x, y, 3)
    reference = PLSSVD(n_components=3, scale=False).fit(x, y)
    for ours, theirs in zip((model.embed_x(torch.tensor(x)), model.embed_y(torch.tensor(y))), reference.transform(x, y), strict=True):
        theirs = theirs * np.sign((ours.numpy() * theirs).sum(0))
        np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-8)


def test_no_other_directions_covary_more():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(40, 4))
    y = x @ rng.normal(size=(4, 4)) + rng.normal(size=(40, 4))
    model = fitted(x, y, 2)
    best = float((model.embed_x(torch.tensor(x)) * model.embed_y(torch.tensor(y))).sum())
    xc, yc = x - x.mean(0), y - y.mean(0)
    for _ in range(200):
        u, v = (np.linalg.qr(rng.normal(size=(4, 2)))[0] for _ in range(2))
        assert ((xc @ u) * (yc @ v)).sum() <= best + 1e-9


def test_more_components_than_features_is_explained():
    with pytest.raises(TwoviewError, match="at most"):
        PLS((4,), (3,), PLS.Settings(k=4))
