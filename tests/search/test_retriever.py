"""Asking a checkpoint with text, pictures and items: MiniLM for the sentences, a tiny encoder for the pictures."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from engine import data as datasets
from engine.checkpoints import storage
from engine.checkpoints.cards import EncoderCard, EncodersCard
from engine.checkpoints.history import History
from engine.checkpoints.storage import Checkpoint, card_for, save
from engine.data.base import PairedData, View
from engine.encoders import open_encoder
from engine.encoders.base import ImageEncoder
from engine.errors import TwoviewError
from engine.models.base import Training
from engine.models.cca import CCA
from engine.models.drsl import DRSL
from engine.search import retriever as module
from engine.search.retriever import Ranking, Retriever

SENTENCES = ["a red square", "a big red square", "a green field", "something green", "the blue sea", "blue as the sky"]
COLOURS = {"red": (230, 20, 20), "green": (20, 230, 20), "blue": (20, 20, 230)}


class MeanColour(ImageEncoder):
    """A picture's mean colour."""

    id, weights_hash, dim, input_size = "mean-colour", "0", 3, 4

    def preprocess(self, picture, size=None):
        return torch.from_numpy(np.array(picture.resize((4, 4)), dtype=np.float32)).permute(2, 0, 1)

    def maps(self, pixels):
        return pixels

    def pool(self, maps):
        return maps.mean(dim=(2, 3))


class Pictures(list):
    def encoded(self, index):
        return self[index].tobytes()


@pytest.fixture(scope="module")
def minilm():
    return open_encoder("minilm")


@pytest.fixture
def opened():
    """Ids of the encoders that were opened, in order."""
    return []


@pytest.fixture
def retriever(minilm, opened, monkeypatch):
    """Three pictures with two sentences each, and CCA fitted on them."""
    encoders = {"mean-colour": MeanColour(), "minilm": minilm}
    monkeypatch.setattr(storage, "weights_hash", lambda id: encoders[id].weights_hash)
    pictures = Pictures(Image.new("RGB", (8, 8), colour) for colour in COLOURS.values())
    groups = np.repeat(np.arange(3), 2)
    gallery = PairedData(
        "colours", "test",
        View("image", pictures, list(COLOURS), np.arange(3)), View("text", SENTENCES, [f"s{i}" for i in range(6)], groups),
    )  # fmt: skip
    features = replace(
        gallery,
        x=replace(gallery.x, kind="vector", items=encoders["mean-colour"](pictures).numpy()),
        y=replace(gallery.y, kind="vector", items=minilm(SENTENCES).numpy()),
    )
    model = CCA((3,), (384,), CCA.Settings(k=2))
    model.fit_closed_form(*(torch.from_numpy(view.items)[rows] for view, rows in ((features.x, groups), (features.y, slice(None)))))
    made_with = EncodersCard(
        x=EncoderCard(id="mean-colour", weights_hash="0", dim=3),
        y=EncoderCard(id="minilm", weights_hash=minilm.weights_hash, dim=384),
    )
    card = card_for("colours/cca", "CCA", model, {"train": features}, made_with, Training(), 0, "cpu", History())

    def opener(id):
        opened.append(id)
        return encoders[id]

    return Retriever(Checkpoint(model, card, History(), None), gallery, features, opener)


def test_a_sentence_finds_its_picture_and_a_picture_its_sentences(retriever, opened):
    assert opened == []
    for row, (name, colour) in enumerate(COLOURS.items()):
        ranking = retriever.rank_text(f"it is {name}")
        assert ranking.view == "x"
        assert ranking.rows[0] == row
        ranking = retriever.rank_picture(Image.new("RGB", (300, 20), colour))
        assert ranking.view == "y"
        assert set(ranking.rows[:2].tolist()) == set(retriever.matches("x", row).tolist()) == {2 * row, 2 * row + 1}
    assert opened == ["minilm", "mean-colour"]  # each once


def test_rankings_are_complete_and_fall(retriever):
    ranking = retriever.rank_item("x", 1)
    assert sorted(ranking.rows.tolist()) == list(range(6))
    assert (np.diff(ranking.scores) <= 0).all()
    assert ranking.rank_of(retriever.matches("x", 1)) == 1
    assert ranking.rank_of([ranking.rows[4]]) == 5


def test_an_item_asks_like_what_it_is(retriever):
    by_text, by_item = retriever.rank_text(SENTENCES[4]), retriever.rank_item("y", 4)
    assert by_text.rows.tolist() == by_item.rows.tolist()
    np.testing.assert_allclose(by_text.scores, by_item.scores, atol=1e-5)


def test_a_pairwise_model_ranks_by_its_scores(retriever):
    torch.manual_seed(0)
    model = DRSL((3,), (384,), DRSL.Settings(k=4, hidden_x=(8,), hidden_y=(8,), relation=(8,))).eval()
    pairwise = Retriever(replace(retriever.checkpoint, model=model), retriever.gallery, retriever.features, retriever._opener)
    x, y = (torch.from_numpy(view.items) for view in (retriever.features.x, retriever.features.y))
    with torch.no_grad():
        scores = model.score(x, y).numpy()
    for view, row, expected in (("x", 2, scores[2]), ("y", 3, scores[:, 3])):
        ranking = pairwise.rank_item(view, row)
        np.testing.assert_allclose(ranking.scores, np.sort(expected)[::-1], atol=1e-6)
        np.testing.assert_allclose(expected[ranking.rows], ranking.scores, atol=1e-6)


def test_ties_and_what_is_no_number_rank_against(retriever):
    ranking = Ranking.of("x", np.array([1.0, 3.0, np.nan, 3.0, 0.5]))
    assert ranking.rows.tolist() == [1, 3, 0, 4, 2]
    assert [ranking.rank_of([row]) for row in range(5)] == [3, 2, 5, 2, 4]
    assert ranking.rank_of([1, 3]) == 1
    assert ranking.rank_of([2, 4]) == 4


def test_what_cannot_be_asked_is_said(retriever):
    with pytest.raises(TwoviewError, match="Type a sentence"):
        retriever.rank_text(" \n")
    for strange in ("🦄" * 50, "собака на пляже", "a " * 5000):
        assert len(retriever.rank_text(strange).rows) == 3
    vectors = replace(retriever.gallery, x=retriever.features.x, y=retriever.features.y)
    only_vectors = Retriever(retriever.checkpoint, vectors, retriever.features)
    with pytest.raises(TwoviewError, match="cannot be searched with a sentence"):
        only_vectors.rank_text("red")
    with pytest.raises(TwoviewError, match="cannot be searched with a picture"):
        only_vectors.rank_picture(Image.new("RGB", (4, 4)))


def test_an_encoder_with_other_weights_is_refused(retriever, monkeypatch):
    monkeypatch.setattr(MeanColour, "weights_hash", "other")
    with pytest.raises(TwoviewError, match="other weights of mean-colour"):
        retriever.rank_picture(Image.new("RGB", (4, 4)))
    with pytest.raises(TwoviewError, match="other weights of mean-colour"):
        module.encoder_ids(retriever.checkpoint)


@pytest.fixture
def digits_checkpoint(tmp_path, monkeypatch):
    train = datasets.load("digits", "train")
    model = CCA(train.x.items.shape[1:], train.y.items.shape[1:], CCA.Settings(k=16))
    model.fit_closed_form(torch.from_numpy(train.x.items), torch.from_numpy(train.y.items))
    card = card_for("digits/cca", "CCA", model, {"train": train}, EncodersCard(), Training(), 0, "cpu", History())
    save(tmp_path / "digits" / "cca", model, card, History())
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path))
    return tmp_path / "digits" / "cca"


def test_a_checkpoint_opens_over_its_data(digits_checkpoint):
    found = Retriever.open(digits_checkpoint)
    assert found.gallery.name == "digits" and found.gallery.split == "test"
    ranks = [found.rank_item("x", row).rank_of(found.matches("x", row)) for row in range(40)]
    assert np.median(ranks) < len(found.gallery.y) / 10


def command(*words):
    import typer

    from engine.cli import Commands
    from engine.cli.search import search

    app = typer.Typer(cls=Commands)
    app.command()(search)
    app.callback()(lambda: None)
    return CliRunner().invoke(app, ["search", *words])


def test_the_command_prints_the_best(retriever, monkeypatch, tmp_path):
    monkeypatch.setattr(Retriever, "open", classmethod(lambda cls, *words, **options: retriever))
    monkeypatch.setattr("engine.checkpoints.storage.checkpoint_folder", lambda name: tmp_path)
    found = json.loads(command("colours/cca", "something blue", "--json", "--top", "2").stdout)
    assert [result["rank"] for result in found["results"]] == [1, 2]
    assert found["results"][0]["id"] == "blue"
    assert found["candidates"] == 3
    Image.new("RGB", (9, 9), COLOURS["green"]).save(tmp_path / "p.png")
    found = json.loads(command("colours/cca", "--image", str(tmp_path / "p.png"), "--json").stdout)
    assert {result["text"] for result in found["results"][:2]} == set(SENTENCES[2:4])
    printed = command("colours/cca", "something blue")
    assert printed.exit_code == 0 and "blue" in printed.stdout


def test_the_command_says_what_is_wrong(digits_checkpoint, tmp_path):
    for words, message in (
        (["digits/cca"], "either a sentence"),
        (["digits/cca", "a dog", "--image", "p.png"], "either a sentence"),
        (["digits/cca", "a dog"], "cannot be searched with a sentence"),
        (["digits/none", "a dog"], "no checkpoint"),
        (["digits/cca", "--image", str(tmp_path / "none.png")], "no file"),
    ):
        result = command(*words)
        assert result.exit_code == 2, words
        assert message in result.stderr
        assert "Traceback" not in result.stderr
