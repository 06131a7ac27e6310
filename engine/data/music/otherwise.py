"""The same pairs, heard otherwise: on another instrument, faster or slower, through noise."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from engine.data.base import PairedData
from engine.data.music.collection import Collection
from engine.data.music.instruments import play
from engine.data.music.pairs import FRAMES, snippets
from engine.data.music.performance import Manner, Sounding, perform
from engine.data.music.soundfonts import play_with
from engine.data.music.spectrogram import FRAMES_A_SECOND, spectrogram
from engine.data.windows import Windows


@dataclass(frozen=True)
class Way:
    """``timbre``: another instrument, None for each tune's own. ``tempo``: multiplies it. ``noise``: white noise so many decibels below the sound.
    ``soundfont``: plays instead of the synthesiser."""

    title: str
    timbre: str | None = None
    tempo: float = 1.0
    noise: float | None = None
    soundfont: bytes | None = None

    def sound(self, sounding: Sounding, manner: Manner) -> np.ndarray:
        """Samples (n,) at 22.05 kHz."""
        samples = play_with(self.soundfont, sounding, manner.timbre) if self.soundfont else play(sounding, manner)
        if self.noise is None:
            return samples
        loudness = float(np.sqrt(np.mean(samples**2))) * 10 ** (-self.noise / 20)
        return samples + np.random.default_rng([manner.seed, 3]).normal(0, loudness, len(samples)).astype(np.float32)


WAYS = (
    Way("as in training"),
    Way("bells, never heard in training", timbre="bells"),
    Way("20 % slower", tempo=0.8),
    Way("20 % faster", tempo=1.2),
    Way("white noise, 10 dB below", noise=10.0),
)


def played(collection: Collection, number: int, way: Way) -> tuple[Sounding, np.ndarray]:
    """Tune ``number`` in this way: its moments, and its sound (n,) at 22.05 kHz."""
    tune, manner = collection.tune_of(collection.music.names[number])
    manner = replace(manner, timbre=way.timbre or manner.timbre, tempo=manner.tempo * way.tempo)
    sounding = perform(tune, manner)
    return sounding, way.sound(sounding, manner)


def heard_otherwise(collection: Collection, pairs: PairedData, way: Way, progress: Callable[[int, int, str], None] | None = None) -> PairedData:
    """``pairs`` of the collection with their moments played in this way: the same places, ids and groups, other excerpts."""
    music = collection.music
    row_of = {name: row for row, name in enumerate(snippets(music, pairs.name, pairs.split).y.ids)}
    rows = np.array([row_of[name] for name in pairs.y.ids])
    tune_of = music.place_tune[music.moment_place[rows]]
    strips, starts, width = [], np.empty(len(rows), dtype=np.int64), 0
    tunes = np.unique(tune_of).tolist()
    for done, number in enumerate(tunes, start=1):
        sounding, samples = played(collection, number, way)
        here = tune_of == number
        frames = np.round(sounding.onsets * FRAMES_A_SECOND).astype(np.int64)[rows[here] - collection.moments(number)[0]]
        strip = np.pad(spectrogram(samples), ((0, 0), (FRAMES // 2, FRAMES // 2)))
        starts[here] = width + frames
        width += strip.shape[1]
        strips.append(strip)
        if progress is not None:
            progress(done, len(tunes), f"Playing: {way.title}")
    return replace(pairs, split=f"{pairs.split}, {way.title}", y=replace(pairs.y, items=Windows(np.concatenate(strips, axis=1), starts, FRAMES)))
