"""``python -m engine train RECIPE``: a checkpoint from data."""

import json
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.common import (
    Changes,
    DataRoot,
    Device,
    Epochs,
    Json,
    Resume,
    Seed,
    Threads,
    assignment,
    metrics_table,
    progress_bar,
)
from engine.errors import TwoviewError


def train(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE|MODEL", help="A recipe's name, such as scenes/cca; with --data a model's name, or all for a sensible handful; scenes-cnn for the encoder.")] = "",
    data: Annotated[str | None, typer.Option("--data", help="Train a model on this: a data set's name, or the path of your own.")] = None,
    x: Annotated[str | None, typer.Option("--x", help="Encoder of the first view, with --data; else one that is here.")] = None,
    y: Annotated[str | None, typer.Option("--y", help="Encoder of the second view, with --data.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="What the checkpoint is called, with --data, as DATA/MODEL.")] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Train as many times, with --data, each with another seed.")] = 1,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows of your own data out.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the checkpoint; else checkpoints/RECIPE.")] = None,
    epochs: Epochs = None,
    changes: Changes = None,
    seed: Seed = 0,
    device: Device = "auto",
    threads: Threads = None,
    resume: Resume = False,
    root: DataRoot = None,
    list_names: Annotated[bool, typer.Option("--list", help="List the recipes and the models, and leave.")] = False,
    as_json: Json = False,
) -> None:
    """Train a model as a recipe says, or any model on any data; measure it on the test split, and keep it as a checkpoint."""
    from engine.compute import pick_device, use_threads

    if list_names:
        _print_names()
        return
    use_threads(threads)
    if recipe == "scenes-cnn":
        if changes or resume or device not in ("auto", "cpu"):
            raise TwoviewError("scenes-cnn is trained on the CPU in one go, without --set and --resume.")
        _train_encoder(seed, epochs, out, root, as_json)
        return
    from engine.checkpoints.storage import unused_folder
    from engine.paths import checkpoints_dir
    from engine.recipes import recipes_named
    from engine.recipes.changes import changed
    from engine.recipes.checkpoint import train_checkpoint
    from engine.recipes.plan import SENSIBLE, plan
    from engine.training.processes import is_first

    replaced = dict(assignment(text) for text in changes or ())
    if data is None:
        if x or y or name or skip_bad or seeds > 1:
            raise TwoviewError("--x, --y, --name, --seeds and --skip-bad belong to --data: say what to train on, a data set's name or the path of your own.")
        runs = [(changed(recipes_named([recipe])[0], replaced, epochs), seed)]
        folders = [out or checkpoints_dir() / runs[0][0].name]
    else:
        models = SENSIBLE if recipe == "all" else (recipe,)
        if len(models) * seeds > 1 and out:
            raise TwoviewError("--out names the folder of one checkpoint, and several are trained. Give --name instead, or leave both out.")
        plans = [plan(model, data, x, y, name if len(models) == 1 else name and f"{name}-{model}", replaced, epochs, skip_bad, root) for model in models]
        for sentence in dict.fromkeys(sentence for made in plans for sentence in made.decided):
            typer.echo(sentence, err=True)
        runs = [(made.recipe, seed + place) for made in plans for place in range(seeds)]
        folders = [out or unused_folder(f"{made.name}{f'-seed{s}' if s else ''}", resume) for made, s in runs]
    made = []
    for (todo, own), folder in zip(runs, folders, strict=True):
        with progress_bar(quiet=as_json or not is_first()) as progress:
            made.append(train_checkpoint(todo, folder, own, pick_device(device), root, resume, progress))
        if not as_json and is_first():
            metrics_table(made[-1].card.metrics, made[-1].card.title)
            print(f"{len(made[-1].history.epochs)} epochs in {made[-1].history.seconds:.1f} s. Checkpoint: {folder}")
    if not is_first():  # of several processes one speaks
        return
    if as_json:
        cards = [json.loads(one.card.model_dump_json()) for one in made]
        print(json.dumps(cards if data and len(cards) > 1 else cards[0], indent=1))
    elif len(made) > 1:
        _leaderboard(made)


def _leaderboard(made: list) -> None:
    """What was trained, best search first."""
    from rich.console import Console
    from rich.table import Table

    columns = (("recall_at_1", "y_to_x"), ("recall_at_1", "x_to_y"), ("mean_reciprocal_rank", "y_to_x"))

    def value(one, measure: str, direction: str) -> float:
        return next((m.value for m in one.card.metrics if (m.measure, m.direction) == (measure, direction)), float("nan"))

    table = Table("checkpoint", "R@1 search, %", "R@1 annotation, %", "MRR search, %", title="Best first", title_justify="left")
    for one in sorted(made, key=lambda one: -value(one, *columns[0])):
        table.add_row(f"{one.folder.parent.name}/{one.folder.name}", *(f"{100 * value(one, *column):.1f}" for column in columns))
    Console(highlight=False).print(table)
    names = " ".join(f"{one.folder.parent.name}/{one.folder.name}" for one in made)
    print(f"With intervals, charts and what differs: python -m engine report {names} --out report.html")


def _print_names() -> None:
    from engine.models import MODELS
    from engine.recipes import RECIPES

    print("Models, for any data (--data):")
    print("\n".join(f"  {name}" for name in MODELS))
    print("Recipes:")
    print("\n".join(f"  {name:40} {recipe.title}" for name, recipe in RECIPES.items()))


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
