"""The permutation test for canonical components against slow loops, on what was planted and on noise; intervals against repetition."""

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import TwoviewError
from engine.evaluation import components as module
from engine.evaluation.components import LEVEL, canonical_components, components_of, kept_components
from engine.evaluation.correlation import held_out_correlations
from tests.evaluation.test_intervals import by_repetition
from tests.evaluation.test_measured import checkpoint, data  # noqa: F401  (fixtures)


def planted(seed, n=300, shared=3, strength=1.5, noise=1.0):
    """Two views of 8 and 6 dimensions that share ``shared`` of them, turned at random."""
    generator = np.random.default_rng(seed)
    x, y = generator.normal(size=(n, 8)), generator.normal(size=(n, 6))
    common = strength * generator.normal(size=(n, shared))
    x[:, :shared], y[:, :shared] = common + noise * x[:, :shared], common + noise * y[:, :shared]
    return x @ np.linalg.qr(generator.normal(size=(8, 8)))[0] + 5, y @ np.linalg.qr(generator.normal(size=(6, 6)))[0]


def correlations(x, y):
    (qx, _), (qy, _) = (np.linalg.qr(v - v.mean(0)) for v in (x, y))
    return np.linalg.svd(qx.T @ qy, compute_uv=False)


def test_the_first_p_value_is_the_loops():
    x, y = planted(0, n=60, shared=1, strength=0.5)
    shuffles = np.random.default_rng(3)
    observed = (correlations(x, y) ** 2).sum()
    as_strong = sum((correlations(x, y[shuffles.permutation(60)]) ** 2).sum() >= observed for _ in range(200))
    assert canonical_components(x, y, permutations=200, seed=3).p[0] == pytest.approx((1 + as_strong) / 201)


def test_later_p_values_are_of_what_the_variates_before_leave():
    x, y = planted(1, n=80, shared=1)
    (qx, _), (qy, _) = (np.linalg.qr(v - v.mean(0)) for v in (x, y))
    u, d, vt = np.linalg.svd(qx.T @ qy)
    left_x, left_y = (qx @ u)[:, 2:], (qy @ vt.T)[:, 2:]
    shuffles = np.random.default_rng(0)
    as_strong = sum((correlations(left_x, left_y[shuffles.permutation(80)]) ** 2).sum() >= (d[2:] ** 2).sum() for _ in range(150))
    found = canonical_components(x, y, permutations=150)
    assert found.p[2] == pytest.approx(max((1 + as_strong) / 151, *found.p[:2])) and (np.diff(found.p) >= 0).all()


def test_what_is_planted_is_counted_and_noise_is_not():
    counted = [canonical_components(*planted(seed), permutations=99, replicates=9).real for seed in range(8)]
    assert counted.count(3) >= 7 and min(counted) == 3
    false = [canonical_components(*planted(seed, n=100, shared=0), permutations=39, replicates=9).real > 0 for seed in range(30)]
    assert sum(false) <= 5  # one or two are expected at the 5 % level; 6 or more come once in 300 times


def test_repeated_rows_are_no_evidence():
    x, y = planted(2, n=40, shared=0)
    alone = canonical_components(x, y, permutations=99)
    rows = np.repeat(np.arange(40), 5)
    repeated = canonical_components(x[rows], y[rows], groups=rows, permutations=99)
    assert repeated.p == alone.p and repeated.groups == 40
    assert canonical_components(x[rows], y[rows], permutations=99).p[0] < 0.05 < alone.p[0]


def test_correlations_are_held_out_and_their_intervals_those_of_repetition():
    x, y = planted(4, n=120)
    groups = np.repeat(np.arange(60), 2)
    found = canonical_components(x, y, groups, permutations=9)
    values = [one.value for one in found.correlations]
    alike = canonical_components(x[:, :6], y, groups, permutations=9, replicates=9)
    np.testing.assert_allclose(sorted(one.value for one in alike.correlations), held_out_correlations(x[:, :6], y, groups)[::-1], atol=1e-6)
    halves = [canonical_half(x, y, groups % 2 == fold) for fold in (0, 1)]
    np.testing.assert_allclose(values, np.mean([np.diag(np.corrcoef(a.T, b.T)[:6, 6:]) for a, b in halves], axis=0), atol=1e-6)
    drawn = [replicates(a, b, groups[groups % 2 == fold], fold) for fold, (a, b) in enumerate(halves)]
    low, high = np.quantile(np.mean(drawn, axis=0), [0.025, 0.975], axis=0)
    np.testing.assert_allclose([(one.low, one.high) for one in found.correlations], np.stack([low, high], axis=1), atol=1e-5)


def canonical_half(x, y, here):
    (qx, rx), (qy, ry) = (np.linalg.qr(v[~here] - v[~here].mean(0)) for v in (x, y))
    u, _, vt = np.linalg.svd(qx.T @ qy)
    return (x[here] - x[~here].mean(0)) @ np.linalg.solve(rx, u[:, :6]), (y[here] - y[~here].mean(0)) @ np.linalg.solve(ry, vt.T)


def replicates(a, b, groups, seed):
    found = []
    by_repetition(lambda rows: found.append(np.diag(np.corrcoef(a[rows].T, b[rows].T)[:6, 6:])) or 0.0, groups, seed=seed)
    return found


def test_what_cannot_be_counted_is_said():
    x, y = planted(5)
    with pytest.raises(TwoviewError, match="aligned rows"):
        canonical_components(x, y[:-1])
    with pytest.raises(TwoviewError, match="NaN"):
        canonical_components(np.where(x > 2, np.nan, x), y)
    for odd in (x + 1j, x.astype(str)):
        with pytest.raises(TwoviewError, match="real numbers"):
            canonical_components(odd, y)
    with pytest.raises(TwoviewError, match="14 items and 8 \\+ 6 dimensions"):
        canonical_components(x[:14], y[:14])
    with pytest.raises(TwoviewError, match="0 \\+ 6 dimensions"):
        canonical_components(np.ones_like(x), y)


def test_a_checkpoints_components_are_kept_by_content(checkpoint, data, monkeypatch):  # noqa: F811
    steps = []
    assert kept_components(checkpoint, data) is None
    found = components_of(checkpoint, data, lambda done, total, what: steps.append((done, total)))
    assert found.groups == 40 and len(found.p) == 4 and found.p[0] <= LEVEL and steps[0] == (0, 999) and len(steps) == 50
    assert f"{found.real} of 4 components are real" in repr(found)
    monkeypatch.setattr(module, "canonical_components", lambda *_, **__: pytest.fail("counted twice"))
    assert components_of(checkpoint, data) == found
    assert kept_components(checkpoint, replace(data, x=replace(data.x, items=data.x.items + 1))) is None
    next((module.cache_dir("components")).iterdir()).write_text("{")
    assert kept_components(checkpoint, data) is None
