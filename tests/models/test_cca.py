"""Linear CCA against independent references, and where covariances are singular."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import TwoviewError
from engine.evaluation.correlation import correlations
from engine.models.cca import CCA
from engine.models.linear_algebra import canonical_projections, covariances

torch.set_num_threads(1)


def correlated(n=300, d_x=7, d_y=5, seed=0):
    generator = np.random.default_rng(seed)
    latent = generator.normal(size=(n, 3))
    x = latent @ generator.normal(size=(3, d_x)) + generator.normal(size=(n, d_x))
    y = latent @ generator.normal(size=(3, d_y)) + generator.normal(size=(n, d_y))
    return x, y


def fitted(x, y, **settings):
    model = CCA(x.shape[1:], y.shape[1:], CCA.Settings(**settings))
    model.fit_closed_form(torch.as_tensor(x), torch.as_tensor(y))
    return model


def embedded(model, x, y):
    x, y = (torch.as_tensor(view, dtype=torch.float32) for view in (x, y))
    return model.embed_x(x).numpy(), model.embed_y(y).numpy()


def generalised_eigenvalues(x, y, r):
    """Canonical correlations by SciPy's generalised eigenproblem, an independent way to them."""
    from scipy.linalg import eigh

    x, y = x - x.mean(0), y - y.mean(0)
    xx, yy, xy = x.T @ x / (len(x) - 1), y.T @ y / (len(x) - 1), x.T @ y / (len(x) - 1)
    xx, yy = xx + r * np.eye(len(xx)), yy + r * np.eye(len(yy))
    values = eigh(xy @ np.linalg.solve(yy, xy.T), xx, eigvals_only=True)
    return np.sqrt(np.clip(values[::-1], 0, None))


@pytest.mark.parametrize("r", [1e-8, 1e-2, 3.0])
def test_correlations_are_the_generalised_eigenvalues(r):
    x, y = correlated()
    np.testing.assert_allclose(fitted(x, y, k=5, regularisation=r).correlations, generalised_eigenvalues(x, y, r)[:5], atol=1e-6)


def test_agrees_with_cca_zoo():
    linear = pytest.importorskip("cca_zoo.linear")
    x, y = correlated()
    theirs = linear.CCA(n_components=3).fit([x, y]).transform([x, y])
    ours = embedded(fitted(x, y, k=3, regularisation=0.0), x, y)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(np.abs(correlations(mine, np.asarray(other))), 1, atol=1e-5)


def test_variates_are_white_and_matched():
    x, y = correlated()
    a, b = embedded(fitted(x, y, k=5, regularisation=0.0), x, y)
    for view in (a, b):
        np.testing.assert_allclose(np.cov(view.T), np.eye(5), atol=1e-4)
    cross = (a - a.mean(0)).T @ (b - b.mean(0)) / (len(a) - 1)
    np.testing.assert_allclose(cross - np.diag(np.diag(cross)), 0, atol=1e-4)
    assert (np.diff(np.diag(cross)) <= 1e-6).all() and (np.diag(cross) >= -1e-6).all()


def test_identical_views_correlate_fully():
    x, _ = correlated()
    np.testing.assert_allclose(fitted(x, x, k=7, regularisation=0.0).correlations, 1, atol=1e-6)


@pytest.mark.parametrize("r", [0.0, 1e-3])
def test_rotations_and_scales_change_nothing(r):
    """Correlations are invariant to rotations always, and to any regular map without regularisation."""
    x, y = correlated()
    generator = np.random.default_rng(1)
    turn = np.linalg.qr(generator.normal(size=(7, 7)))[0]
    stretched = y @ (generator.normal(size=(5, 5)) + 3 * np.eye(5)) + 4 if r == 0 else y + 4
    np.testing.assert_allclose(fitted(x @ turn, stretched, k=5, regularisation=r).correlations, fitted(x, y, k=5, regularisation=r).correlations, atol=1e-5)


@pytest.mark.parametrize("r", [0.0, 1e-6, 0.1])
@pytest.mark.parametrize("rows", [3, 6, 40])
def test_rank_deficiency_and_few_rows(rows, r):
    """Duplicated and constant columns, fewer rows than columns: finite everywhere, correlations in [0, 1]."""
    x, y = correlated(rows, 20, 15)
    x[:, 10:] = x[:, :10]
    y[:, 3] = 2.0
    model = fitted(x, y, k=15, regularisation=r)
    assert all(torch.isfinite(value).all() for value in model.state_dict().values())
    assert model.correlations.min() >= 0 and model.correlations.max() <= 1
    assert all(np.isfinite(view).all() for view in embedded(model, x, y))


def test_constant_views_are_survived():
    model = fitted(np.ones((9, 4)), np.zeros((9, 3)), k=3, regularisation=0.0)
    assert torch.equal(model.correlations, torch.zeros(3))


def test_relative_regularisation_knows_no_unit():
    x, y = correlated()
    plain = fitted(x, y, k=5, regularisation=0.5, relative=True)
    np.testing.assert_allclose(fitted(1000 * x, y / 1000, k=5, regularisation=0.5, relative=True).correlations, plain.correlations, atol=1e-6)


def test_each_view_may_have_its_own_regularisation():
    x, y = correlated()
    same = fitted(x, y, k=5, regularisation=0.5, regularisation_y=0.5)
    torch.testing.assert_close(same.correlations, fitted(x, y, k=5, regularisation=0.5).correlations)
    mixed, turned = fitted(x, y, k=5, regularisation=2.0, regularisation_y=0.0), fitted(y, x, k=5, regularisation=0.0, regularisation_y=2.0)
    torch.testing.assert_close(mixed.correlations, turned.correlations)


def test_signed_square_roots_of_x():
    x, y = correlated()
    rooted, model = fitted(x, y, k=3, root_x=True), fitted(np.sign(x) * np.sqrt(np.abs(x)), y, k=3)
    np.testing.assert_allclose(embedded(rooted, x, y)[0], embedded(model, np.sign(x) * np.sqrt(np.abs(x)), y)[0], atol=1e-5)


def test_weighting_multiplies_by_powers_of_the_correlation():
    x, y = correlated()
    plain, weighted = (embedded(fitted(x, y, k=4, weighting=p), x, y) for p in (0.0, 2.0))
    scale = fitted(x, y, k=4).correlations.numpy() ** 2
    np.testing.assert_allclose(weighted[0], plain[0] * scale, atol=1e-5)
    np.testing.assert_allclose(weighted[1], plain[1] * scale, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 40), st.integers(1, 6), st.integers(1, 6), st.integers(0, 1000))
def test_order_of_pairs_changes_nothing(n, d_x, d_y, seed):
    x, y = correlated(n, d_x, d_y, seed)
    order = np.random.default_rng(seed).permutation(n)
    k = min(d_x, d_y)
    first, second = (canonical_projections(torch.as_tensor(a), torch.as_tensor(b), 1e-2, 1e-2, k) for a, b in ((x, y), (x[order], y[order])))
    np.testing.assert_allclose(first.correlations, second.correlations, atol=1e-8)


def test_float32_products_are_close_and_only_taken_where_rounding_is_drowned():
    x, y = correlated(20_000, 30, 20)
    x, y = torch.as_tensor(x, dtype=torch.float32), torch.as_tensor(y, dtype=torch.float32)
    rough, exact = covariances(x, y, torch.float32), covariances(x, y)
    assert rough[0].dtype == torch.float64
    torch.testing.assert_close(rough[2], exact[2], rtol=1e-5, atol=1e-5)
    shifted = x + 1000
    fit = canonical_projections(shifted, y, 1e-3, 1e-3, 5)
    torch.testing.assert_close(fit.correlations, canonical_projections(x.double(), y.double(), 1e-3, 1e-3, 5).correlations, rtol=1e-3, atol=1e-4)


def test_k_beyond_the_smaller_view_is_refused():
    with pytest.raises(TwoviewError, match="5 here, but k = 6"):
        CCA((7,), (5,), CCA.Settings(k=6))
    with pytest.raises(TwoviewError, match="0 or more"):
        CCA((7,), (5,), CCA.Settings(k=2, regularisation=-1.0))


def test_images_are_flattened():
    x, y = correlated(50, 8, 4)
    flat, square = fitted(x, y, k=3), fitted(x.reshape(-1, 2, 4), y.reshape(-1, 2, 2), k=3)
    torch.testing.assert_close(flat.weights_x, square.weights_x)
