"""``python -m engine listen CHECKPOINT --audio take.wav``: where in the scores a recording is; ``measure-listening``: how often that is right."""

import json
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.common import Json, Threads, progress_bar


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


def measure_listening(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint that learned music: tunes/cca_layer.")],
    soundfont: Annotated[Path | None, typer.Option("--soundfont", help="An .sf2 file, to play the tunes with its instruments too.")] = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Measure with other instruments, tempi and noise, beside chroma matching and chance; kept with the checkpoint."""
    from engine.checkpoints.storage import checkpoint_folder, load
    from engine.compute import use_threads
    from engine.data.music.soundfonts import open_soundfont
    from engine.search.robustness import keep_listening, measure_listening

    use_threads(threads)
    opened = load(checkpoint_folder(checkpoint))
    with progress_bar(quiet=as_json) as progress:
        found = measure_listening(opened, open_soundfont(soundfont) if soundfont else None, progress)
    keep_listening(opened.folder, found)
    if as_json:
        print(found.model_dump_json(indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("sound", "measure", "model", "chroma matching", title=f"{opened.card.title}: sheet to audio and back, in %", title_justify="left")
    for heard in found.heard:
        for measure, told in (("recall_at_1", "R@1"), ("mean_reciprocal_rank", "MRR")):
            cells = [" / ".join(f"{100 * m.value:.1f}" for m in metrics if m.measure == measure) for metrics in (heard.model, heard.chroma)]
            table.add_row(heard.sound, told, *cells)
    console, repeats = Console(highlight=False), found.repeats
    console.print(table)
    console.print(f"Guessing: R@1 {100 * found.chance[0]:.2f} %, MRR {100 * found.chance[1]:.2f} %.")
    console.print(
        f"{100 * repeats.share:.0f} % of the places look like another. Where every moment of such a place is right, R@1 among all moments is {100 * repeats.alike:.1f} %; "
        f"where only its own are, {100 * repeats.own:.1f} %, of {100 * repeats.best:.1f} % that can be had."
    )
