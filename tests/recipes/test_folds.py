"""Rows over folds: what is trained on, stopped by and tested on, and what they refuse."""

from dataclasses import replace

import numpy as np
import pytest

from engine.data.base import PairedData, View
from engine.errors import TwoviewError
from engine.recipes import RECIPES, folds, recipes_named
from engine.recipes.base import FOLDED, Recipe
from engine.recipes.checkpoint import train_checkpoint
from engine.recipes.choose import choose
from engine.recipes.folds import folds_of
from engine.recipes.run import run_recipe

RECIPE = Recipe(name="arrays/cca-folds", title="", model="cca", data="digits", settings={"k": 2}, validation="validation", folds=4, families=("retrieval",))
SIZES = {"train": 30, "validation": 10, "test": 11}


def split(name, first):
    """Things first, first + 1, … with two items of y each; features say which thing it is."""
    groups = np.arange(first, first + SIZES[name])
    generator = np.random.default_rng(first)
    x, y = (np.stack([rows, *generator.normal(size=(3, len(rows)))], 1).astype(np.float32) for rows in (groups, groups.repeat(2)))
    return PairedData("arrays", name, View("vector", x, [f"x{g}" for g in groups], groups), View("vector", y, [f"y{i}" for i in range(len(y))], groups.repeat(2)))


@pytest.fixture
def whole(monkeypatch):
    """Three splits of 51 things in all."""
    starts = dict(zip(SIZES, np.cumsum([0, *SIZES.values()]), strict=False))
    monkeypatch.setattr(folds, "load", lambda data, name, root=None: split(name, starts[name]))
    return np.arange(sum(SIZES.values()))


def test_every_thing_is_a_test_item_once_and_never_seen_in_its_fold(whole):
    data_of = folds_of(RECIPE)
    tests = []
    for run in range(RECIPE.folds):
        splits = data_of(run).splits
        held = {role: set(data.x.groups.tolist()) for role, data in splits.items()}
        assert [len(held[role]) for role in ("test", "validation", "train")] == [12, 12, 51 - 24]
        assert not held["train"] & held["test"] and not held["train"] & held["validation"] and not held["validation"] & held["test"]
        assert all(np.array_equal(data.x.items[:, 0], data.x.groups) and np.array_equal(np.unique(data.y.items[:, 0]), np.unique(data.x.groups)) for data in splits.values())
        tests += held["test"]
    assert len(tests) == len(set(tests)) == 48, "of 51 three are left over from dividing by four; they are always trained on"


def test_all_rows_are_divided_alike_and_a_share_is_of_what_is_trained_on(whole):
    full, tenth = folds_of(RECIPE)(2), folds_of(replace(RECIPE, model="pls", share=0.5))(2)
    assert np.array_equal(full.splits["test"].x.groups, tenth.splits["test"].x.groups)
    assert set(tenth.splits["train"].x.groups) < set(full.splits["train"].x.groups) and len(tenth.splits["train"].x) == 14


def test_runs_are_folds_and_there_are_no_more(whole):
    found = run_recipe(RECIPE, range(4))
    assert [run.seed for run in found.runs] == [0, 1, 2, 3] and found.split == "folds" and found.by_group("recall_at_1", "y_to_x").shape == (4, 12)
    assert len({run.by_group["recall_at_1 x_to_y"] for run in found.runs}) > 1
    with pytest.raises(TwoviewError, match="4 folds, and run 5"):
        run_recipe(RECIPE, range(5), known=found)


def test_splits_that_number_their_things_alike_and_fitted_encoders_are_refused(monkeypatch):
    monkeypatch.setattr(folds, "load", lambda data, name, root=None: split(name, 0))
    with pytest.raises(TwoviewError, match="share groups"):
        folds_of(RECIPE)
    monkeypatch.setattr(folds, "fit", lambda id, view: f"{id}@fitted")
    with pytest.raises(TwoviewError, match="other folds' test items"):
        folds_of(replace(RECIPE, encoders=(None, "tfidf")))


def test_no_checkpoint_and_no_search_is_made_of_folds(tmp_path):
    for asked in (lambda: train_checkpoint(RECIPE, tmp_path / "made"), lambda: choose(RECIPE, {"k": [2]})):
        with pytest.raises(TwoviewError, match="reproduce arrays/cca-folds --seeds 4"):
            asked()
    assert not (tmp_path / "made").exists()


def test_a_row_over_folds_is_the_row_before_it():
    for recipe in recipes_named([f"*{FOLDED}"]):
        own = RECIPES[recipe.name.removesuffix(FOLDED)]
        assert replace(recipe, name=own.name, title=own.title, folds=0, figures=own.figures, note=own.note) == own
        assert recipe.hash != own.hash
