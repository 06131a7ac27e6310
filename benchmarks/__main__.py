"""``python -m benchmarks [NAME …] [--json]``: measures everything in one run and prints one table."""

import json
from dataclasses import asdict
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table

from benchmarks import (
    all_pairs,
    beside_training,
    bringing,
    comparing,
    deep,
    evaluation,
    exact_search,
    first_screen,
    folder_to_answer,
    grounding,
    large_corpus,
    large_gallery,
    linear_cca,
    load,
    maps,
    music,
    own_data,
    ray_encoding,
    regions,
    saliency,
    spaces,
    spaces_memory,
    text_query,
)
from benchmarks.measure import Row
from engine.compute import use_threads
from engine.paths import data_root

NAMES = {
    "linear-cca": lambda rounds: linear_cca.run(data_root(), rounds),
    "deep": lambda rounds: deep.run(data_root(), rounds),
    "all-pairs": all_pairs.run,
    "exact-search": exact_search.run,
    "text-query": text_query.run,
    "evaluation": evaluation.run,
    "music": music.run,
    "saliency": saliency.run,
    "grounding": grounding.run,
    "regions": regions.run,
    "bringing": bringing.run,
    "comparing": comparing.run,
    "first-screen": first_screen.run,
    "spaces": spaces.run,
    "spaces-memory": spaces_memory.run,
    "maps": maps.run,
    "load": load.run,
    "beside-training": lambda rounds: beside_training.run(data_root()),
    "large-corpus": large_corpus.run,
    "large-gallery": large_gallery.run,
    "largest-gallery": lambda rounds: large_gallery.run(rounds, 5_000_000),
    "ray-encoding": ray_encoding.run,
    "folder-to-answer": lambda rounds: folder_to_answer.run(data_root(), rounds),
    "own-data": lambda rounds: own_data.run(data_root(), rounds),
}
ON_REQUEST = {"load", "beside-training", "large-corpus", "large-gallery", "largest-gallery", "ray-encoding", "folder-to-answer", "own-data"}  # take minutes: measured when they are named


def main(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=f"Only these: {', '.join(NAMES)}.")] = None,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Repetitions; the shortest time counts. Of load: minutes.")] = 3,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="Threads on the CPU.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Measure what should be fast, beside what others take for it, in one run on this machine."""
    unknown = [name for name in names or () if name not in NAMES]
    if unknown:
        raise typer.BadParameter(f"There is no benchmark {unknown[0]!r}; there are {', '.join(NAMES)}.")
    use_threads(threads)
    console = Console(stderr=True)
    rows: list[Row] = []
    for name in names or [name for name in NAMES if name not in ON_REQUEST]:
        with console.status(f"Measuring {name}"):
            rows += NAMES[name](rounds)
    if as_json:
        print(json.dumps([asdict(row) | {"cleared": row.cleared} for row in rows], indent=1))
        return
    table = Table("what", "ours", "theirs", "figure", "bar", "", "note", title=f"{torch.get_num_threads()} threads, CPU", title_justify="left")
    for row in rows:
        figure, bar = (f"{value:.3g}{' ×' if row.higher else f' {row.unit}'}" for value in (row.figure, row.bar))
        theirs = "" if row.theirs is None else f"{row.theirs:.3g} {row.unit}"
        table.add_row(row.what, f"{row.ours:.3g} {row.unit}", theirs, figure, f"{'≥' if row.higher else '≤'} {bar}", "✓" if row.cleared else "missed", row.note)
    Console(highlight=False).print(table)


if __name__ == "__main__":
    typer.run(main)
