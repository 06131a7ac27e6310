"""A dual encoder trained from pixels: what its folder gives through the door that a person uses, resuming, and what is refused."""

import json

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from typer.testing import CliRunner

from engine.cli import app
from engine.data import load
from engine.encoders import open_encoder
from engine.encoders.dual import dual_encoder
from engine.errors import TwoviewError
from engine.models.pixel_towers import shifted
from engine.recipes import dual

SMALL = {"k": 32, "width": 8, "text_layers": 1, "text_width": 32, "vocabulary": 300, "batch_size": 8, "shift": 2}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """24 of the shipped pictures to train on, 8 to choose the epoch by."""
    test = load("scenes", "test")
    parts = {"train": np.arange(24), "validation": np.arange(24, 32)}
    monkeypatch.setattr(dual, "load", lambda name, split, root=None: test.take_groups(parts[split], split))
    return test.take_groups(np.arange(32, 38), "test")


@pytest.mark.parametrize("loss", ["clip", "siglip"])
def test_the_door_gives_the_trainers_embeddings(few, tmp_path, loss):
    made = dual.train_dual("scenes", str(tmp_path / "mine"), SMALL | {"loss": loss}, epochs=2, image_size=32)
    assert {path.name for path in made.folder.iterdir()} == {
        "open_clip_config.json", "open_clip_model.safetensors", "tokenizer.json", "tokenizer_config.json", "training.json",
    }  # fmt: skip
    opened = dual_encoder(str(made.folder))
    x, y = open_encoder(opened.x), open_encoder(opened.y)
    assert opened.logit_scale == pytest.approx(made.model.towers.logit_scale.exp().item())
    assert opened.logit_bias == (0.0 if loss == "clip" else made.model.towers.logit_bias.item())
    seen = dual.read(few, x.preprocess_with, y.tokenizer.tokenizer, made.model.shape_y[0])
    with torch.no_grad():
        torch.testing.assert_close(F.normalize(x(list(few.x.items)), dim=1), made.model.embed_x(torch.as_tensor(seen.x.items)))
        torch.testing.assert_close(F.normalize(y(few.y.items), dim=1), made.model.embed_y(torch.as_tensor(seen.y.items)))
    spans = [span for span in y.tokens(["a Xylophone"]).spans[0] if span != (0, 0)]
    assert "".join("a Xylophone"[a:b] for a, b in spans) == "aXylophone"  # also a word that nobody said


def test_it_learns_and_a_broken_run_goes_on_to_the_same(few, tmp_path):
    def lasts(done, total, what):
        if done == 1 and what.startswith("all"):
            raise KeyboardInterrupt

    settings = SMALL | {"monitor": None, "learning_rate": 3e-3}
    whole = dual.train_dual("scenes", tmp_path / "whole", settings, epochs=6, image_size=32)
    first, last = (sum(epoch.losses.values()) for epoch in (whole.history.epochs[0], whole.history.epochs[-1]))
    assert last < 0.8 * first
    with pytest.raises(KeyboardInterrupt):
        dual.train_dual("scenes", tmp_path / "killed", settings, epochs=6, image_size=32, progress=lasts)
    with pytest.raises(TwoviewError, match="Add --resume"):
        dual.train_dual("scenes", tmp_path / "killed", settings, epochs=6, image_size=32)
    again = dual.train_dual("scenes", tmp_path / "killed", settings, epochs=6, image_size=32, resume=True)
    weights = "open_clip_model.safetensors"
    assert (again.folder / weights).read_bytes() == (whole.folder / weights).read_bytes()


def test_the_command_and_bring(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    changes = [part for name, value in SMALL.items() for part in ("--set", f"{name}={value}")]
    arguments = ["train-dual", "--data", "scenes", "--out", str(tmp_path / "mine"), "--image-size", "32", "--epochs", "1", "--device", "cpu", *changes]
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["epochs"] == 1
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2 and "already a model" in again.output
    brought = CliRunner().invoke(app, ["bring", "mine", "--data", "scenes", "--model", str(tmp_path / "mine"), "--json"])
    assert brought.exit_code == 0, brought.output
    assert json.loads(brought.stdout)["model"]["name"] == "identity"


@pytest.mark.parametrize(
    ("changes", "size", "says"),
    [
        ({}, 50, "multiple of 32"),
        ({"loss": "triplet"}, 32, "clip or siglip"),
        ({"deep": 3}, 32, "has no setting 'deep'"),
        ({"text_width": 48}, 32, "make no dual encoder"),
        ({"blocks": [1, 1]}, 32, "make no dual encoder"),
        ({"k": 0}, 32, "make no dual encoder"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(tmp_path, changes, size, says):
    with pytest.raises(TwoviewError, match=says):
        dual.train_dual("scenes", tmp_path / "mine", SMALL | changes, image_size=size)
    assert not (tmp_path / "mine").exists()


def test_other_data_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(dual, "load", load)
    with pytest.raises(TwoviewError, match="reads pictures and sentences"):
        dual.train_dual("digits", tmp_path / "mine")


def test_pictures_are_moved_whole():
    torch.manual_seed(0)
    pixels = torch.arange(2 * 3 * 8 * 8).reshape(2, 3, 8, 8)
    moved = shifted(pixels, 2)
    for before, after in zip(pixels, moved, strict=True):
        padded = F.pad(before[None].float(), (2, 2, 2, 2), mode="replicate")[0].long()
        assert any(torch.equal(padded[:, a : a + 8, b : b + 8], after) for a in range(5) for b in range(5))
    assert torch.equal(shifted(pixels, 0), pixels)
