"""Cards: what a checkpoint says of itself, as JSON. Reading one needs no torch, so that lists of models are there at once."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import TwoviewError
from engine.metric import Metric
from engine.paths import atomic_write, checkpoints_dir

CARD, HISTORY, WEIGHTS = "card.json", "history.json", "model.safetensors"
STATE = "state.safetensors"  # of a run that has not ended, where its checkpoint will be
ENCODERS = "encoders"  # beside the data sets' folders, holds trained encoders, which are no two-view models
MAX_CARD = 2**20  # bytes
LONGEST_TITLE = 80  # characters of a title that are shown


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class ModelCard(Strict):
    """``weights_hash``: SHA-256 of model.safetensors. ``parameters``: how many numbers were fitted."""

    name: str
    settings: dict[str, Any]
    shape_x: list[int]
    shape_y: list[int]
    kind: str
    parameters: int
    weights_hash: str


class SplitCard(Strict):
    hash: str
    n_x: int
    n_y: int


class DataCard(Strict):
    name: str
    splits: dict[str, SplitCard]


class EncoderCard(Strict):
    id: str
    weights_hash: str
    dim: int

    @property
    def shown(self) -> str:
        """The id as a visitor sees it: of a file or folder its name, not where it lies."""
        return re.sub(r"(?<=[:@])/(?:[^/@?]*/)*", "", self.id)


class EncodersCard(Strict):
    x: EncoderCard | None = None
    y: EncoderCard | None = None


class LogitsCard(Strict):
    """What a pretrained dual encoder was trained to make of a cosine: logit = ``scale`` · cosine + ``bias``."""

    scale: float
    bias: float


class TrainingCard(BaseModel):
    """All of ``Training``, and how the run went."""

    model_config = ConfigDict(extra="allow")

    seed: int
    epochs_run: int
    best_epoch: int | None
    seconds: float
    device: str


class Card(Strict):
    """What a checkpoint is, how it was made, on what, and how well it does. ``name``: "scenes/cca". ``kind``: whether it was trained
    "as published" or "tuned", or is an "ensemble", see ``engine.recipes.base.Recipe``."""

    name: str
    title: str
    model: ModelCard
    data: DataCard
    encoders: EncodersCard = EncodersCard()
    training: TrainingCard
    versions: dict[str, str]
    created: str
    metrics: list[Metric] = Field(default_factory=list)
    notes: str = ""
    kind: str = "as published"
    logits: LogitsCard | None = None


def shortened(title: str) -> str:
    """A title in one line, as long as a menu or a chart has room for."""
    line = " ".join(title.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"


def told_apart(titles: Mapping[str, str]) -> dict[str, str]:
    """Name -> title, the name being added where two titles are alike."""
    alike = Counter(titles.values())
    return {name: title if alike[title] == 1 else f"{title} ({name})" for name, title in titles.items()}


def write_card(folder: Path, card: Card) -> None:
    write_json(folder / CARD, card)


def write_json(path: Path, content: BaseModel) -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(content.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_card(folder: Path) -> Card:
    """Raises TwoviewError when there is no card, or it is not a card."""
    return read_json(folder / CARD, Card, MAX_CARD)


def read_json(path: Path, cls: type[Any], limit: int) -> Any:
    """A file of at most ``limit`` bytes as the pydantic model ``cls``. Raises TwoviewError when it is absent, larger, or something else."""
    require_file(path, limit)
    try:
        return cls.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise TwoviewError(f"{path} is not what it should be: {where}: {first['msg']}.") from None


def require_file(path: Path, limit: int) -> None:
    if not path.is_file():
        raise TwoviewError(f"{path.parent} is no complete checkpoint: {path.name} is missing.")
    if path.stat().st_size > limit:
        raise TwoviewError(f"{path} is larger than {limit // 2**20} MB, more than such a file can be.")


@dataclass(frozen=True)
class Entry:
    """A folder that is a checkpoint (``card``) or wants to be one and cannot be used (``problem``, a sentence)."""

    path: Path
    card: Card | None = None
    problem: str | None = None


def list_cards(root: str | Path | None = None) -> list[Entry]:
    """All checkpoints at ``root/<data>/<model>`` as their cards say; whether the weights fit them is for ``storage`` to find out."""
    return listed(_complete, root)


def listed(read: Callable[[Path], Card], root: str | Path | None = None) -> list[Entry]:
    """Every folder that is a checkpoint or wants to be one, in order of their names, by what ``read`` says of it."""
    folder = checkpoints_dir(root)
    candidates = {path.parent for name in (CARD, WEIGHTS) for path in folder.glob(f"*/*/{name}")}
    return [_entry(path, read) for path in sorted(candidates) if path.parent.name != ENCODERS]


def _entry(folder: Path, read: Callable[[Path], Card]) -> Entry:
    try:
        return Entry(folder, card=read(folder))
    except TwoviewError as error:
        return Entry(folder, problem=str(error))


def _complete(folder: Path) -> Card:
    card = read_card(folder)
    for name in (WEIGHTS, HISTORY):
        if not (folder / name).is_file():
            raise TwoviewError(f"{folder} is no complete checkpoint: {name} is missing.")
    return card
