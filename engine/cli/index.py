"""``python -m engine index CHECKPOINT --out FOLDER``: a gallery's embeddings in a corpus on disk, for ``search --corpus``."""

import json
from typing import Annotated

import typer

from engine.cli.common import DataRoot, Json, Threads, progress_bar


def index(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint's folder, or its name: scenes/cca.")],
    out: Annotated[str, typer.Option("--out", help="Folder of the corpus, or an address that LanceDB knows.")],
    split: Annotated[str, typer.Option("--split", help="The part of the data to write; written again, it is replaced.")] = "test",
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Write a gallery's embeddings to a corpus and index it."""
    from engine.checkpoints.storage import checkpoint_folder
    from engine.compute import use_threads
    from engine.search.building import build
    from engine.search.retriever import Retriever

    use_threads(threads)
    with progress_bar(quiet=as_json) as progress:
        retriever = Retriever.open(checkpoint_folder(checkpoint), split, root, progress=progress)
    built = build(retriever, split, out)
    if as_json:
        views = {view: {"items": len(corpus), "recall": vars(corpus.recall) if corpus.recall else None} for view, corpus in built.items()}
        print(json.dumps({"checkpoint": retriever.checkpoint.card.name, "corpus": out, "split": split, "views": views}, indent=1))
        return
    for view, corpus in built.items():
        typer.echo(f"{view}: {len(corpus):,} items, searched {corpus.recall or 'exactly: few enough to score them all'}")
