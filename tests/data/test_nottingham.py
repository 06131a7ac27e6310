"""ABC melodies, and the reader of the public repository's layout on a small collection of our own making."""

import json
from fractions import Fraction

import numpy as np
import pytest

from engine.data import find, load, nottingham
from engine.data.music import engraving
from engine.data.music.abc import read_abc, tunes_of
from engine.data.music.mei import to_mei
from engine.data.music.score import moments, places
from engine.data.windows import Windows
from engine.errors import TwoviewError

HEAD = "X: {}\nT:{}\n% ours\nM:{}\nL:1/8\nR:Jig\nK:{}\n"


def midi(text: str, key: str = "C", metre: str = "4/4") -> list[list[int]]:
    tune = read_abc(HEAD.format(1, "One", metre, key) + text, "one", 120.0)
    written = places(tune)
    return [[pitch.midi for pitch in written[moment.place].pitches] for moment in moments(tune)]


def test_pitches_octaves_keys_and_accidentals_until_the_bar_ends():
    assert midi("CDEF GABc|c'C,z4 [CEG]4|") == [[60], [62], [64], [65], [67], [69], [71], [72], [84], [48], [60, 64, 67]]
    assert midi("F2 f2 F=F F2|F8|", "D") == [[66], [78], [66], [65], [65], [66]]
    assert midi("_B2 B2 ^c2 c2|B4 c4|") == [[70], [70], [73], [73], [71], [72]]
    assert midi("B8|", "Ador") == [[71]] and midi("F8|", "Ador") == [[66]] and midi("B8|", "Gm") == [[70]]


def test_lengths_dots_ties_and_what_is_passed_over():
    tune = read_abc(HEAD.format(1, "One", "4/4", "C") + '"Am"A>B c/2d/2 ~e2 !trill!f2\\\n{g}a|(A2 B2-) B4|', "one", 120.0)
    assert [place.duration for place in places(tune)] == [Fraction(3, 4), Fraction(1, 4), Fraction(1, 4), Fraction(1, 4), 1, 1, Fraction(1, 2), 1, 3]
    assert to_mei(tune).count("<measure") == 2
    short = read_abc("X:1\nM:2/4\nK:C\nC2", "short", 120.0)  # in short metres the unit is a sixteenth
    assert [place.duration for place in places(short)] == [Fraction(1, 2)] and short.title == "short"


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("C8|:D8|E8:|F8|]", "C D E D E F"),
        ("|:C8|[1 D8:|[2 E8||F8|", "C D C E F"),
        ("C8|D8::E8|F8:|", "C D C D E F E F"),
        ("C8|:D8:||:E8:|", "C D D E E"),
    ],
)
def test_repeats_and_endings(text, heard):
    names = {60: "C", 62: "D", 64: "E", 65: "F"}
    assert " ".join(names[pitch] for (pitch,) in midi(text)) == heard


@pytest.mark.parametrize(
    ("text", "why"),
    [("(3CDE F2|", "triplets"), ("C8|\nK:G\nD8|", "changes its key"), ("C8|\nM:3/4\nD6|", "changes its metre"), ("C8|$|", "not read"), ("", "no notes")],
)
def test_what_cannot_be_engraved_is_refused_with_a_reason(text, why):
    with pytest.raises(TwoviewError, match=why):
        midi(text)


@pytest.mark.parametrize(("key", "metre", "why"), [("H", "4/4", "key"), ("G#", "4/4", "seven signs"), ("C", "x", "metre")])
def test_heads_that_are_none(key, metre, why):
    with pytest.raises(TwoviewError, match=why):
        midi("C8|", key, metre)


def test_a_file_holds_many_tunes():
    text = "% of ours\n\n" + HEAD.format(7, "Seven", "4/4", "C") + "C8|\n\n" + HEAD.format(12, "Twelve", "3/4", "G") + "D6|\n"
    assert [number for number, _ in tunes_of(text)] == [7, 12] and read_abc(dict(tunes_of(text))[12], "b", 120.0).metre == (3, 4)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Eighty tunes by chance in two files, two of them with triplets, in the repository's layout."""
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TWOVIEW_DATA", str(tmp_path))
    rng = np.random.default_rng(0)
    (tmp_path / "nottingham" / "ABC_cleaned").mkdir(parents=True)
    for file in ("jigs", "reels"):
        written = []
        for number in range(1, 41):
            bars = ["".join(rng.choice(list("CDEFGABcde"), 6)) for _ in range(6)]
            music = "(3CDE|" if number == 5 else f"|:{'|'.join(bars)}:|"
            written.append(HEAD.format(number, f"Tune {number}", "6/8", "G") + music + "\n\n")
        (tmp_path / "nottingham" / "ABC_cleaned" / f"{file}.abc").write_text("\n".join(written), encoding="utf-8")
    return tmp_path


def test_the_layout_is_read_into_pairs_and_a_crash_costs_one_tune(root, monkeypatch):
    """The engraving program is replaced by one that dies on a tune, as Verovio does on some."""
    names = [f"{file}{number}" for file in ("jigs", "reels") for number in range(1, 41)]
    mine = [name for name in names if nottingham.split_of(name) == "test" and not name.endswith("s5")]
    assert len(mine) >= 3, "by their names"
    ask = engraving._Process.ask

    def dying(self, one):
        if one.tune == mine[1]:
            ask(self, one)  # it is running
            self.process.kill()
            self.process.wait()
        return ask(self, one)

    monkeypatch.setattr(engraving._Process, "ask", dying)
    collection = nottingham.collection("test")
    assert collection.music.names == tuple(name for name in mine if name != mine[1])
    assert dict(collection.music.left_out)[mine[1]] == "the engraving program ended itself on it"
    assert all("triplets" in why for name, why in collection.music.left_out if name != mine[1])
    pairs = load("nottingham", "test", root)
    assert isinstance(pairs.x.items, Windows) and pairs.x.items.shape[1:] == (40, 100) and pairs.y.items.shape[1:] == (136, 100)
    assert len(pairs.x) == 36 * (len(mine) - 1) and len(pairs.y) == 2 * len(pairs.x), "every repeat is played"
    assert len(load("nottingham", "test_2000", root).x) <= len(pairs.x)
    assert collection.music.titles[0].startswith("Tune ") and collection.played(0).size
    assert json.dumps(collection.music.left_out)


def test_what_is_missing_or_empty_is_told(tmp_path):
    assert find("nottingham").missing(tmp_path) == ["nottingham/ABC_cleaned"]
    (tmp_path / "nottingham" / "ABC_cleaned").mkdir(parents=True)
    with pytest.raises(TwoviewError, match="No tune"):
        nottingham.read("test", tmp_path)


def test_splits_share_no_tune_and_keep_their_sizes():
    names = [f"jigs{number}" for number in range(340)]
    counts = {split: sum(nottingham.split_of(name) == split for name in names) for split in nottingham.BASES}
    assert sum(counts.values()) == 340 and 20 <= counts["test"] <= 50 and 20 <= counts["validation"] <= 50
