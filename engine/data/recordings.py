"""Recordings from strangers: WAV, FLAC, OGG or MP3 become mono samples at 22.05 kHz, or a sentence saying why not."""

import io
from pathlib import Path

import numpy as np

from engine.data.images import read_limited
from engine.data.music.spectrogram import RATE
from engine.errors import TwoviewError

FORMATS = {"WAV", "WAVEX", "FLAC", "OGG", "MP3"}
MAX_BYTES = 64 * 2**20
MAX_SECONDS, MIN_SECONDS = 600, 0.5
MAX_CHANNELS, RATES = 8, (4_000, 384_000)


def open_recording(source: bytes | Path) -> np.ndarray:
    """Samples (n,) float32, channels averaged. Bytes are limited before decoding, length and channels by the header before any sample is.

    Raises TwoviewError for anything that is no such recording: too large, too long or too short, another format, damaged, silent.
    """
    import soundfile  # loads its library when it is imported
    import soxr

    name = "The recording" if isinstance(source, bytes) else source.name
    data = source if isinstance(source, bytes) else read_limited(source, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise TwoviewError(f"{name} is larger than {MAX_BYTES // 2**20} MB, the most that is opened. Make it shorter, or save it as MP3.")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.format not in FORMATS:
                raise TwoviewError(f"{name} is {file.format}. Save it as WAV, FLAC, OGG or MP3.")
            if file.channels > MAX_CHANNELS or not RATES[0] <= file.samplerate <= RATES[1]:
                raise TwoviewError(f"{name} has {file.channels} channels at {file.samplerate} Hz; at most {MAX_CHANNELS} are read, at {RATES[0]:,} to {RATES[1]:,} Hz.")
            seconds, rate = file.frames / file.samplerate, file.samplerate
            if not MIN_SECONDS <= seconds <= MAX_SECONDS:
                raise TwoviewError(f"{name} lasts {seconds:.1f} seconds; from half a second to {MAX_SECONDS // 60} minutes can be heard. Cut it.")
            samples = file.read(frames=int(MAX_SECONDS * rate), dtype="float32", always_2d=True).mean(axis=1)
    except TwoviewError:
        raise
    except Exception as error:  # libsndfile's errors on what is no sound, or damaged
        raise TwoviewError(f"{name} is no recording that can be read. Save it as WAV, FLAC, OGG or MP3.") from error
    if not len(samples) or not np.isfinite(samples).all():
        raise TwoviewError(f"{name} is damaged: it holds {'numbers that are not finite' if len(samples) else 'no sound'}.")
    if np.abs(samples).max() < 1e-5:
        raise TwoviewError(f"{name} is silent. Record it again, closer to the instrument.")
    return soxr.resample(samples, rate, RATE) if rate != RATE else samples
