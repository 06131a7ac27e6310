"""``reproduce`` and ``results`` as a person runs them, on the bundled digits."""

import json

import pytest
from typer.testing import CliRunner

from engine.cli import app


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_RESULTS", str(tmp_path / "results"))

    def run(*arguments, code=0):
        outcome = CliRunner().invoke(app, list(arguments))
        assert outcome.exit_code == code, outcome.output
        return outcome

    return run


def test_a_row_is_run_stored_and_listed(call, tmp_path):
    (row,) = json.loads(call("reproduce", "digits/rcca", "--seeds", "2", "--device", "cpu", "--json").stdout)
    assert (row["recipe"], row["split"], row["k"], row["seeds"]) == ("digits/rcca", "test", 10, [0, 1])
    by_measure = {(line["measure"], line["direction"]): line for line in row["lines"]}
    total = by_measure["sum_of_correlations", "both"]
    assert total["mean"] == pytest.approx(sum(total["values"]) / 2)
    assert total["mean"] > 7
    assert ("sum_of_canonical_correlations", "both") in by_measure
    assert (tmp_path / "results" / "digits" / "rcca.json").is_file()
    listed = {recipe["name"]: recipe["measured"] for recipe in json.loads(call("reproduce", "list", "--json").stdout)}
    assert listed["digits/rcca"]
    assert not listed["digits/cca"]
    (again,) = json.loads(call("results", "--json").stdout)
    assert again["lines"] == row["lines"]
    assert again["current"]


def test_the_same_seed_gives_the_same_numbers(call):
    asked = ("reproduce", "digits/cca", "digits/pls", "--device", "cpu", "--json")
    first, second = (json.loads(call(*asked).stdout) for _ in range(2))
    assert [row["lines"] for row in first] == [row["lines"] for row in second]
    assert [row["seconds"] for row in first] != [row["seconds"] for row in second]


def test_a_row_is_run_again_with_as_many_seeds_as_it_had(call):
    assert json.loads(call("reproduce", "digits/cca", "--seeds", "3", "--device", "cpu", "--json").stdout)[0]["seeds"] == [0, 1, 2]
    assert json.loads(call("reproduce", "digits/cca", "--device", "cpu", "--json").stdout)[0]["seeds"] == [0, 1, 2]


def test_a_resumed_run_keeps_the_seeds_that_are_stored(call, tmp_path):
    def asked(*more):
        (row,) = json.loads(call("reproduce", "digits/rcca", "--device", "cpu", "--json", *more).stdout)
        return row

    one, two = asked(), asked("--seeds", "2", "--resume")
    assert two["seeds"] == [0, 1]
    assert two["seconds"][0] == one["seconds"][0]
    assert asked("--seeds", "2", "--resume")["seconds"] == two["seconds"]
    assert "2 of 3 seeds are kept" in call("reproduce", "digits/rcca", "--device", "cpu", "--seeds", "3", "--resume").stdout

    path = tmp_path / "results" / "digits" / "rcca.json"
    path.write_text(path.read_text().replace(one["recipe_hash"], "another"))
    assert asked("--resume")["seconds"][0] != one["seconds"][0]  # another recipe's result
    path.write_text("{")
    assert "rcca.json" in call("reproduce", "digits/rcca", "--resume", code=2).stderr
    assert asked()["seeds"] == [0]


def test_a_checkpoint_and_its_row_are_one_run(call, tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    (row,) = json.loads(call("reproduce", "digits/muc2m", "--seeds", "2", "--checkpoint", "--device", "cpu", "--json").stdout)
    card = json.loads((tmp_path / "checkpoints" / "digits" / "muc2m" / "card.json").read_text())
    total = next(line for line in row["lines"] if line["measure"] == "sum_of_correlations")
    assert row["seeds"] == [0, 1] and card["kind"] == "as published"
    assert total["values"][0] == next(m["value"] for m in card["metrics"] if m["measure"] == "sum_of_correlations")
    assert row["seconds"][0] == pytest.approx(card["training"]["seconds"], abs=0.01)


def test_stale_rows_are_listed_with_the_reason(call, tmp_path):
    call("reproduce", "digits/cca", "digits/pls", "--device", "cpu")
    assert "0 of 2 stored results" in call("results", "--stale").stdout
    path = tmp_path / "results" / "digits" / "pls.json"
    code = json.loads(path.read_text())["code"]
    path.write_text(path.read_text().replace(code, "0" * 16))
    told = call("results", "--stale").stdout
    assert "digits/pls" in told and "the code has changed" in told and "digits/cca" not in told and "1 of 2" in told


def test_people_see_tables_and_the_page_is_written(call, tmp_path):
    printed = call("reproduce", "mnist/cca-50", "--quick", "--device", "cpu").stdout
    assert "canonical sum" in printed
    assert "effective rank" in printed
    assert "digits/cca" in call("reproduce", "list").stdout
    page = tmp_path / "RESULTS.md"
    assert "digits/cca" in call("results", "--markdown", str(page)).stdout
    assert "Linear CCA `digits/cca`" in page.read_text()


def test_what_cannot_be_run_is_explained(call, tmp_path):
    assert "no recipe" in call("reproduce", "nothing", code=2).stderr
    assert "Name recipes" in call("reproduce", code=2).stderr
    assert "mnist.npz" in call("reproduce", "mnist/cca-50", "--root", str(tmp_path), code=2).stderr
    assert "Nothing is stored" in call("results").stdout
