"""DCCAE's objective against NumPy, its gradient against finite differences, its settled projection against canonical variates."""

import numpy as np
import pytest
import torch

from engine.models.base import Batch
from engine.models.dccae import DCCAE


def make(n=12):
    torch.manual_seed(0)
    model = DCCAE((6,), (5,), DCCAE.Settings(k=3, hidden=(4,), reconstruction=0.2, regularisation=0.01)).double()
    return model, Batch(torch.randn(n, 6).double(), torch.randn(n, 5).double(), torch.arange(n))


def inverse_root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return vectors @ np.diag(values**-0.5) @ vectors.T


def test_losses_are_the_trace_norm_and_the_squared_errors():
    model, batch = make()
    got = model.losses(batch)
    with torch.no_grad():
        f, g = model.outputs_x(batch.x), model.outputs_y(batch.y)
        again = model.decode_x(f).numpy(), model.decode_y(g).numpy()
    f, g = (v.numpy() - v.numpy().mean(0) for v in (f, g))
    eye = 0.01 * np.eye(3)
    t = inverse_root(f.T @ f / 11 + eye) @ (f.T @ g / 11) @ inverse_root(g.T @ g / 11 + eye)
    assert got["trace_norm"].item() == pytest.approx(-np.linalg.svd(t)[1].sum())
    for name, view, rebuilt in (("x", batch.x, again[0]), ("y", batch.y, again[1])):
        error = sum(((view[i].numpy() - rebuilt[i]) ** 2).sum() for i in range(12)) / 12
        assert got[f"reconstruction_{name}"].item() == pytest.approx(0.2 * error)


def test_gradients_agree_with_finite_differences():
    model, batch = make()
    sum(model.losses(batch).values()).backward()
    for parameter in model.parameters():
        flat, step, sums = parameter.data.view(-1), 1e-6, []
        kept = float(flat[0])
        for moved in (kept + step, kept - step):
            flat[0] = moved
            sums.append(sum(model.losses(batch).values()).item())
        flat[0] = kept
        assert float(parameter.grad.view(-1)[0]) == pytest.approx((sums[0] - sums[1]) / (2 * step), rel=1e-4, abs=1e-7)


def test_settled_embeddings_are_canonical_variates():
    model, batch = make(n=40)
    model.projection_regularisation = 0.0
    model.eval().settle(batch.x, batch.y)
    with torch.no_grad():
        a, b = model.embed_x(batch.x).numpy(), model.embed_y(batch.y).numpy()
    np.testing.assert_allclose(a.T @ a / 39, np.eye(3), atol=1e-8)
    np.testing.assert_allclose(b.T @ b / 39, np.eye(3), atol=1e-8)
    between = a.T @ b / 39
    np.testing.assert_allclose(between, np.diag(np.diag(between)), atol=1e-8)
    assert (np.diff(np.diag(between)) <= 1e-12).all()
