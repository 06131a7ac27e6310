"""The verdicts on the papers' claims, on results whose answer is known."""

from base64 import b64decode

import numpy as np
import pytest
from scipy.stats import ttest_ind

from engine.recipes import RECIPES
from engine.recipes.claims import CLAIMS, Claim, verdict
from engine.recipes.page import markdown
from engine.recipes.results import packed
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
    kept = {name: one.by_group("recall_at_1", "x_to_y") for name, one in results.items()}
    seeds = sum(rows.mean(1).var(ddof=1) / 3 for rows in kept.values())
    items = (kept["a"].mean(0) - kept["b"].mean(0)).var(ddof=1) / 200
    assert found.over == "seeds and items" and found.difference == pytest.approx(kept["a"].mean() - kept["b"].mean())
    assert 1.9 * (seeds + items) ** 0.5 < found.half < 4.4 * (seeds + items) ** 0.5
    unpaired = sum(rows.mean(0).var(ddof=1) / 200 for rows in kept.values())
    assert items < unpaired / 20, "what is hard for both must count for neither"


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
    assert found.half == pytest.approx(0.2, rel=1e-3) and found.over == "items" and found.told == "does not hold"
    assert verdict(CLAIM, {"a": result(3.0), "b": other}).told == "holds"


def test_a_lead_that_grows_is_compared_with_the_lead_on_all_data():
    claim = Claim("grows", "Nobody", "a", "b", "sum_of_correlations", scarce=("a-tenth", "b-tenth"))
    results = {"a": result(3.0), "b": result(2.5), "a-tenth": result(2.0), "b-tenth": result(0.5)}
    assert verdict(claim, results).difference == pytest.approx(1.0)
    assert verdict(claim, {name: results[name] for name in ("a", "b", "a-tenth")}) is None


def test_claims_are_about_recipes_that_exist_and_stand_in_the_page():
    for claim in CLAIMS:
        names = [claim.better, claim.worse, *(claim.scarce or ())]
        assert set(names) <= set(RECIPES), names
    assert "Which of the papers' claims" not in markdown([result(2.0)], {RECIPE.name: RECIPE})
    claim = CLAIMS[0]
    both = [result(0.0, recipe=RECIPES[name]) for name in (claim.better, claim.worse)]
    assert f"| {claim.text} | {claim.source} |" in markdown(both, RECIPES)
