"""A run's state after an epoch, in one safetensors file: what a killed run needs to go on as if nothing had happened."""

import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.checkpoints.history import Epoch, History
from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.models.base import Training, TwoViewModel
from engine.paths import atomic_write


@dataclass(frozen=True)
class Verdict:
    """What follows from an epoch: keep its weights, go back to the best ones at a lower rate, empty the buffers."""

    improved: bool = False
    refine: bool = False
    reset_momentum: bool = False


@dataclass
class Position:
    """Where a run stands: epochs done in this stage, the rate of the next one, and the early stopping's count."""

    learning_rate: float
    stage: int = 0
    epoch: int = 0
    best: float | None = None
    since_best: int = 0
    refinements: int = 0
    exhausted: bool = False
    history: History = field(default_factory=History)

    def next_stage(self, learning_rate: float) -> "Position":
        return Position(learning_rate, stage=self.stage + 1, history=self.history)

    def finished(self, training: Training) -> bool:
        return self.exhausted or self.epoch >= training.epochs

    def observe(self, record: Epoch, training: Training) -> Verdict:
        """Take in an epoch just done: schedule the learning rate, count patience, refine or give up."""
        self.history.epochs.append(record)
        self.epoch += 1
        milestone = self.epoch in training.milestones
        self.learning_rate *= training.decay * (training.milestone_factor if milestone else 1.0)
        reset = milestone and training.reset_momentum
        if training.monitor is None:
            return Verdict(reset_momentum=reset)
        value = record.validation[training.monitor]
        if self.best is None or value > self.best:
            self.best, self.since_best = value, 0
            self.history.best_epoch = len(self.history.epochs)
            return Verdict(improved=True, reset_momentum=reset)
        self.since_best += 1
        if self.since_best < (training.refinement_patience if self.refinements else training.patience):
            return Verdict(reset_momentum=reset)
        if self.refinements == training.refinements:
            self.exhausted = True
            return Verdict()
        self.refinements, self.since_best = self.refinements + 1, 0
        self.learning_rate *= training.refinement_factor
        return Verdict(refine=True)


POSITION = TypeAdapter(Position)


@dataclass(frozen=True)
class State:
    position: Position
    weights: dict[str, Tensor]
    best: dict[str, Tensor] | None
    optimizer: dict[int, dict[str, Tensor]]


def run_hash(model: TwoViewModel, data: PairedData, training: Training, seed: int) -> str:
    """Equal for runs that go the same way: same model, settings, training, seed and data."""
    what = [model.name, model.shape_x, model.shape_y, asdict(model.settings), asdict(training), seed, data.content_hash]
    return sha256(json.dumps(what).encode()).hexdigest()


def save_state(
    path: Path, run: str, position: Position, model: TwoViewModel, best: dict[str, Tensor] | None, optimizer: Any
) -> None:
    tensors = {f"weights/{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"best/{name}": value for name, value in (best or {}).items()}
    for index, buffers in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{name}": value for name, value in buffers.items() if value is not None}
    tensors = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    with atomic_write(path) as temporary:
        save_file(tensors, temporary, metadata={"run": run, "position": POSITION.dump_json(position).decode()})


def load_state(path: Path, run: str) -> State:
    """Raises TwoviewError when the file is no state, or that of a run with other settings, seed or data."""
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        position = POSITION.validate_json(metadata.get("position", ""))
    except (SafetensorError, OSError, ValidationError) as error:
        raise TwoviewError(f"{path} is no state of a training run that can be read ({type(error).__name__}). Remove it and start anew.") from None
    if metadata.get("run") != run:
        raise TwoviewError(f"{path} belongs to a run with another model, settings, seed or data. Start without resuming, or repeat the command it was started with.")
    parts: dict[str, dict[str, Tensor]] = {"weights": {}, "best": {}, "optimizer": {}}
    for name, value in tensors.items():
        part, _, rest = name.partition("/")
        parts[part][rest] = value
    buffers: dict[int, dict[str, Tensor]] = {}
    for name, value in parts["optimizer"].items():
        index, _, buffer = name.partition("/")
        buffers.setdefault(int(index), {})[buffer] = value
    return State(position, parts["weights"], parts["best"] or None, buffers)


def epochs_of(path: Path) -> list[Epoch]:
    """The epochs that a run's state knows of, from the file's header alone; none where there is no state that can be read."""
    try:
        with safe_open(path, "np") as file:
            return POSITION.validate_json((file.metadata() or {}).get("position", "")).history.epochs
    except (SafetensorError, OSError, ValidationError):
        return []
