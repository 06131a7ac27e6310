"""``python -m engine train-dual``: a small dual encoder of one's own, from pixels, in open_clip's layout."""

import json
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.common import Changes, DataRoot, Device, Epochs, Json, Resume, Seed, Threads, assignment, progress_bar


def train_dual(
    data: Annotated[str, typer.Option("--data", help="Pictures with sentences: a data set's name, or the path of your own.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the model, in open_clip's layout.")],
    image_size: Annotated[int, typer.Option("--image-size", min=32, help="Side of the pictures that are read, in pixels: a multiple of 32.")] = 96,
    epochs: Epochs = None,
    changes: Changes = None,
    seed: Seed = 0,
    device: Device = "auto",
    threads: Threads = None,
    resume: Resume = False,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Train both towers of a small CLIP (or, with --set loss=siglip, SigLIP) end to end; `bring --model` opens and measures it."""
    from engine.compute import pick_device, use_threads
    from engine.recipes.dual import train_dual as train

    use_threads(threads)
    with progress_bar(quiet=as_json) as progress:
        made = train(data, out, dict(assignment(text) for text in changes or ()), epochs, image_size, seed, pick_device(device), root, resume, progress)
    if as_json:
        print(json.dumps({"folder": str(made.folder), "epochs": len(made.history.epochs), "best_epoch": made.history.best_epoch, "seconds": made.history.seconds}))
        return
    print(f"{len(made.history.epochs)} epochs in {made.history.seconds:.1f} s. Measure and ask it: python -m engine bring NAME --data {data} --model {out}")
