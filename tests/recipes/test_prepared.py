"""What a recipe trains on: whole splits, or a share of their groups that is the same for every model and seed."""

import numpy as np

from engine.recipes.base import Recipe
from engine.recipes.prepared import prepare

RECIPE = Recipe("toy/cca", "Toy", "cca", "digits", validation="validation")
TENTH = Recipe("toy/cca-tenth", "Toy", "cca", "digits", validation="validation", share=0.1)


def test_a_share_of_the_groups_is_trained_on_and_all_of_the_rest_measured():
    whole, tenth = prepare(RECIPE), prepare(TENTH)
    groups, kept = set(whole.splits["train"].x.groups), set(tenth.splits["train"].x.groups)
    assert kept < groups and len(kept) == round(0.1 * len(groups))
    for role in ("validation", "test"):
        assert np.array_equal(whole.splits[role].x.items, tenth.splits[role].x.items)
    assert set(prepare(TENTH).splits["train"].x.groups) == kept


def test_a_share_is_another_experiment():
    assert TENTH.hash != RECIPE.hash
