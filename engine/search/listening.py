"""Sound to score and back: where in a collection of scores a recording is, and which sounds a place in a score has.

A recording is cut into excerpts as the model learned them, 100 frames every 20. Each is compared with every place. A recording of one excerpt ranks places
by that alone; of several, the places for its middle: half of a place's score is the middle excerpt's own, half how well all excerpts find
something in the same tune (the mean of each one's best there).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.checkpoints.storage import Checkpoint, load
from engine.data import MUSIC
from engine.data.base import PairedData
from engine.data.music.collection import Collection
from engine.data.music.pairs import BINS, FRAMES, snippets
from engine.data.music.performance import Manner, perform
from engine.data.music.spectrogram import FRAMES_A_SECOND, spectrogram
from engine.data.windows import Windows
from engine.errors import TwoviewError
from engine.models.base import EmbeddingModel, comparable
from engine.scoring import embed, similarities
from engine.search.retriever import Ranking

STEP = 20  # frames from one excerpt to the next
FOLLOWED = 6  # the same, where a recording is followed: five times a second
STEPS = np.array([[1, 1], [1, 2], [1, 0]])  # of the recording and of the score, so that every instant of the recording counts once
HURRY = np.array([0.0, 0.5, 0.5])  # what a step costs that is faster or slower than written, beside one minus the similarity; chosen on validation tunes


@dataclass(frozen=True)
class Followed:
    """A recording against one score: at ``seconds`` (n,) of the recording, ``moments`` (n,) counts the tune's moments from 0, repeats played;
    ``places`` (n,) are their rows in the collection. ``scores`` (n, all moments): how alike each instant and each moment are."""

    seconds: np.ndarray
    moments: np.ndarray
    places: np.ndarray
    scores: np.ndarray

    def notes_off(self, onsets: np.ndarray) -> np.ndarray:
        """By how many notes the path is wrong, at each instant from the first note's onset to the last one's; ``onsets`` (all moments,): when
        they truly begin, in seconds of the recording."""
        playing = (self.seconds >= onsets[0]) & (self.seconds <= onsets[-1])
        return np.abs(self.moments - true_moments(onsets, self.seconds))[playing]


def true_moments(onsets: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Which moment is sounding at each of these seconds; before the first one's onset, the first."""
    return np.maximum(np.searchsorted(np.maximum.accumulate(onsets), seconds, "right") - 1, 0)


class Listener:
    """A checkpoint over a collection of music: ``pairs`` are its places (x) and moments (y)."""

    def __init__(self, checkpoint: Checkpoint, collection: Collection, pairs: PairedData):
        checkpoint.check(pairs)
        if not isinstance(checkpoint.model, EmbeddingModel):
            raise TwoviewError(f"{checkpoint.card.name} scores pairs and has no space to look places up in. Choose an embedding model.")
        self.checkpoint, self.model, self.collection, self.pairs = checkpoint, checkpoint.model.eval(), collection, pairs
        self.places = self._vectors(pairs.x.items, "x")

    @classmethod
    def open(cls, folder: str | Path, split: str = "test") -> "Listener":
        """Raises TwoviewError when the checkpoint learned no music, or cannot be used."""
        checkpoint = load(folder)
        name = checkpoint.card.data.name
        if name not in MUSIC:
            raise TwoviewError(f"{checkpoint.card.name} learned {name}, which is no music. Choose a checkpoint of one of: {', '.join(MUSIC)}.")
        collection = MUSIC[name](split)
        return cls(checkpoint, collection, snippets(collection.music, name, split))

    def _vectors(self, items: Windows, view: str) -> Tensor:
        return comparable(embed(self.model, items, view), self.model.similarity)

    @property
    def moments(self) -> Tensor:
        """(m, k) of all moments."""
        return self._vectors(self.pairs.y.items, "y")

    def rank_moment(self, row: int) -> Ranking:
        """All places for the excerpt at a moment of the collection."""
        return self._ranking("x", self._vectors(self.pairs.y.items.take(np.array([row])), "y"), self.places)

    def rank_place(self, row: int) -> Ranking:
        """All moments for a place of the collection."""
        return self._ranking("y", self.places[row : row + 1], self.moments)

    def rank_snippet(self, snippets: Windows, row: int) -> Ranking:
        """All moments for one of the snippets of a picture (see ``engine.data.music.sheets``)."""
        return self._ranking("y", self._vectors(snippets.take(np.array([row])), "x"), self.moments)

    def rank_recording(self, samples: np.ndarray) -> Ranking:
        """All places for the middle of a recording, samples (n,) at 22.05 kHz; see the module's docstring."""
        excerpts = excerpts_of(spectrogram(samples))
        scores = similarities(self._vectors(excerpts, "y"), self.places, self.model.similarity).numpy()
        middle = scores[len(scores) // 2]
        if len(scores) > 1:
            starts = np.searchsorted(self.collection.music.place_tune, np.arange(len(self.collection.music.names)))
            fits = np.maximum.reduceat(scores, starts, axis=1).mean(axis=0)
            middle = (middle + fits[self.collection.music.place_tune]) / 2
        return Ranking.of("x", middle)

    def follow(self, samples: np.ndarray, tune: int) -> Followed:
        """A recording of one tune or a part of it, matched with it by dynamic time warping over the similarities (Müller, Fundamentals of Music
        Processing, 2015, Ch. 3 and 7.2; librosa's). The score is laid out in time as it is written, at least as finely as the recording."""
        from librosa.sequence import dtw

        rows = self.collection.music.moment_place[self.collection.moments(tune)]
        heard = excerpts_of(spectrogram(samples), step=FOLLOWED, centred=True)
        scores = similarities(self._vectors(heard, "y"), self.places[torch.as_tensor(rows)], self.model.similarity).numpy()
        written = perform(self.collection.tune_of(self.collection.music.names[tune])[0], Manner())
        count = 1 + max(len(scores), round(written.seconds * FRAMES_A_SECOND / FOLLOWED))  # librosa would turn a part over that is longer than the whole
        laid_out = true_moments(written.onsets, np.linspace(0, written.seconds, count))
        _, path = dtw(C=1.0 - scores[:, laid_out], step_sizes_sigma=STEPS, weights_add=HURRY, subseq=True)
        moments = laid_out[path[::-1, 1]]
        return Followed(np.arange(len(scores)) * FOLLOWED / FRAMES_A_SECOND, moments, rows[moments], scores)

    def _ranking(self, view: str, asked: Tensor, answers: Tensor) -> Ranking:
        return Ranking.of(view, similarities(asked, answers, self.model.similarity)[0].numpy())


def excerpts_of(heard: np.ndarray, step: int = STEP, centred: bool = False) -> Windows:
    """A spectrogram (136, frames) in excerpts of 100 frames every ``step``: those that lie within it, one in its middle where it is
    shorter; or, ``centred``, one around every step of it, silence before and after."""
    assert heard.shape[0] == BINS
    frames = heard.shape[1]
    if centred:
        return Windows(np.pad(heard, ((0, 0), (FRAMES // 2, FRAMES // 2))), np.arange(0, frames, step), FRAMES)
    lacking = max(FRAMES - frames, 0)
    padded = np.pad(heard, ((0, 0), (lacking // 2, lacking - lacking // 2)))
    return Windows(padded, np.arange(0, padded.shape[1] - FRAMES + 1, step), FRAMES)
