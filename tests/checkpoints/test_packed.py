"""A checkpoint as a zip: it comes back whole, under a free name, and what is no checkpoint leaves nothing."""

import io
import zipfile

import numpy as np
import pytest
from typer.testing import CliRunner

from engine import archives
from engine.checkpoints import packed
from engine.checkpoints.cards import EncodersCard, told_apart
from engine.checkpoints.history import History
from engine.checkpoints.storage import card_for, list_checkpoints, load, save
from engine.cli import app
from engine.data.base import paired_arrays
from engine.errors import TwoviewError
from engine.models.cca_layer import CCALayer


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    generator = np.random.default_rng(0)
    data = paired_arrays(generator.normal(size=(20, 6)), generator.normal(size=(20, 5)))
    model = CCALayer((6,), (5,), CCALayer.Settings(k=3, hidden_y=(8,)))
    place = tmp_path / "checkpoints" / "toy" / "layer"
    save(place, model, card_for("toy/layer", "CCA layer on toys", model, {"train": data}, EncodersCard(), CCALayer.paper_training, 0, "cpu", History()), History())
    return place


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.parent.iterdir())


def changed(content: bytes, **files: bytes | None) -> io.BytesIO:
    """The zip with files replaced; None leaves one out."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            replaced = files.get(name.rpartition("/")[2].partition(".")[0], old.read(name))
            if replaced is not None:
                new.writestr(name, replaced)
    return made


def test_it_comes_back_whole_under_a_name_that_is_free(folder):
    content = packed.pack(folder)
    assert packed.is_packed(io.BytesIO(content)) and not packed.is_packed(io.BytesIO(b"PK")) and not packed.is_packed(folder)
    again = packed.unpack(io.BytesIO(content))
    assert (folder.name, again.name) == ("layer", "layer-2") and load(again).card.name == "toy/layer-2"
    assert load(again).card.model == load(folder).card.model and (again / "history.json").read_bytes() == (folder / "history.json").read_bytes()
    assert [entry.problem for entry in list_checkpoints()] == [None, None] and names(folder.parent) == [".making.lock", "toy"]
    with pytest.raises(TwoviewError, match="already something"):
        packed.unpack(io.BytesIO(content), "toy/layer")


@pytest.mark.parametrize(("files", "said"), [
    ({"history": None}, "history.json is missing"),
    ({"card": b"{}"}, "is not what it should be"),
    ({"model": b"no weights"}, "no safetensors file"),
    ({"card": b" " * (2**20 + 1)}, "more than such a file can have"),
])  # fmt: skip
def test_what_is_no_checkpoint_is_a_sentence_and_leaves_nothing(folder, files, said):
    with pytest.raises(TwoviewError, match=said):
        packed.unpack(changed(packed.pack(folder), **files))
    assert names(folder) == ["layer"] and names(folder.parent) == [".making.lock", "toy"]


def test_a_full_disk_leaves_nothing(folder, monkeypatch):
    monkeypatch.setattr(archives, "copy", lambda *_: (_ for _ in ()).throw(archives.unwritable(OSError(28, "No space left on device"))))
    with pytest.raises(TwoviewError, match="disk is full"):
        packed.unpack(io.BytesIO(packed.pack(folder)))
    assert names(folder) == ["layer"] and names(folder.parent) == [".making.lock", "toy"]


def test_at_the_command_line(folder, tmp_path):
    run = CliRunner().invoke
    assert run(app, ["push", "toy/layer", str(tmp_path / "layer.zip")]).exit_code == 0
    assert run(app, ["pull", str(tmp_path / "layer.zip"), "--name", "toy/theirs"]).exit_code == 0
    assert names(folder) == ["layer", "theirs"] and load(folder.with_name("theirs")).card.name == "toy/theirs"
    absent = run(app, ["pull", str(tmp_path / "absent.zip")])
    assert absent.exit_code == 2 and "There is no file" in absent.stderr


def test_titles_that_are_alike_get_their_names():
    assert told_apart({"a": "CCA", "b": "CCA", "c": "PLS"}) == {"a": "CCA (a)", "b": "CCA (b)", "c": "PLS"}
