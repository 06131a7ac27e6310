"""``python -m benchmarks.gpu --out FOLDER``: everything that is measured on a graphics card, into ``FOLDER/<card>.json``.

About four minutes on one card, from this repository alone. ``python -m benchmarks.gpu --show FILE`` prints what was stored.
"""

import json
import platform
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import torch
import typer

from benchmarks.gpu import encoding, engine_tests, epochs, search
from benchmarks.measure import Row
from engine.compute import pick_device, versions
from engine.paths import atomic_write, data_root

PARTS: dict[str, Callable[[str], list[Row]]] = {
    "tests": engine_tests.run,
    "epochs": lambda device: epochs.run(device, data_root()),
    "encoding": encoding.run,
    "search": search.run,
}


def main(
    parts: Annotated[list[str] | None, typer.Argument(metavar="[PART]...", help=f"Only these: {', '.join(PARTS)}.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the results, one JSON file per card.")] = None,
    device: Annotated[str, typer.Option("--device", help="cuda; cpu walks the same way at a CPU's pace.")] = "cuda",
    show: Annotated[Path | None, typer.Option("--show", help="Print the table of a stored file, and leave.")] = None,
) -> None:
    """Measure the engine on a graphics card; without one, say so for every part."""
    if show is not None:
        print(markdown(json.loads(show.read_text())))
        return
    unknown = [name for name in parts or () if name not in PARTS]
    if unknown:
        raise typer.BadParameter(f"There is no part {unknown[0]!r}; there are {', '.join(PARTS)}.")
    measured = about(device)
    for name in parts or PARTS:
        measured["parts"][name] = _part(name, device)
        print(f"{name}: {json.dumps(measured['parts'][name])}", flush=True)
        if out is not None:  # after each part: what a time limit cuts off is the rest only
            with atomic_write(out / f"{_file_name(measured['card'])}.json") as temporary:
                temporary.write_text(json.dumps(measured, indent=1) + "\n")
    print(markdown(measured))


def about(device: str) -> dict[str, Any]:
    """The card by name, its memory in GiB, and the versions that matter."""
    cuda = torch.device(device).type == "cuda" and torch.cuda.is_available()
    card = torch.cuda.get_device_name() if cuda else f"no card, {platform.machine()}"
    memory = torch.cuda.get_device_properties(0).total_memory / 2**30 if cuda else None
    return {"card": card, "memory": memory, "cuda": torch.version.cuda, "versions": versions(), "created": datetime.now(UTC).isoformat(timespec="seconds"), "parts": {}}


def _part(name: str, device: str) -> dict[str, Any]:
    """The part's rows and seconds, or why there are none; one that fails does not take the others along."""
    if device == "cuda" and not torch.cuda.is_available():
        return {"skipped": "There is no CUDA device here."}
    start = perf_counter()
    try:
        rows = PARTS[name](str(pick_device(device)))
    except Exception as error:
        return {"skipped": f"It failed: {type(error).__name__}: {str(error)[:500]}"}
    return {"seconds": perf_counter() - start, "rows": [asdict(row) | {"cleared": row.cleared} for row in rows]}


def markdown(measured: dict[str, Any]) -> str:
    """A stored file as a table per part."""
    lines = [f"{measured['card']}, CUDA {measured['cuda']}, torch {measured['versions']['torch']}, {measured['created']}"]
    for name, part in measured["parts"].items():
        lines += ["", f"**{name}**" + (f" ({part['seconds']:.0f} s)" if "seconds" in part else f": {part['skipped']}")]
        if "rows" in part:
            lines += ["", "| what | ours | theirs | figure | bar | note |", "| --- | --- | --- | --- | --- | --- |"]
            lines += [_line(row) for row in part["rows"]]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    ratio = row["theirs"] is not None
    theirs = f"{row['theirs']:.3g} {row['unit']}" if ratio else ""
    bar = f"{'≥' if row['higher'] else '≤'} {row['bar']:.3g}{' ×' if ratio else ''} {'✓' if row['cleared'] else 'missed'}" if row["bar"] or not row["higher"] else ""
    figure = f"{row['figure']:.3g} ×" if ratio else f"{row['figure']:,.4g} {row['unit']}"
    return f"| {row['what']} | {row['ours']:,.4g} {row['unit']} | {theirs} | {figure} | {bar} | {row['note']} |"


def _file_name(card: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", card).strip("-")


if __name__ == "__main__":
    typer.run(main)
