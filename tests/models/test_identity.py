"""Identity ranks by the vectors themselves, and refuses two spaces."""

import numpy as np
import pytest
import torch

from engine.errors import TwoviewError
from engine.models import MODELS, settings_of
from engine.scoring import PairScores


@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_scores_are_numpys(similarity):
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(7, 5)).astype(np.float32), 9 * generator.normal(size=(11, 5)).astype(np.float32)
    cls = MODELS["identity"]
    model = cls((5,), (5,), settings_of(cls, {"similarity": similarity}))
    scores = np.concatenate([block.numpy() for _, block in PairScores(model, x, y).blocks("x_to_y")])
    scale = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(y, axis=1) if similarity == "cosine" else 1.0
    np.testing.assert_allclose(scores, x @ y.T / scale, rtol=1e-5, atol=1e-5)


def test_two_spaces_and_other_similarities_are_refused():
    cls = MODELS["identity"]
    with pytest.raises(TwoviewError, match="x has 5 numbers per item and y has 4"):
        cls((5,), (4,))
    with pytest.raises(TwoviewError, match="cosine or dot"):
        cls((5,), (5,), settings_of(cls, {"similarity": "euclidean"}))


def test_nothing_is_fitted():
    model = MODELS["identity"]((3,), (3,))
    model.fit_closed_form(torch.zeros(4, 3), torch.zeros(4, 3))
    assert not model.state_dict()
