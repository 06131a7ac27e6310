"""Bootstrap intervals and tests of difference against SciPy and plain resampling."""

import numpy as np
import pytest
from scipy import stats

from engine.evaluation.intervals import (
    bootstrap_weights,
    correlation_sum_interval,
    mean_intervals,
    median_interval,
    paired_bootstrap,
    sign_test,
)


def by_repetition(statistic, groups, replicates=1000, seed=0):
    """The same draws, made by repeating the rows of the drawn groups: slow and obvious."""
    names, inverse = np.unique(groups, return_inverse=True)
    rows = [np.flatnonzero(inverse == g) for g in range(len(names))]
    weights = np.concatenate(list(bootstrap_weights(groups, replicates, seed))).astype(int)
    found = [statistic(np.concatenate([np.repeat(rows[g], w) for g, w in enumerate(row)])) for row in weights]
    return np.quantile(found, [0.025, 0.975])


@pytest.fixture
def grouped(rng):
    """Queries in groups of uneven size."""
    groups = np.repeat(np.arange(40), rng.integers(1, 6, size=40))
    return groups, rng.geometric(0.05, size=len(groups)).astype(float)


def test_every_replicate_draws_as_many_groups_as_there_are():
    weights = np.concatenate(list(bootstrap_weights(np.array([3, 3, 8, 9]), replicates=500)))
    assert weights.shape == (500, 3)
    assert (weights.sum(axis=1) == 3).all()
    assert abs(weights.mean() - 1) < 0.05


def test_chunks_do_not_change_the_draws(monkeypatch):
    groups = np.arange(30)
    whole = np.concatenate(list(bootstrap_weights(groups, 100)))
    monkeypatch.setattr("engine.evaluation.intervals.CHUNK_NUMBERS", 210)
    parts = list(bootstrap_weights(groups, 100))
    assert len(parts) == 15
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_means_equal_repetition(grouped):
    groups, values = grouped
    table = np.stack([values <= 5, 1 / values], axis=1)
    for column, interval in zip(table.T, mean_intervals(table, groups), strict=True):
        assert interval.value == pytest.approx(column.mean())
        np.testing.assert_allclose((interval.low, interval.high), by_repetition(lambda r, c=column: c[r].mean(), groups), rtol=1e-5)


def test_median_equals_repetition(grouped):
    groups, values = grouped
    interval = median_interval(values, groups)
    assert interval.value == np.median(values)
    np.testing.assert_allclose((interval.low, interval.high), by_repetition(lambda r: np.median(values[r]), groups))


@pytest.mark.parametrize("n", [1, 2, 3, 17])
def test_median_of_few(n, rng):
    values = rng.normal(size=n)
    interval = median_interval(values, np.arange(n))
    np.testing.assert_allclose((interval.low, interval.high), by_repetition(lambda r: np.median(values[r]), np.arange(n)))


def test_correlations_equal_repetition(rng):
    groups = np.repeat(np.arange(30), 2)
    x = rng.normal(size=(60, 70)) + 100  # an offset that would cancel badly in raw moments
    y = x * rng.uniform(0, 1, 70) + rng.normal(size=(60, 70))
    y[:, 3] = 7

    def total(rows):
        r = [np.corrcoef(a, b)[0, 1] for j, (a, b) in enumerate(zip(x[rows].T, y[rows].T, strict=True)) if j != 3]
        return sum(r)

    interval = correlation_sum_interval(x, y, groups, replicates=50)
    assert interval.value == pytest.approx(total(np.arange(60)), rel=1e-5)
    np.testing.assert_allclose((interval.low, interval.high), by_repetition(total, groups, 50), rtol=1e-4)


def test_interval_agrees_with_scipy(rng):
    values = rng.exponential(size=400)
    ours = mean_intervals(values[:, None], np.arange(400), replicates=4000)[0]
    theirs = stats.bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=0).confidence_interval
    width = theirs.high - theirs.low
    assert abs(ours.low - theirs.low) < 0.07 * width
    assert abs(ours.high - theirs.high) < 0.07 * width


def test_interval_covers_the_truth_where_queries_depend_on_each_other(rng):
    """Five queries of a group share their luck: drawing groups covers the truth, drawing queries would not."""
    covered = {"groups": 0, "queries": 0}
    for seed in range(100):
        hits = np.repeat(rng.uniform(size=(80, 1)) < 0.4, 5, axis=1).ravel()
        for how, groups in (("groups", np.repeat(np.arange(80), 5)), ("queries", np.arange(400))):
            interval = mean_intervals(hits[:, None], groups, replicates=300, seed=seed)[0]
            covered[how] += interval.low <= 0.4 <= interval.high
    assert covered["groups"] >= 88
    assert covered["queries"] <= 75


def test_paired_difference_is_narrower_than_the_two_intervals(rng):
    hard = rng.uniform(size=500)
    a, b = (hard < 0.5), (hard < 0.45)
    difference = paired_bootstrap(a, b, np.arange(500))
    assert difference.value == pytest.approx(a.mean() - b.mean())
    assert difference.low > 0
    single = mean_intervals(np.stack([a, b], axis=1), np.arange(500))
    assert single[0].low < single[1].high


def test_sign_test_equals_scipy(rng):
    a, b = rng.integers(1, 30, size=200), rng.integers(1, 34, size=200)
    found = sign_test(a, b, np.arange(200))
    wins, losses = int((a < b).sum()), int((a > b).sum())
    assert (found.wins, found.losses, found.ties) == (wins, losses, 200 - wins - losses)
    assert found.p == pytest.approx(stats.binomtest(wins, wins + losses).pvalue)


def test_each_group_votes_once():
    a = np.array([1, 1, 9, 2, 5, 3, 3])
    b = np.array([2, 2, 1, 1, 6, 3, 3])
    found = sign_test(a, b, np.array([0, 0, 0, 1, 1, 2, 2]))
    assert (found.wins, found.losses, found.ties) == (1, 0, 2)
    assert found.p == 1.0
    assert sign_test(a, a, np.arange(7)).p == 1.0
