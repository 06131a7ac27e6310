"""Ensembles put together from trained models: their scores against a loop over members, their checkpoints, and where they may not compete."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from engine.checkpoints.cards import read_card, write_card
from engine.checkpoints.storage import list_checkpoints, load
from engine.cli import app
from engine.data import load as load_data
from engine.errors import TwoviewError
from engine.evaluation.suite import query_ranks
from engine.recipes import RECIPES
from engine.recipes.base import SINGLE, ensemble
from engine.recipes.checkpoint import train_checkpoint
from engine.recipes.code import reached, roots
from engine.recipes.ensemble import assemble, run_ensemble
from engine.recipes.page import markdown
from engine.scoring import PairScores
from tests.recipes.test_results import result

CCA, DCCA = RECIPES["digits/cca"], replace(RECIPES["digits/dcca"], training=dict(RECIPES["digits/dcca"].training) | {"epochs": 2})
BOTH = ensemble("ensemble-both", "Ensemble, CCA and DCCA", CCA, DCCA)


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    """CCA and DCCA on the digits, and the ensemble of both."""
    folder = tmp_path_factory.mktemp("checkpoints")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWOVIEW_CHECKPOINTS", str(folder))
        run_ensemble(BOTH, checkpoint=True)
        yield folder


def scores(model, data):
    return np.concatenate([block.numpy(force=True) for _, block in PairScores(model, data.x.items, data.y.items).blocks("x_to_y")])


def test_an_ensemble_ranks_by_the_sum_of_its_members_standardised_scores(checkpoints):
    made, members = load(checkpoints / BOTH.name), [load(checkpoints / recipe.name).model for recipe in (CCA, DCCA)]
    train, test = load_data("digits", "train"), load_data("digits", "test")
    total = np.zeros((len(test.x), len(test.y)))
    for member in members:
        known = scores(member, train)  # digits are few: every pair of training items
        total += (scores(member, test) - known.mean()) / known.std(ddof=1)
    found = scores(made.model, test)
    (slope, constant), rest = np.polyfit(total.ravel(), found.ravel(), 1, full=True)[:2]
    assert slope > 0 and rest[0] / found.size < 1e-6 and np.isfinite(constant)
    ranks = [(row > row[place] + 1e-5).sum() + 1 for place, row in enumerate(total)]
    assert np.mean(np.array(ranks) == query_ranks(made.model, test, "x_to_y").ranks) > 0.98, "each half's partner stands in its own place"


def test_its_card_says_what_it_is_and_what_it_cost(checkpoints):
    card, members = read_card(checkpoints / BOTH.name), [read_card(checkpoints / recipe.name) for recipe in (CCA, DCCA)]
    assert card.kind == "ensemble" and card.title.startswith("Ensemble") and all(member.name in card.notes for member in members)
    assert card.model.parameters == sum(member.model.parameters for member in members) + 2, "and a scale each"
    assert card.training.seconds == pytest.approx(sum(member.training.seconds for member in members), abs=0.01)
    assert {m.measure for m in card.metrics} >= {"recall_at_1", "median_rank"} and not any("correlation" in m.measure for m in card.metrics)
    assert all(entry.problem is None for entry in list_checkpoints(checkpoints))


def test_a_model_that_is_named_again_counts_with_its_next_seed(checkpoints, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(checkpoints))
    first = load(checkpoints / DCCA.name).card.created
    row = run_ensemble(ensemble("ensemble-seeds", "Ensemble, two seeds", DCCA, DCCA))
    assert load(checkpoints / DCCA.name).card.created == first, "what is there is not trained again"
    assert load(checkpoints / f"{DCCA.name}-seed1").card.training.seed == 1
    assert [run.seed for run in row.runs] == [0] and row.by_group("recall_at_1", "x_to_y") is not None


def test_a_checkpoint_of_another_model_is_not_taken_for_a_member(checkpoints, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(checkpoints))
    other = replace(DCCA, settings=dict(DCCA.settings) | {"k": 5})
    with pytest.raises(TwoviewError, match="holds another model than digits/dcca with seed 0"):
        run_ensemble(ensemble("ensemble-other", "Ensemble", CCA, other))


def test_members_have_to_belong_together(checkpoints, monkeypatch, tmp_path):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(checkpoints))
    members = [str(checkpoints / recipe.name) for recipe in (CCA, DCCA)]
    with pytest.raises(TwoviewError, match="already something"):
        assemble("ensemble-both", members)
    with pytest.raises(TwoviewError, match="letters, digits"):
        assemble("../away", members)
    with pytest.raises(TwoviewError, match="two members"):
        assemble("alone", members[:1])
    train_checkpoint(CCA, tmp_path / "cca")
    strange = read_card(tmp_path / "cca")
    strange.data.name = "scenes"
    write_card(tmp_path / "cca", strange)
    with pytest.raises(TwoviewError, match="answers about one data set"):
        assemble("strange", [members[0], tmp_path / "cca"])
    assert not (checkpoints / "digits" / "alone").exists() and not (checkpoints / "digits" / "strange").exists()


def test_ones_own_are_put_together_by_a_command(checkpoints, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(checkpoints))
    told = CliRunner().invoke(app, ["ensemble", "mine", CCA.name, DCCA.name, "--json"])
    assert told.exit_code == 0, told.output
    card = json.loads(told.stdout)
    assert (card["name"], card["title"], card["kind"]) == ("digits/mine", "Ensemble mine", "ensemble")
    same = {(m.measure, m.direction): m.value for m in read_card(checkpoints / BOTH.name).metrics}
    assert {(m["measure"], m["direction"]): m["value"] for m in card["metrics"] if m["measure"].startswith("recall")}.items() <= same.items()


def test_an_ensemble_is_not_trained(tmp_path):
    with pytest.raises(TwoviewError, match="put together from trained models"):
        train_checkpoint(BOTH, tmp_path / "never")


def test_its_row_stands_apart_and_changes_with_its_members():
    assert replace(BOTH, members=(CCA, replace(DCCA, training={"epochs": 3}))).hash != BOTH.hash
    assert reached(roots(BOTH)) >= {"engine.models.ensemble", "engine.models.cca", "engine.models.cca_layer"}
    page = markdown([result(1.0, recipe=recipe) for recipe in (CCA, BOTH)], {recipe.name: recipe for recipe in (CCA, BOTH)})
    single, together = page.partition("### Ensemble")[::2]
    assert f"`{BOTH.name}`" in together and f"`{BOTH.name}`" not in single and BOTH.kind not in SINGLE
