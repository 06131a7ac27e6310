"""RCCA: its features approach the Gaussian kernel, and it finds what linear CCA cannot."""

import numpy as np
import pytest
import torch

from engine.errors import TwoviewError
from engine.evaluation.correlation import sum_of_correlations
from engine.models.cca import CCA
from engine.models.rcca import RCCA


def test_inner_products_of_features_approach_the_kernel():
    torch.manual_seed(0)
    model = RCCA((3,), (3,), RCCA.Settings(k=1, features=20_000, width=1.5))
    x = torch.randn(6, 3)
    features = model._features_x(x)
    kernel = np.exp(-((x[:, None] - x[None]) ** 2).sum(2) / (2 * 1.5**2))
    np.testing.assert_allclose(features @ features.T, kernel, atol=0.03)


def test_a_circle_is_found_where_linear_cca_sees_nothing():
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 3000)
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    y = np.stack([np.cos(2 * angle), np.sin(2 * angle)], axis=1)  # uncorrelated with x, but a function of it
    x, y = (torch.tensor(v + 0.05 * rng.normal(size=v.shape), dtype=torch.float32) for v in (x, y))
    torch.manual_seed(0)
    found = {}
    for model in (CCA((2,), (2,), CCA.Settings(k=2)), RCCA((2,), (2,), RCCA.Settings(k=2, features=200, regularisation=1e-4))):
        model.fit_closed_form(x[:2000], y[:2000])
        found[model.name] = sum_of_correlations(model.embed_x(x[2000:]), model.embed_y(y[2000:]))
    assert abs(found["cca"]) < 0.2
    assert found["rcca"] > 1.9


def test_the_width_is_the_median_distance():
    x = torch.randn(50, 4)
    model = RCCA((4,), (4,), RCCA.Settings(k=2, features=10))
    model.fit_closed_form(x, 3 * x)
    distances = np.linalg.norm(x[:, None] - x[None], axis=2)[np.triu_indices(50, 1)]
    assert float(model.widths[0]) == pytest.approx(np.median(distances), rel=0.01)
    assert float(model.widths[1]) == pytest.approx(3 * float(model.widths[0]), rel=1e-5)


def test_more_dimensions_than_features_is_explained():
    with pytest.raises(TwoviewError, match="random features"):
        RCCA((4,), (4,), RCCA.Settings(k=20, features=10))
