"""A tune as MEI (Music Encoding Initiative, version 5), which Verovio engraves: place i is the element whose id is ``p{i}``."""

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from xml.sax.saxutils import quoteattr

from engine.data.music.score import STEPS, Bar, Note, Pitch, Tune, key_alterations, struck
from engine.errors import TwoviewError

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<mei xmlns="http://www.music-encoding.org/ns/mei" meiversion="5.0"><music><body><mdiv><score>'
TAIL = "</section></score></mdiv></body></music></mei>"
ACCIDENTALS = {-2: "ff", -1: "f", 0: "n", 1: "s", 2: "x"}


def to_mei(tune: Tune) -> str:
    """Raises TwoviewError when a duration cannot be written as one note with at most two dots."""
    beats, unit = tune.metre
    signature = f"{abs(tune.fifths)}{'s' if tune.fifths > 0 else 'f'}" if tune.fifths else "0"
    head = (
        f'<scoreDef key.sig="{signature}" meter.count="{beats}" meter.unit="{unit}">'
        '<staffGrp><staffDef n="1" lines="5" clef.shape="G" clef.line="2"/></staffGrp></scoreDef><section>'
    )
    notes: list[list[tuple[Note, str, bool]]] = [[] for _ in tune.bars]
    place, ties, before = -1, [], ""
    for bar, position, note, continued in struck(tune):
        place += bool(note.pitches) and not continued
        name = f"b{bar}n{position}" if continued or not note.pitches else f"p{place}"
        if continued:
            ties.append((before, name))
        notes[bar].append((note, name, continued))
        before = name
    key = key_alterations(tune.fifths)
    bars = "".join(_bar(number, bar, notes[number], key, tune) for number, bar in enumerate(tune.bars))
    tied = "".join(f'<tie startid="#{a}" endid="#{b}"/>' for a, b in ties)
    last = bars.rfind("</measure>")
    return HEAD + head + bars[:last] + tied + bars[last:] + TAIL


def _bar(number: int, bar: Bar, notes: list[tuple[Note, str, bool]], key: tuple[int, ...], tune: Tune) -> str:
    shown: dict[int, int] = {}  # height → the alteration that the bar's accidentals gave it
    onset, written = Fraction(0), []
    for note, name, continued in notes:
        written.append((onset, note, _note(note, name, continued, key, shown)))
        onset += note.duration
    right = "rptend" if bar.closes else "end" if number == len(tune.bars) - 1 else ""
    ends = (' left="rptstart"' if bar.opens else "") + (f' right="{right}"' if right else "")
    measure = f'<measure n="{number + 1}"{ends}><staff n="1"><layer n="1">{"".join(_beamed(written, tune.metre))}</layer></staff></measure>'
    return f"<ending n={quoteattr(str(bar.ending))}>{measure}</ending>" if bar.ending else measure


def _note(note: Note, name: str, continued: bool, key: tuple[int, ...], shown: dict[int, int]) -> str:
    value, dots = written_duration(note.duration)
    length = f'dur="{value}"' + (f' dots="{dots}"' if dots else "")
    if not note.pitches:
        return f'<rest xml:id="{name}" {length}/>'
    heads = [_pitch(pitch, continued, key, shown) for pitch in note.pitches]
    if len(heads) == 1:
        return f'<note xml:id="{name}" {length} {heads[0]}/>'
    return f'<chord xml:id="{name}" {length}>{"".join(f"<note {head}/>" for head in heads)}</chord>'


def _pitch(pitch: Pitch, continued: bool, key: tuple[int, ...], shown: dict[int, int]) -> str:
    """Accidentals are drawn where the bar and the key say otherwise, and not on the second note of a tie."""
    octave, step = divmod(pitch.height, 7)
    sounding = f'pname="{STEPS[step]}" oct="{octave}"'
    if shown.get(pitch.height, key[step]) == pitch.alter or continued:
        return f'{sounding} accid.ges="{ACCIDENTALS[pitch.alter]}"'
    shown[pitch.height] = pitch.alter
    return f'{sounding} accid="{ACCIDENTALS[pitch.alter]}"'


@lru_cache(maxsize=256)
def written_duration(duration: Fraction) -> tuple[int, int]:
    """A duration in quarters as (1, 2, 4, 8, 16 or 32, dots). Raises TwoviewError when there is no such note."""
    for value in (1, 2, 4, 8, 16, 32):
        for dots in (0, 1, 2):
            if Fraction(4, value) * (2 - Fraction(1, 2**dots)) == duration:
                return value, dots
    raise TwoviewError(f"A note of {duration} quarters cannot be written as one note with dots.")


def _beamed(written: Iterable[tuple[Fraction, Note, str]], metre: tuple[int, int]) -> Iterable[str]:
    """Notes shorter than a quarter share a beam within a beat: a quarter, three eighths in compound metres, two quarters in 4/4."""
    beats, unit = metre
    beat = Fraction(3, 2) if unit == 8 and beats % 3 == 0 else Fraction(2) if (beats, unit) == (4, 4) else Fraction(1)
    group: list[str] = []
    number = None
    for onset, note, text in written:
        joins = note.duration < 1 and bool(note.pitches)
        if group and (not joins or onset // beat != number):
            yield _beam(group)
            group = []
        if joins:
            group.append(text)
            number = onset // beat
        else:
            yield text
    if group:
        yield _beam(group)


def _beam(group: list[str]) -> str:
    return f"<beam>{''.join(group)}</beam>" if len(group) > 1 else group[0]
