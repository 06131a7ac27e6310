"""Checkpoints: what is kept, and that whatever is damaged, foreign or hostile is refused with a sentence."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.checkpoints import cards
from engine.checkpoints.cards import EncoderCard, EncodersCard, read_card, write_card
from engine.checkpoints.history import History
from engine.checkpoints.storage import card_for, checkpoint_folder, list_checkpoints, load, save
from engine.data.base import paired_arrays
from engine.errors import TwoviewError
from engine.metric import Metric
from engine.models.cca_layer import CCALayer


@pytest.fixture
def data():
    generator = np.random.default_rng(0)
    return paired_arrays(generator.normal(size=(20, 6)), generator.normal(size=(20, 5)))


@pytest.fixture
def folder(tmp_path, data):
    model = CCALayer((6,), (5,), CCALayer.Settings(k=3, hidden_y=(8,)))
    encoders = EncodersCard(x=EncoderCard(id="timm:net", weights_hash="0" * 64, dim=6))
    card = card_for("toy/cca_layer", "CCA layer on toys", model, {"train": data}, encoders, CCALayer.paper_training, 7, "cpu", History())
    save(tmp_path / "toy" / "cca_layer", model, card, History())
    return tmp_path / "toy" / "cca_layer"


def edit(folder, change):
    card = json.loads((folder / "card.json").read_text())
    change(card)
    (folder / "card.json").write_text(json.dumps(card))


def test_what_is_kept_comes_back(folder, data):
    loaded = load(folder)
    assert loaded.card.model.settings["hidden_y"] == [8] and loaded.model.settings.hidden_y == (8,)
    assert loaded.card.data.splits["train"].hash == data.content_hash and loaded.card.training.seed == 7
    assert set(loaded.card.versions) == {"python", "torch", "twoview"} and not loaded.model.training
    metric = Metric(measure="recall_at_1", direction="x_to_y", split="test", value=0.5, low=0.4, high=0.6, queries=10, candidates=50)
    loaded.card.metrics = [metric]
    write_card(folder, loaded.card)
    assert read_card(folder).metrics == [metric]
    assert checkpoint_folder("toy/cca_layer", folder.parent.parent) == folder


def test_features_of_another_shape_or_encoder_are_refused(folder, data):
    loaded = load(folder)
    loaded.check(data, "timm:net", None)
    with pytest.raises(TwoviewError, match="trained on features of timm:net, but these come from timm:other"):
        loaded.check(data, "timm:other", None)
    with pytest.raises(TwoviewError, match=r"shape \(6,\), but these have \(5,\)"):
        loaded.check(paired_arrays(data.y.items, data.y.items))


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda c: c.pop("model"), "model: Field required"),
        (lambda c: c.update(surprise=1), "surprise: Extra inputs"),
        (lambda c: c["model"].update(name="os.system"), "no model called 'os.system'"),
        (lambda c: c["model"]["settings"].update(k="__import__('os')"), "k has to be like 128"),
        (lambda c: c["model"]["settings"].update(depth=3), "have no 'depth'"),
        (lambda c: c["model"]["settings"].update(k=4), "do not fit its card"),
        (lambda c: c["model"]["settings"].update(k=10**9), "do not fit its card"),
        (lambda c: c["model"].update(shape_x=[10**12]), "cannot be"),
        (lambda c: c["model"].update(shape_x=[7]), "net_x.1.weight should be F32 .3, 7., but is F32 .3, 6."),
        (lambda c: c["model"].update(weights_hash="0" * 64), "not those its card describes"),
    ],
)
def test_cards_that_lie_are_refused(folder, change, said):
    edit(folder, change)
    with pytest.raises(TwoviewError, match=said):
        load(folder)


@pytest.mark.parametrize("name", ["card.json", "history.json", "model.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"\xff" * 64, b"[]", b"\x80\x04pickle"])
def test_damaged_and_missing_files_are_refused(folder, name, content):
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(TwoviewError, match=name):
        load(folder)


def test_tensors_that_are_missing_too_many_or_of_another_type_are_named(folder):
    path = folder / "model.safetensors"
    state = load_file(path)
    for change in ({"extra": torch.zeros(1)}, {"mean_x": state["mean_x"].half()}, {"mean_x": None}):
        save_file({name: value for name, value in (state | change).items() if value is not None}, path)
        with pytest.raises(TwoviewError, match="|".join(change)):
            load(folder)


def test_files_too_large_are_not_read(folder, monkeypatch):
    monkeypatch.setattr(cards, "MAX_CARD", 10)
    with pytest.raises(TwoviewError, match="larger than"):
        load(folder)


def test_listing_shows_the_good_and_says_what_is_wrong_with_the_bad(folder):
    root = folder.parent.parent
    (root / "toy" / "broken").mkdir()
    (root / "toy" / "broken" / "card.json").write_text("{}")
    (root / "encoders" / "net").mkdir(parents=True)
    (root / "encoders" / "net" / "model.safetensors").write_bytes(b"")
    bad, good = list_checkpoints(root)
    assert good.card.name == "toy/cca_layer" and good.problem is None
    assert bad.card is None and "not what it should be" in bad.problem
    with pytest.raises(TwoviewError, match="There are: toy/cca_layer"):
        checkpoint_folder("toy/nothing", root)
    assert list_checkpoints(root / "nowhere") == []


def test_a_write_broken_off_between_weights_and_card_is_noticed(folder):
    state = load_file(folder / "model.safetensors")
    save_file({name: value + 1 if value.is_floating_point() else value for name, value in state.items()}, folder / "model.safetensors")
    with pytest.raises(TwoviewError, match="broken off"):
        load(folder)


def test_listing_imports_no_compiler():
    """Drawing first weights on the meta device imports torch._dynamo, for seconds that the first page waits."""
    said = subprocess.run(
        [sys.executable, "-c", "import sys; from engine.checkpoints.storage import list_checkpoints; found = list_checkpoints(); print(len(found), [e.problem for e in found if e.problem], 'torch._dynamo' in sys.modules)"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    number, rest = said.split(maxsplit=1)
    assert int(number) > 15 and rest.strip() == "[] False"
