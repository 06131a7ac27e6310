"""Tunes that can be looked at, listened to and asked about: what is rendered of a split, and each tune to be played again."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.data.music.instruments import play
from engine.data.music.pairs import Music
from engine.data.music.performance import Manner, Sounding, perform
from engine.data.music.score import Tune


@dataclass(frozen=True)
class Collection:
    """``tune_of(name)`` gives a tune of ``music`` and how it is played there."""

    music: Music
    tune_of: Callable[[str], tuple[Tune, Manner]]

    def sounding(self, tune: int) -> Sounding:
        """The moments of tune number ``tune``, as they are played."""
        return perform(*self.tune_of(self.music.names[tune]))

    def played(self, tune: int) -> np.ndarray:
        """Its sound, mono float32 at 22.05 kHz."""
        return play(self.sounding(tune), self.tune_of(self.music.names[tune])[1])

    def staff(self, tune: int) -> np.ndarray:
        """Its staff on one line, (80, width) uint8, ink 255."""
        ends = [*self.music.staff_starts[1:], self.music.staff.shape[1]]
        return self.music.staff[:, self.music.staff_starts[tune] : ends[tune]]

    def places(self, tune: int) -> np.ndarray:
        """Rows of its places, in the order of the page."""
        return np.flatnonzero(self.music.place_tune == tune)

    def columns(self, tune: int) -> np.ndarray:
        """Where its places stand in ``staff(tune)``, in pixels."""
        return self.music.place_column[self.places(tune)] - self.music.staff_starts[tune]

    def moments(self, tune: int) -> np.ndarray:
        """Rows of its moments, as they are played."""
        return np.flatnonzero(self.music.place_tune[self.music.moment_place] == tune)
