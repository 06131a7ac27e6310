"""A checkpoint is a folder: ``model.safetensors``, ``history.json``, and ``card.json``, which is written last and names both.

Nothing in it is code: reading one builds a model from (name, shapes, settings), compares it with the file's shapes before
any memory is taken, and refuses what does not fit with a sentence that says what differs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch.nn import init
from torch.overrides import TorchFunctionMode

from engine.checkpoints.cards import (
    CARD,
    HISTORY,
    WEIGHTS,
    Card,
    DataCard,
    EncoderCard,
    EncodersCard,
    Entry,
    ModelCard,
    SplitCard,
    TrainingCard,
    listed,
    read_card,
    read_json,
    require_file,
    write_card,
    write_json,
)
from engine.checkpoints.history import History
from engine.compute import versions
from engine.data.base import PairedData
from engine.encoders import weights_hash
from engine.errors import TwoviewError
from engine.models import model_class, settings_of
from engine.models.base import Training, TwoViewModel
from engine.paths import atomic_write, checkpoints_dir

MAX_HISTORY, MAX_WEIGHTS = 2**25, 2**33  # bytes


@dataclass(frozen=True)
class Checkpoint:
    model: TwoViewModel
    card: Card
    history: History
    folder: Path

    def check(self, data: PairedData, x_id: str | None = None, y_id: str | None = None) -> None:
        """Raises TwoviewError, saying what differs, unless ``data`` (vectors) made by these encoders suits the model."""
        for view, features, came in (("x", data.x, x_id), ("y", data.y, y_id)):
            made_with: EncoderCard | None = getattr(self.card.encoders, view)
            if made_with and came and made_with.id != came:
                raise TwoviewError(f"{self.card.name} was trained on features of {made_with.id}, but these come from {came}. Encode with {made_with.id}.")
            self.check_shape(view, features.items.shape[1:])

    def check_shape(self, view: str, came: Sequence[int]) -> None:
        """Raises TwoviewError unless items of view "x" or "y" of this shape suit the model."""
        shape = self.model.shape_x if view == "x" else self.model.shape_y
        if tuple(came) != shape:
            raise TwoviewError(f"{self.card.name} takes features of shape {shape}, but these have {tuple(came)}.")


def card_for(
    name: str, title: str, model: TwoViewModel, splits: Mapping[str, PairedData], encoders: EncodersCard,
    training: Training, seed: int, device: str, history: History, notes: str = "",
) -> Card:  # fmt: skip
    """The card of a model just trained on ``splits["train"]``, without metrics. ``splits`` are those it has seen."""
    return Card(
        name=name,
        title=title,
        model=describe(model, ""),
        data=DataCard(
            name=splits["train"].name,
            splits={split: SplitCard(hash=d.content_hash, n_x=len(d.x), n_y=len(d.y)) for split, d in splits.items()},
        ),
        encoders=encoders,
        training=TrainingCard(
            **asdict(training), seed=seed, epochs_run=len(history.epochs), best_epoch=history.best_epoch,
            seconds=round(history.seconds, 2), device=device,
        ),
        versions=versions(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        notes=notes,
    )  # fmt: skip


def save(folder: Path, model: TwoViewModel, card: Card, history: History) -> Card:
    """Write a checkpoint; the card comes last, so that a run that is killed leaves the old one or a refused one.

    Returns the card with the weights' hash filled in.
    """
    state = {name: value.detach().cpu().contiguous().clone() for name, value in model.state_dict().items()}
    with atomic_write(folder / WEIGHTS) as temporary:
        save_file(state, temporary)
    write_json(folder / HISTORY, history)
    card = card.model_copy(update={"model": describe(model, _hash(folder / WEIGHTS))})
    write_card(folder, card)
    return card


def describe(model: TwoViewModel, weights_hash: str) -> ModelCard:
    count = sum(p.numel() for p in model.parameters()) + sum(b.numel() for b in model.buffers())
    return ModelCard(
        name=model.name, settings=_plain(asdict(model.settings)), shape_x=list(model.shape_x), shape_y=list(model.shape_y),
        kind=model.kind, parameters=count, weights_hash=weights_hash,
    )  # fmt: skip


def load(folder: Path | str) -> Checkpoint:
    """Raises TwoviewError, saying what is wrong, when the folder holds no checkpoint that can be used."""
    folder = Path(folder)
    card, model = _verified(folder)
    if _hash(folder / WEIGHTS) != card.model.weights_hash:
        raise TwoviewError(f"The weights in {folder} are not those its card describes: a write was broken off or a file replaced. Train it again.")
    model.load_state_dict(load_file(folder / WEIGHTS), assign=True)
    model.eval()
    return Checkpoint(model, card, read_json(folder / HISTORY, History, MAX_HISTORY), folder)


def checkpoint_folder(name: str | Path, root: str | Path | None = None) -> Path:
    """The folder of a checkpoint given by its path or by its name, "scenes/cca". Raises TwoviewError, listing those there are."""
    for folder in (Path(name), checkpoints_dir(root) / name):
        if (folder / CARD).is_file():
            return folder
    there = [entry.card.name for entry in list_checkpoints(root) if entry.card]
    raise TwoviewError(f"There is no checkpoint {str(name)!r}. There are: {', '.join(there) or 'none yet'}. Train one: python -m engine train RECIPE.")


def unused_folder(name: str, resume: bool = False) -> Path:
    """Where a new checkpoint of this name goes. Raises TwoviewError when there is one already, unless its run is to be resumed."""
    folder = checkpoints_dir() / name
    if (folder / CARD).exists() and not resume:
        raise TwoviewError(f"There is a checkpoint {name} already. Give the new one a name of its own with --name, or remove {folder}.")
    return folder


def encoder_ids(checkpoint: Checkpoint) -> tuple[str | None, str | None]:
    """The ids of the encoders a checkpoint was made with, None for views that are vectors.

    Raises TwoviewError when an encoder's weights here are not those.
    """
    ids = []
    for view in ("x", "y"):
        made_with = getattr(checkpoint.card.encoders, view)
        if made_with is not None:
            require_same_weights(checkpoint, made_with, weights_hash(made_with.id))
        ids.append(made_with.id if made_with is not None else None)
    return ids[0], ids[1]


def require_same_weights(checkpoint: Checkpoint, made_with: EncoderCard, here: str) -> None:
    if made_with.weights_hash != here:
        raise TwoviewError(
            f"{checkpoint.card.name} was made with other weights of {made_with.id} than those here. "
            "Train it again, or bring back the weights."
        )


def list_checkpoints(root: str | Path | None = None) -> list[Entry]:
    """All checkpoints at ``root/<data>/<model>``, in order of their names; never raises for a bad one."""
    return listed(lambda folder: _verified(folder)[0], root)


def _verified(folder: Path) -> tuple[Card, TwoViewModel]:
    """The card, and its model without memory for weights, after comparing it with the weights' header."""
    card = read_card(folder)
    cls = model_class(card.model.name)
    if not all(0 < size <= 2**20 for size in (*card.model.shape_x, *card.model.shape_y)):
        raise TwoviewError(f"{folder / CARD} speaks of features of shape {card.model.shape_x} and {card.model.shape_y}, which cannot be.")
    try:
        with torch.device("meta"), _NoFirstWeights():
            model = cls(tuple(card.model.shape_x), tuple(card.model.shape_y), settings_of(cls, card.model.settings))
    except (TypeError, ValueError, RuntimeError, OverflowError, MemoryError) as error:
        raise TwoviewError(f"No {cls.title} can be built as {folder / CARD} says: {error}") from None
    expected = {name: _kind(value.dtype, value.shape) for name, value in model.state_dict().items()}
    found = _kinds(folder / WEIGHTS)
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise TwoviewError(f"The weights in {folder} do not fit its card: {name} should be {expected.get(name, 'absent')}, but is {found.get(name, 'absent')}.")
    return card, model


class _NoFirstWeights(TorchFunctionMode):
    """Nothing random is drawn: on the meta device drawing imports torch._dynamo, for seconds, and there is nothing to fill."""

    DRAWN = frozenset({torch.Tensor.normal_, torch.Tensor.uniform_, init.normal_, init.uniform_, init.kaiming_normal_, init.kaiming_uniform_})

    def __torch_function__(self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        given = kwargs or {}
        if func in self.DRAWN:
            return args[0] if args else given["tensor"]
        return func(*args, **given)


def _kinds(path: Path) -> dict[str, str]:
    """Each tensor's type and shape, from the file's header alone."""
    require_file(path, MAX_WEIGHTS)
    try:
        with safe_open(path, "pt") as file:
            parts = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            return {name: f"{part.get_dtype()} {list(part.get_shape())}" for name, part in parts.items()}
    except (SafetensorError, OSError) as error:
        raise TwoviewError(f"{path} is no safetensors file that can be read: {error}") from None


def _kind(dtype: torch.dtype, shape: Sequence[int]) -> str:
    names = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64", torch.int32: "I32", torch.bool: "BOOL"}
    return f"{names.get(dtype, dtype)} {list(shape)}"


def _hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """Tuples as lists, as JSON has them, so that a card equals itself after writing and reading."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
