"""A checkpoint given to other programs: ONNX equals PyTorch, embeddings come back by their ids; the real command line."""

import json
from io import BytesIO

import numpy as np
import open_clip
import pytest
from typer.testing import CliRunner

from engine.checkpoints.packed import is_packed, pack
from engine.checkpoints.storage import load as load_checkpoint
from engine.cli import app
from engine.data import load
from engine.encoders.given import vectors_of
from engine.encoders.open_clip_texts import OpenClipTexts
from engine.errors import TwoviewError
from engine.export import onnx_files
from engine.export.embeddings import export_embeddings
from engine.models.identity import Identity
from engine.paths import PROJECT
from tests.encoders.small_models import open_clip_model

RUN = CliRunner()


def test_embeddings_come_back_by_id(tmp_path, monkeypatch):
    file = tmp_path / "out.parquet"
    result = RUN.invoke(app, ["export", "scenes/cca", "--embeddings", str(file)])
    assert result.exit_code == 0, result.output
    card = load_checkpoint(PROJECT / "checkpoints" / "scenes" / "cca").card
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    result = RUN.invoke(app, ["bring", "again", "--data", "scenes", "--x", str(file), "--y", str(file), "--json"])
    assert result.exit_code == 0, result.output
    told = {(m.measure, m.direction): m.value for m in card.metrics}
    found = {(m["measure"], m["direction"]): m["value"] for m in json.loads(result.stdout)["metrics"]}
    shared = found.keys() & told.keys()
    assert {("recall_at_1", "x_to_y"), ("recall_at_1", "y_to_x")} <= shared and all(found[key] == pytest.approx(told[key], abs=2e-3) for key in shared)
    with pytest.raises(TwoviewError, match="both views"):
        vectors_of(f"given:{file}", load("scenes", "test").x)
    pairwise = RUN.invoke(app, ["export", "scenes/drsl", "--embeddings", str(file)])
    assert pairwise.exit_code == 2


def test_paths_may_be_strings(tmp_path):
    checkpoint = load_checkpoint(str(PROJECT / "checkpoints" / "digits" / "cca"))
    assert export_embeddings(checkpoint, str(tmp_path / "out.parquet")) and (tmp_path / "out.parquet").is_file()
    assert is_packed(BytesIO(pack(str(PROJECT / "checkpoints" / "digits" / "cca"))))


def test_onnx_of_features_and_pictures(tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime", reason="requirements-export.txt is not installed")
    pytest.importorskip("onnxscript", reason="requirements-export.txt is not installed")
    result = RUN.invoke(app, ["export", "scenes/cca", "--onnx", str(tmp_path)])
    assert result.exit_code == 0, result.output
    card = json.loads((tmp_path / "export.json").read_text())
    assert card["opset"] == 18 and all(view["difference"] <= 1e-5 for view in card["views"].values())
    assert card["views"]["x"]["inputs"] == {"pixels": ["n", 3, 224, 224]} and card["views"]["y"]["inputs"] == {"ids": ["n", "t"], "mask": ["n", "t"]}
    session = onnxruntime.InferenceSession(str(tmp_path / "x.onnx"))
    (found,) = session.run(None, {"pixels": np.zeros((1, 3, 224, 224), np.float32)})
    assert found.shape == (1, card["views"]["x"]["output"][1])


def test_onnx_of_open_clips_texts(tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime", reason="requirements-export.txt is not installed")
    pytest.importorskip("onnxscript", reason="requirements-export.txt is not installed")
    encoder = OpenClipTexts("y", "hash", open_clip_model().text, open_clip.SimpleTokenizer(context_length=16))
    monkeypatch.setattr(onnx_files, "open_encoder", lambda id: encoder)
    made = onnx_files._view(Identity((24,), (24,)), "y", "y", tmp_path)
    assert made.note == "" and made.difference <= 1e-5 and made.inputs == {"ids": ["n", 16], "mask": ["n", 16]}
