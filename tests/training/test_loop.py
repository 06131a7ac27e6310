"""The loop: what it minimises, when it stops, and that a killed run ends like an unbroken one."""

import os
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from engine.compute import pick_device
from engine.data.base import paired_arrays
from engine.errors import TwoviewError
from engine.models import MODELS, settings_of
from engine.models.base import EmbeddingModel, Training
from engine.models.cca import CCA
from engine.training.loop import create
from engine.training.loop import train as train_on
from engine.training.monitor import Monitor

torch.set_num_threads(1)
train = partial(train_on, device=pick_device(os.environ.get("TWOVIEW_TEST_DEVICE", "cpu")))


class Toy(EmbeddingModel):
    """Two linear maps pulled together, with dropout so that random numbers matter, in two stages."""

    name = "toy"
    title = "Toy"
    paper_training = Training(epochs=3, batch_size=16, learning_rate=0.01)
    stages = ("left", "right")

    @dataclass(frozen=True)
    class Settings:
        k: int = 4

    def __init__(self, shape_x, shape_y, settings=None):
        super().__init__(shape_x, shape_y, settings)
        self.left, self.right = nn.Linear(*shape_x, self.settings.k), nn.Linear(*shape_y, self.settings.k)
        self.norm = nn.BatchNorm1d(self.settings.k)
        self.dropout = nn.Dropout(0.5)
        self.register_buffer("settled", torch.zeros(()))

    def begin_stage(self, stage):
        self.left.requires_grad_(stage == "left")
        self.right.requires_grad_(stage == "right")

    def losses(self, batch):
        a, b = self.embed_x(batch.x), self.embed_y(batch.y)
        return {"pull": (self.dropout(a) - b).square().mean(), "size": (a.square().mean() - 1).square()}

    def embed_x(self, x):
        return self.norm(self.left(x))

    def embed_y(self, y):
        return self.right(y)

    @torch.no_grad()
    def settle(self, x, y):
        self.settled.copy_(self.embed_x(x).mean())


@pytest.fixture
def data():
    generator = np.random.default_rng(0)
    latent = generator.normal(size=(80, 3))
    return paired_arrays(latent @ generator.normal(size=(3, 6)), latent @ generator.normal(size=(3, 5)))


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_loss_falls_and_history_tells(data):
    model = create(Toy, data, seed=1)
    history = train(model, data, validation=data)
    assert [(e.stage, e.epoch) for e in history.epochs] == [(s, e) for s in ("left", "right") for e in (1, 2, 3)]
    assert history.epochs[-1].losses["pull"] < history.epochs[0].losses["pull"]
    assert set(history.epochs[0].losses) == {"pull", "size"} and "mrr_x_to_y" in history.epochs[0].validation
    assert not model.training and history.best_epoch is None


def test_same_seed_same_weights_other_seed_others(data):
    runs = []
    for seed in (1, 1, 2):
        model = create(Toy, data, seed=seed)
        train(model, data, seed=seed)
        runs.append(weights(model))
    assert same(runs[0], runs[1]) and not same(runs[0], runs[2])


def test_global_random_numbers_are_left_alone(data):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train(create(Toy, data), data)
    assert torch.equal(torch.rand(3), expected)


class Killed(Exception):
    pass


@pytest.mark.parametrize("kills", [(1,), (2, 1, 3)])
@pytest.mark.parametrize("monitored", [False, True])
def test_a_run_killed_between_epochs_ends_the_same(data, tmp_path, kills, monitored):
    training = Training(epochs=6, batch_size=16, optimizer="sgd", learning_rate=0.05, momentum=0.9, nesterov=True, decay=0.9)
    if monitored:
        training = replace(training, monitor="mrr", patience=1, refinements=2, refinement_patience=1)
    whole = create(Toy, data, seed=3)
    expected = train(whole, data, data, training, seed=3)

    def run(stop_after=None):
        model, seen = create(Toy, data, seed=3), []

        def progress(done, total, what):
            seen.append(done)
            if len(seen) == stop_after:
                raise Killed

        return model, train(model, data, data, training, seed=3, resume_from=tmp_path / "state", progress=progress)

    for stop_after in kills:
        with pytest.raises(Killed):
            run(stop_after)
    model, history = run()
    assert same(weights(model), weights(whole))
    strip = {"epochs": {"__all__": {"seconds"}}}
    assert history.model_dump(exclude=strip) == expected.model_dump(exclude=strip)


def test_state_of_another_run_is_refused(data, tmp_path):
    train(create(Toy, data), data, seed=0, resume_from=tmp_path / "state")
    with pytest.raises(TwoviewError, match="another model, settings, seed or data"):
        train(create(Toy, data), data, seed=1, resume_from=tmp_path / "state")
    (tmp_path / "state").write_bytes(b"x" * 100)
    with pytest.raises(TwoviewError, match="no state"):
        train(create(Toy, data), data, seed=0, resume_from=tmp_path / "state")


def test_closed_form_is_fitted_on_all_pairs(data):
    model = create(CCA, data, CCA.Settings(k=2, regularisation=1e-6))
    history = train(model, data, validation=data)
    assert len(history.epochs) == 1 and history.epochs[0].validation["mrr_x_to_y"] > 0.9
    assert model.correlations.min() > 0.999


def test_a_loss_that_is_no_number_is_said(data):
    bad = paired_arrays(np.full((40, 6), np.inf), np.ones((40, 5)))
    with pytest.raises(TwoviewError, match="Lower the learning rate"):
        train(create(Toy, bad), bad)


def test_monitor_needs_validation(data):
    with pytest.raises(TwoviewError, match="needs validation data"):
        train(create(Toy, data), data, training=Training(monitor="mrr"))
    with pytest.raises(TwoviewError, match="Choose one of"):
        train(create(Toy, data), data, data, Training(monitor="loss"))


def test_pairwise_models_are_monitored_on_some_groups(data, monkeypatch):
    def asked(name):
        model = create(MODELS[name], data, settings_of(MODELS[name], {"k": 4}))
        return len(Monitor("mrr", model, data, torch.device("cpu")).tensors.x)

    assert asked("drsl") == asked("cca") == 80
    monkeypatch.setattr("engine.training.monitor.PAIRS", 1600)
    assert (asked("drsl"), asked("cca")) == (40, 80)


def rates(data, **changes):
    """The rate that the optimiser had at each step."""
    seen = []

    class Watched(Toy):
        stages = ("left",)

    model = create(Watched, data)
    step = torch.optim.Adam.step

    def spied(optimizer, *arguments, **named):
        seen.append(optimizer.param_groups[0]["lr"])
        return step(optimizer, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim.Adam, "step", spied)
        train(model, data, training=replace(Toy.paper_training, **changes))
    return np.array(seen)


def test_a_cosine_schedule_warms_up_and_ends_near_0(data):
    found = rates(data, epochs=5, schedule="cosine", warm_up=0.3, batch_size=8)
    done = (np.arange(len(found)) + 0.5) / len(found)
    expected = np.where(done < 0.3, done / 0.3, (1 + np.cos(np.pi * (done - 0.3) / 0.7)) / 2)
    np.testing.assert_allclose(found, 0.01 * expected, rtol=1e-6)
    assert np.allclose(rates(data, epochs=2), 0.01)


def test_decoupled_decay_is_taken_off_matrices_beside_the_step(data):
    """Two first steps that differ in the decay alone differ by rate · decay · weight, and biases do not differ."""
    after = []
    for decay in (0.0, 0.5):
        model = create(Toy, data)
        before = model.left.weight.detach().clone()
        train(model, data, training=replace(Toy.paper_training, epochs=1, batch_size=len(data.x), optimizer="adamw", weight_decay=decay))
        after.append(model)
    plain, decayed = after
    torch.testing.assert_close(plain.left.weight - decayed.left.weight, 0.01 * 0.5 * before)
    torch.testing.assert_close(plain.left.bias, decayed.left.bias)


def test_a_warm_up_that_is_no_share_is_refused(data):
    with pytest.raises(TwoviewError, match="warm-up"):
        train(create(Toy, data), data, training=replace(Toy.paper_training, schedule="cosine", warm_up=1.0))
