"""Differences of trained models against populations that are known: how often the interval holds the truth, and how far redrawn differences scatter."""

from statistics import fmean

import numpy as np
import pytest
from scipy.stats import ttest_ind

from engine.evaluation.crossed import nested, paired, unpaired

GROUPS, GAP = 150, 0.02


def drawn(generator, seeds, groups=GROUPS, between=0.02, within=0.25, items=0.2):
    """Tables of two models whose true difference is GAP: seeds, items and luck drawn anew."""
    easy, gap = generator.normal(0, 0.3, groups), generator.normal(GAP, items, groups)
    return [shift + generator.normal(0, between, (seeds, 1)) + generator.normal(0, within, (seeds, groups)) for shift in (easy + gap, easy)]


@pytest.mark.parametrize("seeds, between, items", [(2, 0.02, 0.2), (3, 0.02, 0.2), (3, 0.0, 0.3), (3, 0.05, 0.0), (8, 0.01, 0.2)])
def test_the_interval_holds_the_true_difference_as_often_as_it_says(seeds, between, items):
    generator = np.random.default_rng(seeds)
    found = [paired(drawn(generator, seeds, between=between, items=items), (1, -1)) for _ in range(600)]
    held = np.mean([abs(one.value - GAP) < one.half() for one in found])
    assert 0.925 <= held <= 0.995, held


def test_the_variance_is_that_of_differences_measured_again_and_again():
    generator = np.random.default_rng(0)
    found = [paired(drawn(generator, 4), (1, -1)) for _ in range(800)]
    variances = [sum(m.between / m.seeds + m.within / m.seeds for m in one.models) + one.items for one in found]
    truth = np.var([one.value for one in found])
    assert np.mean(variances) == pytest.approx(truth, rel=0.12)
    twice = np.mean([sum(m.within / m.seeds for m in one.models) for one in found])
    assert np.mean(variances) + twice > 1.2 * truth, "counting a seed's luck with an item under seeds and under items would be too much here"


def test_components_are_those_of_two_loops_over_seeds_and_groups():
    (table, other) = drawn(np.random.default_rng(1), 3, groups=5)
    found = paired([table, other], (1, -1))
    everything = fmean(table.ravel())
    residual = seeds = 0.0
    for s in range(3):
        seeds += (fmean(table[s]) - everything) ** 2 / 2
        for g in range(5):
            residual += (table[s, g] - fmean(table[s]) - fmean(table[:, g]) + everything) ** 2 / (2 * 4)
    assert found.models[0].within == pytest.approx(residual / 5)
    assert found.models[0].between == pytest.approx(max(seeds - residual / 5, 0))


def test_what_is_hard_for_both_counts_for_neither():
    tables = drawn(np.random.default_rng(2), 3, items=0.0)
    harder = [table + 10 * np.random.default_rng(3).random(GROUPS) for table in tables]
    assert paired(harder, (1, -1)).half() == pytest.approx(paired(tables, (1, -1)).half())


def test_more_seeds_and_items_make_the_interval_as_narrow_as_was_foretold():
    generator = np.random.default_rng(4)
    foretold = fmean(paired(drawn(generator, 4), (1, -1)).half(seeds=16, times=3) for _ in range(150))
    there = fmean(paired(drawn(generator, 16, groups=3 * GROUPS), (1, -1)).half() for _ in range(150))
    assert foretold == pytest.approx(there, rel=0.12)


def test_without_values_by_item_seeds_are_compared_as_welch_does_and_items_widen_it():
    a, b = (3.0, 3.2, 3.3), (2.0, 2.4, 2.1)
    alone = unpaired([a, b], [0.0, 0.0], (1, -1), 100)
    expected = ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert (alone.value - alone.half(), alone.value + alone.half()) == pytest.approx((expected.low, expected.high))
    assert unpaired([a, b], [0.1, 0.2], (1, -1), 100).half() > alone.half()
    assert unpaired([a[:1], b[:1]], [0.1, 0.2], (1, -1), 10**6).half() == pytest.approx(1.96 * 0.3**0.5, rel=1e-3)


def over_folds(generator, folds, between, groups=GROUPS):
    """Tables of two models whose true difference is GAP, where each fold has items of its own."""
    easy, gap = generator.normal(0, 0.3, (folds, groups)), generator.normal(GAP, 0.2, (folds, groups))
    return [shift + generator.normal(0, between, (folds, 1)) + generator.normal(0, 0.25, (folds, groups)) for shift in (easy + gap, easy)]


@pytest.mark.parametrize("folds, between", [(3, 0.02), (5, 0.0), (8, 0.03), (8, 0.0)])
def test_over_folds_the_interval_holds_the_true_difference_as_often_as_it_says(folds, between):
    generator = np.random.default_rng(folds)
    found = [nested(over_folds(generator, folds, between), (1, -1)) for _ in range(800)]
    held = np.mean([abs(one.value - GAP) < one.half() for one in found])
    assert 0.925 <= held <= 0.99, held


def test_folds_bring_items_so_that_more_of_them_narrow_both_parts():
    generator = np.random.default_rng(5)
    foretold = fmean(nested(over_folds(generator, 4, 0.02), (1, -1)).half(seeds=12) for _ in range(200))
    there = fmean(nested(over_folds(generator, 12, 0.02), (1, -1)).half() for _ in range(200))
    assert foretold == pytest.approx(there, rel=0.12)
    with pytest.raises(ValueError, match="one seed"):
        nested(over_folds(generator, 1, 0.0), (1, -1))


def test_a_seed_that_was_asked_the_items_of_all_seeds_says_less_than_one_with_its_own():
    generator = np.random.default_rng(6)
    tables = over_folds(generator, 5, 0.0)
    assert nested(tables, (1, -1)).half() < nested([table.mean(0, keepdims=True).repeat(5, 0) + generator.normal(0, 0.05, (5, 1)) for table in tables], (1, -1)).half()
