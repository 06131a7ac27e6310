"""``python -m engine spaces CHECKPOINT…``: measures of learned spaces and between them; 2-D layouts on request."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.common import DataRoot, Json, Threads, progress_bar


def spaces(
    checkpoints: Annotated[list[str], typer.Argument(help="One or more checkpoints: folders, or names such as scenes/cca.")],
    split: Annotated[str, typer.Option(help="Split of the data the first checkpoint was trained on.")] = "test",
    method: Annotated[str | None, typer.Option(help="Also lay the spaces out: pca, umap or aligned.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the layouts (default: the cache).")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the layouts.")] = 0,
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Compare learned spaces in their own dimensions, and lay them out in two."""
    from engine import data as datasets
    from engine.encoders.cache import encode_pairs
    from engine.errors import TwoviewError
    from engine.search.retriever import encoder_ids
    from engine.spaces import atlas
    from engine.spaces.layouts import movement
    from engine.training.checkpoints import checkpoint_folder, load
    from engine.training.compute import use_threads

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
        "between": {f"{a.name} | {b.name}": atlas.measure_two(a, b) for n, a in enumerate(made) for b in made[n + 1 :]},
    }
    if method:
        placed = atlas.lay_out(made, method, data_name, seed, out)  # type: ignore[arg-type]
        result["movement"] = {
            f"{a.name} | {b.name}": movement(first, second) for (a, first), (b, second) in pairwise(zip(made, placed, strict=True))
        }
    if as_json:
        typer.echo(json.dumps(result, indent=1))
        return
    _tables(result, atlas.OF_ONE | atlas.OF_TWO)


def _tables(result: dict, explained: dict) -> None:
    from rich.console import Console
    from rich.table import Table

    for title, part in (("Spaces", result["spaces"]), ("Between spaces", result["between"]), ("Movement on the maps", result.get("movement", {}))):
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
