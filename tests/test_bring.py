"""A model of one's own by its embeddings, through the real command line."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from engine.checkpoints.storage import load as load_checkpoint
from engine.cli import app
from engine.data import load

RUN = CliRunner()


@pytest.fixture
def vectors(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    data, generator = load("scenes", "test"), np.random.default_rng(0)
    meanings = generator.normal(size=(int(data.x.groups.max()) + 1, 16))
    for view, name in ((data.x, "x"), (data.y, "y")):
        np.savez(tmp_path / f"{name}.npz", ids=np.array(view.ids), vectors=meanings[view.groups] + 0.01 * generator.normal(size=(len(view), 16)))
    return tmp_path


def call(folder, *more):
    return RUN.invoke(app, ["bring", "mine", "--data", "scenes", "--x", str(folder / "x.npz"), "--y", str(folder / "y.npz"), *more])


def test_embeddings_become_a_checkpoint(vectors):
    result = call(vectors, "--json")
    assert result.exit_code == 0, result.output
    card = json.loads(result.stdout)
    recall = {m["direction"]: m["value"] for m in card["metrics"] if m["measure"] == "recall_at_1"}
    assert recall == {"x_to_y": 1.0, "y_to_x": 1.0}
    made = load_checkpoint(vectors / "checkpoints" / "scenes" / "mine")
    assert made.card.model.settings == {"similarity": "cosine"} and made.card.encoders.x.dim == 16
    again = call(vectors)
    assert again.exit_code == 2 and "already" in again.output


def test_other_widths_write_nothing(vectors):
    data = load("scenes", "test")
    np.savez(vectors / "y.npz", ids=np.array(data.y.ids), vectors=np.ones((len(data.y), 3)))
    result = call(vectors)
    assert result.exit_code == 2 and "x has 16 numbers per item and y has 3" in result.output
    assert not (vectors / "checkpoints").exists()
