"""The verdicts on the papers' claims, on results whose answer is known."""

from base64 import b64decode

import numpy as np
import pytest
from scipy.stats import t as student_t
from scipy.stats import ttest_ind

from engine.evaluation.crossed import paired
from engine.recipes import RECIPES
from engine.recipes.claims import CLAIMS, Claim
from engine.recipes.page import markdown
from engine.recipes.results import packed
from engine.recipes.verdicts import verdict
from tests.recipes.test_results import RECIPE, result

CLAIM = Claim("A beats B", "Nobody, Table 9", "a", "b", "sum_of_correlations")
CLAIM_OF_RATES = Claim("A finds more than B", "Nobody, Table 9", "a", "b", "recall_at_1", "x_to_y")


@pytest.mark.parametrize(
    "a, b, told", [((3.0, 3.02), (2.0, 2.02), "holds"), ((2.0, 2.02), (3.0, 3.02), "does not hold"), ((2.0, 3.2), (2.1, 3.0), "undecided")]
)
def test_a_claim_is_decided_by_welchs_interval_over_seeds(a, b, told):
    found = verdict(CLAIM, {"a": result(*a), "b": result(*b)})
    assert found and found.told == told and (found.seeds, found.over) == (2, "seeds")
    expected = ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert (found.difference - found.half, found.difference + found.half) == pytest.approx((expected.low, expected.high))


def test_a_gain_too_small_to_matter_does_not_hold():
    close = {"a": result(3.0, 3.001, 2.999), "b": result(3.0, 3.002, 2.998)}
    assert verdict(CLAIM, close).told == "does not hold", "there is none: the interval lies within what is worth claiming"


def test_groups_are_compared_pair_by_pair_and_join_the_seeds():
    generator = np.random.default_rng(0)
    easy = generator.random(200)  # how often a group's queries succeed: hard ones are hard for both
    values = {name: np.clip(easy + gain + generator.normal(0, 0.05, (3, 200)), 0, 1) for name, gain in (("a", 0.02), ("b", 0.0))}
    results = {name: with_groups(rows) for name, rows in values.items()}
    found = verdict(CLAIM_OF_RATES, results)
    kept = [one.by_group("recall_at_1", "x_to_y") for one in results.values()]
    assert (found.over, found.paired, found.seeds) == ("seeds and items", True, 3)
    assert found.difference == pytest.approx(kept[0].mean() - kept[1].mean())
    assert found.half == pytest.approx(paired(kept, (1, -1)).half())
    unpaired = sum(rows.mean(0).var(ddof=1) / 200 for rows in kept)
    assert found.measured.items < unpaired / 20, "what is hard for both must count for neither"


def test_items_widen_the_interval_of_seeds_also_where_nothing_was_kept_item_by_item():
    a, b = result(3.0, 3.02), result(2.9, 2.92)
    alone = verdict(CLAIM, {"a": a, "b": b})
    with_items = verdict(CLAIM, {"a": spread(a, 0.2), "b": spread(b, 0.2)})
    assert (alone.over, with_items.over) == ("seeds", "seeds and items, unpaired")
    assert with_items.half > 0.2 * 2**0.5 > alone.half


def spread(one, half):
    """The result with an interval around every metric."""
    return one.model_copy(update={"runs": [run.model_copy(update={"metrics": [m.model_copy(update={"low": m.value - half, "high": m.value + half}) for m in run.metrics]}) for run in one.runs]})


def test_a_decided_claim_takes_nothing_and_an_undecided_one_as_many_seeds_as_decide_it():
    assert verdict(CLAIM, {"a": result(3.0, 3.02), "b": result(2.0, 2.02)}).takes == ""
    generator = np.random.default_rng(1)
    tables = [np.clip(0.5 + gain + generator.normal(0, 0.02, (3, 1)) + generator.normal(0, 0.05, (3, 200)), 0, 1) for gain in (0.012, 0.0)]
    found = verdict(CLAIM_OF_RATES, {"a": with_groups(tables[0]), "b": with_groups(tables[1])})
    assert found.told == "undecided"
    seeds = int(found.takes.partition(" seeds")[0])
    room = max(found.difference, 0.01 - found.difference)
    assert found.measured.half(seeds=seeds) < room <= found.measured.half(seeds=seeds - 1)
    minutes = f"{(seeds - 3) * 3 / 60:.0f} min"
    assert f"({minutes} of training)" in found.takes, "one seed of both rows takes three seconds"


def test_what_seeds_cannot_decide_takes_items_and_one_seed_takes_another():
    generator = np.random.default_rng(2)
    hard = generator.normal(0, 0.4, 200)
    tables = [np.clip(0.5 + part + generator.normal(0, 0.01, (3, 200)), 0, 1) for part in (hard, 0.0)]
    found = verdict(CLAIM_OF_RATES, {"a": with_groups(tables[0]), "b": with_groups(tables[1])})
    assert "more than seeds" in found.takes and "times the test items" in found.takes
    single = verdict(CLAIM_OF_RATES, {"a": with_groups(tables[0][:1]), "b": with_groups(tables[1][:1])})
    assert single.over == "items" and single.takes.startswith("a second seed of each row")
    kept_no_more = {name: spread(with_groups(rows), 0.05) for name, rows in zip("ab", tables, strict=True)}
    kept_no_more["b"] = kept_no_more["b"].model_copy(update={"runs": [run.model_copy(update={"by_group": {}}) for run in kept_no_more["b"].runs]})
    assert verdict(CLAIM_OF_RATES, kept_no_more).takes.startswith("its rows run again")


def with_groups(rows):
    """A result with one run per row of values by group."""
    one = result(*([0.5] * len(rows)))
    runs = []
    for run, values in zip(one.runs, rows, strict=True):
        kept = packed({("recall_at_1", "x_to_y"): values})
        rounded = float(np.frombuffer(b64decode(kept["recall_at_1 x_to_y"]), np.float16).astype(float).mean())
        metric = run.metrics[0].model_copy(update={"measure": "recall_at_1", "direction": "x_to_y", "value": rounded})
        runs.append(run.model_copy(update={"metrics": [metric], "by_group": kept}))
    return one.model_copy(update={"runs": runs})


def test_one_seed_scatters_by_its_interval():
    one, other = result(3.0), result(2.9)
    widened = [m.model_copy(update={"low": m.value - 0.2, "high": m.value + 0.2}) for m in one.runs[0].metrics]
    one.runs[0].metrics[:] = widened
    found = verdict(CLAIM, {"a": one, "b": other})
    assert found.half == pytest.approx(0.2 * student_t.ppf(0.975, 9) / 1.96), "ten queries"
    assert (found.over, found.told) == ("items, unpaired", "does not hold")
    assert verdict(CLAIM, {"a": result(3.0), "b": other}).told == "holds"


def test_a_lead_that_grows_is_compared_with_the_lead_on_all_data():
    claim = Claim("grows", "Nobody", "a", "b", "sum_of_correlations", scarce=("a-tenth", "b-tenth"))
    results = {"a": result(3.0), "b": result(2.5), "a-tenth": result(2.0), "b-tenth": result(0.5)}
    assert verdict(claim, results).difference == pytest.approx(1.0)
    assert verdict(claim, {name: results[name] for name in ("a", "b", "a-tenth")}) is None


def test_rows_over_folds_decide_where_both_have_two_folds():
    generator = np.random.default_rng(0)
    own = {name: with_groups(generator.random((2, 200)).round()) for name in "ab"}
    gains = {"a-folds": 0.08, "b-folds": 0.0}
    easy = generator.random((4, 200))
    over = {name: with_groups((easy + gain > 0.5).astype(float)) for name, gain in gains.items()}
    found = verdict(CLAIM_OF_RATES, own | over)
    assert (found.claim.better, found.claim.worse, found.over, found.seeds) == ("a-folds", "b-folds", "folds and items", 4)
    assert found.told == "holds" and found.difference == pytest.approx(0.08, abs=0.03)
    few = verdict(CLAIM_OF_RATES, own | over | {"b-folds": with_groups(generator.random((1, 200)).round())})
    assert (few.claim, few.over) == (CLAIM_OF_RATES, "seeds and items")
    shorter = verdict(CLAIM_OF_RATES, own | over | {"a-folds": with_groups((generator.random((2, 200)) > 0.45).astype(float))})
    assert shorter.seeds == 2, "only folds that both rows ran over are compared"
    assert shorter.told == "undecided" and "folds" in shorter.takes


def test_claims_are_about_recipes_that_exist_and_stand_in_the_page():
    for claim in CLAIMS:
        assert set(claim.names) <= set(RECIPES), claim.names
    assert "Which of the papers' claims" not in markdown([result(2.0)], {RECIPE.name: RECIPE})
    claim = CLAIMS[0]
    both = [result(0.0, recipe=RECIPES[name]) for name in (claim.better, claim.worse)]
    assert f"| {claim.text} | {claim.source} |" in markdown(both, RECIPES)


def test_rows_of_both_kinds_stand_side_by_side_and_each_with_its_own_tally():
    told = "Ranking in both directions beats one"
    names = [name for claim in CLAIMS if claim.text == told for name in (claim.better, claim.worse)]
    page = markdown([result(0.0, recipe=RECIPES[name]) for name in dict.fromkeys(names)], RECIPES)
    together, *each = page.partition("### On both kinds of row")[2].split("### On rows ")
    assert "| claim | paper | measured by | as published | tuned |" in together and together.count(told) == 2
    assert [part.partition("\n")[0] for part in each] == ["as published", "tuned"] and all("does not." in part or "do not." in part for part in each)


def test_a_claim_compares_rows_of_its_own_kind():
    for claim in CLAIMS:
        kinds = {RECIPES[name].kind for name in claim.names}
        assert kinds == {claim.kind}, claim
