"""``python -m engine encode --data DATA``: features of pictures and sentences, in shards, on this machine or a cluster."""

import json
from typing import Annotated

import typer

from engine.cli.common import DataRoot, Device, Json, On, ShardRows, Threads, Workers, progress_bar, runner


def encode(
    data: Annotated[str, typer.Option("--data", help="A data set's name, or the path of your own.")],
    split: Annotated[str, typer.Option("--split", help="The part of the data to encode.")] = "train",
    x: Annotated[str | None, typer.Option("--x", help="Encoder of the first view; else the data set's own.")] = None,
    y: Annotated[str | None, typer.Option("--y", help="Encoder of the second view.")] = None,
    on: On = None,
    workers: Workers = None,
    rows: ShardRows = 2048,
    device: Device = "cpu",
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Encode both views of a split into the cache. Broken off, it is gone on with by the same command."""
    from engine.compute import pick_device, use_threads
    from engine.data import find, load
    from engine.distributed.shards import encode_in_shards
    from engine.encoders import fit

    use_threads(threads)
    place = str(pick_device(device))
    run = runner(on, workers, place)
    read, usual = load(data, split, root), find(data).encoders
    learned = read if split == "train" else load(data, "train", root)  # what encoders that need it are fitted on
    x_id, y_id = (named or (fit(default, view) if default else None) for named, default, view in ((x, usual[0], learned.x), (y, usual[1], learned.y)))
    with progress_bar(quiet=as_json) as progress:
        done = encode_in_shards(read, x_id, y_id, str(root) if root else None, place, rows, run, progress)
    views = {
        name: {"items": len(getattr(read, name)), "encoder": encoder, "shards": len(done.get(name, [])), "encoded_now": sum(part.new for part in done.get(name, []))}
        for name, encoder in zip("xy", (x_id, y_id), strict=True)
    }
    if as_json:
        print(json.dumps({"data": read.name, "split": split, "views": views}, indent=1))
        return
    for name, told in views.items():
        what = f"{told['shards']} shards, {told['encoded_now']} of them encoded now" if told["shards"] else "features were there" if told["encoder"] else "vectors already"
        typer.echo(f"{name}: {told['items']:,} items, {told['encoder'] or 'no encoder'}: {what}")
