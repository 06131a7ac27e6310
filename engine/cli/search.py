"""``python -m engine search CHECKPOINT "a sentence"``: the best items of a gallery for a sentence or a picture."""

import json
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.common import DataRoot, Json, Threads, progress_bar
from engine.errors import TwoviewError


def search(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint's folder, or its name: scenes/cca.")],
    text: Annotated[str | None, typer.Argument(help="The sentence to search with.")] = None,
    image: Annotated[Path | None, typer.Option("--image", help="Search with this picture instead.")] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many results.")] = 10,
    split: Annotated[str, typer.Option("--split", help="The part of the data to search.")] = "test",
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Search a gallery with a sentence or a picture."""
    if (text is None) == (image is None):
        raise TwoviewError("Search with one thing: either a sentence, in quotes, or --image FILE.")
    from engine.checkpoints.storage import checkpoint_folder
    from engine.compute import use_threads
    from engine.data.images import open_picture
    from engine.search.retriever import Retriever

    use_threads(threads)
    picture = open_picture(image) if image is not None else None
    with progress_bar(quiet=as_json) as progress:
        retriever = Retriever.open(checkpoint_folder(checkpoint), split, root, progress=progress)
    ranking = retriever.rank_picture(picture) if picture is not None else retriever.rank_text(text or "")
    answers = getattr(retriever.gallery, ranking.view)
    found = [
        {
            "rank": rank,
            "score": float(score),
            "id": answers.ids[row],
            "text": answers.items[row] if answers.kind == "text" else None,
        }
        for rank, (row, score) in enumerate(zip(ranking.rows[:top].tolist(), ranking.scores[:top], strict=True), start=1)
    ]
    if as_json:
        card = retriever.checkpoint.card
        query = {"text": text} if image is None else {"image": str(image)}
        print(json.dumps({"checkpoint": card.name, "split": split, **query, "candidates": len(answers), "results": found}, ensure_ascii=False, indent=1))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("rank", "score", "item", title=f"{retriever.checkpoint.card.title}: best of {len(answers):,}", title_justify="left")
    for result in found:
        item = result["id"] if result["text"] is None else f"{result['text']}  ({result['id']})"
        table.add_row(str(result["rank"]), f"{result['score']:.4f}", Text(str(item)))
    Console(highlight=False).print(table)
