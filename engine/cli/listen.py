"""``python -m engine listen CHECKPOINT --audio take.wav``: where in the scores a recording is."""

import json
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.common import Json, Threads


def listen(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint that learned music: tunes/cca_layer.")],
    audio: Annotated[Path, typer.Option("--audio", help="The recording: WAV, FLAC, OGG or MP3.")],
    top: Annotated[int, typer.Option("--top", min=1, help="How many places.")] = 10,
    split: Annotated[str, typer.Option("--split", help="The scores to look in.")] = "test",
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Find the places in the scores that sound like the middle of a recording, best first."""
    from engine.checkpoints.storage import checkpoint_folder
    from engine.compute import use_threads
    from engine.data.recordings import open_recording
    from engine.search.listening import Listener

    use_threads(threads)
    samples = open_recording(audio)
    listener = Listener.open(checkpoint_folder(checkpoint), split)
    ranking, music = listener.rank_recording(samples), listener.collection.music
    found = [
        {"rank": rank, "score": float(score), "id": listener.pairs.x.ids[row], "tune": music.titles[music.place_tune[row]]}
        for rank, (row, score) in enumerate(zip(ranking.rows[:top].tolist(), ranking.scores[:top], strict=True), start=1)
    ]
    if as_json:
        print(json.dumps({"checkpoint": listener.checkpoint.card.name, "split": split, "audio": str(audio), "candidates": len(ranking.rows), "results": found}, ensure_ascii=False, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("rank", "score", "place", "tune", title=f"{listener.checkpoint.card.title}: best of {len(ranking.rows):,} places", title_justify="left")
    for one in found:
        table.add_row(str(one["rank"]), f"{one['score']:.4f}", one["id"], one["tune"])
    Console(highlight=False).print(table)
