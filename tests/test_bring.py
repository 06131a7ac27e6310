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


def test_a_brought_model_is_measured_again(vectors):
    call(vectors)
    result = RUN.invoke(app, ["evaluate", "scenes/mine", "--json"])
    assert result.exit_code == 0, result.output
    assert any(m["measure"] == "recall_at_1" and m["value"] == 1.0 for m in json.loads(result.stdout)["metrics"])


def test_vectors_of_ones_own_data_lie_with_the_checkpoints_and_not_with_the_data(vectors):
    rng = np.random.default_rng(0)
    np.savez(vectors / "own.npz", x=rng.normal(size=(40, 4)), y=rng.normal(size=(40, 4)))
    ids = np.array(load(str(vectors / "own.npz"), "all").x.ids)
    for name in ("a", "b"):
        np.savez(vectors / f"{name}.npz", ids=ids, vectors=rng.normal(size=(40, 8)))
    before = {path.name for path in vectors.iterdir()}
    arguments = ["bring", "mine", "--data", str(vectors / "own.npz"), "--x", str(vectors / "a.npz"), "--y", str(vectors / "b.npz"), "--split", "all"]
    result = RUN.invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert (vectors / "checkpoints" / "own" / "mine" / "card.json").exists()
    assert {path.name for path in vectors.iterdir()} == before | {"checkpoints"}


def test_brought_models_read_nothing_new(vectors):
    from app.asking import catalogue, saliency

    call(vectors)
    (entry,) = catalogue.models("scenes").values()
    assert not saliency.reads_prompts(entry) and not saliency.reads_pairs(entry)
