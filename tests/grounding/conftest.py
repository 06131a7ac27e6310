import numpy as np
import pytest

from engine.data.base import View
from engine.data.regions import PhraseRegion
from engine.grounding.pairs import RegionPairs, Regions

PICTURES, PROPOSALS, D, E = 6, 12, 5, 4


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def data(rng):
    """Two entities in each picture, one with three phrases and one with one; a feature's first number says where it comes from."""
    truth = np.tile([[0.1, 0.1, 0.4, 0.4], [0.6, 0.6, 0.9, 0.9]], (PICTURES, 1))
    boxes = np.zeros((PICTURES, PROPOSALS, 4), np.float32)
    for row in range(PICTURES):
        for column in range(PROPOSALS):
            base = truth[column % 2] + rng.normal(0, 0.02 if column < 6 else 0.15, 4)
            low, high = np.minimum(base[:2], base[2:]), np.maximum(base[:2], base[2:])
            boxes[row, column] = np.clip([*low, *(high + 0.05)], 0, 1)
    features = rng.normal(size=(PICTURES, PROPOSALS, D)).astype(np.float16)
    picture = np.repeat(np.arange(PICTURES), 2)
    groups = np.concatenate([[2 * row] * 3 + [2 * row + 1] for row in range(PICTURES)])
    phrases = [PhraseRegion(0, int(picture[g]), 0, 1, "a", (int(g % 2),), ("thing",), tuple(truth[g] * 100)) for g in groups]
    x = View("vector", rng.normal(size=(2 * PICTURES, D)).astype(np.float16), [str(i) for i in range(2 * PICTURES)], np.arange(2 * PICTURES))
    y = View("vector", rng.normal(size=(len(groups), E)).astype(np.float32), [str(i) for i in range(len(groups))], groups)
    windows = np.tile([0.0, 0, 100, 100], (PICTURES, 1))
    return RegionPairs("made", "train", x, y, phrases=phrases, regions=Regions(boxes, features, x.items), picture=picture, truth=truth, windows=windows)
