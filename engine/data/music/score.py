"""A melody as it is written: bars of notes, chords and rests, with repeats; and as it is played: moments in time.

Times are fractions of a quarter note. A *place* is a note or chord that is struck, numbered in the order of the page; a note
that a tie leads to is no place of its own, for nothing is struck there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

STEPS = "cdefgab"
SEMITONES = (0, 2, 4, 5, 7, 9, 11)
SHARPS = (3, 0, 4, 1, 5, 2, 6)  # steps in the order in which key signatures sharpen them; flats the other way round
MAJOR = {-7: "C♭", -6: "G♭", -5: "D♭", -4: "A♭", -3: "E♭", -2: "B♭", -1: "F", 0: "C", 1: "G", 2: "D", 3: "A", 4: "E", 5: "B", 6: "F♯", 7: "C♯"}
MINOR = {-7: "A♭", -6: "E♭", -5: "B♭", -4: "F", -3: "C", -2: "G", -1: "D", 0: "A", 1: "E", 2: "B", 3: "F♯", 4: "C♯", 5: "G♯", 6: "D♯", 7: "A♯"}


def key_alterations(fifths: int) -> tuple[int, ...]:
    """How a key signature of so many sharps (flats below 0) alters each of the seven steps from c on: −1, 0 or 1."""
    altered = SHARPS[:fifths] if fifths >= 0 else SHARPS[fifths:]
    return tuple((1 if fifths > 0 else -1) if step in altered else 0 for step in range(7))


@dataclass(frozen=True, order=True)
class Pitch:
    """``height``: 7 · octave + step (c = 0), the place on the staff; middle c is 28. ``alter``: in semitones."""

    height: int
    alter: int = 0

    @property
    def midi(self) -> int:
        octave, step = divmod(self.height, 7)
        return 12 * (octave + 1) + SEMITONES[step] + self.alter


@dataclass(frozen=True)
class Note:
    """One written duration. ``pitches``: none is a rest, several a chord. ``tied``: held into the next note of the same pitches."""

    duration: Fraction
    pitches: tuple[Pitch, ...] = ()
    tied: bool = False


@dataclass(frozen=True)
class Bar:
    """``opens``, ``closes``: repeat signs at its left and right end. ``ending``: 1 or 2 where it belongs to an ending, else 0."""

    notes: tuple[Note, ...]
    opens: bool = False
    closes: bool = False
    ending: int = 0


@dataclass(frozen=True)
class Tune:
    """``fifths``: sharps of the key signature, flats below 0. ``metre``: (beats, their unit), (6, 8). ``tempo``: quarters a minute."""

    name: str
    title: str
    fifths: int
    metre: tuple[int, int]
    tempo: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Place:
    """A struck note of the page: its bar, the pitches, how long they sound on the page (ties added), and whether it is a tie's start."""

    bar: int
    pitches: tuple[Pitch, ...]
    duration: Fraction


@dataclass(frozen=True)
class Moment:
    """A place as it is played: ``onset`` and ``duration`` in quarters from the beginning, repeats played."""

    place: int
    onset: Fraction
    duration: Fraction


def struck(tune: Tune) -> Iterator[tuple[int, int, Note, bool]]:
    """(bar, position in it, note, whether a tie leads to it) of every note and rest of the page."""
    held: tuple[Pitch, ...] = ()
    for number, bar in enumerate(tune.bars):
        for position, note in enumerate(bar.notes):
            yield number, position, note, bool(held) and held == note.pitches
            held = note.pitches if note.tied else ()


def places(tune: Tune) -> list[Place]:
    """All places of the page, in order."""
    found: list[Place] = []
    for bar, _, note, continued in struck(tune):
        if continued:
            last = found[-1]
            found[-1] = Place(last.bar, last.pitches, last.duration + note.duration)
        elif note.pitches:
            found.append(Place(bar, note.pitches, note.duration))
    return found


def moments(tune: Tune) -> list[Moment]:
    """The places in the order in which they are played, each section with repeat signs twice, with its endings."""
    by_bar: list[list[tuple[int, Fraction, Fraction]]] = [[] for _ in tune.bars]  # place, or −1 for a tie's second note; onset in the bar; duration
    count = -1
    lengths = [sum((note.duration for note in bar.notes), Fraction(0)) for bar in tune.bars]
    onset, current = Fraction(0), 0
    for number, _, note, continued in struck(tune):
        if number != current:
            onset, current = Fraction(0), number
        if note.pitches:
            count += not continued
            by_bar[number].append((-1 if continued else count, onset, note.duration))
        onset += note.duration
    played: list[Moment] = []
    start = Fraction(0)
    for number in order_of_bars(tune.bars):
        for place, at, duration in by_bar[number]:
            if place >= 0:
                played.append(Moment(place, start + at, duration))
            elif played:  # a tie lengthens what was struck last
                played[-1] = Moment(played[-1].place, played[-1].onset, start + at + duration - played[-1].onset)
        start += lengths[number]
    return played


def order_of_bars(bars: tuple[Bar, ...]) -> list[int]:
    """The bars as they are played: from each closing repeat sign once back to the last opening one, first endings left out then."""
    order: list[int] = []
    start, number, again = 0, 0, False
    while number < len(bars):
        bar = bars[number]
        if bar.opens and not again:
            start = number
        if not (again and bar.ending == 1):
            order.append(number)
        if bar.closes and not again:
            number, again = start, True
            continue
        if bar.closes or (again and bar.ending == 2) or (again and number + 1 < len(bars) and bars[number + 1].opens):
            start, again = number + 1, False
        number += 1
    return order
