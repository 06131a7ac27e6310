"""The verdicts on the papers' claims, on results whose answer is known."""

import pytest

from engine.recipes import RECIPES
from engine.recipes.claims import CLAIMS, Claim, verdict
from engine.recipes.page import markdown
from tests.recipes.test_results import RECIPE, result

CLAIM = Claim("A beats B", "Nobody, Table 9", "a", "b", "sum_of_correlations")


@pytest.mark.parametrize(
    "a, b, told", [((3.0, 3.2), (2.0, 2.2), "holds"), ((2.0, 2.2), (3.0, 3.2), "does not hold"), ((2.0, 3.2), (2.1, 3.0), "undecided")]
)
def test_a_claim_holds_beyond_the_scatter_of_its_seeds(a, b, told):
    found = verdict(CLAIM, {"a": result(*a), "b": result(*b)})
    assert found and found.told == told and found.seeds == 2
    assert found.difference == pytest.approx(sum(a) / 2 - sum(b) / 2)
    assert found.scatter == pytest.approx((((a[1] - a[0]) ** 2 + (b[1] - b[0]) ** 2) / 2) ** 0.5)


def test_one_seed_scatters_by_its_interval():
    one, other = result(3.0), result(2.9)
    widened = [m.model_copy(update={"low": m.value - 0.2, "high": m.value + 0.2}) for m in one.runs[0].metrics]
    one.runs[0].metrics[:] = widened
    assert verdict(CLAIM, {"a": one, "b": other}).told == "undecided"
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
