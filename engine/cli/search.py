"""``python -m engine search CHECKPOINT "a sentence"``: the best items of a gallery for a sentence or a picture."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.common import DataRoot, Json, Threads, progress_bar
from engine.errors import TwoviewError

if TYPE_CHECKING:
    from PIL.Image import Image

    from engine.search.retriever import Retriever


def search(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint's folder, or its name: scenes/cca.")],
    text: Annotated[str | None, typer.Argument(help="The sentence to search with.")] = None,
    image: Annotated[Path | None, typer.Option("--image", help="Search with this picture instead.")] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many results.")] = 10,
    split: Annotated[str, typer.Option("--split", help="The part of the data to search.")] = "test",
    corpus: Annotated[str | None, typer.Option("--corpus", help="Search this corpus, written by `index`, instead of the gallery in memory.")] = None,
    exact: Annotated[bool, typer.Option("--exact", help="With --corpus: score every item instead of asking the index.")] = False,
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Search a gallery, or a corpus on disk, with a sentence or a picture."""
    if (text is None) == (image is None):
        raise TwoviewError("Search with one thing: either a sentence, in quotes, or --image FILE.")
    if exact and corpus is None:
        raise TwoviewError("--exact belongs to --corpus: the gallery in memory is always searched exactly.")
    from engine.checkpoints.storage import checkpoint_folder
    from engine.compute import use_threads
    from engine.data.images import open_picture
    from engine.search.retriever import Retriever

    use_threads(threads)
    picture = open_picture(image) if image is not None else None
    with progress_bar(quiet=as_json) as progress:
        retriever = Retriever.open(checkpoint_folder(checkpoint), split, root, progress=progress)
    if corpus is not None:
        title, candidates, found = _in_corpus(retriever, corpus, split, text, picture, top, exact)
    else:
        title, candidates, found = _in_gallery(retriever, text, picture, top)
    if as_json:
        card = retriever.checkpoint.card
        query = {"text": text} if image is None else {"image": str(image)}
        print(json.dumps({"checkpoint": card.name, "split": split, **query, "candidates": candidates, "found": title, "results": found}, ensure_ascii=False, indent=1))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("rank", "score", "item", title=f"{retriever.checkpoint.card.title}: {title}", title_justify="left")
    for result in found:
        item = result["id"] if result["text"] is None else f"{result['text']}  ({result['id']})"
        table.add_row(str(result["rank"]), f"{result['score']:.4f}", Text(str(item)))
    Console(highlight=False).print(table)


def _in_gallery(retriever: "Retriever", text: str | None, picture: "Image | None", top: int) -> tuple[str, int, list[dict]]:
    """How it was searched, among how many, and the best of them."""
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
    return f"best of {len(answers):,}", len(answers), found


def _in_corpus(
    retriever: "Retriever", folder: str, split: str, text: str | None, picture: "Image | None", top: int, exact: bool
) -> tuple[str, int, list[dict]]:  # fmt: skip
    """As ``_in_gallery``, from the corpus that ``index`` wrote to ``folder``."""
    from engine.search.building import open_corpus
    from engine.search.corpus import Filter
    from engine.search.retriever import OTHER

    view, features = retriever.picture_features(picture) if picture is not None else retriever.text_features(text or "")
    corpus = open_corpus(folder, OTHER[view], retriever.checkpoint)
    only = Filter(split=split)
    ids, scores = corpus.search(retriever.embed(view, features), top, only, exact)
    candidates = corpus.count(only)
    found = [
        {"rank": rank, "score": score, "id": name, "text": None}
        for rank, (name, score) in enumerate(zip(ids[0], scores[0], strict=True), start=1)
    ]
    how = "exact" if exact or corpus.recall is None else str(corpus.recall)
    return f"best of {candidates:,} ({how})", candidates, found
