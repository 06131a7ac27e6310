"""The estimators: scikit-learn's own checks, its tools around them, closed forms against NumPy's, mistakes as sentences."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import engine
from engine import estimators
from engine.errors import TwoviewError
from engine.estimators import ClosedFormEstimator, estimator

torch.set_num_threads(1)

BRIEF = {"epochs": 1, "batch_size": 16}
SMALL = {
    "ACMR": {"k": 2, "hidden": (4,), "view_hidden": 2, "classes": 3}, "CCA": {"k": 1}, "CCALayer": {"k": 1, "hidden_y": (4,)}, "CLIPLoss": {"k": 2, "hidden": 4},
    "CorrNet": {"k": 2}, "DCCA": {"k": 1, "hidden_y": (4,)}, "DCCAE": {"k": 2, "hidden": (4,)}, "DRSL": {"k": 2, "hidden_x": (4,), "hidden_y": (4,), "relation": (4,)},
    "GMA": {"k": 1}, "Identity": {}, "LearnedRanking": {"k": 2, "hidden_y": (4,)}, "MUC2M": {"k": 2, "hidden": (4,), "decorrelation_k": 1}, "PLS": {"k": 1},
    "RCCA": {"k": 1, "features": 20}, "SDCCA": {"k": 2, "hidden": (4,)}, "SigLIPLoss": {"k": 2, "hidden": 4}, "SimilarityNetwork": {"k": 2, "hidden": 4, "fusion": (4,)},
    "SoftCCA": {"k": 2, "hidden": (4,)}, "TwoBranch": {"k": 2, "hidden": 4}, "TwoWay": {"hidden": (4,)},
}  # fmt: skip
# scikit-learn takes a class called CCA for its own, whose fit_transform gives both views; ours gives X's alone, so that pipelines work.
BOTH_VIEWS = {"CCA": dict.fromkeys(("check_transformer_general", "check_transformer_data_not_an_array"), "fit_transform gives what a pipeline hands on")}


def two_classes(y):
    return None if y is None else np.arange(len(np.asarray(y))) % 2


class GMA(engine.GMA):
    """With labels, which scikit-learn's checks do not give."""

    def fit(self, X, y):
        return super().fit(X, y, labels=two_classes(y))


class ACMR(engine.ACMR):
    """With labels, which scikit-learn's checks do not give."""

    def fit(self, X, y):
        return super().fit(X, y, labels=two_classes(y))


class Identity(engine.Identity):
    """With X as both views: the second has one column in scikit-learn's checks, and is no vector of X's space."""

    def fit(self, X, y):
        return super().fit(X, None if y is None else X)

    def score(self, X, y):
        return super().score(X, X)


HELPED = {"GMA": GMA, "ACMR": ACMR, "Identity": Identity}


@pytest.fixture
def arrays():
    generator = np.random.default_rng(0)
    latent = generator.normal(size=(80, 3))
    noisy = [latent @ generator.normal(size=(3, d)) + 0.3 * generator.normal(size=(80, d)) for d in (6, 5)]
    return noisy[0], noisy[1]


@pytest.mark.parametrize("name", estimators.names())
def test_scikit_learns_own_checks(name):
    cls = HELPED.get(name) or getattr(engine, name)
    brief = {} if issubclass(cls, ClosedFormEstimator) else BRIEF
    check_estimator(cls(**SMALL[name], **brief), expected_failed_checks=BOTH_VIEWS.get(name), on_skip=None)


def test_what_the_checks_are_helped_with_is_said_without(arrays):
    X, Y = arrays
    for model in (engine.GMA(k=2), engine.ACMR(**SMALL["ACMR"], **BRIEF)):
        with pytest.raises(ValueError, match="labels"):
            model.fit(X, Y)
        assert model.fit(X, Y, labels=np.arange(len(X)) % 2).transform(X).shape == (80, 2) and "labels" in type(model).__doc__
    with pytest.raises(ValueError, match="one space"):
        engine.Identity().fit(X, Y)


@pytest.mark.parametrize("model", [engine.CCA(k=3), engine.CCA(k=3, regularisation=0.0), engine.RCCA(k=3, features=40, regularisation=1e-2), engine.PLS(k=3), engine.GMA(k=2)])
def test_signs_follow_the_rule_and_not_the_order_of_rows(arrays, model):
    X, Y = arrays
    labels, order = np.arange(len(X)) % 3, np.random.default_rng(5).permutation(len(X))
    first = clone(model).set_params(random_state=1).fit(X, Y, labels=labels).transform(X)
    if isinstance(model, engine.RCCA):
        order = np.arange(len(X))  # its width is the median distance of the first rows
    np.testing.assert_allclose(clone(model).set_params(random_state=1).fit(X[order], Y[order], labels=labels[order]).transform(X), first, atol=1e-7)
    if isinstance(model, engine.PLS):
        weights = clone(model).fit(X, Y).x_weights_
        assert (weights[np.abs(weights).argmax(axis=0), np.arange(3)] > 0).all()


def test_components_are_counted_on_rows_of_their_own(arrays):
    X, Y = arrays
    model = engine.CCA(k=5, regularisation=1e-6).fit(X[:40], Y[:40])
    found = model.components(X[40:], Y[40:], permutations=99)
    assert found.real == 3 and found.groups == 40 and found == model.components(X[40:], Y[40:], permutations=99)
    assert engine.canonical_components(X, Y, permutations=99).real == 3


@pytest.mark.parametrize("name", estimators.names())
def test_every_model_can_be_made_cloned_and_read(name):
    made = getattr(engine, name)(random_state=3)
    assert clone(made).get_params() == made.get_params() and made.get_params()["random_state"] == 3
    assert repr(made) == f"{name}(random_state=3)" and name in dir(estimators) and made.__doc__


def reference(x, y, k):
    """CCA by QR and SVD (Björck and Golub, 1973)."""
    (qx, rx), (qy, ry) = (np.linalg.qr(v - v.mean(0)) for v in (x, y))
    u, d, vt = np.linalg.svd(qx.T @ qy)
    root = np.sqrt(len(x) - 1)
    return d[:k], np.linalg.solve(rx, u[:, :k]) * root, np.linalg.solve(ry, vt[:k].T) * root


@pytest.mark.parametrize(("scale", "shift", "tolerance"), [(1, 0, 1e-9), (1e8, 0, 1e-9), (1e-8, 0, 1e-9), (1, 1e6, 1e-7)])
def test_cca_is_numpys(arrays, scale, shift, tolerance):
    X, Y = arrays[0] * scale + shift, arrays[1] / scale - shift
    model = engine.CCA(k=5, regularisation=0.0).fit(X, Y)
    correlations, weights_x, weights_y = reference(X, Y, 5)
    np.testing.assert_allclose(model.canonical_correlations_, correlations, rtol=tolerance)
    for ours, theirs in ((model.x_weights_, weights_x), (model.y_weights_, weights_y)):
        np.testing.assert_allclose(ours, theirs * np.sign((ours * theirs).sum(0)), rtol=100 * tolerance, atol=tolerance * np.abs(theirs).max())
    A, B = model.transform(X, Y)
    np.testing.assert_allclose(A, (X - X.mean(0)) @ model.x_weights_, atol=1e-6)
    assert A.dtype == np.float64 and model.transform(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(np.cov(B.T), np.eye(5), atol=1e-6)


def test_rcca_sees_differences_alone(arrays):
    X, Y = arrays
    model = engine.RCCA(k=4, features=60, regularisation=1e-2)
    near, far = clone(model).fit(X, Y), clone(model).fit(X + 1e6, Y - 1e6)
    np.testing.assert_allclose(far.canonical_correlations_, near.canonical_correlations_, rtol=1e-7)
    np.testing.assert_allclose(far.transform(X[:9] + 1e6), near.transform(X[:9]), atol=1e-5)
    tiny = clone(model).fit(X * 1e-8, Y * 1e8)
    np.testing.assert_allclose(tiny.canonical_correlations_, near.canonical_correlations_, rtol=1e-7)


def test_pls_is_numpys(arrays):
    X, Y = arrays[0] * 1e8, arrays[1]
    u, _, vt = np.linalg.svd((X - X.mean(0)).T @ (Y - Y.mean(0)), full_matrices=False)
    model = engine.PLS(k=3).fit(X, Y)
    np.testing.assert_allclose(np.abs(model.x_weights_), np.abs(u[:, :3]), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(np.abs(model.y_weights_), np.abs(vt[:3].T), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("scale", "shift", "tolerance"), [(1e8, 0, 1e-9), (1e-8, 0, 1e-9), (1, 1e6, 1e-7)])
@pytest.mark.parametrize(("name", "settings"), [("CCA", {"k": 3, "relative": True}), ("PLS", {"k": 3}), ("RCCA", {"k": 3, "features": 40}), ("GMA", {"k": 2})])
def test_closed_forms_know_no_unit(arrays, name, settings, scale, shift, tolerance):
    X, Y = arrays
    labels, model = np.arange(len(X)) % 3, getattr(engine, name)(**settings)
    near, far = clone(model).fit(X, Y, labels=labels), clone(model).fit(X * scale + shift, Y * scale - shift, labels=labels)
    np.testing.assert_allclose(far.canonical_correlations_, near.canonical_correlations_, rtol=tolerance)
    np.testing.assert_allclose(far.x_loadings_, near.x_loadings_, atol=100 * tolerance)
    if hasattr(model, "predict"):
        np.testing.assert_allclose(far.predict(X * scale + shift), near.predict(X) * scale - shift, rtol=100 * tolerance, atol=100 * tolerance * scale)


def test_a_weight_is_a_repetition(arrays):
    X, Y = arrays
    weights = np.random.default_rng(1).integers(0, 4, len(X))
    for model in (engine.CCA(k=3), engine.PLS(k=3), engine.GMA(k=2)):
        labels = np.arange(len(X)) % 3
        weighted = clone(model).fit(X, Y, labels=labels, sample_weight=weights)
        repeated = clone(model).fit(np.repeat(X, weights, 0), np.repeat(Y, weights, 0), labels=np.repeat(labels, weights))
        np.testing.assert_allclose(weighted.transform(X), repeated.transform(X), rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(weighted.x_loadings_, repeated.x_loadings_, atol=1e-8)
        np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), atol=1e-8)


def test_loadings_and_explained_variance(arrays):
    X, Y = arrays
    model = engine.CCA(k=4, regularisation=0.1).fit(X, Y)
    A, B = model.transform(X, Y)
    for loadings, rows, dimensions in ((model.x_loadings_, X, A), (model.y_loadings_, Y, B)):
        np.testing.assert_allclose(loadings, np.corrcoef(rows.T, dimensions.T)[: rows.shape[1], rows.shape[1] :], atol=1e-10)
    residual = X - LinearRegression().fit(A[:, :1], X).predict(A[:, :1])
    assert model.x_explained_variance_[0] == pytest.approx(1 - residual.var(0).sum() / X.var(0).sum(), abs=1e-10)
    np.testing.assert_allclose(model.canonical_correlations_, [np.corrcoef(a, b)[0, 1] for a, b in zip(A.T, B.T, strict=True)], atol=1e-10)


def test_the_other_view_is_predicted_and_embeddings_turned_back(arrays):
    X, Y = arrays
    model = engine.CCA(k=5, regularisation=0.0).fit(X, Y)
    A, B = model.transform(X, Y)
    np.testing.assert_allclose(model.predict(X), LinearRegression().fit(A, Y).predict(A), atol=1e-9)
    back_x, back_y = model.inverse_transform(A, B)
    np.testing.assert_allclose(back_x, LinearRegression().fit(A, X).predict(A), atol=1e-9)
    np.testing.assert_allclose(back_y, Y, atol=1e-9)  # five dimensions hold all of y
    with pytest.raises(ValueError, match="not linear"):
        engine.CCA(k=2, root_x=True).fit(X, Y).predict(X)


def test_the_tools_around_work(arrays):
    X, Y = arrays
    search = GridSearchCV(engine.CCA(), {"k": [1, 2, 3], "regularisation": [1e-3, 1e-1]}, cv=4).fit(X, Y)
    assert search.best_score_ > 0.4 and search.best_params_["k"] == 3
    assert cross_val_score(make_pipeline(StandardScaler(), engine.PLS(k=3)), X, Y, cv=3).shape == (3,)
    through = make_pipeline(StandardScaler(), engine.CCA(k=3), LinearRegression()).fit(X, Y)
    assert through.predict(X).shape == Y.shape and through.score(X, Y) > 0.5
    deep = engine.TwoBranch(k=3, hidden=8, epochs=2, batch_size=20, neighbours=1)
    assert np.isfinite(cross_val_score(deep, X, Y, cv=2)).all()
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.transform(X), search.best_estimator_.transform(X))


def test_frames_come_in_and_go_out(arrays):
    X, Y = (pd.DataFrame(rows, columns=[f"{name}{i}" for i in range(rows.shape[1])]) for rows, name in zip(arrays, "ab", strict=True))
    model = engine.CCA(k=2).set_output(transform="pandas").fit(X, Y)
    assert list(model.transform(X).columns) == ["cca0", "cca1"] and list(model.feature_names_in_) == list(X.columns)
    with pytest.raises(ValueError, match="feature names"):
        model.transform(X[X.columns[::-1]])


def test_fit_transform_score(arrays):
    X, Y = arrays
    model = engine.CCA(k=3, regularisation=1e-6).fit(X[:60], Y[:60])
    A, B = model.transform(X[60:], Y[60:])
    assert A.shape == B.shape == (20, 3) and model.score(X[60:], Y[60:]) > 0.5
    np.testing.assert_array_equal(model.transform(X[60:]), A)
    np.testing.assert_array_equal(model.transform_y(Y[60:]), B)
    assert model.scores(X[60:], Y[60:70]).shape == (20, 10)


def test_all_epochs_are_run_without_validation(arrays):
    X, Y = arrays
    settings = {"k": 3, "hidden_y": [8], "epochs": 3, "batch_size": 20}
    assert len(estimator("cca_layer", **settings).fit(X, Y).history_.epochs) == 3
    stopped = estimator("cca_layer", **settings).fit(X[:60], Y[:60], validation=(X[60:], Y[60:]))
    assert stopped.history_.best_epoch is not None and "mrr_x_to_y" in stopped.history_.epochs[0].validation


def test_pairwise_models_score_but_do_not_transform(arrays):
    X, Y = arrays
    model = estimator("drsl", k=4, hidden_x=[], hidden_y=[], relation=[8], epochs=1, batch_size=40).fit(X, Y)
    assert model.scores(X[:5], Y[:7]).shape == (5, 7) and not hasattr(model, "transform")


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda X, Y: (X, Y[:-1]), "inconsistent"), (lambda X, Y: (X * 1j, Y), "[Cc]omplex"), (lambda X, Y: (X, Y * 1j), "[Cc]omplex"),
        (lambda X, Y: (X.astype(str).astype(object) + "a", Y), "could not convert"), (lambda X, Y: (X, np.full(len(Y), "a")), "could not convert|compat"),
        (lambda X, Y: (X[:1], Y[:1]), "minimum of 2"), (lambda X, Y: (np.where(X > 2, np.nan, X), Y), "NaN"), (lambda X, Y: (X, None), "second view"),
        (lambda X, Y: (X, Y[:, 0]), "smaller view"), (lambda X, Y: (np.array(3.0), Y), "scalar|Singleton|Expected"),
    ],
)  # fmt: skip
def test_bad_rows_are_value_errors(arrays, spoil, match):
    with pytest.raises(ValueError, match=match):
        engine.CCA(k=2).fit(*spoil(*arrays))


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda X, Y: (X, Y[:-1]), "one row per pair"), (lambda X, Y: (X[:, :2], Y), r"rows of shape \(6,\), but now has \(2,\)"), (lambda X, Y: (X * np.nan, Y), "NaN"),
        (lambda X, Y: (X, Y * 1j), "[Cc]omplex"),
    ],
)  # fmt: skip
def test_bad_validation_pairs_are_value_errors(arrays, spoil, match):
    with pytest.raises(ValueError, match=match):
        engine.TwoBranch(k=2, hidden=4, epochs=1, batch_size=16).fit(*arrays, validation=spoil(*arrays))


def test_classes_may_have_names(arrays):
    X, Y = arrays
    numbers = np.arange(len(X)) % 3
    named = engine.GMA(k=2).fit(X, Y, labels=np.array(["ape", "bee", "cat"])[numbers])
    np.testing.assert_array_equal(named.transform(X), engine.GMA(k=2).fit(X, Y, labels=numbers).transform(X))


def test_mistakes_are_said(arrays):
    X, Y = arrays
    with pytest.raises(TypeError, match="no parameter 'depth'"):
        engine.CCA(depth=3)
    with pytest.raises(TwoviewError, match="no model called 'ccca'"):
        estimator("ccca")
    with pytest.raises(ValueError, match="not fitted"):
        engine.CCA(k=2).transform(X)
    with pytest.raises(ValueError, match="has to be like"):
        engine.CCA(k="two").fit(X, Y)
    with pytest.raises(ValueError, match="labels"):
        engine.GMA(k=2).fit(X, Y)
    with pytest.raises(ValueError, match="6 features"):
        engine.CCA(k=2).fit(X, Y).transform(Y)
    with pytest.raises(ValueError, match=r"y was fitted with rows of shape \(5,\)"):
        engine.CCA(k=2).fit(X, Y).transform_y(X)
    with pytest.raises(ValueError, match="one row per pair"):
        engine.CCA(k=2).fit(X, Y).score(X, Y[:-1])
    with pytest.raises(ValueError, match="more items than dimensions"):
        engine.CCA(k=2).fit(X, Y).components(X[:4], Y[:4])
    with pytest.raises(ValueError, match="inconsistent"):
        engine.GMA(k=2).fit(X, Y, labels=[0, 1])
    with pytest.raises(ValueError, match="whole numbers or names"):
        engine.GMA(k=2).fit(X, Y, labels=np.linspace(0, 1, len(X)))
    with pytest.raises(ValueError, match="positive weight"):
        engine.CCA(k=2).fit(X, Y, sample_weight=np.eye(len(X))[0])
    with pytest.raises(AttributeError):
        engine.Nothing  # noqa: B018
