"""A model of one's own by its embeddings, through the real command line."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import cosine_similarity
from typer.testing import CliRunner

from engine.checkpoints.storage import load as load_checkpoint
from engine.cli import app
from engine.data import load
from engine.evaluation import measured as kept_measurements
from engine.report.contenders import contender
from engine.saliency.explainer import Explainer
from engine.search.retriever import Retriever
from tests.encoders.small_models import open_clip_folder

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


def test_vectors_of_no_item_are_counted_and_named(vectors):
    data = load("scenes", "test")
    np.savez(vectors / "x.npz", ids=np.array([*data.x.ids, *"abcd"]), vectors=np.random.default_rng(0).normal(size=(len(data.x) + 4, 16)))
    result = call(vectors)
    assert result.exit_code == 0 and "x.npz: 4 vectors belong to no item of test, left out: a, b, c …" in result.output and "y.npz" not in result.output


def test_a_brought_model_is_measured_again(vectors):
    call(vectors)
    result = RUN.invoke(app, ["evaluate", "scenes/mine", "--json"])
    assert result.exit_code == 0, result.output
    assert any(m["measure"] == "recall_at_1" and m["value"] == 1.0 for m in json.loads(result.stdout)["metrics"])


def test_what_was_measured_when_it_was_brought_is_not_measured_again(vectors, monkeypatch):
    call(vectors)
    monkeypatch.setattr(kept_measurements, "_measure", lambda *_: pytest.fail("measured again"))
    retriever = Retriever.open(vectors / "checkpoints" / "scenes" / "mine")
    assert contender("mine", retriever).measured.metrics == retriever.checkpoint.card.metrics


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


def test_a_dual_encoder_answers_words_and_shows_where_it_looks(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    open_clip_folder(tmp_path / "mine", init_logit_bias=-4.0)
    photos = tmp_path / "photos"
    photos.mkdir()
    for n, colour in enumerate(("red", "green", "blue", "white")):
        Image.new("RGB", (48, 40), colour).save(photos / f"{n}.png")
    (photos / "captions.csv").write_text("image,caption\n" + "".join(f"{n}.png,a dog in the snow number {n}\n" for n in range(4)))
    told = ["bring", "clip", "--data", str(photos), "--split", "all", "--model", str(tmp_path / "mine")]
    result = RUN.invoke(app, [*told, "--prompt", "a photo of a {}"])
    assert result.exit_code == 0 and "14.29 · cosine -4" in result.output, result.output
    folder = tmp_path / "checkpoints" / "photos" / "clip"
    retriever = Retriever.open(folder, "all")
    x, y = (retriever.embed(view, features) for view, features in (retriever.picture_features(Image.open(photos / "0.png")), retriever.text_features("dog")))
    assert retriever.rank_text("dog").scores.max() >= float(cosine_similarity(x, y)) - 1e-5
    torch.testing.assert_close(y, retriever.embed("y", retriever.text_features("a photo of a dog")[1]))
    explained = Explainer(load_checkpoint(folder)).prompts(Image.open(photos / "0.png"), ["dog", "snow"], "similarity", "layercam", difference=True)
    assert [e.saliency.shape for e in explained] == [(32, 32)] * 2 and [w.word for w in explained[0].words] == ["dog"]
    both = RUN.invoke(app, [*told, "--x", "x.npz"])
    assert both.exit_code == 2 and "leave --x" in both.output
    other = RUN.invoke(app, ["bring", "other", "--data", str(photos), "--split", "all", "--model", str(tmp_path / "mine"), "--prompt", "a photo"])
    assert other.exit_code == 2 and "{} once" in other.output and not (folder.parent / "other").exists()
