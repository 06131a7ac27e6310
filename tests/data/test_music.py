"""Scores, how they are played and drawn, and pairs of what is seen and heard."""

import io
from fractions import Fraction

import numpy as np
import pytest

from engine.data import load, tunes
from engine.data.music import engraving
from engine.data.music.engraving import Engraving, Unengraved, engrave
from engine.data.music.instruments import INSTRUMENTS, RATE, play
from engine.data.music.mei import to_mei, written_duration
from engine.data.music.pairs import shown
from engine.data.music.performance import LEAD_IN, Manner, perform
from engine.data.music.score import Bar, Note, Pitch, Tune, key_alterations, moments, order_of_bars, places
from engine.data.music.spectrogram import FRAMES_A_SECOND, frequencies, spectrogram
from engine.data.recordings import open_recording
from engine.data.tunes.compose import compose
from engine.data.windows import Windows
from engine.errors import TwoviewError
from engine.training.batches import WindowTensor

C, E = Pitch(28), Pitch(30)


def tune(*bars: Bar, fifths: int = 0) -> Tune:
    return Tune("one", "One", fifths, (4, 4), 60.0, bars)


def bar(**signs) -> Bar:
    return Bar((Note(Fraction(2), (C,)), Note(Fraction(2), (E,))), **signs)


def test_pitches_and_keys():
    assert [Pitch(28).midi, Pitch(28, 1).midi, Pitch(33).midi, Pitch(35).midi] == [60, 61, 69, 72]
    assert key_alterations(2) == (1, 0, 0, 1, 0, 0, 0) and key_alterations(-2) == (0, 0, -1, 0, 0, 0, -1) and not any(key_alterations(0))


@pytest.mark.parametrize(
    ("bars", "order"),
    [
        ((bar(), bar()), [0, 1]),
        ((bar(), bar(closes=True), bar(opens=True), bar(closes=True)), [0, 1, 0, 1, 2, 3, 2, 3]),
        ((bar(), bar(ending=1, closes=True), bar(ending=2), bar()), [0, 1, 0, 2, 3]),
        ((bar(closes=True), bar(), bar(opens=True, closes=True), bar()), [0, 0, 1, 2, 2, 3]),
    ],
)
def test_repeats_are_played(bars, order):
    assert order_of_bars(bars) == order


def test_a_tie_is_one_place_that_lasts():
    tied = tune(Bar((Note(Fraction(4), (C,), tied=True),)), Bar((Note(Fraction(1), (C,)), Note(Fraction(3), (E,)))))
    assert [place.duration for place in places(tied)] == [5, 3]
    assert [(m.place, m.onset, m.duration) for m in moments(tied)] == [(0, 0, 5), (1, 5, 3)]
    assert '<tie startid="#p0" endid="#b1n0"/>' in to_mei(tied)


def test_accidentals_are_drawn_where_they_change_something():
    sharp = Note(Fraction(2), (Pitch(28, 1),))
    mei = to_mei(tune(Bar((sharp, sharp)), Bar((sharp, Note(Fraction(2), (C,))))))
    assert mei.count('accid="s"') == 2 and mei.count('accid="n"') == 1
    assert to_mei(tune(Bar((sharp, sharp)), fifths=2)).count('accid="s"') == 0


def test_durations_that_no_note_has_are_refused():
    assert written_duration(Fraction(3, 2)) == (4, 1)
    with pytest.raises(TwoviewError, match="cannot be written"):
        written_duration(Fraction(5))


def test_composed_tunes_fill_their_bars_and_differ():
    made = [compose(number) for number in range(30)]
    for one in made:
        length = Fraction(4 * one.metre[0], one.metre[1])
        assert all(sum(note.duration for note in each.notes) == length for each in one.bars)
        assert len(places(one)) >= 20 and to_mei(one)
    assert compose(3) == made[3] and len({one.bars for one in made}) == 30


@pytest.mark.parametrize("timbre", INSTRUMENTS)
def test_every_instrument_sounds_its_pitch(timbre):
    """The strongest bin around the fundamental's place is the fundamental's."""
    manner = Manner(timbre)
    performed = perform(tune(Bar((Note(Fraction(4), (Pitch(33),)),))), manner)  # 440 Hz
    heard = spectrogram(play(performed, manner))
    frame = round((LEAD_IN + 0.5) * FRAMES_A_SECOND)
    near = np.flatnonzero(np.abs(np.log2(frequencies() / 440)) < 0.4)
    assert abs(np.log2(frequencies()[near[heard[near, frame].argmax()]] / 440)) < 0.06


def test_an_engraving_marks_every_place_and_a_dead_process_costs_one_tune(monkeypatch, tmp_path):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path))
    good, bad = compose(0), compose(1)
    monkeypatch.setattr(engraving, "to_mei", lambda one: "<mei" if one is bad else to_mei(one))
    one, two = engrave([bad, good])
    assert isinstance(one, Unengraved) and isinstance(two, Engraving)
    assert len(two.columns) == len(places(good)) and (np.diff(two.columns) > 0).all()
    rows = two.staff[:, np.round(two.columns).astype(int)]
    assert (rows > 128).any(axis=0).all()  # there is ink at every head
    monkeypatch.setattr(engraving.engraver, "__file__", "/nothing/there")  # what is kept asks no process; what is new finds it dead
    assert isinstance(engrave([good])[0], Engraving)
    assert "ended itself" in engrave([compose(2)])[0].reason


def test_the_shipped_split_is_what_the_code_gives(monkeypatch, tmp_path):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path))
    collection = tunes.collection("test")
    staff = engrave([compose(5)])[0]
    assert isinstance(staff, Engraving)
    columns = collection.columns(5)
    assert np.array_equal(columns, np.round(staff.columns).astype(int))
    assert np.array_equal(collection.staff(5)[:, : staff.staff.shape[1]], staff.staff)


def test_pairs_belong_together_and_repeats_are_matches():
    data = load("tunes", "test")
    assert data.x.items.shape[1:] == (40, 100) and data.y.items.shape[1:] == (136, 100)
    assert len(data.y) > 1.5 * len(data.x) and set(data.y.groups) == set(data.x.groups)
    few = load("tunes", "test_2000")
    assert len(few.x) == len(few.y) == len(few.pairs) == 2000


def test_what_a_snippet_shows_is_its_notes():
    written = places(tune(bar(), bar(), bar()))
    columns = np.arange(6) * 40.0
    found = shown(written, columns)
    assert found[1] == found[3] != found[2]


def test_windows_are_cut_alike_by_numpy_and_torch():
    rng = np.random.default_rng(0)
    windows = Windows(rng.integers(0, 256, (5, 60), dtype=np.uint8), rng.integers(0, 50, 12), 10)
    brute = np.stack([windows.strip[:, s : s + 10] for s in windows.starts]) / np.float32(255)
    cut = WindowTensor.of(windows, "cpu")  # type: ignore[arg-type]
    assert np.allclose(windows[:], brute) and np.allclose(np.asarray(windows), brute) and np.allclose(cut[slice(None)], brute)
    assert np.allclose(windows.take(np.array([3, 1]))[:], brute[[3, 1]]) and np.allclose(windows[3], brute[3])


def test_recordings_of_any_rate_and_bad_ones():
    import soundfile

    def encoded(samples, rate, kind):
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, rate, format=kind)
        return buffer.getvalue()

    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)
    for kind in ("WAV", "FLAC", "OGG", "MP3"):
        samples = open_recording(encoded(np.stack([tone, tone], axis=1), 48_000, kind))
        assert abs(len(samples) / RATE - 1) < 0.06 and 0.4 < np.abs(samples).max() < 0.6
    for bad, why in ((b"no sound", "no recording"), (encoded(np.zeros(RATE), RATE, "WAV"), "silent"), (encoded(tone[:1000], RATE, "WAV"), "lasts")):
        with pytest.raises(TwoviewError, match=why):
            open_recording(bad)
