"""``python -m engine data …``: which data sets there are, whether what lies here is whole, and bringing one's own."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import TwoviewError

if TYPE_CHECKING:
    from engine.data.base import DatasetInfo, PairedData, View
    from engine.data.own import Columns, Problem

app = typer.Typer(no_args_is_help=True, help="Data sets: which there are, what is missing, what is wrong with yours.")

Root = Annotated[Path | None, typer.Option("--data-root", "--root", help="Folder of the data sets; else TWOVIEW_DATA, else ./data.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows of your own data out; succeed if good ones remain.")]
Name = Annotated[str, typer.Argument(metavar="NAME-or-PATH", help="A data set's name, built in or brought, or the path of your own data.")]

PictureColumn = Annotated[list[str] | None, typer.Option("--picture-column", help="The column that names the pictures; again for pairs of pictures.")]
SentenceColumn = Annotated[list[str] | None, typer.Option("--sentence-column", help="The column of the sentences; again for more.")]
LabelColumn = Annotated[str, typer.Option("--label-column", help="The column of the classes.")]
SplitColumn = Annotated[str, typer.Option("--split-column", help="The column that says train, validation or test.")]


@app.command("list")
def list_sets(root: Root = None, as_json: Json = False) -> None:
    """The data sets by name: what they hold, and whether they are here."""
    from engine.data import DATASETS
    from engine.data.own.brought import listed
    from engine.paths import data_root

    folder, yours = data_root(root), listed()
    rows = [_described(info, folder) for info in DATASETS.values()]
    if as_json:
        rows += [{"name": each.name, "title": each.about.title, "path": str(each.path), "brought": True} if each.about else {"name": each.name, "problem": each.problem} for each in yours]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    console.print(f"Data root: {folder}\n", markup=False)
    for row in rows:
        here = "included" if row["embedded"] else "not here" if row["missing"] else "here"
        console.print(f"[bold]{row['name']}[/bold]  {row['title']}, {row['kind']}: [{'yellow' if row['missing'] else 'green'}]{here}[/]")
        details = {"": row["description"], "splits: ": ", ".join(row["splits"]), "terms: ": row["terms"]}
        if row["missing"]:
            details |= {"missing: ": ", ".join(row["missing"]), "source: ": row["where"]}
        for what, text in details.items():
            console.print(Padding(Text(what + text), (0, 0, 0, 4)))
    for each in yours:
        state = f"{each.about.title}: brought, {'in ' + each.about.source if each.about.source else f'{each.bytes / 1e6:,.1f} MB'}" if each.about else each.problem
        console.print(Text(each.name, "bold").append(f"  {state}", "not bold"))


@app.command()
def add(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A folder, a table or matrices, which stay where they are; or a zip of such, which is unpacked.")],
    name: Annotated[str | None, typer.Option("--name", help="What --data takes from now on; else the name of the folder or file.")] = None,
    pictures: PictureColumn = None, sentences: SentenceColumn = None, label: LabelColumn = "", split: SplitColumn = "",
    skip_bad: SkipBad = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Bring your own data under a name that every command and every page knows. Nothing is kept if they cannot be read."""
    from engine.data.own import brought, check_own

    with _progress(quiet=as_json) as progress:
        made = brought.bring(path, name, _columns(pictures, sentences, label, split), skip_bad, progress=progress)
        try:
            reading = check_own(made.name, progress)
        except BaseException:
            brought.remove(made.name)
            raise
    if as_json:
        print(json.dumps({"name": made.name, "pairs": len(reading.data.pairs), "problems": len(reading.problems), "notes": list(reading.notes)}, ensure_ascii=False, indent=1))
        return
    print("\n".join([f"{made.name}: {len(reading.data.pairs):,} pairs, {len(reading.problems):,} bad rows.", *reading.notes]))
    if reading.problems and not skip_bad:
        print(f"See them: python -m engine data check {made.name}. Mend them, or leave them out with --skip-bad.")
    print(f"What is wrong with the good ones: python -m engine data health {made.name}. Train on them: python -m engine train cca --data {made.name}")


@app.command()
def rename(name: Name, title: Annotated[str, typer.Argument(help="What it is called from now on; models keep knowing it.")]) -> None:
    """Give what you brought another title."""
    from engine.data.own import brought

    made = brought.change(name, title=title)
    assert made.about is not None
    print(f"{made.name} is called {made.about.title!r} now; --data takes both.")


@app.command()
def remove(name: Name, yes: Annotated[bool, typer.Option("--yes", help="Without asking.")] = False) -> None:
    """Forget what you brought. What was unpacked is deleted, a folder of yours stays as it is; models trained on it stay, and can no longer be asked."""
    from engine.data.own import brought

    entry = next((each for each in brought.listed() if each.name == name), None) or brought.require(name)
    freed = f"{entry.bytes / 1e6:,.1f} MB" if entry.about is None or not entry.about.source else "nothing of your folder"
    if not yes:
        typer.confirm(f"Remove {entry.name} ({freed} will be deleted)?", abort=True)
    brought.remove(entry.name)
    print(f"{entry.name} is gone.")


@app.command()
def check(
    name: Name, pictures: PictureColumn = None, sentences: SentenceColumn = None, label: LabelColumn = "", split: SplitColumn = "",
    root: Root = None, skip_bad: SkipBad = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Read everything and open every picture. Lists every bad row; exits with 1 if there is one (and --skip-bad is not given)."""
    from engine.data import DATASETS, find
    from engine.data.own import check_own

    info = find(name)
    notes: list[str] = []
    with _progress(quiet=as_json) as progress:
        if name in DATASETS:
            parts = _parts(info, root, progress)
            seen: set[tuple[str, str]] = set()
            problems = [problem for part in parts for problem in _bad_items(part, seen, progress)]
        else:
            reading = check_own(name, progress, _columns(pictures, sentences, label, split))
            problems, notes = list(reading.problems), list(reading.notes)
            parts = [reading.data]
            with suppress(TwoviewError):  # too few good pairs to split; the problems say why
                parts += [reading.data.take_groups(groups, split) for split, groups in reading.splits().items()]
    counts = {part.split: {"x": len(part.x), "y": len(part.y), "pairs": len(part.pairs)} for part in parts}
    if as_json:
        found = [{"row": problem.row, "what": problem.what} for problem in problems]
        print(json.dumps({"name": info.name, "splits": counts, "problems": found, "notes": notes}, ensure_ascii=False, indent=1))
    else:
        _report(info, counts, problems, skip_bad)
        for note in notes:
            print(note)
    if problems and not (skip_bad and any(count["pairs"] for count in counts.values())):
        raise typer.Exit(1)


@app.command()
def health(
    name: Name,
    encoder: Annotated[str | None, typer.Option("--encoder", help="Of the pictures (or the first sentences), for near-duplicates by its features; else by pixels alone.")] = None,
    leave_out: Annotated[list[str] | None, typer.Option("--leave-out", metavar="KEY", help="Leave out what a finding of this key says, in what you brought; again for more.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write all cases to this CSV.")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """What is wrong with the good rows: near-duplicates within and across splits, shared sentences, other languages, sizes, pictures without a sentence."""
    from engine.data.own import brought
    from engine.paths import atomic_write
    from engine.recipes.health import cases_csv
    from engine.recipes.health import health as findings_of

    with _progress(quiet=as_json) as progress:
        found = findings_of(name, encoder, progress)
    if unknown := [key for key in leave_out or () if key not in {finding.key for finding in found}]:
        raise TwoviewError(f"There is no finding {unknown[0]!r} here; there are {', '.join(finding.key for finding in found) or 'none'}.")
    if out:
        with atomic_write(out) as temporary:
            temporary.write_text(cases_csv(found), encoding="utf-8", newline="")
    if leave_out:
        spare = [finding.spare for finding in found if finding.key in leave_out]
        brought.leave_out(name, x=[id for ids in spare for id in ids["x"]], y=[id for ids in spare for id in ids["y"]])
    if as_json:
        print(json.dumps([asdict(finding) for finding in found], ensure_ascii=False, indent=1))
        return
    for finding in found:
        print(f"{finding.key}: {finding.title}: {len(finding.cases):,}. {finding.why}")
        for case in finding.cases[:3]:
            print("    " + "; ".join(part for part in (", ".join(case.ids[:4]) + (" …" if len(case.ids) > 4 else ""), case.what) if part))
    print("Nothing was found." if not found else f"Left out: {', '.join(leave_out)}." if leave_out else "All cases: --out FILE.csv. What is brought can be left without them: --leave-out KEY.")


@app.command("leave-out")
def leave_out(
    name: Name,
    x: Annotated[list[str] | None, typer.Option("--x", help="Id of an item of the first view, such as a picture's name; again for more.")] = None,
    y: Annotated[list[str] | None, typer.Option("--y", help="Id of an item of the second view, such as a.jpg#0; again for more.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Take them back in.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="With --again: all that were left out.")] = False,
) -> None:
    """Leave items of what you brought out of everything that reads it, or take them back in. No other item changes its split."""
    from engine.data.own import brought, checked

    if everything and not again:
        raise TwoviewError("--all belongs to --again: it takes back in all that were left out.")
    data = checked(name).data
    for ids, view in ((x, data.x), (y, data.y)):
        if unknown := [id for id in ids or () if id not in view.ids]:
            raise TwoviewError(f"{name} has no item {unknown[0]!r}. Ids are in what data health --out writes.")
    out = brought.require(name).left_out
    made = brought.leave_out(name, out["x"] if everything else x or (), out["y"] if everything else y or (), again)
    print(f"{made.name}: {len(made.left_out['x']):,} items of the first view and {len(made.left_out['y']):,} of the second are left out.")


@app.command()
def prepare(name: Name, root: Root = None) -> None:
    """Do ahead what the first use would wait for: draw the pictures of scenes, read a published set, check the pictures of your own."""
    from engine.data import DATASETS, find
    from engine.data.own import load_own

    info = find(name)
    with _progress(quiet=False) as progress:
        parts = _parts(info, root, progress) if name in DATASETS else [load_own(name, progress=progress)]
    print(f"{info.title} is ready: " + ", ".join(f"{part.split} {len(part.pairs):,} pairs" for part in parts) + ".")


def _columns(pictures: list[str] | None, sentences: list[str] | None, label: str, split: str) -> "Columns | None":
    """What was said of the columns; None when nothing was."""
    from engine.data.own.columns import Columns

    said = Columns(picture=tuple(pictures or ()), sentence=tuple(sentences or ()), label=label, split=split)
    return None if said == Columns() else said


def _parts(info: "DatasetInfo", root: Path | None, progress: Callable[[int, int, str], None]) -> "list[PairedData]":
    """Every split of a data set, drawn with a progress bar if it is not there yet."""
    from engine.data import load
    from engine.paths import data_root

    if info.prepare:
        info.prepare(data_root(root), progress)
    return [load(info.name, split, root) for split in info.splits]


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on stderr behind the engine's ``progress(done, total, what)``."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bar:
        tasks: dict[str, Any] = {}

        def progress(done: int, total: int, what: str) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield progress


def _described(info: "DatasetInfo", folder: Path) -> dict[str, Any]:
    return {
        "name": info.name,
        "title": info.title,
        "description": info.description,
        "kind": _kind(info),
        "splits": list(info.splits),
        "embedded": info.embedded,
        "missing": list(info.missing(folder)),
        "where": info.where,
        "terms": info.terms,
    }


def _kind(info: "DatasetInfo") -> str:
    """What the two views hold, by the encoders that read them."""
    x, y = info.encoders
    if x is None and y is None:
        return "feature vectors"
    return "pairs of pictures" if x == y else "pictures and sentences"


def _bad_items(data: "PairedData", seen: set[tuple[str, str]], progress: Callable[[int, int, str], None]) -> "Iterator[Problem]":
    """Pictures that don't open, empty sentences and vectors with NaN in one split of a published data set; rows count from 0.

    ``seen``: what an overlapping split has shown already, by side and id.
    """
    import numpy as np

    from engine.data.own import Problem

    for side, view in (("x", data.x), ("y", data.y)):
        fresh = [row for row in range(len(view)) if (side, view.ids[row]) not in seen]
        seen.update((side, view.ids[row]) for row in fresh)
        for done, row in enumerate(fresh, start=1):
            if view.kind == "vector":
                what = "" if np.isfinite(view.items[row]).all() else f"{side} has NaN or infinite values"
            else:
                what = _fault(view, row)
            if what:
                yield Problem(row, f"{data.split}: {what}")
            if view.kind == "image" and (done % 64 == 0 or done == len(fresh)):
                progress(done, len(fresh), f"{data.split}: opening pictures")


def _fault(view: "View", row: int) -> str:
    """What is wrong with a picture or a sentence; "" when nothing is."""
    try:
        return "" if view.items[row] else f"the sentence {view.ids[row]} is empty"
    except TwoviewError as error:
        return str(error)


def _report(info: "DatasetInfo", counts: dict[str, dict[str, int]], problems: "list[Problem]", skip_bad: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("split", *(f"items of {side}" for side in "xy"), "pairs", title=info.title, title_justify="left")
    for split, count in counts.items():
        table.add_row(split, *(f"{count[what]:,}" for what in ("x", "y", "pairs")))
    console.print(table)
    for problem in problems:
        console.print(f"row {problem.row}: {problem.what}", style="red", markup=False, highlight=False, soft_wrap=True)
    if not problems:
        console.print("Everything is in order.")
    elif skip_bad:
        console.print(f"{len(problems)} problems; these rows are left out.")
    else:
        console.print(f"{len(problems)} problems. Mend them, or leave these rows out with --skip-bad.")
