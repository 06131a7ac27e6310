"""The commands train and evaluate, as a person types them."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from engine.cli import app

RECIPE = "digits/cca"


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints") / "digits" / "cca"
    done = run("train", RECIPE, "--out", folder, "--device", "cpu", "--threads", 1, "--set", "k=6", "--json")
    assert done.exit_code == 0, done.output
    return folder, json.loads(done.stdout)


def test_training_leaves_a_measured_checkpoint(trained):
    folder, card = trained
    assert card["model"]["settings"]["k"] == 6 and card["data"]["splits"]["train"]["n_x"] == 1197
    assert {path.name for path in folder.iterdir()} == {"card.json", "history.json", "model.safetensors"}
    assert json.loads((folder / "card.json").read_text()) == card
    measured = {(m["measure"], m["direction"]): m for m in card["metrics"]}
    assert measured["sum_of_correlations", "both"]["low"] < measured["sum_of_correlations", "both"]["value"]


def test_evaluation_keeps_its_numbers_in_the_card(trained):
    folder, card = trained
    again = run("evaluate", folder, "--json")
    assert again.exit_code == 0, again.output
    values = {(m["measure"], m["direction"]): m["value"] for m in json.loads(again.stdout)["metrics"]}
    assert all(values[m["measure"], m["direction"]] == pytest.approx(m["value"]) for m in card["metrics"])
    assert run("evaluate", folder, "--split", "validation").exit_code == 0
    assert {m["split"] for m in json.loads((folder / "card.json").read_text())["metrics"]} == {"test", "validation"}


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["train", "digits/nothing"], "no recipe 'digits/nothing'"),
        (["train", RECIPE, "--set", "depth=3"], "no setting 'depth'"),
        (["train", RECIPE, "--set", "k"], "takes NAME=VALUE"),
        (["train", RECIPE, "--set", "k=ten"], "k has to be like"),
        (["train", RECIPE, "--set", "k=1000"], "Choose a smaller k"),
        (["train", RECIPE, "--device", "abacus"], "Choose cpu, cuda, mps or auto"),
        (["train", "scenes-cnn", "--resume"], "in one go"),
        (["evaluate", "no/where"], "There is no checkpoint 'no/where'"),
    ],
)
def test_mistakes_are_one_line_and_exit_with_2(arguments, said, tmp_path):
    out = ["--out", tmp_path] if arguments[0] == "train" else []
    done = run(*arguments, *out)
    assert done.exit_code == 2 and said in done.stderr and "Traceback" not in done.output
    assert not list(tmp_path.iterdir())


def test_a_broken_off_run_is_not_overwritten(tmp_path):
    (tmp_path / "state.safetensors").write_bytes(b"")
    done = run("train", RECIPE, "--out", tmp_path)
    assert done.exit_code == 2 and "--resume" in done.stderr


def test_help_needs_no_torch():
    code = "import sys; from engine.cli import app; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
