"""``python -m engine results``: every stored result, and RESULTS.md made of nothing else."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.common import Json

if TYPE_CHECKING:
    from engine.recipes.results import Result


def results(
    markdown: Annotated[Path | None, typer.Option(help="Write the page of results to this file, RESULTS.md.")] = None,
    stale: Annotated[bool, typer.Option("--stale", help="Only those that the code of today may not give again.")] = False,
    as_json: Json = False,
) -> None:
    """List the stored results beside the published figures."""
    from engine.cli.reproduce import as_plain, print_lines
    from engine.grounding.combination import kept_combinations
    from engine.paths import atomic_write, checkpoints_dir
    from engine.recipes import RECIPES
    from engine.recipes.choose import stored as searches
    from engine.recipes.lines import is_current, is_stale, lines
    from engine.recipes.page import markdown as page
    from engine.recipes.results import stored

    every = stored()
    found = [result for result in every if is_stale(result, RECIPES)] if stale else every
    shown = {result.recipe: lines(result, RECIPES[result.recipe].figures if result.recipe in RECIPES else ()) for result in found}
    if markdown:
        with atomic_write(markdown) as temporary:
            temporary.write_text(page(every, RECIPES, kept_combinations(checkpoints_dir()), {name: searches(name) for name in RECIPES}), encoding="utf-8")
    if as_json:
        rows = [as_plain(result, shown[result.recipe]) | {"current": is_current(result, RECIPES), "stale": is_stale(result, RECIPES)} for result in found]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    from rich.console import Console

    console = Console(highlight=False)
    if stale:
        for result in found:
            console.print(f"{result.recipe}  [dim]{_why_stale(result)}[/dim]")
        console.print(f"{len(found)} of {len(every)} stored results. Run them again: python -m engine reproduce NAME…")
        return
    for result in found:
        old = "" if is_current(result, RECIPES) else "  [yellow]the recipe has changed since: run it again[/yellow]"
        seconds = f"{result.seconds:.1f} s on {result.device}"
        console.print(f"[bold]{result.recipe}[/bold]  {result.split} of {result.data}, {len(result.runs)} seed(s), {seconds}{old}")
        print_lines(shown[result.recipe])
    if not found:
        console.print("Nothing is stored yet. Run: python -m engine reproduce list")


def _why_stale(result: "Result") -> str:
    from engine.recipes import RECIPES
    from engine.recipes.lines import is_current

    if not is_current(result, RECIPES):
        return "the recipe has changed" if result.recipe in RECIPES else "there is no such recipe any more"
    return "the code has changed" if result.code else "measured before the code was recorded"
