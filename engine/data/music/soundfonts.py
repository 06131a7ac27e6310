"""Tunes played by a soundfont's instruments (SF2), through MIDI: needs ``requirements-music.txt``."""

from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np

from engine.data.images import read_limited
from engine.data.music.performance import Sounding
from engine.data.music.spectrogram import RATE
from engine.errors import TwoviewError

LARGEST = 512 * 2**20  # bytes of a soundfont
PROGRAMS = {"piano": 0, "plucked": 24, "flute": 73, "fiddle": 40, "organ": 19, "accordion": 21, "bells": 14}  # General MIDI's, from 0 on
TICKS = 480  # a quarter; at 120 quarters a minute, 960 a second


def open_soundfont(path: str | Path) -> bytes:
    """A soundfont's bytes. Raises TwoviewError when the file is none, or too large, or the packages that play it are not there."""
    if not all(find_spec(package) for package in ("midirenderer", "mido")):  # now, and not after minutes of other work
        raise TwoviewError("Playing with a soundfont needs the packages of requirements-music.txt. Install them.")
    content = read_limited(Path(path), LARGEST)
    if content[:4] != b"RIFF" or content[8:12] != b"sfbk":
        raise TwoviewError(f"{path} is no soundfont: one begins with RIFF … sfbk, as .sf2 files do.")
    return content


def play_with(soundfont: bytes, sounding: Sounding, timbre: str) -> np.ndarray:
    """The sound of what is performed, mono float32 at 22.05 kHz. Raises TwoviewError on a soundfont that cannot be used."""
    import soundfile
    import soxr
    from midirenderer import render_wave_from

    try:
        rendered = render_wave_from(soundfont, to_midi(sounding, PROGRAMS[timbre]))
    except RuntimeError as error:
        raise TwoviewError(f"The soundfont cannot be played: {error}. Give another one.") from error
    samples, rate = soundfile.read(BytesIO(rendered), dtype="float32", always_2d=True)
    return soxr.resample(samples.mean(axis=1), rate, RATE)


def to_midi(sounding: Sounding, program: int) -> bytes:
    """One track of a MIDI file: every moment's pitches from its onset on, for 95 % of its duration."""
    from mido import Message, MetaMessage, MidiFile, MidiTrack

    events = []
    for onset, duration, pitches in zip(sounding.onsets, sounding.durations, sounding.pitches, strict=True):
        for pitch in pitches:
            events += [(round(onset * 2 * TICKS), 1, pitch), (round((onset + 0.95 * duration) * 2 * TICKS), 0, pitch)]
    track = MidiTrack([MetaMessage("set_tempo", tempo=500_000), Message("program_change", program=program)])
    before = 0
    for tick, on, pitch in sorted(events):  # at one tick, what ends before what begins
        track.append(Message("note_on", note=pitch, velocity=90 * on, time=tick - before))
        before = tick
    buffer = BytesIO()
    MidiFile(ticks_per_beat=TICKS, tracks=[track]).save(file=buffer)
    return buffer.getvalue()
