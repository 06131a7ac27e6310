"""How a tune is played: by what instrument, how fast, how well tuned, how evenly."""

from dataclasses import dataclass

import numpy as np

from engine.data.music.score import Tune, moments, places


@dataclass(frozen=True)
class Manner:
    """``timbre``: an instrument of ``engine.data.music.instruments``. ``tempo``: multiplies the tune's own. ``cents``: out of tune by so many
    hundredths of a semitone. ``unevenness``: standard deviation of onsets, seconds. ``seed``: of what is random."""

    timbre: str = "piano"
    tempo: float = 1.0
    cents: float = 0.0
    unevenness: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Sounding:
    """n moments as they sound: ``places`` (n,) of the page, ``onsets`` and ``durations`` (n,) in seconds, ``pitches``: MIDI numbers of each."""

    places: np.ndarray
    onsets: np.ndarray
    durations: np.ndarray
    pitches: tuple[tuple[int, ...], ...]

    @property
    def seconds(self) -> float:
        """From the beginning to the end of the last note."""
        return float((self.onsets + self.durations).max(initial=0.0))


LEAD_IN = 0.25  # seconds before the first note


def perform(tune: Tune, manner: Manner) -> Sounding:
    """The tune's moments at the manner's tempo, with its unevenness."""
    played, written = moments(tune), places(tune)
    quarter = 60 / (tune.tempo * manner.tempo)
    rng = np.random.default_rng([manner.seed, 1])
    onsets = np.array([float(moment.onset) for moment in played]) * quarter + LEAD_IN
    durations = np.array([float(moment.duration) for moment in played]) * quarter
    if manner.unevenness:
        onsets = np.maximum(onsets + rng.normal(0, manner.unevenness, len(onsets)), 0.0)
    pitches = tuple(tuple(pitch.midi for pitch in written[moment.place].pitches) for moment in played)
    return Sounding(np.array([moment.place for moment in played]), onsets, durations, pitches)
