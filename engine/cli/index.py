"""``python -m engine index CHECKPOINT``: a gallery's embeddings in a corpus on disk, from which ``search`` and the app then answer."""

import json
from typing import Annotated

import typer

from engine.cli.common import DataRoot, Device, Json, On, ShardRows, Threads, Workers, progress_bar, runner


def index(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint's folder, or its name: scenes/cca.")],
    out: Annotated[str | None, typer.Option("--out", help="Folder of the corpus, or an address that LanceDB knows; else a folder beside the checkpoint, which knows either.")] = None,
    split: Annotated[str, typer.Option("--split", help="The part of the data to write; written again, it is replaced.")] = "test",
    on: On = None,
    workers: Workers = None,
    rows: ShardRows = 2048,
    device: Device = "cpu",
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Write a gallery's embeddings to a corpus and index it: `search` and the page Retrieve answer from it.

    Features that are kept are used; the others are encoded shard by shard, straight into the corpus, and kept nowhere: `encode` before, where several checkpoints have one encoder.
    Broken off, the same command does what is left; until it is done every item is scored, in memory.
    """
    from functools import partial
    from pathlib import Path

    from engine import data
    from engine.checkpoints.storage import checkpoint_folder, load
    from engine.compute import pick_device, use_threads
    from engine.distributed.corpora import Elsewhere, build
    from engine.encoders import open_encoder
    from engine.search.asking import Asker
    from engine.search.corpus import Filter
    from engine.search.record import default_address

    use_threads(threads)
    place = str(pick_device(device))
    run = runner(on, workers, place)
    folder = checkpoint_folder(checkpoint).resolve()
    address = default_address(folder) if out is None else out if "://" in out else str(Path(out).resolve())
    loaded, only = load(folder), Filter(split)
    asker = Asker(loaded, data.load(loaded.card.data.name, split, root), partial(open_encoder, device=place))
    with progress_bar(quiet=as_json) as progress:
        elsewhere = Elsewhere.of(asker, split, str(root.resolve()) if root else None, address, place) if on else None
        built = build(asker, split, address, progress, run, elsewhere, rows)
    found = {view: (made, made.corpus.count(only), made.corpus.recall(only)) for view, made in built.items()}
    if as_json:
        views = {
            view: {"items": items, "shards": len(made.shards), "written_now": sum(shard.new for shard in made.shards), "recall": vars(recall) if recall else None}
            for view, (made, items, recall) in found.items()
        }
        print(json.dumps({"checkpoint": loaded.card.name, "corpus": address, "split": split, "views": views}, indent=1))
        return
    for view, (_, items, recall) in found.items():
        typer.echo(f"{view}: {items:,} items of {split}, searched {recall or 'exactly: few enough to score them all'}")
