"""``python -m engine bring NAME``: a model of one's own, by its embeddings, beside the trained ones."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.common import DataRoot, Json, Threads, metrics_table


def bring(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call the model; its checkpoint is DATA/NAME.")],
    data: Annotated[str, typer.Option("--data", help="The data set whose items were embedded: a name.")],
    x: Annotated[Path, typer.Option("--x", help="Embeddings of view x with the items' ids: .npz, .mat, .parquet, or .npy / .safetensors beside NAME.ids.txt.")],
    y: Annotated[Path, typer.Option("--y", help="Embeddings of view y, in the same space.")],
    similarity: Annotated[str, typer.Option("--similarity", help="cosine or dot: what the embeddings were made for.")] = "cosine",
    split: Annotated[str, typer.Option("--split", help="The part of the data that was embedded.")] = "test",
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Bring the embeddings that a model made elsewhere, measure them, and keep them as a checkpoint."""
    from engine.compute import use_threads
    from engine.data import load
    from engine.encoders.given import surplus
    from engine.recipes.bring import bring as bring_embeddings

    use_threads(threads)
    made = bring_embeddings(name, data, x, y, similarity, split, root)
    if as_json:
        print(made.card.model_dump_json(indent=1))
        return
    metrics_table(made.card.metrics, made.card.title)
    items, encoders = load(data, split, root), made.card.encoders
    for view, encoder in ((items.x, encoders.x), (items.y, encoders.y)):
        if encoder and (left := surplus(encoder.id, view)):
            print(f"{len(left)} vectors belong to no item of {split} and are left out: {', '.join(left[:3])}{' …' if len(left) > 3 else ''}")
    print(f"Checkpoint: {made.folder}")
