"""``python -m engine ensemble NAME CHECKPOINT CHECKPOINT…``: trained models that answer together, for scale."""

from typing import Annotated

import typer

from engine.cli.common import DataRoot, Device, Json, MeasuredSplit, Threads, metrics_table, progress_bar


def ensemble(
    name: Annotated[str, typer.Argument(help="What the ensemble is called; it lies beside its first member, as DATA/NAME.")],
    checkpoints: Annotated[list[str], typer.Argument(metavar="CHECKPOINT CHECKPOINT…", help="Its members, of one data set and one pair of encoders; of one model, several seeds.")],
    split: MeasuredSplit = "test",
    device: Device = "auto",
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Let trained models answer together, by the sum of their standardised scores: a checkpoint like any other, marked as an ensemble."""
    from engine.compute import pick_device, use_threads
    from engine.recipes.ensemble import assemble

    use_threads(threads)
    with progress_bar(quiet=as_json) as progress:
        made = assemble(name, checkpoints, split, root, pick_device(device), progress)
    if as_json:
        print(made.card.model_dump_json(indent=1))
        return
    metrics_table(made.card.metrics, f"{made.card.title}, {split}")
    print(f"Checkpoint: {made.folder}")
