"""``python -m engine choose RECIPE name=a,b,c …``: settings from a grid on the validation split."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.common import DataRoot, Device, Json, Threads, progress_bar
from engine.errors import TwoviewError

if TYPE_CHECKING:
    from engine.recipes.choose import Choice


def choose(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe's name, such as flickr8k/clip_loss.")],
    grid: Annotated[list[str], typer.Argument(metavar="NAME=A,B,C…", help="A setting of the model or its training, and the values to try; lists in brackets.")],
    name: Annotated[str | None, typer.Option("--name", help="What the search is stored as; else the settings' names.")] = None,
    measure: Annotated[str | None, typer.Option("--measure", help="mrr, mean_average_precision, …; else what the recipe's training watches.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="What is random follows from it.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Keep the points that a stored, equal search has, as after a kill.")] = False,
    device: Device = "auto",
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Train every combination of a grid, measure each on the validation split, and keep all of it with what was chosen."""
    from engine.compute import pick_device, use_threads
    from engine.recipes import recipes_named
    from engine.recipes.choose import choose as search
    from engine.recipes.choose import read

    values = dict(_axis(text) for text in grid)
    use_threads(threads)
    plan, stored_as = recipes_named([recipe])[0], name or "+".join(values)
    known = read(plan.name, stored_as) if resume else None
    with progress_bar(quiet=as_json) as progress:
        choice = search(plan, values, stored_as, measure, seed, pick_device(device), root, progress, known, _keep)
    if as_json:
        print(choice.model_dump_json(indent=1))
        return
    _print(choice)


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


def _keep(choice: "Choice") -> None:
    """The search's file, and beside it its table and its plot."""
    from engine.paths import atomic_write
    from engine.recipes.choose import store
    from engine.report.choice import markdown, svg

    path = store(choice)
    plot = path.with_suffix(".svg")
    for target, text in ((plot, svg(choice)), (path.with_suffix(".md"), markdown(choice, plot.name))):
        with atomic_write(target) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _print(choice: "Choice") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*choice.grid, choice.measure, "R@1 x→y", "R@1 y→x", "seconds", box=None, padding=(0, 2))
    for point in sorted(choice.points, key=lambda point: -point.value):
        settings = (json.dumps(point.settings[name]) for name in choice.grid)
        table.add_row(*settings, f"{point.value:.4f}", f"{100 * point.annotation:.1f} %", f"{100 * point.search:.1f} %", f"{point.seconds:.1f}")
    console = Console(highlight=False)
    console.print(f"[bold]{choice.recipe}[/bold]  {len(choice.points)} runs, {choice.minutes:.1f} minutes, measured on {choice.split}")
    console.print(table)
    said = " ".join(f"{name}={json.dumps(value)}" for name, value in choice.best.settings.items())
    console.print(f"Chosen: {said}", markup=False)
