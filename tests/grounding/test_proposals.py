"""Boxes on maps against numerical integration, and proposals of pictures where it is known what stands out."""

import numpy as np
import pytest
import torch

from engine.data.regions import overlaps
from engine.encoders import open_encoder
from engine.encoders.preprocessing import Preprocessing
from engine.encoders.regions import on_maps
from engine.errors import TwoviewError
from engine.grounding.pairs import pixels, shares
from engine.grounding.proposals import anchors, propose


def test_a_box_reads_the_mean_of_what_it_covers(rng):
    maps = rng.normal(size=(5, 7)).astype(np.float32)
    boxes = np.sort(rng.uniform(size=(20, 2, 2)), axis=1).reshape(20, 4)
    fine = np.kron(maps, np.ones((240, 240)))  # 1,200 × 1,680 points, each cell 240 wide
    rows, columns = (np.arange(size) + 0.5 for size in fine.shape)
    weights = on_maps(boxes, 5, 7).inside @ torch.from_numpy(maps).flatten()
    for (left, top, right, bottom), found in zip(boxes, weights, strict=True):
        y = (rows > top * 1200) & (rows < bottom * 1200)
        x = (columns > left * 1680) & (columns < right * 1680)
        assert float(found) == pytest.approx(fine[np.ix_(y, x)].mean(), abs=0.02)


def test_the_ring_is_what_is_around_a_box_and_not_in_it():
    maps = np.zeros((6, 6), np.float32)
    maps[2:4, 2:4] = 1
    box = np.array([[2, 2, 4, 4]]) / 6
    weights = on_maps(box, 6, 6)
    assert float(weights.inside[0] @ torch.from_numpy(maps).flatten()) == pytest.approx(1)
    assert float(weights.around[0] @ torch.from_numpy(maps).flatten()) == pytest.approx(0)
    assert float(weights.around.sum()) == pytest.approx(1)
    assert on_maps(np.array([[0, 0, 1, 1]]), 6, 6).around.sum() == 0  # nothing is around the whole


def test_what_stands_out_is_proposed_first():
    maps = torch.zeros(3, 14, 14)
    maps[:, 4:8, 6:10] = 1
    boxes = propose(maps, 50)
    assert overlaps(boxes[:1], np.array([[6, 4, 10, 8]]) / 14)[0, 0] >= 0.7
    assert boxes.shape == (50, 4) and (boxes[:, 2:] > boxes[:, :2]).all() and boxes.min() >= 0 and boxes.max() <= 1


def test_an_empty_picture_has_proposals_too():
    assert len(propose(torch.zeros(3, 14, 14))) == 200
    with pytest.raises(TwoviewError):
        propose(torch.zeros(3, 14, 14), 0)


def test_anchors_lie_in_the_square_and_leave_no_place_out():
    grid = anchors()
    assert grid.min() >= 0 and grid.max() <= 1 + 1e-9 and (grid[:, 2:] > grid[:, :2]).all()
    points = np.stack(np.meshgrid(*[np.linspace(0.01, 0.99, 25)] * 2), axis=-1).reshape(-1, 1, 2)
    assert ((points >= grid[:, :2]) & (points <= grid[:, 2:])).all(2).any(1).all()


@pytest.mark.parametrize("fit", ["squash", "shortest"])
@pytest.mark.parametrize("size", [(300, 200), (90, 160), (224, 224)])
def test_boxes_find_their_way_back_from_the_square(fit, size, rng):
    from PIL import Image

    preprocessing = Preprocessing(size=64, fit=fit, crop=0.875 if fit == "shortest" else 1.0, interpolation="nearest")
    window = preprocessing.window(size)
    across = np.tile(np.linspace(0, 255, size[0]), (size[1], 1)).astype(np.uint8)  # a picture whose brightness tells where one is
    square = np.asarray(preprocessing.square(Image.fromarray(across), 64), dtype=float)
    for place in (5, 32, 60):
        left = pixels(np.array([[place / 64, 0, place / 64, 1]]), window)[0, 0]
        assert square[30, place] / 255 * size[0] == pytest.approx(left, abs=4)
    inside = np.sort(rng.uniform(size=(5, 2, 2)), axis=1).reshape(5, 4)
    np.testing.assert_allclose(shares(pixels(inside, window), window), inside, atol=1e-9)


def test_region_features_are_those_of_the_box():
    encoder = open_encoder("regions:scenes-cnn")
    maps = torch.rand(384, 14, 14, generator=torch.Generator().manual_seed(0))
    features = encoder.of_maps(maps, np.array([[0, 0, 1, 1], [0, 0, 1 / 14, 1 / 14]]))
    torch.testing.assert_close(features[0, :384], maps.mean((1, 2)))
    torch.testing.assert_close(features[1, :384], maps[:, 0, 0])
    torch.testing.assert_close(features[1, -6:], torch.tensor([0, 0, 1 / 14, 1 / 14, 1 / 14, 1 / 14]))
    assert features.shape == (2, encoder.dim) and encoder.weights_hash == open_encoder("scenes-cnn").weights_hash


def test_regions_of_texts_are_a_sentence():
    with pytest.raises(TwoviewError, match="texts"):
        open_encoder("regions:minilm")
