"""Chroma matching, the classical way to find sound in scores (Müller, Fundamentals of Music Processing, 2015, Ch. 3.1 and 4.3), as a baseline.

It is told more than a model is: it reads the notes of a place from the score itself, without error, and their written tempo.
"""

import numpy as np

from engine.data.music.collection import Collection
from engine.data.music.pairs import FRAMES
from engine.data.music.performance import Manner, perform
from engine.data.music.spectrogram import FRAMES_A_SECOND, frequencies
from engine.data.windows import Windows

CLASSES = 12
ROWS = 512


def of_sounds(excerpts: Windows) -> np.ndarray:
    """Excerpts (n, 136, 100) → (n, 12 · 100): strength of each pitch class in each frame, every frame's length 1, divided so that rows have length 1."""
    pitches = np.round(69 + 12 * np.log2(frequencies() / 440)).astype(int) % CLASSES
    fold = np.equal.outer(np.arange(CLASSES), pitches).astype(np.float32)
    fold /= fold.sum(axis=1, keepdims=True)
    parts = [np.einsum("cb,nbt->nct", fold, excerpts[first : first + ROWS]) for first in range(0, len(excerpts), ROWS)]
    return _unit(np.concatenate(parts))


def of_places(collection: Collection, places: np.ndarray) -> np.ndarray:
    """Rows of places (n,) → (n, 12 · 100): the notes around the first time each is played, at the written tempo; see ``of_sounds``."""
    music = collection.music
    found = np.zeros((len(places), CLASSES, FRAMES), dtype=np.float32)
    for number in np.unique(music.place_tune[places]).tolist():
        sounding = perform(collection.tune_of(music.names[number])[0], Manner())
        begins = np.round(sounding.onsets * FRAMES_A_SECOND).astype(int)
        ends = np.round((sounding.onsets + sounding.durations) * FRAMES_A_SECOND).astype(int)
        strip = np.zeros((CLASSES, ends.max() + FRAMES), dtype=np.float32)
        for begin, end, pitches in zip(begins, ends, sounding.pitches, strict=True):
            for pitch in pitches:
                strip[pitch % CLASSES, begin + FRAMES // 2 : end + FRAMES // 2] = 1
        first = int(collection.places(number)[0])
        for row in np.flatnonzero(music.place_tune[places] == number):
            at = begins[np.flatnonzero(sounding.places == places[row] - first)[0]]
            found[row] = strip[:, at : at + FRAMES]
    return _unit(found)


def _unit(chroma: np.ndarray) -> np.ndarray:
    """(n, 12, frames) with frames of length 1, or 0 where nothing sounds, flattened to rows of length 1."""
    chroma = chroma / np.maximum(np.linalg.norm(chroma, axis=1, keepdims=True), 1e-6)
    rows = chroma.reshape(len(chroma), -1)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
