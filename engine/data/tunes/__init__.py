"""Tunes: melodies composed, engraved and played by this project, snippets of their staves against excerpts of their sound.

The split ``test`` ships rendered, so that it opens without a wait; the others are engraved by Verovio and played when they are first asked for,
and kept. No tune is in two splits. ``test_2000`` and ``validation`` hold 2,000 pairs that all differ, as the CCA layer paper's figures count them.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.data.base import DatasetInfo, PairedData
from engine.data.music.collection import Collection
from engine.data.music.instruments import TRAINED
from engine.data.music.pairs import Music, kept, rendered, snippets, some_pairs
from engine.data.music.performance import Manner
from engine.data.music.score import Tune
from engine.data.tunes.compose import compose
from engine.paths import cache_dir

VERSION = 1  # of what is rendered: raise it when a tune looks or sounds different, and ship the test split again
TUNES = {"test": range(100), "validation": range(100, 150), "train": range(150, 1500)}
SHIPPED = Path(__file__).parent / "test.npz"
PAIRS = 2000
SPLITS = ("train", "validation", "test_2000", "test")


def manner_of(number: int) -> Manner:
    """How tune ``number`` is played: an instrument, a tempo and a tuning of its own, not quite even."""
    rng = np.random.default_rng([7, number])
    return Manner(
        timbre=TRAINED[int(rng.integers(len(TRAINED)))], tempo=round(float(rng.uniform(0.9, 1.1)), 3), cents=round(float(rng.normal(0, 8)), 1),
        unevenness=0.008, seed=number,
    )  # fmt: skip


def music(split: str, progress: Callable[[int, int, str], None] | None = None) -> Music:
    """A split's tunes as they are seen and heard: train, validation or test."""
    if split == "test" and SHIPPED.is_file():
        return Music.read(SHIPPED)

    def make() -> Music:
        numbers = TUNES[split]
        return rendered([compose(number) for number in numbers], [manner_of(number) for number in numbers], progress)

    return kept(cache_dir("music", f"tunes-{split}-{VERSION}.npz"), make)


def collection(split: str) -> Collection:
    """The tunes of train, validation or test; of a split that holds some of their pairs, all of them."""

    def tune_of(name: str) -> tuple[Tune, Manner]:
        number = int(name.removeprefix("tune-"))
        return compose(number), manner_of(number)

    return Collection(music(split.partition("_")[0]), tune_of)


def read(split: str, root: Path) -> PairedData:
    """x: (n, 40, 100) snippets of staves; y: (m, 136, 100) excerpts of sound. Groups: what a snippet shows."""
    base, _, some = split.partition("_")
    data = snippets(music(base), "tunes", base)
    return some_pairs(data, PAIRS, split) if some or base == "validation" else data


def prepare(root: Path, progress: Callable[[int, int, str], None]) -> None:
    """Engrave and play what does not ship. The data ``root`` plays no role."""
    for split in TUNES:
        music(split, progress)


INFO = DatasetInfo(
    name="tunes",
    title="Tunes",
    description="1,500 melodies composed by rules and chance: what is seen on the staff, what is heard at the same moment.",
    where="Part of this project; there is nothing to fetch. Other splits than test are engraved when they are first used, which takes some minutes.",
    terms="Part of this project.",
    splits=SPLITS,
    load=read,
    embedded=True,
    prepare=prepare,
)
