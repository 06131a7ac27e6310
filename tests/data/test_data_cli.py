"""``python -m engine data``: what a person sees, and what a program reads."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from engine.cli.data import app
from engine.data import DATASETS
from engine.errors import TwoviewError
from engine.paths import PROJECT


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    return lambda *arguments: CliRunner().invoke(app, [str(a) for a in arguments])


def test_list(run, tmp_path):
    result = run("list", "--data-root", tmp_path)
    assert result.exit_code == 0
    assert all(name in result.stdout for name in DATASETS)
    assert "Flickr8k.token.txt" in result.stdout
    listed = {entry["name"]: entry for entry in json.loads(run("list", "--data-root", tmp_path, "--json").stdout)}
    assert listed.keys() == DATASETS.keys()
    assert listed["digits"]["embedded"]
    assert listed["digits"]["missing"] == []
    assert listed["flickr30k"]["missing"] == ["flickr30k/dataset_flickr30k.json", "flickr30k/flickr30k-images"]


def test_check_a_published_set(run, tmp_path):
    (tmp_path / "flickr8k" / "Flicker8k_Dataset").mkdir(parents=True)
    for part, name in (("train", "a.jpg"), ("dev", "b.jpg"), ("test", "c.jpg")):
        (tmp_path / "flickr8k" / f"Flickr_8k.{part}Images.txt").write_text(name)
        Image.new("RGB", (9, 9)).save(tmp_path / "flickr8k" / "Flicker8k_Dataset" / name)
    (tmp_path / "flickr8k" / "Flickr8k.token.txt").write_text("a.jpg#0\ta\nb.jpg#0\tb\nc.jpg#0\tc\n")
    result = run("check", "flickr8k", "--data-root", tmp_path)
    assert result.exit_code == 0
    assert "Everything is in order" in result.stdout
    (tmp_path / "flickr8k" / "Flicker8k_Dataset" / "b.jpg").write_bytes(b"\xff\xd8\xff")
    result = run("check", "flickr8k", "--data-root", tmp_path, "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["splits"]["test"] == {"x": 1, "y": 1, "pairs": 1}
    (problem,) = report["problems"]
    assert problem["row"] == 0
    assert problem["what"].startswith("validation: b.jpg")


def test_check_your_own(run, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    for i in range(5):
        Image.new("RGB", (4, 4), (i, 0, 0)).save(folder / f"{i}.png")
    table = folder / "t.csv"
    table.write_text("image,text\n" + "".join(f"{i}.png,a [b] c\n" for i in range(5)))
    assert run("check", folder).exit_code == 0
    assert "all 5 pairs" in run("prepare", folder).stdout
    table.write_text(table.read_text() + "gone[1].png,x\n")
    result = run("check", folder)
    assert result.exit_code == 1
    assert "row 7: the picture 'gone[1].png' is not in the folder" in result.stdout
    result = run("check", folder, "--skip-bad")
    assert result.exit_code == 0
    assert "left out" in result.stdout
    assert isinstance(run("prepare", folder).exception, TwoviewError)
    table.write_text("image,text\ngone.png,x\n")
    assert run("check", folder, "--skip-bad").exit_code == 1
    report = json.loads(run("check", folder, "--json").stdout)
    assert report["problems"] == [{"row": 2, "what": "the picture 'gone.png' is not in the folder"}]


def test_check_matrices(run, tmp_path):
    np.savez(tmp_path / "d.npz", x=np.eye(9), y=np.where(np.eye(9) > 0, np.nan, 1)[:, :1] * np.ones((9, 2)))
    report = json.loads(run("check", tmp_path / "d.npz", "--json").stdout)
    assert [problem["row"] for problem in report["problems"]] == [0]
    assert report["splits"]["all"]["pairs"] == 8


def test_prepare_draws_what_is_drawn(run, tmp_path, monkeypatch):
    drawn = []

    def draw(root, progress):
        drawn.append(root)
        progress(1, 1, "drawing")

    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], prepare=draw))
    result = run("prepare", "digits", "--data-root", tmp_path)
    assert drawn == [tmp_path]
    assert "train 1,197 pairs, validation 300 pairs, test 300 pairs" in result.stdout


def test_through_the_front_door(tmp_path):
    command = [sys.executable, "-m", "engine", "data", "check", "flickr30k", "--data-root", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode == 2
    assert "dataset_flickr30k.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_unknown_names_are_for_the_person_to_mend(run, tmp_path):
    result = run("check", "flickr9k")
    assert isinstance(result.exception, TwoviewError)
