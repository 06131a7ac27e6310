"""Kept features: found again by content, gone on with after a kill, and never mixed up."""

import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from engine.data.base import PairedData, View
from engine.encoders import cache, fit
from engine.encoders.cache import encode_pairs, encode_view, features_file, ship
from engine.errors import TwoviewError
from engine.paths import PROJECT


class Letters:
    """Counts the letters a and b, and the sentences it was asked for."""

    id, weights_hash, kind, dim = "letters", "1", "text", 2

    def __init__(self):
        self.seen = []

    def __call__(self, items):
        self.seen += items
        return torch.tensor([[item.count("a"), item.count("b")] for item in items], dtype=torch.float32)


def texts(sentences):
    return View("text", list(sentences), [str(i) for i in range(len(sentences))], np.arange(len(sentences)))


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))


SENTENCES = ["aab", "b", "aab", "", "abab", "b"]


def test_each_sentence_is_encoded_once_and_never_again():
    encoder, told = Letters(), []
    features = encode_view(texts(SENTENCES), encoder, lambda *values: told.append(values))
    np.testing.assert_array_equal(features, [[2, 1], [0, 1], [2, 1], [0, 0], [2, 2], [0, 1]])
    assert features.dtype == np.float32 and isinstance(features, np.memmap)
    assert sorted(encoder.seen) == ["", "aab", "abab", "b"] and told[-1] == (4, 4, "Encoding with letters")
    encode_view(texts(SENTENCES), encoder)
    assert len(encoder.seen) == 4


def test_other_content_encoder_or_weights_are_other_features():
    files = {
        features_file(texts(sentences), id, weights)
        for sentences in (SENTENCES, SENTENCES[::-1], [*SENTENCES, ""])
        for id in ("letters", "words")
        for weights in ("1", "2")
    }
    assert len(files) == 12
    assert features_file(texts(list(SENTENCES)), "letters", "1") in files


def test_shipped_features_come_first(tmp_path, monkeypatch):
    data = PairedData("own", "train", texts([f"a dog {i % 3}" for i in range(20)]), texts(["a dog"] * 20))
    id = fit("tfidf", data.x)
    exact = encode_pairs(data, id, id)
    files = ship(data, id, id)
    assert {file.parent for file in files} == {tmp_path / "checkpoints" / "own" / "features"}
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "another machine"))
    monkeypatch.setattr(cache, "open_encoder", lambda *_: pytest.fail("opened"))
    shipped = encode_pairs(data, id, id)
    assert shipped.x.items.dtype == np.float32
    np.testing.assert_allclose(shipped.x.items, exact.x.items, atol=1e-3)
    files[0].write_bytes(b"no features")
    with pytest.raises(TwoviewError, match="Delete the file"):
        encode_pairs(data, id, id)


def test_a_broken_off_run_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(cache, "BATCH", {"text": 1})
    encoder = Letters()

    def stop(done, total, what):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_view(texts(SENTENCES), encoder, stop)
    partial = next(features_file(texts(SENTENCES), "letters", "1").parent.glob("*.partial"))
    partial.write_bytes(partial.read_bytes() + b"torn")  # the beginning of a row
    features = encode_view(texts(SENTENCES), encoder)
    np.testing.assert_array_equal(features, encode_view(texts(SENTENCES), Letters()))
    assert len(encoder.seen) == 4 and features[4].tolist() == [2, 2]
    assert not list(partial.parent.glob("*.partial"))


KILLED = """
import sys
from engine.encoders import cache
from tests.encoders.test_cache import Letters, texts
class Stuck(Letters):
    def __call__(self, items):
        if len(self.seen) == 50:
            print("stuck", flush=True)
            sys.stdin.read()
        return super().__call__(items)
cache.BATCH = {"text": 10}
cache.encode_view(texts(["a" * i for i in range(100)]), Stuck())
"""


def test_a_killed_process_leaves_whole_rows():
    with subprocess.Popen([sys.executable, "-c", KILLED], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"stuck\n"
        process.send_signal(signal.SIGKILL)
    view, encoder = texts(["a" * i for i in range(100)]), Letters()
    assert not features_file(view, "letters", "1").is_file()
    np.testing.assert_array_equal(encode_view(view, encoder)[:, 0], np.arange(100))
    assert len(encoder.seen) == 50


def test_pairs_keep_everything_but_their_items(tmp_path):
    sentences = [f"a dog {i % 3}" for i in range(20)]
    vectors = View("vector", np.ones((20, 3), dtype=np.float32), [str(i) for i in range(20)], np.arange(20))
    data = PairedData("own", "train", vectors, texts(sentences))
    id = fit("tfidf", data.y)
    encoded = encode_pairs(data, None, id)
    assert encoded.x is vectors and encoded.y.kind == "vector" and encoded.y.items.shape == (20, 5)
    assert encoded.y.ids == data.y.ids and encoded.split == "train"


def test_features_are_found_without_opening_the_encoder(monkeypatch):
    data = PairedData("own", "train", texts(["a dog"] * 6), texts(["a dog"] * 6))
    id = fit("tfidf", data.x)
    encode_pairs(data, id, id)
    monkeypatch.setattr(cache, "open_encoder", lambda *_: pytest.fail("opened"))
    assert encode_pairs(data, id, id).x.items.shape == (6, 2)


def test_what_is_said_when_view_and_encoder_do_not_fit():
    class Broken(Letters):
        def __call__(self, items):
            return torch.full((len(items), 2), torch.nan)

    data = PairedData("own", "train", texts(["a dog"]), texts(["a dog"]))
    with pytest.raises(TwoviewError, match="needs an encoder"):
        encode_pairs(data, None, None)
    with pytest.raises(TwoviewError, match="encodes image items"):
        images = Letters()
        images.kind = "image"
        encode_view(data.x, images)
    with pytest.raises(TwoviewError, match=r"not finite.*from 0 on"):
        encode_view(data.x, Broken())
