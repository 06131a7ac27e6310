"""What a model that finds sound in scores is worth: with other sounds, beside chroma matching and chance, and when a repeat counts as an error.

Sounds are played again in each of ``engine.data.music.otherwise.WAYS`` for the test pairs of the checkpoint's data, and looked up among the same snippets.
Kept beside the checkpoint as ``listening.json``.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from engine.checkpoints.storage import Checkpoint
from engine.data import MUSIC, load
from engine.data.base import PairedData
from engine.data.music.collection import Collection
from engine.data.music.otherwise import WAYS, Way, heard_otherwise
from engine.data.music.pairs import snippets
from engine.errors import TwoviewError
from engine.evaluation.intervals import mean_intervals
from engine.evaluation.retrieval import Blocks, ranks
from engine.evaluation.suite import evaluate, query_ranks
from engine.metric import Direction, Metric
from engine.models.base import EmbeddingModel
from engine.paths import atomic_write
from engine.search import chroma

Progress = Callable[[int, int, str], None]
FILE = "listening.json"
SPLIT = "test_2000"
DIRECTIONS: tuple[Direction, Direction] = ("x_to_y", "y_to_x")


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Heard(_Kept):
    """One way to play the test pairs: the measures of the model and of chroma matching, both directions."""

    sound: str
    model: list[Metric]
    chroma: list[Metric]


class Repeats(_Kept):
    """R@1 from a place to the moments of the whole split. ``alike``: every moment of a place that looks the same is right; ``own``: only those of the
    place itself; ``best``: what ``own`` would be of a model that errs nowhere but guesses among places that look the same. ``share`` of the places looks like another."""

    alike: float
    own: float
    best: float
    share: float


class Listening(_Kept):
    """``chance``: R@1 and mean reciprocal rank of guessing among as many. ``weights``: hash of the model's, so that a table of other weights is told from it."""

    checkpoint: str
    weights: str
    heard: list[Heard]
    chance: tuple[float, float]
    repeats: Repeats


def measure_listening(checkpoint: Checkpoint, soundfont: bytes | None = None, progress: Progress | None = None) -> Listening:
    """Raises TwoviewError when the checkpoint learned no music, or has no space to look things up in."""
    name, model = checkpoint.card.data.name, checkpoint.model
    if name not in MUSIC or not isinstance(model, EmbeddingModel):
        raise TwoviewError(f"{checkpoint.card.name} finds no sounds in scores. Choose an embedding model that learned one of: {', '.join(MUSIC)}.")
    collection, pairs = MUSIC[name](SPLIT), load(name, SPLIT)
    checkpoint.check(pairs)
    ways = (*WAYS, Way("a soundfont's instruments", soundfont=soundfont)) if soundfont else WAYS
    written = chroma.of_places(collection, _rows(collection, pairs))
    heard = []
    for way in ways:
        other = heard_otherwise(collection, pairs, way, progress)
        sounding = chroma.of_sounds(other.y.items)
        heard.append(Heard(sound=way.title, model=evaluate(model, other, families=("retrieval",)), chroma=_by_chroma(written, sounding, other)))
    n = len(pairs.y)
    chance = (1 / n, float(np.mean(1 / np.arange(1, n + 1))))
    return Listening(
        checkpoint=checkpoint.card.name, weights=checkpoint.card.model.weights_hash, heard=heard, chance=chance,
        repeats=repeats(model, snippets(collection.music, name, "test"), collection.music.moment_place),
    )  # fmt: skip


def repeats(model: EmbeddingModel, pairs: PairedData, moment_place: np.ndarray) -> Repeats:
    """``pairs``: all places and moments of a split; ``moment_place`` (m,): the place of each moment."""
    alike = query_ranks(model, pairs, "x_to_y").ranks
    one = replace(pairs, x=replace(pairs.x, groups=np.arange(len(pairs.x))), y=replace(pairs.y, groups=moment_place))
    own = query_ranks(model, one, "x_to_y").ranks
    moments = np.bincount(moment_place, minlength=len(pairs.x))
    _, group, places = np.unique(pairs.x.groups, return_inverse=True, return_counts=True)
    best = moments / np.bincount(group, moments)[group]  # all moments of the group are as good as each other
    return Repeats(alike=float(np.mean(alike == 1)), own=float(np.mean(own == 1)), best=float(best.mean()), share=float(np.mean(places[group] > 1)))


def keep_listening(folder: Path, listening: Listening) -> None:
    with atomic_write(folder / FILE) as temporary:
        temporary.write_text(listening.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_listening(folder: Path) -> Listening | None:
    """What is kept beside a checkpoint; None where nothing is, or nothing that can be read."""
    try:
        return Listening.model_validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def _rows(collection: Collection, pairs: PairedData) -> np.ndarray:
    """Rows of the pairs' places in the collection."""
    row_of = {name: row for row, name in enumerate(snippets(collection.music, pairs.name, pairs.split).x.ids)}
    return np.array([row_of[name] for name in pairs.x.ids])


def _by_chroma(written: np.ndarray, sounding: np.ndarray, pairs: PairedData) -> list[Metric]:
    scores = written @ sounding.T
    metrics = []
    for direction in DIRECTIONS:
        table, asking, answering = (scores, pairs.x, pairs.y) if direction == "x_to_y" else (scores.T, pairs.y, pairs.x)
        blocks: Blocks = [(slice(0, len(table)), table)]
        found = ranks(blocks, asking.groups, answering.groups)
        values = np.stack([found == 1, 1 / found], axis=1)
        for measure, interval in zip(("recall_at_1", "mean_reciprocal_rank"), mean_intervals(values, asking.groups), strict=True):
            metrics.append(Metric(
                measure=measure, direction=direction, split=pairs.split, value=interval.value, low=interval.low, high=interval.high,
                queries=len(found), candidates=len(answering),
            ))  # fmt: skip
    return metrics
