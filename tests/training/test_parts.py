"""Closed forms from moments: equal to those from all rows at once, whatever the parts, and new rows without the old."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.base import paired_arrays
from engine.errors import TwoviewError
from engine.models import MODELS, settings_of
from engine.models.moments import Moments, joined
from engine.training.loop import create, train
from engine.training.parts import fit_in_parts

torch.set_num_threads(1)
CLOSED = {"cca": {"k": 4, "regularisation": 0.0}, "rcca": {"k": 4, "features": 30}, "pls": {"k": 4}, "gma": {"k": 3}}
N = 700


def paired(n=N, seed=0, shift=0.0):
    generator = np.random.default_rng(seed)
    latent, labels = generator.normal(size=(n, 4)), generator.integers(4, size=n)
    latent[:, 0] += labels
    mix = np.random.default_rng(7)
    views = (latent @ mix.normal(size=(4, d)) + generator.normal(size=(n, d)) + shift for d in (8, 6))
    return paired_arrays(*(view.astype(np.float32) for view in views), labels=labels)


def made(name, data, double=True):
    model = create(MODELS[name], data, settings_of(MODELS[name], CLOSED[name]))
    return model.double() if double else model


def in_memory(model, data):
    """Fitted on all rows at once, in the precision that the model has."""
    dtype = next(model.buffers()).dtype
    labels = torch.as_tensor(data.x.labels)
    model.fit_closed_form(torch.as_tensor(data.x.items).to(dtype), torch.as_tensor(data.y.items).to(dtype), labels)
    return model


def test_every_closed_form_is_covered():
    assert set(CLOSED) | {"identity"} == {name for name in MODELS if MODELS[name].closed_form}


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("rows", [64, 300, 10_000])
def test_parts_equal_all_rows_at_once(name, rows, monkeypatch):
    data = paired()
    monkeypatch.setattr("engine.training.parts.as_tensor", lambda items, device: torch.as_tensor(np.array(items, dtype=np.float64)))
    whole = in_memory(made(name, data), data)
    parted = made(name, data)
    fit_in_parts(parted, data, rows=rows)
    for key, value in whole.state_dict().items():
        torch.testing.assert_close(parted.state_dict()[key], value, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("name", CLOSED)
def test_the_loop_fits_the_same_to_float32(name):
    data = paired()
    looped, parted = made(name, data, double=False), made(name, data, double=False)
    train(looped, data)
    fit_in_parts(parted, data, rows=100)
    for key, value in looped.state_dict().items():
        torch.testing.assert_close(parted.state_dict()[key], value, rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("name", CLOSED)
def test_new_rows_are_added_without_the_old(name, monkeypatch):
    old, new = paired(seed=0), paired(n=250, seed=1, shift=3.0)
    both = paired_arrays(*(np.concatenate([getattr(part, view).items for part in (old, new)]) for view in "xy"), labels=np.concatenate([old.x.labels, new.x.labels]))
    monkeypatch.setattr("engine.training.parts.as_tensor", lambda items, device: torch.as_tensor(np.array(items, dtype=np.float64)))
    model = made(name, old)
    before = fit_in_parts(model, old, rows=128)
    whole = copy.deepcopy(model)
    fit_in_parts(model, new, before=before, rows=99)
    whole.fit_moments(whole.moments(*(torch.as_tensor(getattr(both, view).items).double() for view in "xy"), torch.as_tensor(both.x.labels)))
    for key, value in whole.state_dict().items():
        torch.testing.assert_close(model.state_dict()[key], value, rtol=1e-8, atol=1e-8)


def test_means_far_from_zero_cost_no_digits():
    data = paired(shift=0.0)
    x, y = (torch.as_tensor(view.items).double() for view in (data.x, data.y))
    near = Moments.of(x, y).covariances()
    far = joined(Moments.of(a + 1e6, b - 1e6) for a, b in zip(x.split(37), y.split(37), strict=True)).covariances()
    for a, b in zip(near[:3], far[:3], strict=True):
        torch.testing.assert_close(a, b, rtol=1e-7, atol=1e-8)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 60), st.integers(1, 20), st.integers(1, 4), st.integers(0, 2**31))
def test_moments_are_those_of_the_rows(n, part, classes, seed):
    generator = torch.Generator().manual_seed(seed)
    x, y = torch.randn(n, 3, generator=generator, dtype=torch.float64), torch.randn(n, 2, generator=generator, dtype=torch.float64)
    labels = torch.randint(classes, (n,), generator=generator)
    found = joined(Moments.of(a, b, c) for a, b, c in zip(x.split(part), y.split(part), labels.split(part), strict=True))
    assert found.classes.tolist() == labels.unique().tolist() and found.n == n
    within = sum((x[labels == c] - x[labels == c].mean(0)).T @ (y[labels == c] - y[labels == c].mean(0)) for c in found.classes)
    torch.testing.assert_close(found.xy, within)
    xx, _, _, mean, _ = found.covariances()
    torch.testing.assert_close(xx, torch.cov(x.T))
    torch.testing.assert_close(mean, x.mean(0))


def test_kept_moments_come_back_and_only_for_what_they_are_of(tmp_path):
    data = paired()
    moments = fit_in_parts(made("pls", data, double=False), data)
    moments.save(tmp_path / "moments.safetensors", "minilm")
    again = Moments.load(tmp_path / "moments.safetensors", "minilm")
    assert all(torch.equal(a, b) for a, b in zip(vars(moments).values(), vars(again).values(), strict=True))
    with pytest.raises(TwoviewError, match="other features"):
        Moments.load(tmp_path / "moments.safetensors", "tfidf")
    (tmp_path / "moments.safetensors").write_bytes(b"nothing")
    with pytest.raises(TwoviewError, match="holds no sums"):
        Moments.load(tmp_path / "moments.safetensors", "minilm")


def test_what_cannot_be_summed_is_refused():
    data = paired()
    with pytest.raises(TwoviewError, match="batch by batch"):
        fit_in_parts(create(MODELS["clip_loss"], data), data)
    with pytest.raises(TwoviewError, match="labels"):
        fit_in_parts(made("gma", data), paired_arrays(data.x.items, data.y.items))
    with pytest.raises(TwoviewError, match="equal width"):
        Moments.of(torch.ones(2, 3), torch.ones(2, 2)) + Moments.of(torch.ones(2, 4), torch.ones(2, 2))
