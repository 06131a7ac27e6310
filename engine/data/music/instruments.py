"""A small synthesiser: sums of sine waves whose strengths fall and swell as an instrument's do.

Each instrument is a table of partials: how strong they are, how fast they die away, how far they are stretched or detuned; with
an attack, a release, a vibrato and a share of breath. It is no model of any real one, but they differ from each other as a plucked
string differs from a pipe.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine.data.music.performance import Manner, Sounding
from engine.errors import one_of

RATE = 22_050  # samples a second
CONCERT_A = 440.0


@dataclass(frozen=True)
class Instrument:
    """``partials``: strengths of the harmonics from the first on. ``decay``: 1/s at middle c, ``brightness``: how much more of it
    each higher partial has. ``attack``, ``release``: seconds. ``stretch``: inharmonicity of strings. ``vibrato``: (Hz, cents).
    ``breath``: share of noise. ``chorus``: cents between two voices, 0 for one."""

    partials: tuple[float, ...]
    decay: float = 0.0
    brightness: float = 0.0
    attack: float = 0.005
    release: float = 0.06
    stretch: float = 0.0
    vibrato: tuple[float, float] = (0.0, 0.0)
    breath: float = 0.0
    chorus: float = 0.0


INSTRUMENTS = {
    "piano": Instrument((1, 0.55, 0.35, 0.25, 0.16, 0.1, 0.07, 0.05), decay=1.6, brightness=0.55, stretch=3e-4, release=0.12),
    "plucked": Instrument((1, 0.8, 0.6, 0.45, 0.35, 0.25, 0.2, 0.15, 0.1, 0.08), decay=3.2, brightness=0.8, attack=0.002, release=0.05),
    "flute": Instrument((1, 0.32, 0.14, 0.05), attack=0.05, release=0.08, vibrato=(5.1, 9.0), breath=0.03),
    "fiddle": Instrument((1, 0.75, 0.6, 0.5, 0.38, 0.3, 0.22, 0.17, 0.12, 0.09), attack=0.06, release=0.07, vibrato=(5.8, 14.0), breath=0.008),
    "organ": Instrument((1, 0.7, 0.1, 0.5, 0.02, 0.12, 0.01, 0.3), attack=0.02, release=0.05),
    "accordion": Instrument((1, 0.4, 0.7, 0.25, 0.5, 0.18, 0.3, 0.1), attack=0.03, release=0.05, chorus=7.0),
    "bells": Instrument((1, 0.0, 0.45, 0.0, 0.0, 0.35, 0.0, 0.0, 0.12), decay=2.2, brightness=0.5, attack=0.002, release=0.25, stretch=1.5e-3),
}  # fmt: skip
TRAINED = ("piano", "plucked", "flute", "fiddle", "organ", "accordion")  # the bells are kept for the question what another sound costs


def play(sounding: Sounding, manner: Manner) -> np.ndarray:
    """The sound of what is performed, mono float32 at ``RATE``, its peak at 0.9. Raises TwoviewError on an instrument that does not exist."""
    one_of("instrument", manner.timbre, list(INSTRUMENTS), "the data sets use these")
    instrument = INSTRUMENTS[manner.timbre]
    rng = np.random.default_rng([manner.seed, 2])
    samples = np.zeros(int((sounding.seconds + instrument.release + 0.3) * RATE), dtype=np.float32)
    loudness = rng.uniform(0.75, 1.0, len(sounding.onsets))
    for onset, duration, pitches, loud in zip(sounding.onsets, sounding.durations, sounding.pitches, loudness, strict=True):
        start = int(onset * RATE)
        for pitch in pitches:
            sound = _note(manner.timbre, pitch, round(float(duration), 2), round(manner.cents, 1))
            part = samples[start : start + len(sound)]
            part += loud * sound[: len(part)]
    if instrument.breath:
        smooth = np.abs(samples)
        samples += instrument.breath * rng.standard_normal(len(samples)).astype(np.float32) * smooth
    peak = float(np.abs(samples).max(initial=0.0))
    return samples * np.float32(0.9 / peak) if peak else samples


@lru_cache(maxsize=4096)
def _note(timbre: str, pitch: int, duration: float, cents: float) -> np.ndarray:
    """One note, float32; what is played again is not computed again."""
    instrument = INSTRUMENTS[timbre]
    frequency = CONCERT_A * 2 ** ((pitch - 69 + cents / 100) / 12)
    length = duration * 0.95 + instrument.release
    time = np.arange(int(length * RATE), dtype=np.float32) / RATE
    rate, depth = instrument.vibrato
    phase = 2 * np.pi * frequency * time
    if depth:  # frequency times 2^(depth / 1200 · sin), integrated to first order
        phase = phase - frequency * depth / 1200 * np.log(2) / rate * (np.cos(2 * np.pi * rate * time) - 1)
    voices = [1.0] if not instrument.chorus else [2 ** (-instrument.chorus / 2400), 2 ** (instrument.chorus / 2400)]
    sound = np.zeros_like(time)
    for number, strength in enumerate(instrument.partials, start=1):
        stretched = number * np.sqrt(1 + instrument.stretch * number * number)
        if strength and frequency * stretched < 0.45 * RATE:
            fading = np.exp(-time * np.float32(instrument.decay * (1 + instrument.brightness * (number - 1)))) if instrument.decay else np.float32(1)
            for voice in voices:
                sound += np.float32(strength / len(voices)) * fading * np.sin(np.float32(stretched * voice) * phase)
    rise = np.minimum(time / np.float32(instrument.attack), 1)
    fall = np.clip((np.float32(length) - time) / np.float32(instrument.release), 0, 1)
    return (0.2 * sound * rise * fall).astype(np.float32)
