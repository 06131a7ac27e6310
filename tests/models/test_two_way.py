"""2WayNet against a loop-by-loop NumPy version, its lemma, and finite differences."""

import numpy as np
import pytest
import torch

from engine.errors import TwoviewError
from engine.models.base import Batch
from engine.models.two_way import TiedLinear, TwoWay, decorrelation


def make(n=7, dx=6, dy=4, seed=0, **settings):
    torch.manual_seed(seed)
    settings = {"hidden": (6, 3, 4), "dropout": "none"} | settings
    model = TwoWay((dx,), (dy,), TwoWay.Settings(**settings)).double()
    for channel in (model.to_y, model.to_x):
        for bias in channel.biases:
            torch.nn.init.normal_(bias)  # away from 0, the kink of the leaky ReLU where a row is all dropped
    batch = Batch(torch.randn(n, dx).double(), torch.randn(n, dy).double(), torch.arange(n))
    return model, batch


def by_hand(model, batch):
    """Every loss part with plain NumPy, layer by layer, batch normalisation after the leaky ReLU."""
    s = model.settings
    weights = [layer.weight[0].detach().numpy() for layer in model.layers]  # outputs × inputs

    def unit(rows):
        rows = rows.numpy()
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def walk(values, matrices, channel):
        hidden = []
        for i, matrix in enumerate(matrices):
            values = values @ matrix.T + channel.biases[i].detach().numpy()
            if i < len(matrices) - 1:
                values = np.where(values > 0, values, s.leak * values)
                norm = channel.norms[i]
                values = (values - values.mean(0)) / np.sqrt(values.var(0) + 1e-3)
                values = values * norm.weight.detach().numpy() + norm.bias.detach().numpy()
                hidden.append(values)
        return hidden, values

    x, y = unit(batch.x), unit(batch.y)
    hidden_x, y_again = walk(x, weights, model.to_y)
    hidden_y, x_again = walk(y, [w.T for w in weights[::-1]], model.to_x)
    a, b = hidden_x[1], hidden_y[1]

    def decov(values):
        covariance = sum(np.outer(row, row) for row in values) / len(values)
        total, diagonal = (covariance**2).sum(), (np.diag(covariance) ** 2).sum()
        return np.sqrt(total) - np.sqrt(diagonal) if s.decorrelation_form == "code" else (total - diagonal) / 2

    scales = [n.weight.detach().numpy() for c in (model.to_y, model.to_x) for n in c.norms]
    squares = sum((w**2).sum() for w in weights) + s.decay_scales * sum((g**2).sum() for g in scales)
    return {
        "reconstruction_x": ((x - x_again) ** 2).sum() / len(x),
        "reconstruction_y": ((y - y_again) ** 2).sum() / len(y),
        "midway": s.midway * ((a - b) ** 2).sum() / len(x),
        "decorrelation": s.decorrelation * (decov(a) + decov(b)),
        "weight_decay": s.weight_decay * squares,
        "variance": s.variance * sum((1 / g**2).sum() for g in scales),
    }


@pytest.mark.parametrize("code", [False, True])
def test_losses_are_those_of_a_plain_loop(code):
    model, batch = make(decorrelation_form="code" if code else "paper", decay_scales=code, midway=0.5)
    expected = by_hand(model, batch)
    got = model.losses(batch)
    assert set(got) == set(expected)
    for name, value in expected.items():
        assert float(got[name]) == pytest.approx(value, rel=1e-10), name


@pytest.mark.parametrize(
    "settings",
    [{}, {"batch_norm": "before"}, {"batch_norm": "none"}, {"dropout": "tied"}, {"dropout": "conventional"},
     {"decorrelation_form": "code", "decay_scales": True}, {"parts": (2, 1, 1, 2)}, {"hidden": (3,)}, {"leak": 0.0}],
)  # fmt: skip
def test_gradients_agree_with_finite_differences(settings):
    model, batch = make(**settings)

    def loss():
        torch.manual_seed(5)  # the same dropout masks each time
        return sum(model.losses(batch).values())

    loss().backward()
    for parameter in model.parameters():
        flat, index, step = parameter.data.view(-1), parameter.numel() // 2, 1e-6
        kept = float(flat[index])
        flat[index] = kept + step
        above = float(loss())
        flat[index] = kept - step
        below = float(loss())
        flat[index] = kept
        assert float(parameter.grad.view(-1)[index]) == pytest.approx((above - below) / (2 * step), rel=1e-4, abs=1e-7)


def test_locally_dense_layers_are_block_diagonal_and_smaller():
    layer = TiedLinear(6, 4, parts=2)
    dense = torch.block_diag(*layer.weight)
    x, y = torch.randn(5, 6), torch.randn(5, 4)
    torch.testing.assert_close(layer.ahead(x), x @ dense.T)
    torch.testing.assert_close(layer.back(y), y @ dense)
    assert layer.weight.numel() * 2 == TiedLinear(6, 4).weight.numel()
    with pytest.raises(TwoviewError, match="divisible by 4"):
        TiedLinear(6, 4, parts=4)


def test_tied_masks_are_shared_and_keep_the_variance():
    model, _ = make(n=4000, hidden=(50,), dropout="tied")
    like = torch.zeros(4000, 6)
    (mask,) = model._masks(like)
    values = torch.unique(mask)
    torch.testing.assert_close(values, torch.tensor([0.0, 2.0**0.5]))
    assert float((mask * torch.randn(4000, 50)).var()) == pytest.approx(1, abs=0.02)
    assert model.eval()._masks(like) == [None]


def test_the_middle_layer_is_the_common_space():
    model, batch = make(hidden=(6, 5, 4, 3))
    model.eval()
    assert model.embed_x(batch.x).shape == model.embed_y(batch.y).shape == (7, 5)
    model.train()
    hidden = model.to_y(model._inputs("x", batch.x), [layer.ahead for layer in model.layers], [None] * 4)
    assert [h.shape[1] for h in hidden] == [6, 5, 4, 3, 4]


def test_decorrelation_vanishes_for_orthogonal_columns():
    columns = torch.linalg.qr(torch.randn(20, 4))[0]
    for form in ("paper", "code"):
        assert float(decorrelation(columns, form)) == pytest.approx(0, abs=1e-6)
        assert float(decorrelation(columns[:, [0, 0]], form)) > 1e-4


def test_lemma_1_links_correlation_and_distance():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 50))
    x, y = x - x.mean(), 2 * (y - y.mean()) + x - x.mean()
    a, b = x.std(), y.std()
    identity = a / (2 * b) + b / (2 * a) - ((x - y) ** 2).sum() / (2 * len(x) * a * b)
    assert identity == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_settings_that_cannot_be_built_are_explained():
    with pytest.raises(TwoviewError, match="at least one hidden layer"):
        TwoWay((4,), (4,), TwoWay.Settings(hidden=()))
    with pytest.raises(TwoviewError, match="parts per weight"):
        TwoWay((4,), (4,), TwoWay.Settings(hidden=(4,), parts=(2,)))
