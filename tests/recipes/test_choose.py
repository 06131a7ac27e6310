"""Searching for settings: every point is a run that can be repeated, and the test split stays unread."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from engine.checkpoints.cards import read_card
from engine.cli import app
from engine.cli.choose import _axis
from engine.data import load
from engine.errors import TwoviewError
from engine.models import replaced, settings_of
from engine.models.contrastive import CLIPLoss
from engine.recipes import RECIPES, choose
from engine.recipes.base import Recipe
from engine.report.choice import markdown
from engine.training.loop import create, train
from engine.training.monitor import Monitor

PLAN = Recipe("toy/clip", "Toy", "clip_loss", "digits", settings={"hidden": 16, "k": 8}, training={"epochs": 2, "batch_size": 200}, validation="validation")
GRID = {"learning_rate": [1e-2, 1e-3], "scaling": ["none", "standardize"]}


def test_every_point_is_the_run_it_says_and_the_largest_is_chosen():
    kept = []
    found = choose.choose(PLAN, GRID, keep=kept.append)
    assert [point.settings for point in found.points] == [{"learning_rate": r, "scaling": s} for r in GRID["learning_rate"] for s in GRID["scaling"]]
    assert [len(each.points) for each in kept] == [1, 2, 3, 4] and found.best.value == max(point.value for point in found.points)

    splits = {name: load("digits", name) for name in ("train", "validation")}
    model = create(CLIPLoss, splits["train"], settings_of(CLIPLoss, PLAN.settings | {"scaling": "standardize"}))
    train(model, splits["train"], splits["validation"], replaced(CLIPLoss.paper_training, PLAN.training | {"learning_rate": 1e-2}, ""))
    assert found.points[1].value == Monitor("mrr", model, splits["validation"], "cpu")()


def test_the_test_split_is_not_read(monkeypatch):
    read = []
    monkeypatch.setattr("engine.recipes.prepared.load", lambda name, split, root: read.append(split) or load(name, split, root))
    choose.choose(PLAN, {"learning_rate": [1e-3]})
    assert set(read) == {"train", "validation"}


def test_a_search_that_was_killed_goes_on_and_an_equal_one_is_kept():
    kept = []
    with pytest.raises(RuntimeError):
        choose.choose(PLAN, GRID, keep=lambda each: kept.append(each) or (_ for _ in ()).throw(RuntimeError))
    first = kept[0].points[0]
    again = choose.choose(PLAN, GRID, known=kept)
    assert again.points[0].seconds == first.seconds and len(again.points) == 4
    assert choose.choose(PLAN, GRID, known=[again]).points == again.points
    other = choose.choose(PLAN, GRID, known=[again], seed=1)
    assert other.points[0].seconds != first.seconds


def test_searches_that_cross_share_a_training_unless_the_recipe_changed_beside_them(monkeypatch):
    along = choose.choose(PLAN, {"learning_rate": [1e-2, 1e-3]})
    ran = []
    monkeypatch.setattr(choose, "_point", lambda plan, settings, *_: ran.append(settings) or along.points[0].model_copy(update={"settings": settings}))
    across = {"scaling": ["none", "standardize"], "learning_rate": [1e-3]}
    found = choose.choose(replace(PLAN, settings=PLAN.settings | {"scaling": "none"}, training=PLAN.training | {"learning_rate": 1e-2}), across, known=[along])
    assert len(ran) == 2, "the search along learning rates had no scaling of its own"
    crossing = choose.choose(PLAN, {"scaling": ["standardize"], "learning_rate": [1e-3, 3e-3]}, known=[along, found])
    assert ran[2:] == [{"scaling": "standardize", "learning_rate": 3e-3}] and len(crossing.points) == 2
    ran.clear()
    assert choose.choose(PLAN, {"learning_rate": [1e-3, 3e-3]}, known=[along]).points[0] == along.points[1] and len(ran) == 1
    ran.clear()
    choose.choose(replace(PLAN, settings=PLAN.settings | {"k": 4}), {"learning_rate": [1e-3]}, known=[along])
    assert len(ran) == 1, "another width is another training"


@pytest.mark.parametrize(
    "grid, said",
    [({}, "at least one setting"), ({"depth": [1]}, "no setting 'depth'"), ({"k": [8, "many"]}, "k has to be like"), ({"k": list(range(2000))}, "are the most")],
)
def test_what_cannot_be_searched_is_said_before_anything_is_trained(grid, said):
    with pytest.raises(TwoviewError, match=said):
        choose.choose(PLAN, grid)


def test_a_person_sees_the_table_and_finds_it_with_its_plot(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHOICES", str(tmp_path))
    command = ["choose", "digits/muc2m", "epochs=1,2", "--measure", "mrr", "--device", "cpu"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "Chosen: epochs=" in done.output
    folder = tmp_path / "digits" / "muc2m"
    assert {path.name for path in folder.iterdir()} == {"epochs.json", "epochs.md", "epochs.svg"}
    assert len(json.loads((folder / "epochs.json").read_text())["points"]) == 2
    assert "![mrr along each setting](epochs.svg)" in (folder / "epochs.md").read_text() and "<svg" in (folder / "epochs.svg").read_text()
    before = (folder / "epochs.svg").read_text()
    assert CliRunner().invoke(app, [*command, "--resume"]).exit_code == 0 and (folder / "epochs.svg").read_text() == before
    for arguments, said in ((["epochs"], "takes NAME=A,B,C"), (["epochs=1", "--name", "../x"], "plain name"), (["epochs=1", "--measure", "joy"], "no validation measure")):
        refused = CliRunner().invoke(app, ["choose", "digits/muc2m", *arguments])
        assert refused.exit_code == 2 and said in refused.stderr and "Traceback" not in refused.output
    assert len(list(tmp_path.rglob("*.json"))) == 1


def test_the_table_names_a_command_that_can_be_typed():
    point = choose.Point(settings={"hidden": [16, 8], "skip": True}, value=0.5, annotation=None, search=None, epochs=1, best_epoch=None, parameters=1, seconds=1.0)
    choice = choose.Choice(
        recipe="toy/clip", name="wide", recipe_hash="", code="", grid={"hidden": [[8], [16, 8]], "skip": [True], "scaling": ["none"]}, measure="mrr", split="validation", seed=0, device="cpu",
        versions={}, created="", points=[point.model_copy(update={"settings": {"hidden": hidden, "skip": True, "scaling": "none"}}) for hidden in ([8], [16, 8])],
    )  # fmt: skip
    words = markdown(choice, "wide.svg").split("`")[1].split()
    assert words[:5] == ["python", "-m", "engine", "choose", "toy/clip"] and words[-2:] == ["--name", "wide"]
    assert dict(_axis(word) for word in words[5:-2]) == choice.grid


def test_tuned_recipes_are_what_their_searches_chose():
    for recipe in RECIPES.values():
        for name in recipe.chosen:
            found = choose.read(recipe.name, name)
            assert found, f"{recipe.name} names a search that is not stored: {name}"
            own = json.loads(json.dumps({**recipe.settings, **recipe.training}))  # lists, as they are stored
            assert found.best.settings.items() <= own.items(), f"{recipe.name} is not what {name} chose"


def test_on_ones_own_data_and_the_card_says_what_was_chosen(tmp_path, monkeypatch):
    for name in ("CHOICES", "CHECKPOINTS"):
        monkeypatch.setenv(f"TWOVIEW_{name}", str(tmp_path / name.lower()))
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(200, 6))
    np.savez(tmp_path / "pairs.npz", x=hidden @ rng.normal(size=(6, 10)), y=hidden @ rng.normal(size=(6, 8)) + rng.normal(size=(200, 8)))
    done = CliRunner().invoke(app, ["choose", "cca", "k=1,6", "--data", str(tmp_path / "pairs.npz"), "--train"])
    assert done.exit_code == 0, done.output
    best = json.loads((tmp_path / "choices" / "pairs" / "cca" / "k.json").read_text())
    assert "Chosen: k=6" in done.output and max(best["points"], key=lambda point: point["value"])["settings"] == {"k": 6}
    card = read_card(tmp_path / "checkpoints" / "pairs" / "cca")
    assert card.model.settings["k"] == 6 and "on the validation split: k = 6 of 1, 6." in card.notes and card.kind == "tuned"
    for arguments, said in ((["digits/muc2m", "k=1", "--skip-bad"], "belong to --data"), (["cca", "k=1", "--data", str(tmp_path / "pairs.npz"), "--train"], "already")):
        refused = CliRunner().invoke(app, ["choose", *arguments])
        assert refused.exit_code == 2 and said in refused.stderr
