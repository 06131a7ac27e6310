"""Masks against brute force: a point-in-polygon test per pixel, run lengths written out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.masks import polygon_mask, run_length_mask
from engine.errors import TwoviewError

coordinate = st.integers(-20, 120).map(lambda v: v / 10)


def even_odd(polygon: list[float], height: int, width: int) -> np.ndarray:
    """Each pixel's centre, by counting the edges that a ray to the left crosses."""
    points = np.reshape(polygon, (-1, 2))
    mask = np.zeros((height, width), dtype=bool)
    for row in range(height):
        for column in range(width):
            x, y = column + 0.5, row + 0.5
            for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
                if (y0 <= y) != (y1 <= y) and x0 + (y - y0) * (x1 - x0) / (y1 - y0) <= x:
                    mask[row, column] ^= True
    return mask


@settings(max_examples=50, deadline=None)
@given(st.lists(coordinate, min_size=6, max_size=16).filter(lambda p: len(p) % 2 == 0))
def test_polygon_equals_counting_crossings(polygon):
    assert np.array_equal(polygon_mask([polygon], 9, 10), even_odd(polygon, 9, 10))


def test_polygons_unite_and_a_bridge_covers_nothing():
    square, other = [0, 0, 3, 0, 3, 3, 0, 3], [2, 2, 5, 2, 5, 5, 2, 5]
    mask = polygon_mask([square, other], 6, 6)
    assert mask.sum() == 9 + 9 - 1
    bridged = [0, 0, 2, 0, 2, 1.6, 4, 1.6, 4, 0, 6, 0, 6, 2, 4, 2, 4, 1.6, 2, 1.6, 2, 2, 0, 2]
    assert polygon_mask([bridged], 2, 6).tolist() == [[True, True, False, False, True, True]] * 2


def compressed(runs: list[int]) -> str:
    """COCO's string, written from its description."""
    text = ""
    for position, run in enumerate(runs):
        value = run - runs[position - 2] if position > 2 else run
        more = True
        while more:
            bits = value & 31
            value >>= 5
            more = not (value == 0 and not bits & 16) and not (value == -1 and bits & 16)
            text += chr(48 + bits + 32 * more)
    return text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=30).filter(sum), st.integers(1, 12))
def test_run_lengths_compressed_or_not(runs, width):
    runs[-1] += -sum(runs) % width
    height = sum(runs) // width
    flat = [bit for position, run in enumerate(runs) for bit in [position % 2 == 1] * run]
    expected = np.reshape(flat, (width, height)).T
    for counts in (runs, compressed(runs), compressed(runs).encode()):
        assert np.array_equal(run_length_mask(counts, height, width), expected)


def test_known_string():
    """As pycocotools writes the 2 × 3 mask [[0, 1, 1], [0, 0, 1]]: runs 2, 1, 1, 2."""
    assert run_length_mask("2111", 2, 3).tolist() == [[False, True, True], [False, False, True]]


@pytest.mark.parametrize("counts", ["", "é", "~~~", [3], [-1, 7], [2.5, 3.5], [10**9]])
def test_wrong_run_lengths_are_explained(counts):
    with pytest.raises(TwoviewError):
        run_length_mask(counts, 2, 3)


@pytest.mark.parametrize("polygon", [[], [1, 2, 3, 4], [0, 0, 1, 1, 2], [0, 0, 1, float("nan"), 2, 2]])
def test_wrong_polygons_are_explained(polygon):
    with pytest.raises(TwoviewError):
        polygon_mask([polygon], 4, 4)


def test_huge_masks_are_refused():
    with pytest.raises(TwoviewError, match="million"):
        polygon_mask([], 10**6, 10**6)
