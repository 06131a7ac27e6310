"""Ensembles, for scale: models that were trained one by one answer together, by the sum of their standardised scores (``engine.models.ensemble``).

A recipe's members are its checkpoints, trained where they are missing; one's own are any checkpoints of one data set and one pair of encoders.
An ensemble is measured as every model is, and marked wherever it stands: no single model competes with it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import torch

from engine.checkpoints.cards import CARD, TrainingCard, write_card
from engine.checkpoints.history import History
from engine.checkpoints.storage import Checkpoint, checkpoint_folder, describe, encoder_ids, load, save
from engine.compute import versions
from engine.data import load as load_data
from engine.data.base import PairedData
from engine.encoders.cache import Progress, encode_pairs
from engine.errors import TwoviewError
from engine.models import model_class, settings_of
from engine.models.ensemble import Ensemble
from engine.paths import checkpoints_dir
from engine.recipes.base import Recipe
from engine.recipes.checkpoint import measure_checkpoint, train_checkpoint
from engine.recipes.code import code_of
from engine.recipes.measures import measured, values_by_group
from engine.recipes.prepared import prepare
from engine.recipes.results import Result, Run, packed
from engine.recipes.run import result_of
from engine.training.batches import PairTensors


def assemble(
    name: str, members: Sequence[str | Path], split: str = "test", root: Path | None = None, device: torch.device | str = "cpu", progress: Progress | None = None
) -> Checkpoint:
    """Keep checkpoints, given by name or folder, together as the checkpoint ``name`` of their data set, with its measures on ``split`` in the card.

    Raises TwoviewError, before anything is written, when there is something of that name, or the members do not belong together.
    """
    if not name.replace("-", "").replace("_", "").isalnum():
        raise TwoviewError(f"An ensemble's name has letters, digits, - and _ only, but {name!r} came.")
    opened = [load(checkpoint_folder(member)) for member in members]
    _require_alike(opened)
    data = opened[0].card.name.rpartition("/")[0]
    folder = checkpoints_dir() / data / name
    if folder.exists():
        raise TwoviewError(f"There is already something at {folder}. Choose another name, or remove it.")
    train = encode_pairs(load_data(opened[0].card.data.name, "train", root), *encoder_ids(opened[0]), device, progress)
    made = _keep(folder, f"{data}/{name}", f"Ensemble {name}", opened, _together(opened, train), str(device))
    measure_checkpoint(made, split, ("retrieval", "classes"), root, device, progress)
    return made


def run_ensemble(
    recipe: Recipe, seeds: Sequence[int] = (0,), device: torch.device | str = "cpu", root: Path | None = None, progress: Progress | None = None, checkpoint: bool = False
) -> Result:
    """The recipe's result, each run of other members; those without a checkpoint are trained into one. ``checkpoint``: keep run 0 as the recipe's, too."""
    code, runs = code_of(recipe), []
    ready = prepare(recipe, root, device, progress)
    for seed in seeds:
        opened = _members(recipe, seed, device, root, progress)
        _require_alike(opened)
        for member in opened:
            member.check(ready.splits["test"], *ready.ids)
        model = _together(opened, ready.splits["train"])
        metrics = measured(recipe, model, ready.splits, ready.raw["test"], ready.ids, root, device, progress)
        if checkpoint and seed == 0:
            made = _keep(checkpoints_dir() / recipe.name, recipe.name, recipe.title, opened, model, str(device))
            write_card(made.folder, made.card.model_copy(update={"metrics": metrics}))
        epochs, seconds = _spent(opened)
        values = values_by_group(recipe, model, ready.splits["test"], ready.raw["test"], ready.ids, root, device)
        runs.append(Run(seed=seed, epochs=epochs, seconds=seconds, metrics=metrics, by_group=packed(values)))
    return result_of(recipe, code, runs, device, model)


def _members(recipe: Recipe, run: int, device: torch.device | str, root: Path | None, progress: Progress | None) -> list[Checkpoint]:
    """The checkpoints of a run: of a recipe that is n members, seeds run n to run n + n − 1. Raises TwoviewError where one holds another model than its recipe."""
    often, seen, found = Counter(member.name for member in recipe.members), Counter[str](), []
    for member in recipe.members:
        seed = run * often[member.name] + seen[member.name]
        seen[member.name] += 1
        folder = checkpoints_dir() / f"{member.name}{f'-seed{seed}' if seed else ''}"
        opened = load(folder) if (folder / CARD).is_file() else train_checkpoint(member, folder, seed, device, root, resume=True, progress=progress)
        settings = settings_of(model_class(member.model), member.settings)
        if (opened.model.name, opened.model.settings, opened.card.training.seed) != (member.model, settings, seed):
            raise TwoviewError(f"{folder} holds another model than {member.name} with seed {seed}. Remove it, and it is trained again.")
        found.append(opened)
    return found


def _require_alike(members: Sequence[Checkpoint]) -> None:
    """Raises TwoviewError unless all were trained on features of one data set, made by the same encoders."""
    first = members[0]
    for other in members[1:]:
        if other.card.data.name != first.card.data.name:
            raise TwoviewError(f"An ensemble answers about one data set, but {first.card.name} was trained on {first.card.data.name} and {other.card.name} on {other.card.data.name}.")
        if other.card.encoders != first.card.encoders:
            raise TwoviewError(f"{first.card.name} and {other.card.name} were trained on features of different encoders, so nothing can be asked of both at once.")


def _together(members: Sequence[Checkpoint], train: PairedData) -> Ensemble:
    """The members as they are, their scores standardised on the training pairs."""
    first = members[0].model
    settings = Ensemble.Settings(tuple((member.model.name, asdict(member.model.settings)) for member in members))
    model = Ensemble(first.shape_x, first.shape_y, settings)
    for own, member in zip(model.members, members, strict=True):
        own.load_state_dict(member.model.state_dict())
    pairs = PairTensors.of(train, torch.device("cpu")).everything()
    model.eval().standardise(pairs.x, pairs.y)
    return model


def _keep(folder: Path, name: str, title: str, members: Sequence[Checkpoint], model: Ensemble, device: str) -> Checkpoint:
    epochs, seconds = _spent(members)
    notes = f"The sum of the standardised scores of {', '.join(member.card.name for member in members)}. For scale: no single model."
    card = members[0].card.model_copy(
        update={
            "name": name, "title": title, "model": describe(model, ""), "metrics": [], "notes": notes, "kind": "ensemble", "logits": None,
            "training": TrainingCard(seed=0, epochs_run=epochs, best_epoch=None, seconds=round(seconds, 2), device=device),
            "versions": versions(), "created": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )  # fmt: skip
    return Checkpoint(model, save(folder, model, card, History()), History(), folder)


def _spent(members: Sequence[Checkpoint]) -> tuple[int, float]:
    """Epochs and seconds of all members' trainings."""
    return sum(member.card.training.epochs_run for member in members), sum(member.card.training.seconds for member in members)
