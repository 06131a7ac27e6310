"""SDCCA's regressions against NumPy, and its linear case against closed-form CCA."""

import numpy as np
import pytest
import torch

from engine.evaluation.correlation import sum_of_correlations
from engine.models.base import Batch
from engine.models.cca import CCA
from engine.models.sdcca import SDCCA, RunningCovariance


def inverse_root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return vectors @ np.diag(values**-0.5) @ vectors.T


def test_losses_regress_on_outputs_whitened_by_the_running_covariance():
    torch.manual_seed(0)
    model = SDCCA((5,), (4,), SDCCA.Settings(k=3, hidden=(6,), memory=0.7, regularisation=0.01)).double()
    covariances = {"x": np.zeros((3, 3)), "y": np.zeros((3, 3))}
    weight = 0.0
    for _ in range(3):
        batch = Batch(torch.randn(9, 5).double(), torch.randn(9, 4).double(), torch.arange(9))
        got = model.losses(batch)
        outputs = {"x": model.net_x(batch.x).detach().numpy(), "y": model.net_y(batch.y).detach().numpy()}
        outputs = {view: values - values.mean(0) for view, values in outputs.items()}
        weight = 0.7 * weight + 0.3
        white = {}
        for view, values in outputs.items():
            covariances[view] = 0.7 * covariances[view] + 0.3 * sum(np.outer(row, row) for row in values) / 9
            white[view] = values @ inverse_root(covariances[view] / weight + 0.01 * np.eye(3))
        assert got["regression_x"].item() == pytest.approx(((outputs["x"] - white["y"]) ** 2).sum() / 9)
        assert got["regression_y"].item() == pytest.approx(((outputs["y"] - white["x"]) ** 2).sum() / 9)


def test_targets_are_constants_of_the_step():
    """The gradient is that of a regression: finite differences with the targets held agree with it."""
    torch.manual_seed(0)
    model = SDCCA((5,), (4,), SDCCA.Settings(k=3, hidden=(6,))).double().eval()
    x, y = torch.randn(9, 5).double(), torch.randn(9, 4).double()
    sum(model.losses(Batch(x, y, torch.arange(9))).values()).backward()
    with torch.no_grad():
        g = model.net_y(y)
        target = model.covariance_y.whiten(g - g.mean(0))

        def regression():
            f = model.net_x(x)
            return float(((f - f.mean(0) - target) ** 2).sum(1).mean())

        weight, step = model.net_x[0].weight, 1e-6
        kept = float(weight[1, 2])
        weight[1, 2] = kept + step
        above = regression()
        weight[1, 2] = kept - step
        below = regression()
    assert float(weight.grad[1, 2]) == pytest.approx((above - below) / (2 * step), rel=1e-5)


def test_it_remembers_only_while_training():
    running = RunningCovariance(2, 0.5, 1e-3).eval()
    running.whiten(torch.randn(6, 2))
    assert float(running.weight) == 0


def test_linear_networks_end_at_linear_cca():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(2000, 3)) * [1.0, 0.8, 0.6]
    x = torch.tensor(shared @ rng.normal(size=(3, 6)) + 0.5 * rng.normal(size=(2000, 6)), dtype=torch.float32)
    y = torch.tensor(shared @ rng.normal(size=(3, 5)) + 0.5 * rng.normal(size=(2000, 5)), dtype=torch.float32)
    torch.manual_seed(0)
    model = SDCCA((6,), (5,), SDCCA.Settings(k=3, hidden=(), memory=0.5))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(30):
        for rows in torch.randperm(2000).split(200):
            optimizer.zero_grad()
            sum(model.losses(Batch(x[rows], y[rows], rows)).values()).backward()
            optimizer.step()
    model.eval().settle(x, y)
    exact = CCA((6,), (5,), CCA.Settings(k=3, regularisation=1e-6))
    exact.fit_closed_form(x, y)
    best = sum_of_correlations(exact.embed_x(x), exact.embed_y(y))
    with torch.no_grad():
        assert sum_of_correlations(model.embed_x(x), model.embed_y(y)) == pytest.approx(best, rel=0.01)
