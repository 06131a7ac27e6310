"""``python -m engine evaluate CHECKPOINT``: every measure that applies, with its 95 % interval."""

import json
from typing import Annotated

import typer

from engine.cli.common import DataRoot, Device, Json, MeasuredSplit, Threads, metrics_table, progress_bar


def evaluate(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint's folder, or its name: scenes/cca.")],
    split: MeasuredSplit = "test",
    families: Annotated[str, typer.Option("--measures", help="Families of measures, with commas between them.")] = "retrieval,classes,correlation",
    device: Device = "auto",
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Measure a checkpoint on a split of its data, and keep the numbers in its card."""
    from engine.checkpoints.storage import checkpoint_folder, load
    from engine.compute import pick_device, use_threads
    from engine.recipes.checkpoint import measure_checkpoint

    use_threads(threads)
    opened = load(checkpoint_folder(checkpoint))
    with progress_bar(quiet=as_json) as progress:
        metrics = measure_checkpoint(opened, split, families.split(","), root, pick_device(device), progress)
    if as_json:
        found = [metric.model_dump() for metric in metrics]
        print(json.dumps({"checkpoint": opened.card.name, "split": split, "metrics": found}, indent=1))
        return
    metrics_table(metrics, f"{opened.card.title}, {split}")
