"""``python -m engine reproduce list | NAME…``: run rows of the papers' tables and print our numbers beside the published ones."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.common import DataRoot, Device, Json, Threads, progress_bar

if TYPE_CHECKING:
    from engine.recipes.base import Recipe
    from engine.recipes.lines import Line
    from engine.recipes.results import Result

Names = Annotated[list[str] | None, typer.Argument(metavar="list | NAME…", help="Recipes by name or pattern (mnist/*); list prints them all.")]


def reproduce(
    names: Names = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="How many seeds: 0, 1, …; else as many as the stored result has, or one.", show_default=False)] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Keep the seeds that a stored result of the same recipe has, as after a kill.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="The same models on the bundled digits; without names, every correlation model.")] = False,
    checkpoint: Annotated[bool, typer.Option("--checkpoint", help="Keep seed 0 as the recipe's checkpoint too: card and stored row come from one run.")] = False,
    device: Device = "auto",
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Train and evaluate recipes, store their results, and print them beside the published figures."""
    from engine.compute import pick_device, use_threads
    from engine.errors import TwoviewError
    from engine.paths import checkpoints_dir
    from engine.recipes import RECIPES, quick_recipes, recipes_named
    from engine.recipes.checkpoint import train_first
    from engine.recipes.ensemble import run_ensemble
    from engine.recipes.lines import lines
    from engine.recipes.results import read, store
    from engine.recipes.run import reusable, run_recipe

    if names == ["list"]:
        _list(list(RECIPES.values()), as_json)
        return
    if quick:
        recipes = quick_recipes(names)
    elif names:
        recipes = recipes_named(names)
    else:
        raise TwoviewError("Name recipes to run, or ask for: reproduce list, reproduce --quick.")
    use_threads(threads)
    chosen = pick_device(device)
    results = []
    for recipe in recipes:
        earlier = read(recipe.name) if resume and not recipe.members else None
        count = seeds or _stored_seeds(recipe.name)
        known = earlier if reusable(recipe, earlier, chosen) else None
        if known and not as_json:
            kept = sum(run.seed < count for run in known.runs)
            print(f"{recipe.name}: {kept} of {count} seeds are kept from {known.created[:10]}.")
        with progress_bar(quiet=as_json) as progress:
            if recipe.members:
                result = run_ensemble(recipe, range(count), chosen, root, progress, checkpoint)
                store(result)
            else:
                if checkpoint:
                    known = train_first(recipe, checkpoints_dir() / recipe.name, chosen, root, resume, progress)
                    store(known)
                result = run_recipe(recipe, range(count), chosen, root, progress, known, store)
        shown = lines(result, recipe.figures)
        results.append(as_plain(result, shown))
        if not as_json:
            _show(recipe, shown)
    if as_json:
        print(json.dumps(results, ensure_ascii=False, indent=1))


def _stored_seeds(name: str) -> int:
    """How many seeds the stored result of a recipe has; one where there is none that can be read: it is about to be replaced."""
    from engine.errors import TwoviewError
    from engine.recipes.results import read

    try:
        stored = read(name)
    except TwoviewError:
        return 1
    return len(stored.runs) if stored else 1


def _list(recipes: "list[Recipe]", as_json: bool) -> None:
    from engine.recipes.results import stored

    known = {result.recipe: result.recipe_hash for result in stored()}
    measured = {recipe.name: known.get(recipe.name) == recipe.hash for recipe in recipes}
    if as_json:
        rows = [{"name": r.name, "title": r.title, "model": r.model, "data": r.data, "measured": measured[r.name]} for r in recipes]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "what", "measured", box=None)
    for recipe in recipes:
        table.add_row(recipe.name, recipe.title, "yes" if measured[recipe.name] else "no")
    Console().print(table)


def _show(recipe: "Recipe", shown: "list[Line]") -> None:
    from rich.console import Console

    Console(highlight=False).print(f"[bold]{recipe.title}[/bold]  ({recipe.name}, {shown[0].result.split} of {recipe.data})")
    print_lines(shown)
    if recipe.note and any(line.falls_short for line in shown):
        Console(highlight=False).print(recipe.note, style="dim")


def print_lines(shown: "list[Line]") -> None:
    """A table of measures: published figure, ours, difference."""
    from rich.console import Console
    from rich.table import Table

    table = Table("measure", "published", "ours", "difference", box=None, padding=(0, 2))
    for line in shown:
        published = f"{line.shown(line.figure.value)}  {line.figure.source}" if line.figure else ""
        table.add_row(line.what, published, line.ours, line.shown(line.difference, "+") if line.figure else "")
    Console(highlight=False).print(table)


def as_plain(result: "Result", shown: "list[Line]") -> dict:
    """A result as JSON has it: everything stored but the single metrics, and the lines that are shown."""
    return result.model_dump(exclude={"runs"}) | {
        "split": result.split,
        "seeds": [run.seed for run in result.runs],
        "seconds": [run.seconds for run in result.runs],
        "lines": [
            {
                "measure": line.measure, "direction": line.direction, "values": result.values(line.measure, line.direction),
                "mean": line.mean, "std": line.std, "published": line.figure.value if line.figure else None,
                "source": line.figure.source if line.figure else None, "difference": line.difference,
            }
            for line in shown
        ],
    }  # fmt: skip
