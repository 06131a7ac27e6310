"""InfoNCE and the sigmoid loss against loops over all pairs, with groups that share a target."""

import math

import numpy as np
import pytest
import torch

from engine.models.base import Batch
from engine.models.contrastive import CLIPLoss, SigLIPLoss


def make(cls, groups=(0, 0, 1, 2, 2, 2), **settings):
    torch.manual_seed(0)
    it = cls((6,), (5,), cls.Settings(**({"hidden": 8, "k": 4, "dropout": 0.0} | settings))).double()
    rng = np.random.default_rng(0)
    n = len(groups)
    return it, Batch(torch.tensor(rng.normal(size=(n, 6))), torch.tensor(rng.normal(size=(n, 5))), torch.tensor(groups))


def similarities(it, b):
    return (it.embed_x(b.x) @ it.embed_y(b.y).T).tolist(), b.groups.tolist()


def test_clip_against_a_loop():
    it, b = make(CLIPLoss, temperature=0.1)
    cosine, g = similarities(it, b)
    rows = range(len(g))
    expected = {}
    for name, s in (("x_to_y", cosine), ("y_to_x", list(zip(*cosine, strict=True)))):
        total = 0.0
        for i in rows:
            normaliser = math.log(sum(math.exp(10 * s[i][k]) for k in rows))
            matching = [j for j in rows if g[j] == g[i]]
            total -= sum(10 * s[i][j] - normaliser for j in matching) / len(matching)
        expected[name] = total / len(g) / 2
    assert {name: float(value) for name, value in it.losses(b).items()} == pytest.approx(expected)


def test_siglip_against_a_loop():
    it, b = make(SigLIPLoss)
    s, g = similarities(it, b)
    total = 0.0
    for i in range(len(g)):
        for j in range(len(g)):
            z = 1 if g[i] == g[j] else -1
            total += math.log1p(math.exp(-z * (10 * s[i][j] - 10)))
    assert float(it.losses(b)["sigmoid"]) == pytest.approx(total / len(g))


def test_clip_temperature_stays_below_100():
    it, b = make(CLIPLoss)
    it.log_scale.data.fill_(math.log(100))
    at_bound = it.losses(b)["x_to_y"]
    it.log_scale.data.fill_(9.0)
    assert float(it.losses(b)["x_to_y"]) == pytest.approx(float(at_bound))


@pytest.mark.parametrize("cls", [CLIPLoss, SigLIPLoss])
def test_gradients_agree_with_finite_differences(cls):
    it, b = make(cls)
    sum(it.losses(b).values()).backward()
    for name, weight in it.named_parameters():
        flat, step, values = weight.data.view(-1), 1e-6, []
        kept = float(flat[0])
        for moved in (kept + step, kept - step):
            flat[0] = moved
            values.append(float(sum(it.losses(b).values())))
        flat[0] = kept
        assert float(weight.grad.view(-1)[0]) == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-4, abs=1e-6), name
