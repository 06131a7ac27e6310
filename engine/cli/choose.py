"""``python -m engine choose RECIPE|MODEL name=a,b,c …``: settings from a grid on the validation split."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.common import DataRoot, Device, Json, Seed, Threads, metrics_table, progress_bar
from engine.errors import TwoviewError

if TYPE_CHECKING:
    from engine.recipes.choose import Choice


def choose(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE|MODEL", help="A recipe's name, such as flickr8k/clip_loss; with --data a model's name.")],
    grid: Annotated[list[str], typer.Argument(metavar="NAME=A,B,C…", help="A setting of the model or its training, and the values to try; lists in brackets.")],
    data: Annotated[str | None, typer.Option("--data", help="Search for a model on this: a data set's name, or the path of your own.")] = None,
    x: Annotated[str | None, typer.Option("--x", help="Encoder of the first view, with --data; else one that is here.")] = None,
    y: Annotated[str | None, typer.Option("--y", help="Encoder of the second view, with --data.")] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows of your own data out.")] = False,
    train: Annotated[bool, typer.Option("--train", help="Then train with what was chosen; the checkpoint's card says from what.")] = False,
    name: Annotated[str | None, typer.Option("--name", help="What the search is stored as; else the settings' names.")] = None,
    measure: Annotated[str | None, typer.Option("--measure", help="mrr, mean_average_precision, …; else what the recipe's training watches.")] = None,
    seed: Seed = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Keep what stored searches of this recipe have trained: this one before a kill, or others whose points it shares.")] = False,
    device: Device = "auto",
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Train every combination of a grid, measure each on the validation split, and keep all of it with what was chosen."""
    from engine.checkpoints.storage import unused_folder
    from engine.compute import pick_device, use_threads
    from engine.recipes import recipes_named
    from engine.recipes.checkpoint import train_checkpoint
    from engine.recipes.choose import choose as search
    from engine.recipes.choose import chosen, stored
    from engine.recipes.plan import plan

    values = dict(_axis(text) for text in grid)
    use_threads(threads)
    if data is None:
        if x or y or skip_bad:
            raise TwoviewError("--x, --y and --skip-bad belong to --data: say what to search on, a data set's name or the path of your own.")
        planned = recipes_named([recipe])[0]
    else:
        made = plan(recipe, data, x, y, changes={key: tried[0] for key, tried in values.items()}, skip_bad=skip_bad, root=root)
        planned = made.recipe
        for sentence in made.decided:
            typer.echo(sentence, err=True)
    stored_as = name or "+".join(values)
    folder = unused_folder(planned.name) if train else None
    known = stored(planned.name) if resume else ()
    with progress_bar(quiet=as_json) as progress:
        choice = search(planned, values, stored_as, measure, seed, pick_device(device), root, progress, known, _keep)
        checkpoint = train_checkpoint(chosen(planned, choice), folder, seed, pick_device(device), root, progress=progress) if folder else None
    if as_json:
        print(choice.model_dump_json(indent=1))
        return
    _print(choice)
    print(f"Table, plot and every point: {_keep(choice)}")
    if checkpoint:
        metrics_table(checkpoint.card.metrics, checkpoint.card.title)
        print(f"{checkpoint.card.notes} Checkpoint: {folder}")


def _axis(text: str) -> tuple[str, list[Any]]:
    """``dropout=0.2,0.5`` or ``hidden_y=[512],[1024,512]``."""
    from engine.recipes.changes import plain

    name, equals, values = text.partition("=")
    if not equals or not values:
        raise TwoviewError(f"choose takes NAME=A,B,C, for instance dropout=0.2,0.5, but {text!r} came.")
    try:
        return name, json.loads(f"[{values}]")
    except json.JSONDecodeError:
        return name, [plain(value) for value in values.split(",")]


def _keep(choice: "Choice") -> Path:
    """The search's file, and beside it its table and its plot; the table."""
    from engine.paths import atomic_write
    from engine.recipes.choose import store
    from engine.report.choice import markdown, svg

    path = store(choice)
    plot = path.with_suffix(".svg")
    for target, text in ((plot, svg(choice)), (path.with_suffix(".md"), markdown(choice, plot.name))):
        with atomic_write(target) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return path.with_suffix(".md")


def _print(choice: "Choice") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*choice.grid, choice.measure, "R@1 x→y", "R@1 y→x", "seconds", box=None, padding=(0, 2))
    for point in sorted(choice.points, key=lambda point: -point.value):
        settings = (json.dumps(point.settings[name]) for name in choice.grid)
        table.add_row(*settings, f"{point.value:.4f}", *("–" if rate is None else f"{100 * rate:.1f} %" for rate in (point.annotation, point.search)), f"{point.seconds:.1f}")
    console = Console(highlight=False)
    console.print(f"[bold]{choice.recipe}[/bold]  {len(choice.points)} runs, {choice.minutes:.1f} minutes, measured on {choice.split}")
    console.print(table)
    said = " ".join(f"{name}={json.dumps(value)}" for name, value in choice.best.settings.items())
    console.print(f"Chosen: {said}", markup=False)
