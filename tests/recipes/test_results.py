"""Recipes, their hash, what is stored of them, and the page that is made of nothing else."""

import re
from dataclasses import replace

import pytest

from engine.data import DATASETS
from engine.errors import TwoviewError
from engine.metric import Metric
from engine.models import model_class, replaced, settings_of
from engine.paths import PROJECT
from engine.recipes import RECIPES, quick_recipes, recipes_named
from engine.recipes.base import Figure, Recipe
from engine.recipes.choose import Choice, Point
from engine.recipes.code import code_of
from engine.recipes.lines import is_current, is_stale, lines
from engine.recipes.page import markdown
from engine.recipes.results import Result, Run, store, stored

RECIPE = Recipe(
    "toy/cca", "Toy", "cca", "digits", settings={"k": 4}, note="Seen in toy/other.",
    figures=(Figure("sum_of_correlations", 3.0, "Nobody, Table 9"), Figure("recall_at_1", 0.2, "Nobody, Table 9", "x_to_y")),
)  # fmt: skip


def metric(measure, value, direction="both"):
    return Metric(measure=measure, direction=direction, split="test", value=value, queries=10, candidates=4)


def result(*sums, recipe=RECIPE):
    runs = [
        Run(
            seed=seed, epochs=3, seconds=1.5,
            metrics=[
                metric("recall_at_1", 0.25, "x_to_y"), metric("recall_at_1", 0.5, "y_to_x"), metric("median_rank", 3.0, "x_to_y"),
                metric("sum_of_correlations", value), metric("sum_of_canonical_correlations", 1.0), metric("effective_rank", 1.5),
            ],
        )
        for seed, value in enumerate(sums)
    ]  # fmt: skip
    return Result(
        recipe=recipe.name, recipe_hash=recipe.hash, model="cca", data="digits", code=code_of(recipe), k=4, runs=runs, device="cpu",
        versions={"torch": "2"}, created="2026-01-01T00:00:00+00:00",
    )  # fmt: skip


def test_every_recipe_names_what_there_is():
    for recipe in RECIPES.values():
        cls = model_class(recipe.model)
        settings_of(cls, recipe.settings)
        replaced(cls.paper_training, recipe.training, recipe.name)
        splits = DATASETS[recipe.data].splits
        assert {recipe.train, recipe.test, recipe.validation or recipe.test} <= set(splits), recipe.name


def test_the_hash_is_of_what_decides_the_numbers():
    assert replace(RECIPE, title="Other", note="", figures=(), name="x").hash == RECIPE.hash
    for change in ({"settings": {"k": 5}}, {"training": {"epochs": 1}}, {"train": "train_full"}, {"encoders": ("a", None)}, {"families": ()}):
        assert replace(RECIPE, **change).hash != RECIPE.hash


def test_recipes_are_found_by_pattern_and_misses_are_explained():
    assert [r.name for r in recipes_named(["mnist/cca-50"])] == ["mnist/cca-50"]
    assert {r.data for r in recipes_named(["digits/*"])} == {"digits"}
    with pytest.raises(TwoviewError, match="train --list"):
        recipes_named(["mnist/nothing"])


def test_quick_stands_for_the_same_models_on_digits():
    assert [r.name for r in quick_recipes(["mnist/two_way-*"])] == ["digits/two_way"]
    correlation = {"cca", "pls", "rcca", "dcca", "dccae", "corrnet", "sdcca", "soft_cca", "two_way", "muc2m"}
    assert {r.model for r in quick_recipes()} == correlation
    with pytest.raises(TwoviewError, match="No quick recipe"):
        quick_recipes(["wikipedia/drsl-addition"])


def test_a_stored_result_comes_back_equal(tmp_path):
    made = result(2.0, 2.5)
    path = store(made, tmp_path)
    assert path == tmp_path / "toy" / "cca.json"
    assert stored(tmp_path) == [made]
    store(result(9.0), tmp_path)
    assert stored(tmp_path) == [result(9.0)]


def test_a_damaged_result_is_named(tmp_path):
    (tmp_path / "bad.json").write_text('{"recipe": 3')
    with pytest.raises(TwoviewError, match=r"bad\.json"):
        stored(tmp_path)


def test_lines_hold_mean_deviation_and_difference():
    shown = {(line.measure, line.direction): line for line in lines(result(2.0, 3.0), RECIPE.figures)}
    total = shown["sum_of_correlations", "both"]
    assert (total.mean, total.difference) == (2.5, -0.5)
    assert total.std == pytest.approx(0.5**0.5)
    assert not total.falls_short  # within our seeds' scatter
    assert lines(result(2.0), RECIPE.figures)[0].falls_short
    assert shown["recall_at_1", "x_to_y"].ours == "25.0 % ± 0.0 %"
    assert not shown["recall_at_1", "x_to_y"].falls_short


def test_the_sum_never_stands_without_its_companions():
    measures = [line.measure for line in lines(result(2.0), RECIPE.figures)]
    assert {"sum_of_correlations", "sum_of_canonical_correlations", "effective_rank"} <= set(measures)
    assert markdown([result(2.0)], {RECIPE.name: RECIPE}).count("| canonical sum |") == 1


def test_the_page_tells_what_is_short_missing_and_out_of_reach():
    other = replace(RECIPE, name="toy/other", title="Not run")
    page = markdown([result(2.0)], {RECIPE.name: RECIPE, other.name: other})
    assert "| Toy `toy/cca` | 4 | test | 2.00 | 3.00 (Nobody, Table 9) | -1.00 | 1.00 | 1.50 |" in page
    assert "- `toy/cca`: sum of correlations 2.00, published 3.00.\n\n  Seen in toy/other." in page
    assert "- `toy/other`: Not run" in page
    assert "XRMB" in page


def test_one_note_explains_all_its_recipes_and_models_stand_in_one_table():
    other = replace(RECIPE, name="toy/other", settings={"k": 3}, figures=RECIPE.figures[:1])
    page = markdown([result(2.0), result(1.0, recipe=other)], {RECIPE.name: RECIPE, other.name: other})
    assert page.count("Seen in toy/other.") == 1
    assert page.count("| recipe |") == 1
    assert page.index("`toy/cca`: sum") < page.index("`toy/other`: sum") < page.index("Seen in toy/other.")


def test_what_explains_a_row_without_published_figures_stands_below_its_table():
    bare = replace(RECIPE, figures=())
    page = markdown([result(2.0, recipe=bare)], {bare.name: bare})
    assert page.index("| Toy `toy/cca`") < page.index("\n\n`toy/cca`: Seen in toy/other.\n\n") < page.index("## What falls short\n\nNothing.")


def test_a_tuned_row_says_how_many_trainings_it_was_chosen_from_and_one_that_searches_share_is_one():
    tuned = replace(RECIPE, name="toy/cca-tuned", kind="tuned")
    point = Point(settings={"k": 2}, value=0.25, annotation=0.2, search=0.1, epochs=1, best_epoch=1, parameters=9, seconds=30.0)
    width = Choice(
        recipe=tuned.name, name="width", recipe_hash="", code="", grid={"k": [2, 3]}, measure="mrr", split="validation", seed=0, device="cpu", versions={}, created="",
        points=[point, point.model_copy(update={"settings": {"k": 3}, "value": 0.5, "seconds": 60.0})],
    )  # fmt: skip
    rate = width.model_copy(update={"name": "rate", "grid": {"learning_rate": [0.1]}, "points": [point.model_copy(update={"settings": {"learning_rate": 0.1}})]})
    page = markdown([result(2.0, recipe=tuned)], {tuned.name: tuned}, searches={tuned.name: [rate, width]})
    pages = "[rate](choices/toy/cca-tuned/rate.md), [width](choices/toy/cca-tuned/width.md)"
    assert f"| `toy/cca-tuned` | 2 | 90.0 s | cpu | 50.0 % | {pages} |" in page
    assert "Searches behind" not in markdown([result(2.0, recipe=tuned)], {tuned.name: tuned})


def test_every_page_that_results_link_to_is_there():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", (PROJECT / "RESULTS.md").read_text(encoding="utf-8"))
    assert [link for link in links if not (PROJECT / link).is_file()] == [] and len(links) > 30


def test_the_best_at_each_width_is_told_apart_from_copies():
    other = replace(RECIPE, name="toy/other", settings={"k": 3})
    honest = result(1.5, recipe=other)
    honest.runs[0].metrics[4] = metric("sum_of_canonical_correlations", 1.4)
    page = markdown([result(2.0), honest], {RECIPE.name: RECIPE, other.name: other})
    assert "| 4 | 3.00 (Nobody, Table 9) | 2.00 `toy/cca` | 1.40 `toy/other` |" in page


def test_a_result_of_an_older_recipe_is_not_shown_as_current():
    changed = {RECIPE.name: replace(RECIPE, settings={"k": 5})}
    assert not is_current(result(2.0), changed)
    assert "2.00" not in markdown([result(2.0)], changed)
    assert not is_current(result(2.0), {})


def test_a_result_of_other_code_is_marked_and_the_two_kinds_stand_apart():
    tuned = replace(RECIPE, name="toy/tuned", kind="tuned")
    known = {each.name: each for each in (RECIPE, tuned)}
    old = result(2.0).model_copy(update={"code": "another"})
    assert is_stale(old, known) and not is_stale(result(2.0), known) and is_stale(old.model_copy(update={"code": ""}), known)
    page = markdown([old, result(2.5, recipe=tuned)], known)
    published, of_tuned = page.partition("### As published")[2].split("### Tuned")
    assert "`toy/cca` † |" in published and "`toy/tuned` |" in of_tuned and "toy/cca" not in of_tuned.partition("##")[0]
