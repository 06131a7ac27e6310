"""``python -m engine ground``, as a person calls it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from engine.checkpoints.storage import list_checkpoints
from engine.data import load
from engine.paths import PROJECT


@pytest.fixture(scope="module")
def checkpoint() -> str:
    found = [entry.card.name for entry in list_checkpoints() if entry.card and entry.card.data.name == "scenes-phrases"]
    if not found:
        pytest.skip("no checkpoint of regions and phrases")
    return found[0]


@pytest.fixture(scope="module")
def picture(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "scene.png"
    load("scenes", "test").x.items[3].save(path)
    return path


def call(*words: str, command: str = "ground") -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "engine", command, *words], cwd=PROJECT, env=os.environ | {"HF_HUB_OFFLINE": "1"}, capture_output=True, text=True, check=False)


def test_regions_as_json_and_as_a_picture(checkpoint, picture, tmp_path):
    out = tmp_path / "found.png"
    done = call(checkpoint, "--image", str(picture), "--phrase", "a clock", "--phrase", "a banana", "--top", "3", "--json", "--out", str(out))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [one["phrase"] for one in told["phrases"]] == ["a clock", "a banana"]
    for one in told["phrases"]:
        assert one["proposals"] == 200 and len(one["regions"]) == 3
        scores = [region["score"] for region in one["regions"]]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= left < right <= 224.1 and 0 <= top < bottom <= 224.1 for left, top, right, bottom in (region["box"] for region in one["regions"]))
    assert Image.open(out).size == (448, 448)


@pytest.mark.parametrize("words", [("--phrase", "x" * 600), ("--phrase", "  "), ()], ids=["too long", "empty", "none"])
def test_bad_phrases_are_a_sentence_and_write_nothing(checkpoint, picture, tmp_path, words):
    done = call(checkpoint, "--image", str(picture), *words, "--out", str(tmp_path / "out.png"))
    assert done.returncode == 2 and "hrase" in done.stderr and "Traceback" not in done.stderr and not list(tmp_path.iterdir())


def test_models_of_other_pairs_are_a_sentence(picture):
    done = call("scenes-pairs/muc2m", "--image", str(picture), "--phrase", "a dog")
    assert done.returncode == 2 and "cannot be asked" in done.stderr


def test_models_of_regions_and_of_whole_pictures_are_measured_beside_baselines(checkpoint):
    done = call(checkpoint, "scenes/cca", "--pictures", "2", "--json", command="measure-grounding")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    models = [row["model"] for row in told["regions"]]
    assert len(models) == 5 and models[-2:] == ["A random region", "The largest region"] and any(name.endswith(", by crops") for name in models)
    assert len({row["region_upper_bound"] for row in told["regions"]}) == 1  # all choose from the same regions
    assert sum(row["phrases"] for row in told["regions-by-size"]) == sum(row["phrases"] for row in told["regions-by-kind"])


def test_models_of_two_data_sets_are_a_sentence():
    done = call("scenes/cca", "digits/cca", command="measure-grounding")
    assert done.returncode == 2 and "Traceback" not in done.stderr and "--data" in done.stderr
