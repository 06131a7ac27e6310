"""``python -m engine spaces CHECKPOINT…``: measures of learned spaces and between them; 2-D layouts on request."""

import csv
import json
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.cli.common import DataRoot, Json, Threads, progress_bar


def spaces(
    checkpoints: Annotated[list[str], typer.Argument(help="One or more checkpoints: folders, or names such as scenes/cca.")],
    split: Annotated[str, typer.Option(help="Split of the data the first checkpoint was trained on.")] = "test",
    method: Annotated[Literal["pca", "umap", "aligned"] | None, typer.Option(help="Also lay the spaces out in two dimensions, and measure the maps.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for measures.json and, with --method, layouts.csv: every point on every map.")] = None,
    ship: Annotated[bool, typer.Option("--ship", help="Keep the layouts with the checkpoints, so that the app shows them at once.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the layouts.")] = 0,
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Compare learned spaces in their own dimensions, and lay them out in two."""
    from engine import data as datasets
    from engine.checkpoints.storage import checkpoint_folder, encoder_ids, load
    from engine.compute import use_threads
    from engine.encoders.cache import encode_pairs
    from engine.errors import TwoviewError
    from engine.paths import shipped_dir
    from engine.spaces import atlas
    from engine.spaces.kept import lay_out
    from engine.spaces.layouts import movement

    use_threads(threads)
    opened = [load(checkpoint_folder(name)) for name in checkpoints]
    data_name = opened[0].card.data.name
    foreign = [c.card.name for c in opened if c.card.data.name != data_name]
    if foreign:
        raise TwoviewError(f"Spaces can be compared over the same items only: {', '.join(foreign)} were not trained on {data_name}.")
    data = datasets.load(data_name, split, root)
    with progress_bar(quiet=as_json) as progress:
        made = [atlas.space_of(c, encode_pairs(data, *encoder_ids(c), progress=progress)) for c in opened]
    result: dict = {
        "data": data_name,
        "split": split,
        "spaces": {s.name: atlas.measure(s, data) for s in made},
        "between": {f"{a.name} | {b.name}": atlas.measure_two(a, b) for a, b in combinations(made, 2)},
        "spectrum": {s.name: atlas.held_out_spectrum(s, data).round(6).tolist() for s in made},
        "cohesion": {s.name: atlas.class_cohesion(s, data) for s in made},
    }
    placed = []
    if method:
        with progress_bar(quiet=as_json) as progress:
            placed = lay_out(made, method, data_name, seed, shipped_dir(data_name, "maps") if ship else None, progress)
        result["maps"] = {s.name: atlas.measure_layout(s, layout) for s, layout in zip(made, placed, strict=True)}
        result["movement"] = {f"{a.name} | {b.name}": movement(one, two) for (a, one), (b, two) in combinations(zip(made, placed, strict=True), 2)}
    if out:
        _write(out, result, data, dict(zip(checkpoints, placed, strict=False)))
    if as_json:
        typer.echo(json.dumps(_plain(result), indent=1))
        return
    _tables(result, atlas.OF_ONE | atlas.OF_TWO | atlas.OF_LAYOUT)


def _plain(result: dict) -> dict:
    """Without nan, which JSON does not know."""
    return {key: _plain(value) if isinstance(value, dict) else None if value != value else value for key, value in result.items()}


def _write(out: Path, result: dict, data, placed: dict) -> None:
    """measures.json, and layouts.csv with each point's id, view, group and place on each map."""
    from engine.paths import atomic_write

    with atomic_write(out / "measures.json") as temporary:
        temporary.write_text(json.dumps(_plain(result), indent=1), encoding="utf-8")
    if not placed:
        return
    with atomic_write(out / "layouts.csv") as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "view", "group", *(f"{name} {axis}" for name in placed for axis in ("horizontal", "vertical"))])
        start = 0
        for view, items in (("x", data.x), ("y", data.y)):
            for row, (id, group) in enumerate(zip(items.ids, items.groups, strict=True), start):
                rows.writerow([id, view, group, *(f"{value:.6g}" for layout in placed.values() for value in layout[row])])
            start += len(items)


def _tables(result: dict, explained: dict) -> None:
    from rich.console import Console
    from rich.table import Table

    for title, part in (("Spaces", result["spaces"]), ("Between spaces", result["between"]), ("Maps", result.get("maps", {})), ("Movement between maps", result.get("movement", {}))):
        if not part:
            continue
        table = Table(title=f"{title} · {result['data']} · {result['split']}")
        table.add_column("Measure")
        for name in part:
            table.add_column(name, justify="right")
        rows = {name: values if isinstance(values, dict) else {"movement": values} for name, values in part.items()}
        for measure in next(iter(rows.values())):
            label = explained[measure].title if measure in explained else "Mean movement"
            table.add_row(label, *(f"{values[measure]:.3f}" for values in rows.values()))
        Console().print(table)
