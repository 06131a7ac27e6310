"""Little pictures of places in scores and of sounds, all of one shape."""

from io import BytesIO

import numpy as np
from PIL import Image

from engine.data.music.spectrogram import GAIN

WIDTH, HEIGHT = 400, 160  # pixels
WAVE = 48  # of the height: the waveform under the spectrogram
BAR = 3 / 4  # of a frame's width that its bar fills


def staff(snippet: np.ndarray) -> bytes:
    """Ink (40, 100) in [0, 1] as a PNG, black on white."""
    return _encoded(Image.fromarray(_paper(snippet)).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))


def sound(excerpt: np.ndarray) -> bytes:
    """A spectrogram (136, frames) in [0, 1] as a PNG: itself, high above low, and under it how loud it is from frame to frame, as a waveform."""
    above = Image.fromarray(_paper(excerpt[::-1])).resize((WIDTH, HEIGHT - WAVE), Image.Resampling.BILINEAR)
    loudness = np.sqrt(np.square(np.expm1(excerpt * np.log1p(GAIN))).sum(axis=0))
    half = WAVE / 2 * loudness / max(float(loudness.max()), 1e-9)
    frame, across = np.divmod(np.arange(WIDTH) * excerpt.shape[1] / WIDTH, 1)
    reaches = np.where(across < BAR, np.maximum(half, 1)[frame.astype(int)], 0)
    below = np.abs(np.arange(WAVE) + 0.5 - WAVE / 2)[:, None] < reaches
    return _encoded(Image.fromarray(np.concatenate([np.asarray(above), _paper(below)])))


def _paper(ink: np.ndarray) -> np.ndarray:
    return np.round(255 * (1 - np.clip(ink, 0, 1))).astype(np.uint8)


def _encoded(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
