"""``fit``: what ``train`` gives in one go, part by part; and more pairs added to a checkpoint."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file
from typer.testing import CliRunner

from engine.cli import app

run = CliRunner()


@pytest.fixture
def halves(tmp_path, monkeypatch):
    """Two files of pairs with one origin."""
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    generator = np.random.default_rng(0)
    latent = generator.normal(size=(600, 5))
    x, y = (latent @ generator.normal(size=(5, d)) + 0.1 * generator.normal(size=(600, d)) for d in (12, 9))
    for name, rows in (("first", slice(0, 400)), ("second", slice(400, None)), ("both", slice(None))):
        np.savez(tmp_path / f"{name}.npz", x=x[rows].astype(np.float32), y=y[rows].astype(np.float32))
    return tmp_path


def told(*arguments):
    result = run.invoke(app, [*map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def weights(halves, name):
    return load_file(halves / "checkpoints" / name / "model.safetensors")


def test_parts_give_what_training_gives(halves):
    card = told("fit", "cca", "--data", halves / "both.npz", "--set", "k=4", "--rows", 50, "--name", "both/parts")
    trained = told("train", "cca", "--data", halves / "both.npz", "--set", "k=4", "--name", "both/whole")
    figures = [{(m["measure"], m["direction"]): m["value"] for m in each["metrics"]} for each in (card, trained)]
    assert figures[0].keys() == figures[1].keys()
    np.testing.assert_allclose([*figures[0].values()], [figures[1][key] for key in figures[0]], rtol=1e-3)
    assert "pairs" in card["notes"]


def test_more_pairs_are_added_without_the_first_file(halves):
    told("fit", "cca", "--data", halves / "both.npz", "--everything", "--set", "k=4", "--name", "sum/both")
    told("fit", "cca", "--data", halves / "first.npz", "--everything", "--set", "k=4", "--name", "sum/first")
    (halves / "first.npz").unlink()
    card = told("fit", "cca", "--data", halves / "second.npz", "--everything", "--onto", "sum/first", "--name", "sum/second")
    assert "600 pairs" in card["notes"] and "200 of them" in card["notes"] and not card["metrics"]
    expected = weights(halves, "sum/both")
    for key, value in weights(halves, "sum/second").items():
        np.testing.assert_allclose(value, expected[key], rtol=1e-5, atol=1e-6)


def test_what_cannot_be_added_is_refused(halves):
    told("fit", "pls", "--data", halves / "first.npz", "--set", "k=3", "--name", "sum/pls")
    for arguments, sentence in (
        (("cca", "--onto", "sum/pls"), "is a PLS"), (("clip_loss",), "batch by batch"), (("pls", "--onto", "sum/pls", "--set", "k=4"), "first fit"),
    ):  # fmt: skip
        result = run.invoke(app, ["fit", arguments[0], "--data", str(halves / "second.npz"), "--name", "sum/more", *arguments[1:]])
        assert result.exit_code == 2 and sentence in result.output and "Traceback" not in result.output
