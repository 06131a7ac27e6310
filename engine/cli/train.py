"""``python -m engine train RECIPE``: a checkpoint from data."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.common import DataRoot, Device, Json, Threads, metrics_table, progress_bar
from engine.errors import TwoviewError

if TYPE_CHECKING:
    from engine.recipes.base import Recipe

Changes = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Replace one of the model's or the training's settings; again for more.")]


def train(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe's name, such as scenes/cca, or scenes-cnn for the encoder.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the checkpoint; else checkpoints/RECIPE.")] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="At most as many epochs.")] = None,
    changes: Changes = None,
    seed: Annotated[int, typer.Option("--seed", help="What is random follows from it.")] = 0,
    device: Device = "auto",
    threads: Threads = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was broken off.")] = False,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Train a model as a recipe says, measure it on the test split, and keep it as a checkpoint."""
    from engine.compute import pick_device, use_threads

    use_threads(threads)
    if recipe == "scenes-cnn":
        if changes or resume or device not in ("auto", "cpu"):
            raise TwoviewError("scenes-cnn is trained on the CPU in one go, without --set and --resume.")
        _train_encoder(seed, epochs, out, root, as_json)
        return
    from engine.paths import checkpoints_dir
    from engine.recipes import recipes_named
    from engine.recipes.checkpoint import train_checkpoint

    plan = changed(recipes_named([recipe])[0], dict(_assignment(text) for text in changes or ()), epochs)
    with progress_bar(quiet=as_json) as progress:
        made = train_checkpoint(plan, out or checkpoints_dir() / plan.name, seed, pick_device(device), root, resume, progress)
    if as_json:
        print(made.card.model_dump_json(indent=1))
        return
    metrics_table(made.card.metrics, made.card.title)
    print(f"{len(made.history.epochs)} epochs in {made.history.seconds:.1f} s. Checkpoint: {made.folder}")


def changed(recipe: "Recipe", changes: dict[str, Any], epochs: int | None) -> "Recipe":
    """The recipe with single values of its settings or its training replaced. Raises TwoviewError on an unknown name."""
    from engine.models import model_class

    cls = model_class(recipe.model)
    known = {"settings": {f.name for f in fields(cls.Settings)}, "training": {f.name for f in fields(cls.paper_training)}}
    values = {"settings": dict(recipe.settings), "training": dict(recipe.training)}
    for name, value in changes.items():
        where = [part for part, names in known.items() if name in names]
        if not where:
            raise TwoviewError(f"{cls.title} has no setting {name!r}. There are: {', '.join(sorted(known['settings'] | known['training']))}.")
        values[where[0]][name] = value
    if epochs is not None:
        values["training"]["epochs"] = epochs
    return replace(recipe, settings=values["settings"], training=values["training"])


def _assignment(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise TwoviewError(f"--set takes NAME=VALUE, for instance --set k=32, but {text!r} came.")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _train_encoder(seed: int, epochs: int | None, out: Path | None, root: Path | None, quiet: bool) -> None:
    """The scenes' own image encoder, on the CPU; its card says how well the network knows what it sees."""
    from engine.data import load
    from engine.encoders.scenes_training import Plan
    from engine.encoders.scenes_training import train as train_encoder

    plan = Plan() if epochs is None else Plan(small_epochs=max(epochs - 2, 0), full_epochs=min(epochs, 2))
    data, validation = (load("scenes", split, root) for split in ("train", "validation"))
    with progress_bar(quiet) as progress:
        folder = train_encoder(data, validation, seed, plan, progress, out)
    print(json.dumps({"folder": str(folder)}) if quiet else f"scenes-cnn lies in {folder}.")
