"""The estimators: arrays in, arrays out, for every kind of model."""

import numpy as np
import pytest
import torch

import engine
from engine.errors import TwoviewError
from engine.estimators import TwoView

torch.set_num_threads(1)


@pytest.fixture
def arrays():
    generator = np.random.default_rng(0)
    latent = generator.normal(size=(80, 3))
    return latent @ generator.normal(size=(3, 6)), latent @ generator.normal(size=(3, 5))


def test_fit_transform_score(arrays):
    X, Y = arrays
    model = engine.CCA(k=3, regularisation=1e-6).fit(X[:60], Y[:60])
    A, B = model.transform(X[60:], Y[60:])
    assert A.shape == B.shape == (20, 3) and model.score(X[60:], Y[60:]) > 0.95
    np.testing.assert_array_equal(model.transform(X[60:]), A)
    np.testing.assert_array_equal(model.transform(Y=Y[60:]), B)
    assert (model.scores(X[60:], Y[60:70]).argmax(0) == np.arange(10)).all()


def test_all_epochs_are_run_without_validation(arrays):
    X, Y = arrays
    settings = {"k": 3, "hidden_y": [8], "epochs": 3, "batch_size": 20}
    assert len(TwoView("cca_layer", **settings).fit(X, Y).history_.epochs) == 3
    stopped = TwoView("cca_layer", **settings).fit(X[:60], Y[:60], validation=(X[60:], Y[60:]))
    assert stopped.history_.best_epoch is not None and "mrr_x_to_y" in stopped.history_.epochs[0].validation


def test_pairwise_models_score_but_do_not_transform(arrays):
    X, Y = arrays
    model = TwoView("drsl", k=4, hidden_x=[], hidden_y=[], relation=[8], epochs=1, batch_size=40).fit(X, Y)
    assert model.scores(X[:5], Y[:7]).shape == (5, 7)
    with pytest.raises(TwoviewError, match="no embeddings"):
        model.transform(X)


def test_parameters_can_be_read_and_set():
    model = engine.CCALayer(k=8, epochs=2)
    assert model.get_params() == {"model": "cca_layer", "seed": 0, "device": "cpu", "k": 8, "epochs": 2}
    assert TwoView(**model.get_params()).set_params(k=4, seed=1).get_params()["k"] == 4


def test_mistakes_are_said(arrays):
    X, Y = arrays
    with pytest.raises(TwoviewError, match="have no 'depth'"):
        engine.CCA(depth=3)
    with pytest.raises(TwoviewError, match="Call fit"):
        engine.CCA(k=2).transform(X)
    with pytest.raises(TwoviewError, match="80 rows, y has 79"):
        engine.CCA(k=2).fit(X, Y[:-1])
    broken = X.copy()
    broken[7, 2] = np.nan
    with pytest.raises(TwoviewError, match="1 rows, the first is row 7"):
        engine.CCA(k=2).fit(broken, Y)
    with pytest.raises(TwoviewError, match="labels"):
        engine.GMA(k=2).fit(X, Y)
    with pytest.raises(TwoviewError, match=r"rows of shape \(6,\), but now has \(5,\)"):
        engine.CCA(k=2).fit(X, Y).transform(Y)
    with pytest.raises(AttributeError):
        engine.Nothing  # noqa: B018
