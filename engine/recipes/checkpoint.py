"""Make a recipe's checkpoint: load, encode, train, measure, write the card. And measure a checkpoint again."""

import atexit
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import distributed

from engine.checkpoints.cards import STATE, EncoderCard, EncodersCard, write_card
from engine.checkpoints.storage import Checkpoint, card_for, encoder_ids, save
from engine.data import load
from engine.data.base import PairedData
from engine.encoders import weights_hash
from engine.encoders.cache import Progress, encode_pairs
from engine.errors import TwoviewError
from engine.evaluation.suite import evaluate
from engine.metric import Metric
from engine.models import model_class, replaced, settings_of
from engine.recipes.base import Recipe
from engine.recipes.code import code_of
from engine.recipes.folds import require_no_folds
from engine.recipes.measures import measured, values_by_group
from engine.recipes.prepared import Prepared, prepare
from engine.recipes.results import Result
from engine.recipes.run import result_of, run_of, trained
from engine.training.loop import create
from engine.training.processes import is_first


def train_checkpoint(
    recipe: Recipe, folder: Path, seed: int = 0, device: torch.device | str = "cpu", root: Path | None = None,
    resume: bool = False, progress: Progress | None = None,
) -> Checkpoint:  # fmt: skip
    """Train the recipe's model into ``folder``, with its test metrics in the card.

    The run's state lies in ``folder`` after each epoch; ``resume`` goes on with it. Raises TwoviewError when a state of a
    broken-off run is there and ``resume`` is not set, when data are missing, or the recipe names what does not exist.
    """
    return _trained(recipe, folder, seed, device, root, resume, progress)[0]


def train_first(
    recipe: Recipe, folder: Path, device: torch.device | str = "cpu", root: Path | None = None, resume: bool = False, progress: Progress | None = None
) -> Result:
    """Seed 0 as the recipe's checkpoint in ``folder``, and the same run as its result: card and stored row say the same."""
    code = code_of(recipe)
    made, ready = _trained(recipe, folder, 0, device, root, resume, progress)
    values = values_by_group(recipe, made.model, ready.splits["test"], ready.raw["test"], ready.ids, root, device)
    return result_of(recipe, code, [run_of(0, made.history, made.card.metrics, values)], device, made.model)


def _trained(
    recipe: Recipe, folder: Path, seed: int, device: torch.device | str, root: Path | None, resume: bool, progress: Progress | None
) -> tuple[Checkpoint, Prepared]:
    """The checkpoint, and the splits that it was made from and its card was measured on."""
    require_no_folds(recipe)
    if recipe.members:
        raise TwoviewError(f"{recipe.name} is put together from trained models. Make it: python -m engine reproduce {recipe.name} --checkpoint.")
    state = folder / STATE
    if state.exists() and not resume:
        raise TwoviewError(f"A run was broken off in {folder}. Add --resume to go on with it, or remove {state} to start anew.")
    cls = model_class(recipe.model)
    settings = settings_of(cls, recipe.settings)
    training = replaced(cls.paper_training, recipe.training, f"{cls.title}'s training")
    ready = prepare(recipe, root, device, progress)
    model = create(cls, ready.splits["train"], settings, seed)
    history = trained(recipe, model, ready, training, seed, device, state, progress)
    _part_at_exit()
    seen: dict[str, PairedData] = {role: data for role, data in ready.splits.items() if role != "test"}
    card = card_for(recipe.name, recipe.title, model, seen, encoder_cards(ready), training, seed, str(device), history, recipe.note)
    card.kind = recipe.kind
    if is_first():  # of several processes that trained together: all have the same model
        card.metrics = measured(recipe, model, ready.splits, ready.raw["test"], ready.ids, root, device, progress)
        card = save(folder, model, card, history)
        state.unlink(missing_ok=True)
    return Checkpoint(model, card, history, folder), ready


def _part_at_exit() -> None:
    """Of several processes that trained together each closes its connections before Python ends: threads of theirs that meet a
    half ended interpreter abort the process, and a training that is done would count as lost."""
    if distributed.is_initialized():
        atexit.unregister(distributed.destroy_process_group)  # of a training before this one: once is all that can be done
        atexit.register(distributed.destroy_process_group)


def measure_checkpoint(
    checkpoint: Checkpoint, split: str = "test", families: Sequence[str] = ("retrieval", "classes", "correlation"),
    root: Path | None = None, device: torch.device | str = "cpu", progress: Progress | None = None,
) -> list[Metric]:  # fmt: skip
    """Measure a checkpoint on a split of the data it was trained on, and keep the metrics in its card.

    Raises TwoviewError when the encoders' weights or the features' shapes are not those it was made with.
    """
    ids = encoder_ids(checkpoint)
    name = checkpoint.card.data.name
    data = encode_pairs(load(name, split, root), *ids, device, progress)
    checkpoint.check(data, *ids)
    if "train" in checkpoint.card.data.splits:
        trained_on = encode_pairs(load(name, "train", root), *ids, device, progress)
    else:  # brought, not trained: its vectors may be of one split alone, and nothing was fitted that training pairs would be needed for
        trained_on, families = data, [family for family in families if family != "correlation"]
    metrics = evaluate(checkpoint.model, data, trained_on, families)
    checkpoint.card.metrics = [m for m in checkpoint.card.metrics if m.split != split] + metrics
    write_card(checkpoint.folder, checkpoint.card)
    return metrics


def encoder_cards(ready: Prepared) -> EncodersCard:
    """Of the encoders that made what is trained on, None for views that were vectors; they are not opened, which takes seconds."""
    train = ready.splits["train"]
    x, y = (id and EncoderCard(id=id, weights_hash=weights_hash(id), dim=view.items.shape[1]) for id, view in zip(ready.ids, (train.x, train.y), strict=True))
    return EncodersCard(x=x or None, y=y or None)
