"""Pictures that stand in a view several times, and rows of a gallery that is encoded already."""

import numpy as np
import pytest
import torch

from engine.data.base import View
from engine.encoders import cache


class Pictures(list):
    def encoded(self, index):
        return bytes([self[index]])


class Counting:
    id, weights_hash, kind, dim = "counting", "none", "image", 2

    def __init__(self):
        self.seen: list[int] = []

    def __call__(self, items):
        self.seen += items
        return torch.tensor([[item, item**2] for item in items], dtype=torch.float32)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path))


def view(values):
    return View("image", Pictures(values), [str(i) for i in range(len(values))], np.arange(len(values)))


def test_a_repeated_picture_is_encoded_once():
    encoder = Counting()
    values = [5, 3, 5, 9, 3, 3]
    np.testing.assert_array_equal(cache.encode_view(view(values), encoder), [[v, v * v] for v in values])
    assert encoder.seen == [5, 3, 9]


def test_rows_of_an_encoded_gallery_are_taken_from_it():
    encoder, gallery = Counting(), view([7, 1, 4, 8])
    cache.encode_view(gallery, encoder)
    rows = gallery.take(np.array([3, 3, 0])).take(np.array([0, 2]))
    np.testing.assert_array_equal(cache.encode_view(rows, encoder), [[8, 64], [7, 49]])
    assert encoder.seen == [7, 1, 4, 8]


def test_rows_of_a_gallery_that_was_never_encoded_are_encoded_alone():
    encoder = Counting()
    cache.encode_view(view([7, 1, 4, 8]).take(np.array([2, 2])), encoder)
    assert encoder.seen == [4]
