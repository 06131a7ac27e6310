"""What one checkpoint, or a baseline, does on every phrase of a split: measured once and kept by content, so that comparing opens no model.

Looked up first in ``checkpoints/<data name>/measured/`` (what ships), then in the user's cache. Phrases are told apart by what they name and by how
large it is: the kind of thing, as a wider word where the data have one, and the share of the picture that the true box takes.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from engine.checkpoints.storage import Checkpoint, encoder_ids
from engine.data.base import PairedData
from engine.data.regions import PhraseRegion, areas
from engine.data.scenes.lexicon import LEXICON
from engine.errors import TwoviewError
from engine.evaluation.grounding import MEASURES
from engine.evaluation.intervals import Interval, mean_intervals
from engine.grounding.baselines import CONSTANT
from engine.grounding.measures import Scorer, metrics, presence, scorer, values
from engine.grounding.pairs import KIND, Progress, RegionPairs, region_pairs
from engine.metric import Metric
from engine.paths import atomic_write, cache_dir, kept_dirs

FORMAT = 1
SIZES = ((0.03, "under 3 % of the picture"), (0.15, "3 to 15 %"), (np.inf, "over 15 %"))
FEW = 30  # phrases: a kind of fewer stands with the others
OTHERS = "others"


@dataclass(frozen=True)
class Measured:
    """``values`` (m, measures) of m phrases as ``engine.evaluation.grounding.MEASURES`` names them; of each phrase its picture, what it names and how large that is;
    ``metrics``: the means, with intervals that draw pictures."""

    title: str
    split: str
    values: np.ndarray
    picture: np.ndarray
    kinds: Sequence[str]
    sizes: Sequence[str]
    metrics: Sequence[Metric]


@dataclass(frozen=True)
class Part:
    """Some of the phrases: R@1 with its interval over pictures, and the share of them for which a proposal is right at all."""

    name: str
    phrases: int
    recall: Interval
    upper_bound: float


def of(title: str, data: RegionPairs, score: Scorer) -> Measured:
    """Measured now, with whatever scores."""
    found = values(data, score)
    picture = data.picture[data.entity]
    shares = areas(data.truth)[data.entity]
    sizes = [next(name for limit, name in SIZES if share < limit) for share in shares.tolist()]
    return Measured(title, data.split, found, picture, kinds(data.phrases), sizes, [*metrics(data, found), presence(data, score)])


def kinds(phrases: Sequence[PhraseRegion]) -> list[str]:
    """What each phrase names: its label, or the wider word for it, where that is known ("animal"); the rare ones together."""
    named = [LEXICON[label].wider[0][0] if label in LEXICON and LEXICON[label].wider else label for label in (phrase.labels[0] for phrase in phrases)]
    counts = {name: named.count(name) for name in set(named)}
    return [name if counts[name] >= FEW else OTHERS for name in named]


def parts(found: Measured, by: Sequence[str]) -> list[Part]:
    """The phrases by their kinds or sizes, in alphabetical order, others last. The phrases of one picture are drawn together."""
    names, found_parts = np.asarray(by), []
    first, bound = MEASURES.index("recall@1"), MEASURES.index("upper_bound")
    for name in sorted(set(by), key=lambda one: (one == OTHERS, [limit for limit, size in SIZES if size == one], one)):
        rows = np.flatnonzero(names == name)
        interval = mean_intervals(found.values[rows][:, [first]], found.picture[rows])[0]
        found_parts.append(Part(name, len(rows), interval, float(found.values[rows, bound].mean())))
    return found_parts


def measured(checkpoint: Checkpoint, raw: PairedData, progress: Progress | None = None, folder: Path | None = None) -> Measured:
    """A model of regions and phrases on pictures and sentences, or what was measured before. Kept in ``folder``, the user's cache by default.

    Raises TwoviewError for a model of anything else, or data whose phrases are not linked to boxes.
    """
    x, y = encoders_of(checkpoint)

    def make() -> Measured:
        data = region_pairs(raw, x, y, progress=progress)
        return of(checkpoint.card.title, data, scorer(checkpoint.model.eval(), data))

    return _kept_or(_name(_identity(checkpoint), x, raw), raw, make, folder)


def baseline(name: str, encoders: tuple[str, str], raw: PairedData, progress: Progress | None = None, folder: Path | None = None) -> Measured:
    """One of ``CONSTANT`` on the proposals from which models of these encoders of regions and texts choose, or what was measured before."""
    x, y = encoders
    title, score = CONSTANT[name]

    def make() -> Measured:
        data = region_pairs(raw, x, y, progress=progress)
        return of(title, data, score(data))

    return _kept_or(_name(name, x, raw), raw, make, folder)


def is_measured(checkpoint: Checkpoint, raw: PairedData) -> bool:
    """Whether a model and the baselines were measured before, so that asking again takes milliseconds. Raises TwoviewError as ``measured`` does."""
    x, _ = encoders_of(checkpoint)
    return all(_kept(_name(identity, x, raw), raw) for identity in (_identity(checkpoint), *CONSTANT))


def encoders_of(checkpoint: Checkpoint) -> tuple[str, str]:
    """The ids of its encoders of regions and texts. Raises TwoviewError for a model of vectors."""
    x, y = encoder_ids(checkpoint)
    if x is None or y is None:
        raise TwoviewError(f"{checkpoint.card.title} was trained on vectors alone, so it cannot be asked where something is.")
    return x, y


def _identity(checkpoint: Checkpoint) -> str:
    card = checkpoint.card.model
    return f"{card.name} {card.settings} {card.weights_hash} {checkpoint.card.encoders.y}"


def _name(identity: str, x: str, raw: PairedData) -> str:
    """Equal exactly when what scores, the proposals and what is asked are."""
    return f"regions-{sha256(f'{FORMAT} {identity} {x} {KIND} {raw.split} {raw.content_hash}'.encode()).hexdigest()[:32]}.safetensors"


def _kept_or(name: str, raw: PairedData, make: Callable[[], Measured], folder: Path | None) -> Measured:
    found = _kept(name, raw)
    if found is not None and folder is None:
        return found
    found = found or make()
    with atomic_write((folder or cache_dir("measured")) / name) as temporary:
        _write(temporary, found)
    return found


def _kept(name: str, raw: PairedData) -> Measured | None:
    return next((found for place in kept_dirs(raw.name, "measured") if (found := _read(place / name))), None)


def _write(path: Path, found: Measured) -> None:
    told: dict[str, Any] = {"title": found.title, "split": found.split, "metrics": [metric.model_dump() for metric in found.metrics]}
    arrays = {"values": found.values.astype(np.float32), "picture": found.picture.astype(np.int32)}
    for name, column in (("kinds", found.kinds), ("sizes", found.sizes)):
        names, codes = np.unique(column, return_inverse=True)
        told[name], arrays[name] = names.tolist(), codes.astype(np.int32)
    save_file(arrays, path, {"told": json.dumps(told)})


def _read(path: Path) -> Measured | None:
    """None where nothing was kept, or it cannot be read: it is measured again."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, "numpy") as file:
            told = json.loads(file.metadata()["told"])
            values, picture, kinds, sizes = (file.get_tensor(name) for name in ("values", "picture", "kinds", "sizes"))
        named, sized = ([told[name][code] for code in codes.tolist()] for name, codes in (("kinds", kinds), ("sizes", sizes)))
        return Measured(told["title"], told["split"], values.astype(float), picture, named, sized, [Metric(**metric) for metric in told["metrics"]])
    except (SafetensorError, ValidationError, KeyError, IndexError, ValueError, TypeError, OSError):
        return None
