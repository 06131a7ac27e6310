"""CorrNet against a NumPy version and finite differences."""

import numpy as np
import pytest
import torch

from engine.models.base import Batch
from engine.models.corrnet import CorrNet, batch_correlations


def make(seed=0, **settings):
    torch.manual_seed(seed)
    model = CorrNet((5,), (4,), CorrNet.Settings(k=3, **settings)).double()
    for bias in (model.bias, model.bias_x, model.bias_y):
        torch.nn.init.normal_(bias)
    return model, Batch(torch.rand(6, 5).double(), torch.rand(6, 4).double(), torch.arange(6))


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


@pytest.mark.parametrize("reconstruction", ["squared", "cross_entropy"])
@pytest.mark.parametrize("output", ["sigmoid", "linear"])
def test_losses_are_those_of_a_plain_loop(reconstruction, output):
    model, batch = make(reconstruction=reconstruction, output=output)
    w, v, b, bx, by = (p.detach().numpy() for p in (model.weight_x, model.weight_y, model.bias, model.bias_x, model.bias_y))
    x, y = batch.x.numpy(), batch.y.numpy()
    hidden = {"from_both": sigmoid(x @ w + y @ v + b), "from_x": sigmoid(x @ w + b), "from_y": sigmoid(y @ v + b)}
    got = model.losses(batch)
    for name, h in hidden.items():
        total = 0.0
        for i in range(6):
            for target, logit in zip([*x[i], *y[i]], [*(h[i] @ w.T + bx), *(h[i] @ v.T + by)], strict=True):
                p = sigmoid(logit)
                if reconstruction == "cross_entropy":
                    total -= target * np.log(p) + (1 - target) * np.log(1 - p)
                else:
                    total += ((p if output == "sigmoid" else logit) - target) ** 2
        assert got[name].item() == pytest.approx(total / 6, rel=1e-10), name
    r = sum(np.corrcoef(hidden["from_x"][:, i], hidden["from_y"][:, i])[0, 1] for i in range(3))
    assert float(got["correlation"]) == pytest.approx(-2 * r, rel=1e-5)


def test_gradients_agree_with_finite_differences():
    model, batch = make()
    sum(model.losses(batch).values()).backward()
    for parameter in model.parameters():
        flat, step = parameter.data.view(-1), 1e-6
        kept = float(flat[0])
        sums = []
        for moved in (kept + step, kept - step):
            flat[0] = moved
            sums.append(float(sum(model.losses(batch).values())))
        flat[0] = kept
        assert float(parameter.grad.view(-1)[0]) == pytest.approx((sums[0] - sums[1]) / (2 * step), rel=1e-5, abs=1e-8)


def test_a_constant_column_correlates_with_nothing():
    a = torch.randn(8, 2)
    a[:, 1] = 3
    torch.testing.assert_close(batch_correlations(a, a), torch.tensor([1.0, 0.0]))


def test_both_views_share_the_hidden_bias():
    model, _ = make()
    with torch.no_grad():
        model.weight_y.copy_(model.weight_x[:4])
    x = torch.zeros(2, 5).double()
    torch.testing.assert_close(model.embed_x(x), model.embed_y(x[:, :4]))
