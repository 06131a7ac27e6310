"""``python -m engine report CHECKPOINT…``: which is better, where, and why, as one file to take away."""

import json
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.common import DataRoot, Json, Threads, progress_bar


def report(
    checkpoints: Annotated[list[str], typer.Argument(metavar="CHECKPOINT…", help="Folders, or names such as scenes/cca. The first two are A and B.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write the report to this HTML file.")] = None,
    tables: Annotated[Path | None, typer.Option("--tables", help="Write every table to this folder, as CSV, JSON, LaTeX and Markdown.")] = None,
    split: Annotated[str, typer.Option("--split", help="The part of the data to compare on.")] = "test",
    ship: Annotated[bool, typer.Option("--ship", help="Keep what is measured beside the checkpoints, for those who get them.")] = False,
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Compare checkpoints of one data set; print the leaderboard, write the whole report with --out."""
    from engine.checkpoints.cards import read_card
    from engine.checkpoints.storage import checkpoint_folder
    from engine.checkpoints.storage import load as open_checkpoint
    from engine.compute import use_threads
    from engine.data import load
    from engine.errors import TwoviewError
    from engine.paths import atomic_write
    from engine.report import regions
    from engine.report.build import build
    from engine.report.contenders import contender
    from engine.report.html import as_html
    from engine.report.tables import as_csv, as_latex, as_markdown, records
    from engine.report.tables import as_json as table_json
    from engine.search.retriever import Retriever

    use_threads(threads)
    folders = list(dict.fromkeys(checkpoint_folder(name) for name in checkpoints))
    cards = {folder: read_card(folder) for folder in folders}
    trained_on = {folder: card.data.name for folder, card in cards.items()}
    if len(set(trained_on.values())) > 1:
        said = ", ".join(f"{folder.name} on {data}" for folder, data in trained_on.items())
        raise TwoviewError(f"Checkpoints of one data set are compared with each other, but these were trained on several: {said}.")
    with progress_bar(quiet=as_json) as progress:
        if all(map(regions.reads_regions, cards.values())):
            opened_models = {_name(folder, folders): open_checkpoint(folder) for folder in folders}
            data = load(trained_on[folders[0]], split, root)
            entrants = [regions.entrant(name, checkpoint, data, progress=progress, ship=ship) for name, checkpoint in opened_models.items()]
            made = regions.build([*entrants, *regions.baselines(next(iter(opened_models.values())), data, progress, ship)], data)
        else:
            opened = {_name(folder, folders): Retriever.open(folder, split, root, progress=progress) for folder in folders}
            made = build([contender(name, retriever, progress, ship) for name, retriever in opened.items()], next(iter(opened.values())).gallery)
    if out:
        with atomic_write(out) as temporary:
            temporary.write_text(as_html(made), encoding="utf-8")
    for table in made.tables if tables else ():
        assert tables is not None
        for ending, text in (("csv", as_csv(table)), ("json", table_json(table) + "\n"), ("tex", as_latex(table)), ("md", as_markdown(table))):
            with atomic_write(tables / f"{table.key}.{ending}") as temporary:
                temporary.write_text(text, encoding="utf-8")
    if as_json:
        print(json.dumps({table.key: records(table) for table in made.tables}, ensure_ascii=False, indent=1))
        return
    _print(made)
    if out:
        typer.echo(f"The report is in {out}.")
    else:
        typer.echo("Add --out report.html to take all of it away.")


def _name(folder: Path, folders: list[Path]) -> str:
    """A folder's own name, with its parent's where two are called alike."""
    alike = [other for other in folders if other.name == folder.name]
    return folder.name if len(alike) == 1 else f"{folder.parent.name}/{folder.name}"


def _print(made) -> None:
    """The leaderboard's rates and ranks, and what A against B comes to."""
    from rich.console import Console
    from rich.table import Table as Drawn

    console = Console(highlight=False)
    for table in made.sections[0].tables:
        shown = [column for column in table.columns if column.key.startswith(("recall_at_1_", "recall_at_10_", "region_recall", "region_upper"))]
        drawn = Drawn("", *(f"{column.heading}\n{column.group}" for column in shown), title=table.note, title_justify="left", box=None)
        for row in table.rows:
            drawn.add_row(str(row["model"]), *(_short(row[column.key], column.scale) for column in shown))
        console.print(drawn)
    for section in made.sections[1:]:
        for paragraph in section.words if section.title in ("A against B", "Audit") else ():
            console.print(paragraph.replace("**", ""), soft_wrap=True)


def _short(value, scale) -> str:
    """A number without its interval, which the report holds, or what is said in its place."""
    from engine.report.tables import MARKS, Number, figure

    return figure(value.value, scale) + MARKS[value.standing] if isinstance(value, Number) else value or "–"
