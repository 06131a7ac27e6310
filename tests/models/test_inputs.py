"""What models do to features before their first layer, and that it is kept with them."""

import math

import numpy as np
import pytest
import torch

from engine.data.base import paired_arrays
from engine.errors import TwoviewError
from engine.models import MODELS, settings_of
from engine.models.base import Training
from engine.models.inputs import Inputs, InputSettings, PreparesInputs
from engine.models.networks import SideBySide
from engine.training.loop import create, train

torch.set_num_threads(1)
PREPARING = [name for name in MODELS if issubclass(MODELS[name], PreparesInputs)]
SMALL = {
    "cca_layer": {"k": 4, "hidden_y": [8]}, "dcca": {"k": 4, "hidden_y": [8]}, "learned_ranking": {"k": 4, "hidden_y": [8]},
    "drsl": {"k": 6, "hidden_x": [8], "hidden_y": [8], "relation": [16]}, "two_way": {"hidden": [6, 4, 6], "dropout": "none"},
    "muc2m": {"k": 3, "hidden": [8], "individual": False}, "similarity_network": {"k": 4, "hidden": 8, "fusion": [8]},
}  # fmt: skip
BRIEF = Training(epochs=2, batch_size=16)


def features(n=64, d=6, seed=0):
    generator = np.random.default_rng(seed)
    return generator.gamma(1.0, size=(n, d)) * np.arange(1, d + 1) + 3 * generator.gamma(1.0, size=(n, 1))


def data():
    return paired_arrays(features(seed=0).astype(np.float32), features(d=5, seed=1).astype(np.float32))


def fitted(rows, root=False, **settings):
    inputs = Inputs(rows.shape[1], root, InputSettings(**settings))
    inputs.fit(torch.as_tensor(rows))
    return inputs(torch.as_tensor(rows)).numpy()


def test_standardised_features_have_mean_0_and_variance_1_and_constant_ones_are_0():
    rows = np.concatenate([features(), np.full((64, 1), 7.0)], axis=1).astype(np.float32)
    found = fitted(rows, root=True, scaling="standardize")
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(found.std(0), [1] * 6 + [0], atol=1e-5)


def test_whitening_gives_the_inverse_of_covariance_and_ridge():
    rows = features().astype(np.float32)
    found = fitted(rows, scaling="whiten", ridge=0.2).astype(float)
    covariance = np.cov(rows.T.astype(float), bias=True)
    centred = rows - rows.mean(0)
    inverse = np.linalg.inv(covariance + 0.2 * np.trace(covariance) / 6 * np.eye(6))
    np.testing.assert_allclose(found @ found.T, centred @ inverse @ centred.T, atol=1e-4)


def test_as_they_are_by_default():
    rows = features().astype(np.float32)
    assert np.array_equal(fitted(rows), rows) and not Inputs(6, True, InputSettings()).state_dict()


@pytest.mark.parametrize("name", PREPARING)
def test_preparation_is_fitted_before_training_and_kept_in_the_state(name):
    pairs, cls = data(), MODELS[name]
    settings = settings_of(cls, SMALL.get(name, {"k": 4, "hidden": 8}) | {"root_x": True, "scaling": "standardize", "input_dropout": 0.3})
    model = create(cls, pairs, settings)
    train(model, pairs, training=BRIEF)
    rooted = np.sqrt(pairs.x.items)
    np.testing.assert_allclose(model.inputs["x"].mean, rooted.mean(0), rtol=1e-4)
    np.testing.assert_allclose(model.inputs["x"].scale, 1 / rooted.std(0), rtol=1e-3)
    again = create(cls, pairs, settings, seed=1)
    again.load_state_dict(model.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(again.state_dict().values(), model.state_dict().values(), strict=True))


def test_a_share_of_the_inputs_is_dropped_while_training_alone():
    model = create(MODELS["clip_loss"], data(), settings_of(MODELS["clip_loss"], {"input_dropout": 0.25, "hidden": 8, "k": 4}))
    ones = torch.ones(4000, 6)
    dropped = model.train().taken("x", ones)
    assert float((dropped == 0).float().mean()) == pytest.approx(0.25, abs=0.02)
    assert float(dropped.max()) == pytest.approx(4 / 3) and torch.equal(model.eval().taken("x", ones), ones)


def test_the_skip_is_the_network_plus_a_linear_map():
    side = SideBySide(torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.ReLU()), 6, 4)
    x = torch.as_tensor(features().astype(np.float32))
    by_hand = (x @ side.network[0].weight.T + side.network[0].bias).clamp(min=0) + x @ side.linear.weight.T + side.linear.bias
    torch.testing.assert_close(side(x), by_hand)


@pytest.mark.parametrize("name", ["two_branch", "clip_loss", "cca_layer", "muc2m"])
def test_a_skip_brings_a_linear_map_for_each_view(name):
    cls, small = MODELS[name], SMALL.get(name, {"k": 4, "hidden": 8})
    with_skip, without = (create(cls, data(), settings_of(cls, small | {"skip": skip})) for skip in (True, False))
    k = with_skip.settings.k
    assert sum(p.numel() for p in with_skip.parameters()) - sum(p.numel() for p in without.parameters()) == (6 + 5 + 2) * k


def test_a_temperature_that_is_not_learned_stays():
    pairs, cls = data(), MODELS["clip_loss"]
    for learned in (True, False):
        model = create(cls, pairs, settings_of(cls, {"hidden": 8, "k": 4, "temperature": 0.1, "learn_temperature": learned}))
        train(model, pairs, training=BRIEF)
        assert (float(model.log_scale) == pytest.approx(-math.log(0.1), abs=1e-6)) is not learned


@pytest.mark.parametrize("settings", [{"scaling": "log"}, {"input_dropout": 1.0}, {"ridge": 0.0}])
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(TwoviewError):
        create(MODELS["clip_loss"], data(), settings_of(MODELS["clip_loss"], settings))


def test_token_ids_are_left_alone():
    with pytest.raises(TwoviewError, match="token ids"):
        MODELS["cca_layer"]((6,), (30,), settings_of(MODELS["cca_layer"], {"text": "cnn", "scaling": "standardize"}))
