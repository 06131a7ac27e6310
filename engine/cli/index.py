"""``python -m engine index CHECKPOINT``: a gallery's embeddings in a corpus on disk, from which ``search`` and the app then answer."""

import json
from typing import Annotated

import typer

from engine.cli.common import DataRoot, Json, Threads, progress_bar


def index(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint's folder, or its name: scenes/cca.")],
    out: Annotated[str | None, typer.Option("--out", help="Folder of the corpus, or an address that LanceDB knows; else a folder beside the checkpoint, which knows either.")] = None,
    split: Annotated[str, typer.Option("--split", help="The part of the data to write; written again, it is replaced.")] = "test",
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Write a gallery's embeddings to a corpus and index it: `search` and the page Retrieve answer from it.

    Broken off, the same command goes on encoding where it was; what is faster, writing and indexing, it begins anew, and until then every item is scored, in memory.
    """
    from engine.checkpoints.storage import checkpoint_folder
    from engine.compute import use_threads
    from engine.search.building import build
    from engine.search.corpus import Filter
    from engine.search.record import default_address
    from engine.search.retriever import Retriever

    use_threads(threads)
    folder = checkpoint_folder(checkpoint)
    address = out or default_address(folder)
    with progress_bar(quiet=as_json) as progress:
        retriever = Retriever.open(folder, split, root, progress=progress)
        built, only = build(retriever, split, address, progress), Filter(split)
    found = {view: (corpus.count(only), corpus.recall(only)) for view, corpus in built.items()}
    if as_json:
        views = {view: {"items": items, "recall": vars(recall) if recall else None} for view, (items, recall) in found.items()}
        print(json.dumps({"checkpoint": retriever.checkpoint.card.name, "corpus": address, "split": split, "views": views}, indent=1))
        return
    for view, (items, recall) in found.items():
        typer.echo(f"{view}: {items:,} items of {split}, searched {recall or 'exactly: few enough to score them all'}")
