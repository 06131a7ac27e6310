"""``python -m engine export CHECKPOINT``: its embedding functions as ONNX, its embeddings as Parquet."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.common import DataRoot, Threads, progress_bar
from engine.errors import TwoviewError


def export(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint's folder, or its name: scenes/cca.")],
    onnx: Annotated[Path | None, typer.Option("--onnx", metavar="FOLDER", help="Write x.onnx, y.onnx and export.json there (needs requirements-export.txt).")] = None,
    embeddings: Annotated[Path | None, typer.Option("--embeddings", metavar="FILE.parquet", help="Write ids, views, splits and vectors there.")] = None,
    split: Annotated[str, typer.Option("--split", help="The parts of the data whose embeddings are written, with commas between them.")] = "test",
    threads: Threads = None,
    root: DataRoot = None,
) -> None:
    """Give a checkpoint's embedding functions or its embeddings to other programs."""
    from engine.checkpoints.storage import checkpoint_folder, load
    from engine.compute import use_threads

    if onnx is None and embeddings is None:
        raise TwoviewError("Say what to write: --onnx FOLDER, --embeddings FILE.parquet, or both.")
    use_threads(threads)
    opened = load(checkpoint_folder(checkpoint))
    if onnx is not None:
        from engine.export.onnx_files import export_onnx

        for made in export_onnx(opened, onnx):
            print(f"{onnx / made.file}: {made.reads}, equal to {made.difference:.1e}{f' ({made.note})' if made.note else ''}")
    if embeddings is not None:
        from engine.export.embeddings import export_embeddings

        with progress_bar() as progress:
            rows = export_embeddings(opened, embeddings, split.split(","), root, progress)
        print(f"{embeddings}: {rows} vectors")
