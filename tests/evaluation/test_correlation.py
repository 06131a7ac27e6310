"""Correlation measures against SciPy, scikit-learn and closed forms."""

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from scipy.stats import pearsonr

from engine.errors import TwoviewError
from engine.evaluation.correlation import (
    canonical_correlations,
    correlations,
    effective_rank,
    sum_of_canonical_correlations,
    sum_of_correlations,
)


def related(rng, n=500, k=6):
    shared = rng.normal(size=(n, k))
    return shared + rng.normal(size=(n, k)), shared * np.linspace(0.2, 2, k) + rng.normal(size=(n, k))


def test_correlations_are_pearsons(rng):
    x, y = related(rng)
    expected = [pearsonr(a, b).statistic for a, b in zip(x.T, y.T, strict=True)]
    np.testing.assert_allclose(correlations(x, y), expected)
    assert sum_of_correlations(x, y) == pytest.approx(sum(expected))


def test_a_constant_dimension_correlates_with_nothing(rng):
    x, y = related(rng)
    x[:, 2] = 3.0
    assert correlations(x, y)[2] == 0
    assert np.isfinite(sum_of_canonical_correlations(x, y, x, y))


def test_the_sum_is_blind_to_scale_and_offset(rng):
    x, y = related(rng)
    assert sum_of_correlations(x * 1e-6 + 4, y * 1e5 - 2) == pytest.approx(sum_of_correlations(x, y))


def test_canonical_correlations_on_the_fitted_data_are_cosines_of_principal_angles(rng):
    x, y = related(rng)
    expected = np.sort(np.cos(subspace_angles(x - x.mean(0), y - y.mean(0))))[::-1]
    np.testing.assert_allclose(canonical_correlations(x, y, x, y), expected, atol=1e-8)


def test_canonical_correlations_ignore_invertible_maps(rng):
    (x, y), (train_x, train_y) = related(rng), related(rng)
    a, b = rng.normal(size=(6, 6)), rng.normal(size=(6, 6))
    np.testing.assert_allclose(
        canonical_correlations(x @ a, y @ b, train_x @ a, train_y @ b),
        canonical_correlations(x, y, train_x, train_y), atol=1e-8,
    )  # fmt: skip


def test_copies_of_one_variate_count_once_in_the_canonical_sum_alone(rng):
    shared = rng.normal(size=(2000, 1))
    x, y = (np.repeat(shared + 0.2 * rng.normal(size=(2000, 1)), 50, axis=1) for _ in range(2))
    assert sum_of_correlations(x, y) > 47
    honest = sum_of_canonical_correlations(x[1000:], y[1000:], x[:1000], y[:1000])
    assert honest == pytest.approx(correlations(x[1000:], y[1000:])[0], abs=1e-6)
    assert effective_rank(x) == pytest.approx(1)


def test_fitting_on_what_is_measured_inflates(rng):
    x, y = rng.normal(size=(100, 20)), rng.normal(size=(100, 20))
    train_x, train_y = rng.normal(size=(100, 20)), rng.normal(size=(100, 20))
    assert sum_of_canonical_correlations(x, y, x, y) > 5
    assert abs(sum_of_canonical_correlations(x, y, train_x, train_y)) < 2


def test_effective_rank_in_closed_form(rng):
    orthogonal = np.linalg.qr(rng.normal(size=(300, 10)) - 0)[0]
    orthogonal -= orthogonal.mean(axis=0)
    orthogonal = np.linalg.qr(orthogonal)[0]
    assert effective_rank(orthogonal) == pytest.approx(10)
    variances = np.array([4.0, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    expected = variances.sum() ** 2 / (variances**2).sum()
    rotation = np.linalg.qr(rng.normal(size=(10, 10)))[0]
    assert effective_rank(orthogonal * np.sqrt(variances) @ rotation + 5) == pytest.approx(expected)
    assert effective_rank(np.ones((20, 3))) == 0


def test_outputs_that_do_not_match_are_refused(rng):
    with pytest.raises(TwoviewError, match="matching dimensions"):
        sum_of_correlations(rng.normal(size=(10, 3)), rng.normal(size=(10, 4)))
