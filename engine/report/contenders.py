"""The checkpoints that stand against each other, and which of their numbers may share a column."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.checkpoints.cards import Card, shortened, told_apart
from engine.checkpoints.history import History
from engine.data import DATASETS
from engine.data.base import PairedData
from engine.data.nouns import noun
from engine.encoders.cache import Progress
from engine.evaluation.measured import Measured, measured
from engine.metric import Direction
from engine.paths import shipped_dir
from engine.search.cost import Cost, query_cost
from engine.search.retriever import Retriever

DIRECTIONS: tuple[Direction, Direction] = ("y_to_x", "x_to_y")  # search first: what most people ask


@dataclass(frozen=True)
class Contender:
    """A checkpoint, measured on a split. ``name`` is unique among those that are compared, and so is ``title`` once they are
    ``set_apart``; ``features_hash``: of what the split's items are to the model; ``cost`` on this machine."""

    name: str
    title: str
    card: Card
    history: History
    measured: Measured
    features_hash: str
    cost: Cost | None = None


def contender(name: str, retriever: Retriever, progress: Progress | None = None, ship: bool = False, title: str | None = None) -> Contender:
    """Measure what a retriever holds on the gallery it searches. ``ship``: keep that beside the checkpoints as well. ``title``: else
    the card's, without the data set it was trained on."""
    checkpoint, features = retriever.checkpoint, retriever.features
    folder = shipped_dir(features.name, "measured") if ship else None
    found = measured(checkpoint, features, progress, folder)
    return Contender(name, title or _title(checkpoint.card), checkpoint.card, checkpoint.history, found, features.content_hash, query_cost(retriever))


def _title(card: Card) -> str:
    info = DATASETS.get(card.data.name)
    return shortened(card.title.removesuffix(f" on {info.title}") if info else card.title)


def set_apart(contenders: Sequence[Contender]) -> list[Contender]:
    """With the name added to titles that two of them have: tables, charts and words know them by their titles."""
    titles = told_apart({each.name: each.title for each in contenders})
    return [replace(each, title=titles[each.name]) for each in contenders]


@dataclass(frozen=True)
class Pool:
    """What numbers must share to stand in one column: split, encoders with their weights, queries and candidates.

    ``encoders`` is None for models that nothing was trained for: their encoders are all that they are, and no two have the same.
    """

    data: str
    split: str
    encoders: tuple[tuple[str, str] | None, tuple[str, str] | None] | None
    sizes: tuple[tuple[Direction, int, int], ...]

    @property
    def title(self) -> str:
        """"scenes-cnn and minilm" — what tells one pool of a data set from another."""
        if self.encoders is None:
            return "its own"
        return " and ".join(encoder[0] if encoder else "vectors" for encoder in self.encoders)

    def told(self, data: PairedData) -> str:
        """The pool in one sentence."""
        asked = [f"{direction_name(data, d)} {queries:,} queries among {candidates:,}" for d, queries, candidates in self.sizes]
        features = f", features of {self.title}" if any(self.encoders or ()) else ""
        return f"{self.split.capitalize()} split{features}; " + "; ".join(asked) + "."


def pool_of(contender: Contender) -> Pool:
    encoders = (contender.card.encoders.x, contender.card.encoders.y)
    x, y = ((e.shown, e.weights_hash) if e else None for e in encoders)
    read = (x, y) if contender.card.data.splits else None
    answers = [contender.measured.answers[d] for d in DIRECTIONS if d in contender.measured.answers]
    sizes = tuple((a.direction, len(a.rows), a.candidates) for a in answers)
    return Pool(contender.card.data.name, contender.measured.split, read, sizes)


def pools(contenders: Sequence[Contender]) -> dict[Pool, list[Contender]]:
    """Contenders whose numbers may be compared, together; the largest pool first."""
    found: dict[Pool, list[Contender]] = {}
    for each in contenders:
        found.setdefault(pool_of(each), []).append(each)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def nouns(data: PairedData, direction: Direction) -> tuple[str, str]:
    """What asks and what is found: ("sentence", "picture")."""
    x, y = noun(data, "x"), noun(data, "y")
    if x == y:
        x, y = f"first {x}", f"second {y}"
    return (x, y) if direction == "x_to_y" else (y, x)


def direction_name(data: PairedData, direction: Direction) -> str:
    """"sentence → picture"."""
    return " → ".join(nouns(data, direction))
