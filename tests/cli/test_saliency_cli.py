"""Maps from the command line, on the models that ship."""

import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from engine.checkpoints.storage import list_checkpoints
from engine.cli import app
from engine.data import load

OBJECTS, PAIRS = "scenes-objects/muc2m", "scenes-pairs/muc2m"


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    """A drawn scene as a file of one's own, for models that ship."""
    names = {entry.card.name for entry in list_checkpoints() if entry.card}
    if not {OBJECTS, PAIRS} <= names:
        pytest.skip("the models for looking at scenes are not here")
    path = tmp_path_factory.mktemp("pictures") / "scene.png"
    load("scenes", "test").x.items[3].save(path)
    return path


def run(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_prompts_give_maps_words_and_a_sheet(picture, tmp_path):
    out = tmp_path / "maps.png"
    result = run("saliency", OBJECTS, "--image", picture, "--prompt", "a house", "--prompt", "ένα δέντρο 🌳", "--out", out, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [p["prompt"] for p in found["prompts"]] == ["a house", "ένα δέντρο 🌳"]
    assert all(np.shape(p["map"]) == (14, 14) and np.min(p["map"]) >= 0 for p in found["prompts"])
    assert [w for w, _ in found["prompts"][0]["words"]] == ["a", "house"]
    assert Image.open(out).size == (224, 2 * 224 + 8)


def test_two_pictures_give_common_and_individual_maps(picture, tmp_path):
    result = run("saliency", PAIRS, "--image", picture, "--image2", picture, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert len(found["common"]) == len(found["individual"]) == len(found["apart"]) == 2
    others = []
    for row in range(4, 10):
        load("scenes", "test").x.items[row].save(other := tmp_path / f"{row}.png")
        others.append(json.loads(run("saliency", PAIRS, "--image", picture, "--image2", other, "--json").stdout)["scores"])
    assert found["scores"]["cosine"] > np.median([scores["cosine"] for scores in others]), "a picture has more in common with itself than with most others"
    assert found["scores"]["distance"] < np.median([scores["distance"] for scores in others]), "and less tells it apart"


def test_a_prompt_on_two_pictures_says_why(picture, tmp_path):
    other = tmp_path / "other.png"
    load("scenes", "test").x.items[4].save(other)
    result = run("saliency", OBJECTS, "--image", picture, "--image2", other, "--prompt", "a house", "--json")
    assert result.exit_code == 0, result.output
    first, second = json.loads(result.stdout)["prompts"]
    assert first["words"] == second["words"] and first["score"] != second["score"]


@pytest.mark.parametrize("arguments, named", [((), "--prompt"), (("--prompt", "a", "--difference"), "second"), (("--prompt", "a", "--score", "individual_y"), "individual_x"), (("--prompt", "a", "--score", "magic"), "individual_x"), (("--prompt", "a", "--method", "magic"), "scorecam")])
def test_what_cannot_be_asked_is_said_in_one_line(picture, arguments, named):
    result = run("saliency", OBJECTS, "--image", picture, *arguments)
    assert result.exit_code == 2 and named in result.stderr and "Traceback" not in result.stderr


def test_a_model_of_pairs_is_not_asked_with_words(picture):
    result = run("saliency", PAIRS, "--image", picture, "--prompt", "a house")
    assert result.exit_code == 2 and "does not pair pictures with sentences" in result.stderr


def test_measures_come_with_intervals_and_checks():
    if not any(entry.card and entry.card.name == OBJECTS for entry in list_checkpoints()):
        pytest.skip("the models for looking at scenes are not here")
    result = run("measure-saliency", OBJECTS, "--pictures", 12, "--json")
    assert result.exit_code == 0, result.output
    values = {m["measure"]: m for m in json.loads(result.stdout)["metrics"]}
    assert values["saliency_precision"]["low"] < values["saliency_precision"]["value"] < values["saliency_precision"]["high"]
    assert values.keys() >= {"saliency_gain", "pointing_game", "saliency_precision_random_head", "saliency_precision_shuffled_prompt"}
