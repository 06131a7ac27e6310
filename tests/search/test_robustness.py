"""The same pairs heard otherwise, chroma matching, and what a repeat costs."""

import io
from dataclasses import replace

import numpy as np
import pytest

from engine.checkpoints.storage import load as load_checkpoint
from engine.data import load, tunes
from engine.data.base import PairedData, View
from engine.data.music.otherwise import WAYS, Way, heard_otherwise, played
from engine.data.music.pairs import FRAMES
from engine.data.music.performance import Sounding
from engine.data.music.soundfonts import TICKS, open_soundfont, play_with, to_midi
from engine.data.music.spectrogram import BINS, frequencies
from engine.data.windows import Windows
from engine.errors import TwoviewError
from engine.models.identity import Identity
from engine.paths import PROJECT
from engine.search import chroma
from engine.search.robustness import measure_listening, read_listening, repeats

FOLDER = PROJECT / "checkpoints" / "tunes" / "cca_layer-short"
SOUNDING = Sounding(np.arange(3), np.array([0.25, 0.75, 1.25]), np.array([0.5, 0.5, 1.0]), ((60,), (62, 65), (62,)))


@pytest.fixture(scope="module")
def few() -> PairedData:
    """The first dozen test pairs: of some tunes."""
    pairs = load("tunes", "test_2000")
    return replace(pairs, x=pairs.x.take(np.arange(12)), y=pairs.y.take(np.arange(12)))


def test_what_is_played_as_in_training_is_what_ships(few):
    again = heard_otherwise(tunes.collection("test"), few, WAYS[0])
    assert again.y.ids == few.y.ids and np.array_equal(again.y.items[:], few.y.items[:])
    noisy = heard_otherwise(tunes.collection("test"), few, Way("noise", noise=10.0))
    assert np.mean(noisy.y.items[:] > 0) > 2 * np.mean(few.y.items[:] > 0)


def test_slower_lasts_longer_and_noise_is_as_loud_as_said():
    collection = tunes.collection("test")
    sounding, clean = played(collection, 3, WAYS[0])
    slower, _ = played(collection, 3, Way("slower", tempo=0.8))
    assert np.diff(slower.onsets).sum() == pytest.approx(np.diff(sounding.onsets).sum() / 0.8, rel=0.01)
    _, noisy = played(collection, 3, Way("noise", noise=10.0))
    assert 10 * np.log10(np.mean(clean**2) / np.mean((noisy - clean) ** 2)) == pytest.approx(10, abs=0.1)


def test_chroma_folds_octaves_and_finds_places(few):
    pure = np.zeros((BINS, FRAMES), np.uint8)
    for octave in (220.0, 440.0, 880.0):
        pure[np.abs(np.log2(frequencies() / octave)).argmin()] = 255
    (row,) = chroma.of_sounds(Windows(pure, np.array([0]), FRAMES)).reshape(1, 12, FRAMES)
    assert (row.argmax(axis=0) == 9).all() and np.linalg.norm(row) == pytest.approx(1)
    collection = tunes.collection("test")
    rows = np.array([few.x.ids.index(name) for name in few.x.ids])
    ids = {name: place for place, name in enumerate(load("tunes", "test").x.ids)}
    places = chroma.of_places(collection, np.array([ids[few.x.ids[row]] for row in rows]))
    assert ((places @ chroma.of_sounds(few.y.items).T).argmax(axis=1) == rows).mean() > 0.8


def test_a_repeat_is_no_error_and_costs_what_a_loop_counts():
    rng = np.random.default_rng(0)
    groups, moment_place = np.array([5, 5, 7, 8]), np.array([0, 0, 1, 2, 3, 3])
    x, y = rng.normal(size=(4, 3)).astype(np.float32), rng.normal(size=(6, 3)).astype(np.float32)
    pairs = PairedData("toy", "test", View("vector", x, list("abcd"), groups), View("vector", y, list("uvwxyz"), groups[moment_place]))
    found = repeats(Identity((3,), (3,)), pairs, moment_place)
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (x, y)]
    first = (unit[0] @ unit[1].T).argmax(axis=1)
    assert found.alike == np.mean([groups[moment_place[first[i]]] == groups[i] for i in range(4)])
    assert found.own == np.mean([moment_place[first[i]] == i for i in range(4)])
    assert found.best == pytest.approx((2 / 3 + 1 / 3 + 1 + 1) / 4) and found.share == 0.5


def test_midi_holds_every_note_at_its_time():
    mido = pytest.importorskip("mido", reason="MIDI needs requirements-music.txt")
    track = mido.MidiFile(file=io.BytesIO(to_midi(SOUNDING, 73))).tracks[0]
    clock, begun = 0, []
    for message in track:
        clock += message.time
        if message.type == "note_on" and message.velocity:
            begun.append((clock / 2 / TICKS, message.note))
    assert begun == [(0.25, 60), (0.75, 62), (0.75, 65), (1.25, 62)]


def test_what_is_no_soundfont_is_refused(tmp_path):
    pytest.importorskip("midirenderer", reason="soundfonts need requirements-music.txt")
    (tmp_path / "a.sf2").write_bytes(b"RIFF0000WAVE")
    with pytest.raises(TwoviewError, match="no soundfont"):
        open_soundfont(tmp_path / "a.sf2")
    with pytest.raises(TwoviewError, match="cannot be played"):
        play_with(b"RIFF\x04\x00\x00\x00sfbk", SOUNDING, "flute")


def test_the_kept_table_is_of_the_weights_that_ship():
    kept, card = read_listening(FOLDER), load_checkpoint(FOLDER).card
    assert kept is not None and kept.weights == card.model.weights_hash
    told = {(m.measure, m.direction): m.value for m in card.metrics}
    for metric in kept.heard[0].model:
        if metric.measure == "recall_at_1":
            assert metric.value == pytest.approx(told[metric.measure, metric.direction], abs=0.002)
    assert read_listening(PROJECT / "checkpoints" / "scenes" / "cca") is None


def test_models_of_pictures_are_refused():
    with pytest.raises(TwoviewError, match="no sounds in scores"):
        measure_listening(load_checkpoint(PROJECT / "checkpoints" / "scenes" / "cca"))
