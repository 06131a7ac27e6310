"""Melodies composed by rules and chance, so that the embedded data set is nobody's: the same seed gives the same tune.

A tune has a key, a metre, a form of sections with repeats, and a chord for every bar. Rhythms come from cells of one beat, the
weights of which are the tune's own; strong beats take notes of the bar's chord, others move by steps and sometimes leap. Bars come
back, exactly or moved along the scale, as they do in dance music. Rests, ties, dots, accidentals, and in some tunes chords.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from engine.data.music.score import MAJOR, MINOR, Bar, Note, Pitch, Tune, key_alterations

LOWEST, HIGHEST = 7 * 3 + 4, 7 * 5 + 6  # from g below the staff to b above it: what 40 rows of pixels hold
DANCES = {(4, 4): ("Reel", "Air", "Hornpipe", "March"), (3, 4): ("Waltz", "Minuet"), (2, 4): ("Polka",), (6, 8): ("Jig",)}
TEMPI = {(4, 4): (88, 138), (3, 4): (96, 150), (2, 4): (72, 112), (6, 8): (96, 150)}  # quarters a minute, from and to
EIGHTH, QUARTER = Fraction(1, 2), Fraction(1)
SIMPLE = ((2, 2), (1, 1, 2), (2, 1, 1), (3, 1), (1, 1, 1, 1), (4,), (1, 3))  # sixteenths of a quarter
COMPOUND = ((2, 2, 2), (4, 2), (2, 4), (6,), (3, 1, 2), (2, 1, 1, 2))  # sixteenths of a dotted quarter
CHORDS = {0: (3, 4, 5, 1), 1: (4, 3, 6), 2: (5, 3), 3: (0, 4, 1), 4: (0, 5, 0), 5: (3, 1, 4), 6: (0, 2)}  # which degrees follow which


def compose(number: int, seed: int = 0) -> Tune:
    """Tune ``number`` of the collection that ``seed`` names; each is drawn by itself."""
    return _Composer(np.random.default_rng([seed, number]), number).tune()


class _Composer:
    def __init__(self, rng: np.random.Generator, number: int):
        self.rng, self.number = rng, number
        self.metre = [(4, 4), (3, 4), (2, 4), (6, 8)][rng.choice(4, p=[0.4, 0.2, 0.12, 0.28])]
        self.fifths = int(rng.choice(np.arange(-4, 5), p=[0.04, 0.08, 0.11, 0.14, 0.15, 0.17, 0.15, 0.1, 0.06]))
        self.minor = bool(rng.random() < 0.35)
        self.key = key_alterations(self.fifths)
        self.tonic = (4 * self.fifths + (5 if self.minor else 0)) % 7  # step of the scale's first degree
        cells = COMPOUND if self.metre[1] == 8 else SIMPLE
        self.cells, self.weights = cells, rng.dirichlet([1.6, 1.2, 0.8, 0.7, 0.6, 0.7, 0.3][: len(cells)])
        self.beats = 2 if self.metre[1] == 8 else self.metre[0]
        self.leap, self.rest, self.tie, self.chromatic = rng.uniform(0.08, 0.3), rng.uniform(0, 0.08), rng.uniform(0, 0.12), rng.uniform(0, 0.08)
        self.chords = bool(rng.random() < 0.25)
        self.centre = int(rng.integers(7 * 4 + 4, 7 * 5 + 1))
        self.at = self.centre

    def tune(self) -> Tune:
        sections = [self.section() for _ in range(self.rng.choice([2, 3], p=[0.8, 0.2]))]
        repeated = self.rng.random() < 0.75
        bars: list[Bar] = []
        for section in sections:
            last = len(section) - 1
            bars += [Bar(notes, opens=repeated and place == 0 and bool(bars), closes=repeated and place == last) for place, notes in enumerate(section)]
        low, high = TEMPI[self.metre]
        names = DANCES[self.metre]
        key = f"{MINOR[self.fifths]} minor" if self.minor else f"{MAJOR[self.fifths]} major"
        title = f"{names[self.rng.integers(len(names))]} in {key}, no. {self.number}"
        return Tune(f"tune-{self.number:04d}", title, self.fifths, self.metre, float(np.round(self.rng.uniform(low, high))), tuple(bars))

    def section(self) -> list[tuple[Note, ...]]:
        """Eight bars: some that come back, and a cadence on the tonic."""
        chord, bars = 0, []
        for place in range(8):
            if place == 7:
                bars.append(self.cadence())
            elif place in (4, 5) and self.rng.random() < 0.4:
                bars.append(bars[place - 4])
            elif place in (2, 3, 5, 6) and self.rng.random() < 0.3:
                bars.append(self.moved(bars[int(self.rng.integers(place))]))
            else:
                bars.append(self.bar(chord))
            following = CHORDS[chord]
            chord = int(following[self.rng.integers(len(following))])
        return self.with_ties(bars)

    def bar(self, chord: int) -> tuple[Note, ...]:
        notes: list[Note] = []
        beat = 0
        while beat < self.beats:
            strong = beat == 0 or (self.beats == 4 and beat == 2)
            if strong and beat + 2 <= self.beats and self.metre[1] == 4 and self.rng.random() < 0.12:  # a half note, or a dotted quarter and an eighth
                lengths: Sequence[int] = (8,) if self.rng.random() < 0.4 else (6, 2)
                beat += 2
            else:
                lengths = self.cells[self.rng.choice(len(self.cells), p=self.weights)]
                beat += 1
            for place, length in enumerate(lengths):
                notes.append(self.note(Fraction(length, 4), strong and place == 0, chord))
        return tuple(notes)

    def note(self, duration: Fraction, strong: bool, chord: int) -> Note:
        if not strong and duration >= EIGHTH and self.rng.random() < self.rest:
            return Note(duration)
        self.at = self.chord_tone(chord) if strong else self.step()
        pitch = Pitch(self.at, self.key[self.at % 7])
        if not strong and abs(pitch.alter) < 1 and self.rng.random() < self.chromatic:
            pitch = Pitch(pitch.height, pitch.alter + (1 if self.rng.random() < 0.6 else -1))
        if self.chords and strong and duration >= EIGHTH and self.rng.random() < 0.5:
            below = [self.at - gap for gap in ((2,), (5,), (2, 4))[self.rng.integers(3)]]
            return Note(duration, tuple(sorted([pitch, *(Pitch(height, self.key[height % 7]) for height in below if height >= LOWEST)])))
        return Note(duration, (pitch,))

    def step(self) -> int:
        size = int(self.rng.choice([2, 3, 4, 5, 7])) if self.rng.random() < self.leap else int(self.rng.choice([0, 1, 2], p=[0.08, 0.72, 0.2]))
        upward = self.rng.random() < 0.5 - 0.06 * (self.at - self.centre)
        target = self.at + (size if upward else -size)
        return target if LOWEST <= target <= HIGHEST else self.at + (-size if upward else size)

    def chord_tone(self, chord: int) -> int:
        """The chord's note next to where the melody would have gone."""
        target = self.step()
        near = [height for height in range(LOWEST, HIGHEST + 1) if (height - self.tonic - chord) % 7 in (0, 2, 4)]
        return min(near, key=lambda height: (abs(height - target), self.rng.random()))

    def moved(self, notes: tuple[Note, ...]) -> tuple[Note, ...]:
        """The same bar some steps higher or lower in the scale, where it fits."""
        by = int(self.rng.choice([-3, -2, -1, 1, 2, 3]))
        heights = [pitch.height for note in notes for pitch in note.pitches]
        if not heights or min(heights) + by < LOWEST or max(heights) + by > HIGHEST:
            return notes
        return tuple(
            Note(note.duration, tuple(Pitch(p.height + by, self.key[(p.height + by) % 7]) for p in note.pitches), note.tied) for note in notes
        )

    def cadence(self) -> tuple[Note, ...]:
        """The last bar: some notes towards the tonic, and the tonic, long."""
        length = Fraction(4 * self.metre[0], self.metre[1])
        final = Fraction(3, 2) if self.metre[1] == 8 else min(Fraction(2), length - 1)
        notes, left = [], length - final
        while left > 0:
            value = min(left, QUARTER if self.rng.random() < 0.4 and self.metre[1] == 4 else EIGHTH)
            notes.append(self.note(value, False, 4))
            left -= value
        tonics = [height for height in range(LOWEST, HIGHEST + 1) if height % 7 == self.tonic]
        self.at = min(tonics, key=lambda height: abs(height - self.at))
        return (*notes, Note(final, (Pitch(self.at, self.key[self.at % 7]),)))

    def with_ties(self, bars: list[tuple[Note, ...]]) -> list[tuple[Note, ...]]:
        """Some notes are held over the bar line: the next bar's first note takes their pitch."""
        tied = [list(bar) for bar in bars]
        for before, after in pairwise(tied):
            if len(before[-1].pitches) == 1 and after[0].pitches and self.rng.random() < self.tie:
                before[-1] = Note(before[-1].duration, before[-1].pitches, tied=True)
                after[0] = Note(after[0].duration, before[-1].pitches, after[0].tied)
        return [tuple(bar) for bar in tied]
