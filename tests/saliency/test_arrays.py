"""Maps on arrays that networks read from their pixels, by the shipped checkpoint of the tunes."""

import numpy as np
import pytest
import torch

from engine.checkpoints.storage import load as load_checkpoint
from engine.data import load
from engine.errors import TwoviewError
from engine.paths import PROJECT
from engine.saliency.arrays import array_maps
from engine.saliency.scores import similarity

BAND = 10  # rows or columns of an array that are taken away at once


@pytest.fixture(scope="module")
def model():
    return load_checkpoint(PROJECT / "checkpoints" / "tunes" / "cca_layer-short").model


@torch.no_grad()
def score(model, x, y) -> float:
    return float(similarity(model)(torch.tensor(x)[None], torch.tensor(y)[None]))


def test_what_is_lit_matters_more_than_what_is_dark(model):
    """Taken away, the brightest tenth of either side lowers the score more than the darkest."""
    data = load("tunes", "test_2000")
    gains = []
    for row in range(0, 300, 30):
        x, y = data.x.items[row], data.y.items[row]
        seen, heard = array_maps(model, x, y)
        assert seen.shape == x.shape and heard.shape == y.shape and seen.min() >= 0 and heard.max() > 0
        whole = score(model, x, y)
        for array, light, side in ((x, seen, "x"), (y, heard, "y")):
            sums = [light[:, at : at + BAND].sum() for at in range(0, array.shape[1], BAND)]
            lost = []
            for band in (int(np.argmax(sums)), int(np.argmin(sums))):
                less = array.copy()
                less[:, band * BAND : (band + 1) * BAND] = np.median(array, axis=1, keepdims=True)
                lost.append(whole - (score(model, less, y) if side == "x" else score(model, x, less)))
            gains.append(lost[0] - lost[1])
    assert np.mean(gains) > 0.02 and np.mean(np.array(gains) > 0) > 0.6


def test_the_model_is_left_as_it_was(model):
    data = load("tunes", "test_2000")
    before = score(model, data.x.items[0], data.y.items[0])
    array_maps(model, data.x.items[0], data.y.items[0])
    assert score(model, data.x.items[0], data.y.items[0]) == before and not any(module._forward_hooks for module in model.modules())


def test_models_of_features_are_refused():
    with pytest.raises(TwoviewError, match="features"):
        array_maps(load_checkpoint(PROJECT / "checkpoints" / "scenes" / "cca_layer").model, np.zeros((40, 100)), np.zeros((136, 100)))
