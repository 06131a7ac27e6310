"""Placing by neighbours: points of the map go where they are, new ones among their kind, and most of a large map is as faithful as a whole layout."""

import numpy as np
import pytest

from engine.errors import TwoviewError
from engine.spaces.layouts import umap_layout
from engine.spaces.measures import trustworthiness
from engine.spaces.placing import large_layout, placed


@pytest.fixture(scope="module")
def kinds():
    """Points of 6 kinds in 20 dimensions, (1200, 20), and their kinds."""
    generator = np.random.default_rng(0)
    kind = generator.integers(6, size=1200)
    return (4 * generator.normal(size=(6, 20))[kind] + generator.normal(size=(1200, 20))).astype(np.float32), kind


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_a_point_of_the_map_goes_to_its_place(kinds, metric):
    points, _ = kinds
    places = np.random.default_rng(1).normal(size=(len(points), 2)).astype(np.float32)
    np.testing.assert_allclose(placed(points[:50], points, places, metric), places[:50], atol=1e-6)


def test_a_point_between_two_far_parts_goes_to_one_of_them():
    """Six neighbours lie in one part of the map, four in another: nobody is placed where nobody is."""
    anchors = np.random.default_rng(0).normal(scale=0.01, size=(10, 3)).astype(np.float32) + 1
    places = np.array([[0, 0]] * 6 + [[100, 0]] * 4, np.float32)
    x = placed(np.ones((1, 3), np.float32), anchors, places, "euclidean")[0, 0]
    assert x < 1 or x > 99


def test_most_of_a_large_map_is_as_faithful_as_the_whole_layout(kinds):
    points, kind = kinds
    layout, rows = large_layout(points, sample=400)
    assert len(rows) == 400 and layout.shape == (1200, 2) and np.isfinite(layout).all()
    whole = trustworthiness(points, umap_layout(points)).mean()
    assert trustworthiness(points, layout).mean() > whole - 0.03
    rest = np.setdiff1d(np.arange(1200), rows)
    centres = np.array([layout[rows][kind[rows] == k].mean(axis=0) for k in range(6)])
    nearest = np.linalg.norm(layout[rest][:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == kind[rest]).mean() > 0.97


def test_a_small_map_is_laid_out_whole_and_the_seed_decides(kinds):
    points, _ = kinds
    layout, rows = large_layout(points[:60], seed=3)
    np.testing.assert_array_equal(rows, np.arange(60))
    np.testing.assert_array_equal(layout, umap_layout(points[:60], 3))
    again, other = large_layout(points, seed=3, sample=100), large_layout(points, seed=4, sample=100)
    np.testing.assert_array_equal(again[0], large_layout(points, seed=3, sample=100)[0])
    assert not np.array_equal(again[1], other[1])


def test_points_of_another_space_are_refused(kinds):
    points, _ = kinds
    with pytest.raises(TwoviewError, match="same space"):
        placed(points[:, :5], points, points[:, :2])
