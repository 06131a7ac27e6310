"""Soft decorrelation against a NumPy version; its gradient must come through the batch's own covariance."""

import numpy as np
import pytest
import torch

from engine.models.base import Batch
from engine.models.soft_cca import SoftCCA, SoftDecorrelation


def make(**settings):
    torch.manual_seed(0)
    model = SoftCCA((5,), (4,), SoftCCA.Settings(**({"k": 3, "hidden": (6,)} | settings))).double()
    return model, [Batch(torch.randn(8, 5).double(), torch.randn(8, 4).double(), torch.arange(8)) for _ in range(3)]


def test_decorrelation_is_the_normalised_running_covariance():
    model = SoftDecorrelation(3, memory=0.7).double()
    rng = np.random.default_rng(0)
    covariance, count = np.zeros((3, 3)), 0.0
    for _ in range(4):
        z = rng.normal(size=(6, 3))
        covariance = 0.7 * covariance + sum(np.outer(row, row) for row in z) / 6
        count = 0.7 * count + 1
        expected = sum(abs(covariance[i, j]) for i in range(3) for j in range(3) if i != j) / count
        assert float(model(torch.tensor(z))) == pytest.approx(expected)


def test_it_remembers_only_while_training():
    model = SoftDecorrelation(2, memory=0.5).eval()
    z = torch.randn(5, 2)
    assert model(z) == model(z)
    assert float(model.count) == 0


def test_gradients_agree_with_finite_differences():
    model, (first, second, third) = make()
    model.losses(first)
    model.losses(second)
    state = {name: value.clone() for name, value in model.state_dict().items()}

    def loss():
        with torch.no_grad():
            for name, buffer in model.named_buffers():
                buffer.copy_(state[name])
        return sum(model.losses(third).values())

    loss().backward()
    last = model.net_x[-1].weight
    assert float(last.grad.abs().sum()) > 0
    for parameter in (last, model.net_y[0].weight):
        flat, step, sums = parameter.data.view(-1), 1e-6, []
        kept = float(flat[1])
        for moved in (kept + step, kept - step):
            flat[1] = moved
            sums.append(float(loss()))
        flat[1] = kept
        assert float(parameter.grad.view(-1)[1]) == pytest.approx((sums[0] - sums[1]) / (2 * step), rel=1e-4, abs=1e-8)


def test_the_penalty_alone_decorrelates():
    z = torch.nn.Parameter(torch.randn(64, 4) @ torch.tensor([[1.0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1]]))
    penalty, optimizer = SoftDecorrelation(4, memory=0.0), torch.optim.Adam([z], 0.02)
    before = float(penalty((z - z.mean(0)) / z.std(0)))
    for _ in range(100):
        optimizer.zero_grad()
        penalty((z - z.mean(0)) / z.std(0)).backward()
        optimizer.step()
    assert float(penalty((z - z.mean(0)) / z.std(0))) < before / 10
