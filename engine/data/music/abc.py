"""Melodies in ABC notation (The abc music standard 2.1, 2011), as far as folk tunes' collections use it: notes, chords, rests, ties, dotted pairs,
repeats and endings. Chord names, ornaments, slurs and words are passed over. What cannot be engraved on one staff of one key and metre is refused.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

from engine.data.music.score import STEPS, Bar, Note, Pitch, Tune, key_alterations
from engine.errors import TwoviewError

FIELD = re.compile(r"^([A-Za-z]):(.*)$")
TOKEN = re.compile(
    r"""(?P<skipped>"[^"]*"|![^!]*!|\{[^}]*\}|%.*|[~.uvTHLMPSO)\\\s])
    |(?P<tuplet>\([2-9])|(?P<slur>\()
    |(?P<bar>:*\|+\]?:*|::|:\|?:*|\[\|)|(?P<ending>\[?[12](?=["\s\\\[A-Ga-gzx^_=(]|$))
    |(?P<chord>\[[^\]\[]*\])(?P<of_chord>\d*/*\d*)
    |(?P<sign>\^{1,2}|_{1,2}|=)?(?P<letter>[A-Ga-gzx])(?P<octave>[,']*)(?P<length>\d*/*\d*)
    |(?P<tie>-)|(?P<broken>[<>]+)""",
    re.VERBOSE,
)
ONE = re.compile(r"(\^{1,2}|_{1,2}|=)?([A-Ga-g])([,']*)(\d*/*\d*)")
KEYS = {"c": 0, "g": 1, "d": 2, "a": 3, "e": 4, "b": 5, "f": -1}
MODES = {"": 0, "maj": 0, "ion": 0, "m": -3, "min": -3, "aeo": -3, "dor": -2, "mix": -1, "lyd": 1, "phr": -4, "loc": -5}
SIGNS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}


def tunes_of(text: str) -> Iterator[tuple[int, str]]:
    """(reference number, text) of the tunes in a file: each begins with ``X:``."""
    starts = [match.start() for match in re.finditer(r"^X:", text, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        number = re.match(r"X:\s*(\d+)", text[start:end])
        if number:
            yield int(number[1]), text[start:end]


def read_abc(text: str, name: str, tempo: float) -> Tune:
    """One tune. ``tempo``: quarters a minute. Raises TwoviewError, with a sentence about the tune, when it cannot be read or written on one staff."""
    fields: dict[str, str] = {}
    music: list[str] = []
    for line in text.splitlines():
        field = FIELD.match(line)
        if field is None:
            music.append(line)
        elif "K" not in fields:
            fields.setdefault(field[1], field[2].split("%")[0].strip())
        elif field[1] in "KML" and field[2].split("%")[0].strip() != fields.get(field[1]):
            raise TwoviewError(f"It changes its {dict(K='key', M='metre', L='unit of length')[field[1]]} on the way.")
    if "K" not in fields:
        raise TwoviewError("It has no key (K:), with which an ABC tune's head ends.")
    metre = _metre(fields.get("M", "4/4"))
    unit = Fraction(fields["L"]) if "L" in fields else Fraction(1, 16) if Fraction(*metre) < Fraction(3, 4) else Fraction(1, 8)
    fifths = _fifths(fields["K"])
    bars = _Reader(key_alterations(fifths), 4 * unit).read("\n".join(music))
    if not bars:
        raise TwoviewError("It has no notes.")
    return Tune(name, fields.get("T", name), fifths, metre, tempo, bars)


def _metre(text: str) -> tuple[int, int]:
    text = {"C": "4/4", "C|": "2/2"}.get(text, text)
    if not re.fullmatch(r"\d{1,2}/(2|4|8|16)", text):
        raise TwoviewError(f"Its metre {text!r} is none that can be written.")
    beats, unit = text.split("/")
    return int(beats), int(unit)


def _fifths(text: str) -> int:
    found = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", text)
    mode = found[3].lower() if found else ""
    mode = mode if mode == "m" else mode[:3]
    if not found or mode not in MODES:
        raise TwoviewError(f"Its key {text!r} is none that is known here.")
    fifths = KEYS[found[1].lower()] + {"#": 7, "b": -7, "": 0}[found[2]] + MODES[mode]
    if abs(fifths) > 7:
        raise TwoviewError(f"Its key {text!r} needs more than seven signs.")
    return fifths


class _Reader:
    """Reads a tune's music, bar by bar. ``key``: alterations of the seven steps; ``unit``: in quarters."""

    def __init__(self, key: tuple[int, ...], unit: Fraction):
        self.key, self.unit = key, unit
        self.bars: list[Bar] = []
        self.notes: list[Note] = []
        self.altered: dict[int, int] = {}
        self.opens, self.ending, self.lengthen = False, 0, Fraction(1)

    def read(self, text: str) -> tuple[Bar, ...]:
        at = 0
        while at < len(text):
            found = TOKEN.match(text, at)
            if found is None:
                raise TwoviewError(f"Its notation has {text[at : at + 8]!r}, which is not read here.")
            self._take(found)
            at = found.end()
        self._end_bar(closes=False)
        return tuple(self.bars)

    def _take(self, found: re.Match) -> None:
        if found["tuplet"]:
            raise TwoviewError("It has triplets or other tuplets, which are not engraved here.")
        if found["bar"]:
            self._bar(found["bar"])
        elif found["ending"]:
            self.ending = int(found["ending"][-1])
        elif found["chord"]:
            notes = ONE.findall(found["chord"])
            if not notes:
                raise TwoviewError(f"Its notation has {found['chord']!r}, which is not read here.")
            pitches = {self._pitch(*one[:3]) for one in notes}
            self._add(_length(notes[0][3]) * _length(found["of_chord"]), tuple(sorted(pitches)))
        elif found["letter"]:
            rest = found["letter"] in "zx"
            self._add(_length(found["length"]), () if rest else (self._pitch(found["sign"] or "", found["letter"], found["octave"]),))
        elif found["tie"] and self.notes:
            last = self.notes[-1]
            self.notes[-1] = Note(last.duration, last.pitches, tied=bool(last.pitches))
        elif found["broken"] and self.notes:
            share = Fraction(1, 2 ** len(found["broken"]))
            first, self.lengthen = (2 - share, share) if found["broken"][0] == ">" else (share, 2 - share)
            last = self.notes[-1]
            self.notes[-1] = Note(last.duration * first, last.pitches, last.tied)

    def _add(self, length: Fraction, pitches: tuple[Pitch, ...]) -> None:
        self.notes.append(Note(length * self.unit * self.lengthen, pitches))
        self.lengthen = Fraction(1)

    def _pitch(self, sign: str, letter: str, octave: str) -> Pitch:
        step = STEPS.index(letter.lower())
        height = 7 * (4 + letter.islower() + octave.count("'") - octave.count(",")) + step
        if sign:
            self.altered[height] = SIGNS[sign]
        return Pitch(height, self.altered.get(height, self.key[step]))

    def _bar(self, sign: str) -> None:
        double = sign == "::"
        self._end_bar(closes=double or sign.startswith(":"))
        self.opens = self.opens or double or sign.endswith(":")
        if sign.startswith(":") or sign.endswith(":") or sign.startswith("||") or sign.endswith("]"):
            self.ending = 0

    def _end_bar(self, closes: bool) -> None:
        if self.notes:
            self.bars.append(Bar(tuple(self.notes), self.opens, closes, self.ending))
            self.opens = False
        elif closes and self.bars:
            last = self.bars[-1]
            self.bars[-1] = Bar(last.notes, last.opens, True, last.ending)
        self.notes, self.altered = [], {}


def _length(text: str) -> Fraction:
    """``3/2``, ``/`` (a half), ``//`` (a quarter), ``2``."""
    over, _, under = text.partition("/")
    if "/" not in text:
        return Fraction(int(over or 1))
    slashes = text.count("/")
    digits = under.replace("/", "")
    return Fraction(int(over or 1), int(digits) if digits else 2**slashes)
