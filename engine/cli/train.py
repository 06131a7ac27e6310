"""``python -m engine train RECIPE``: a checkpoint from data."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli.common import DataRoot, Device, Json, Threads, metrics_table, progress_bar
from engine.errors import TwoviewError

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
    from engine.recipes.changes import changed
    from engine.recipes.checkpoint import train_checkpoint

    plan = changed(recipes_named([recipe])[0], dict(_assignment(text) for text in changes or ()), epochs)
    with progress_bar(quiet=as_json) as progress:
        made = train_checkpoint(plan, out or checkpoints_dir() / plan.name, seed, pick_device(device), root, resume, progress)
    if as_json:
        print(made.card.model_dump_json(indent=1))
        return
    metrics_table(made.card.metrics, made.card.title)
    print(f"{len(made.history.epochs)} epochs in {made.history.seconds:.1f} s. Checkpoint: {made.folder}")


def _assignment(text: str) -> tuple[str, Any]:
    from engine.recipes.changes import plain

    name, equals, value = text.partition("=")
    if not equals:
        raise TwoviewError(f"--set takes NAME=VALUE, for instance --set k=32, but {text!r} came.")
    return name, plain(value)


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
