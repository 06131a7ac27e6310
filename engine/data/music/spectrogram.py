"""Log-frequency spectrograms as the CCA layer's paper has them (Sec. 5.2): 22.05 kHz, windows of 2,048, 31.25 frames a second, 136 bins.

The paper does not say where the bins lie: here 136 triangles evenly spaced in log frequency from 60 Hz to 6.4 kHz, 20 an octave. Strengths
are log(1 + 100 m) of the magnitude m, in which a full-scale sine has 1; of a recording the loudest sample counts as full scale.
They are kept in 16 steps.
"""

from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array

RATE, WINDOW, FRAMES_A_SECOND = 22_050, 2048, 31.25
BINS, LOWEST, HIGHEST = 136, 60.0, 6400.0
GAIN, STEPS = 100.0, 16


def spectrogram(samples: np.ndarray) -> np.ndarray:
    """Samples (n,) at 22.05 kHz → (136, frames) uint8, low frequencies first; frame i is centred at i / 31.25 seconds."""
    import scipy.fft  # a quarter of a second, which whoever only asks what data there are need not wait

    peak = float(np.abs(samples).max(initial=0.0))
    scaled = np.asarray(samples, dtype=np.float32) / (peak or 1.0)
    frames = int(len(samples) / RATE * FRAMES_A_SECOND) + 1
    padded = np.pad(scaled, (WINDOW // 2, WINDOW))
    starts = np.round(np.arange(frames) * RATE / FRAMES_A_SECOND).astype(int)
    found = np.empty((BINS, frames), dtype=np.uint8)
    window = np.hanning(WINDOW).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)
    for first in range(0, frames, 1024):  # of long recordings, half a minute at a time
        part = windows[starts[first : first + 1024]] * window
        magnitudes = np.abs(scipy.fft.rfft(part, axis=1)).astype(np.float32) * (2 / window.sum())
        strengths = np.log1p(GAIN * (_filters() @ magnitudes.T).T) / np.log1p(GAIN)
        found[:, first : first + 1024] = 255 // (STEPS - 1) * np.round((STEPS - 1) * np.minimum(strengths, 1)).T
    return found


def frequencies() -> np.ndarray:
    """The centres of the bins in Hz, (136,)."""
    return np.geomspace(LOWEST, HIGHEST, BINS)


@lru_cache(maxsize=1)
def _filters() -> csr_array:
    """(136, 1025): triangles from one centre's neighbour to the other, at least as wide as the transform's own bins."""
    step = (HIGHEST / LOWEST) ** (1 / (BINS - 1))
    own = np.arange(WINDOW // 2 + 1) * RATE / WINDOW
    centres = frequencies()
    below = np.minimum(centres / step, centres - RATE / WINDOW)
    above = np.maximum(centres * step, centres + RATE / WINDOW)
    rising = (own[:, None] - below) / (centres - below)
    falling = (above - own[:, None]) / (above - centres)
    return csr_array(np.clip(np.minimum(rising, falling), 0, 1).astype(np.float32).T)
