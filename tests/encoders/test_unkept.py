"""Features that are kept nowhere, and whether any may be kept."""

import numpy as np
import pytest

from engine.data.base import View
from engine.encoders import open_encoder
from engine.encoders.cache import encode_view
from engine.encoders.unkept import encode_once, may_be_kept
from engine.errors import TwoviewError

TEXTS = ["a dog runs along the beach", "a cat", "two children, and a ball, and a dog, in the snow", "a cat"]


@pytest.fixture
def sentences(monkeypatch, tmp_path):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    return View("text", TEXTS, [str(row) for row in range(len(TEXTS))], np.arange(len(TEXTS)))


def test_they_are_those_that_would_be_kept(sentences, tmp_path):
    encoder, told = open_encoder("minilm"), []
    once = encode_once(sentences, encoder, lambda *progress: told.append(progress[:2]))
    assert told[-1] == (4, 4) and not (tmp_path / "cache" / "features").exists()
    np.testing.assert_allclose(once, encode_view(sentences, encoder), atol=1e-6)


def test_none_may_be_kept_where_no_file_has_as_many_rows(sentences, tmp_path):
    assert not may_be_kept(sentences)
    encode_view(sentences, open_encoder("minilm"))
    (tmp_path / "cache" / "features" / "damaged.npy").write_bytes(b"damaged")
    assert may_be_kept(sentences) and not may_be_kept(sentences.take(np.arange(3)))


def test_an_encoder_of_another_kind_is_named(sentences):
    with pytest.raises(TwoviewError, match="encodes image items, this view holds text items"):
        encode_once(sentences, open_encoder("scenes-cnn"))
