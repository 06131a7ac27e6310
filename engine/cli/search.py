"""``python -m engine search CHECKPOINT "a sentence"``: the best items of a gallery for a sentence or a picture."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.common import DataRoot, Json, Threads, progress_bar
from engine.errors import TwoviewError

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    from engine.search.asking import Asker
    from engine.search.indexed import Indexed
    from engine.search.retriever import Retriever


def search(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint's folder, or its name: scenes/cca.")],
    text: Annotated[str | None, typer.Argument(help="The sentence to search with.")] = None,
    image: Annotated[Path | None, typer.Option("--image", help="Search with this picture instead.")] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many results.")] = 10,
    split: Annotated[str, typer.Option("--split", help="The part of the data to search.")] = "test",
    corpus: Annotated[str | None, typer.Option("--corpus", help="Search this corpus, written by `index`; else the one that the checkpoint knows, else the gallery in memory.")] = None,
    exact: Annotated[bool, typer.Option("--exact", help="Score every item instead of asking an index.")] = False,
    propose_by: Annotated[str | None, typer.Option("--propose-by", metavar="CHECKPOINT", help="For a model that scores pairs: an embedding model with a corpus, which proposes what the other puts in order.")] = None,
    propose: Annotated[int, typer.Option("--propose", min=1, help="With --propose-by: how many are proposed.")] = 200,
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Search a gallery, or a corpus on disk, with a sentence or a picture."""
    if (text is None) == (image is None):
        raise TwoviewError("Search with one thing: either a sentence, in quotes, or --image FILE.")
    from engine.checkpoints.storage import checkpoint_folder
    from engine.compute import use_threads
    from engine.data.images import open_picture
    from engine.search.retriever import Retriever

    use_threads(threads)
    picture = open_picture(image) if image is not None else None
    folder = checkpoint_folder(checkpoint)
    through = _indexed(checkpoint_folder(propose_by) if propose_by else folder, split, root, corpus)
    if propose_by and through is None:
        raise TwoviewError(f"{propose_by} has no corpus of {split} to propose from. Make one: python -m engine index {propose_by} --split {split}")
    asked: Asker
    if through is not None and not propose_by:
        asked, (title, candidates, found) = through, _in_corpus(through, text, picture, top, exact)
    else:
        with progress_bar(quiet=as_json) as progress:
            asked = retriever = Retriever.open(folder, split, root, progress=progress)
        title, candidates, found = _in_gallery(retriever, text, picture, top) if through is None else _in_two_stages(through, retriever, text, picture, top, propose, exact)
    if as_json:
        card = asked.checkpoint.card
        query = {"text": text} if image is None else {"image": str(image)}
        print(json.dumps({"checkpoint": card.name, "split": split, **query, "candidates": candidates, "found": title, "results": found}, ensure_ascii=False, indent=1))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("rank", "score", "item", title=f"{asked.checkpoint.card.title}: {title}", title_justify="left")
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


def _indexed(folder: Path, split: str, root: Path | None, corpus: str | None) -> "Indexed | None":
    """The checkpoint over the corpus that is named, or over the one that it knows. None where it knows none, or, which is said, none that can be used."""
    from engine import data
    from engine.checkpoints.storage import load
    from engine.search.indexed import Indexed
    from engine.search.record import read_record

    try:
        if corpus is None and read_record(folder) is None:
            return None
        loaded = load(folder)
        gallery = data.load(loaded.card.data.name, split, root)
        return Indexed(loaded, gallery, split, corpus) if corpus else Indexed.beside(loaded, gallery, split)
    except TwoviewError as problem:
        if corpus:
            raise
        typer.echo(f"{problem} Until then every item is scored, in memory.", err=True)
        return None


def _features(asked: "Asker", text: str | None, picture: "Image | None") -> "tuple[str, np.ndarray]":
    return asked.picture_features(picture) if picture is not None else asked.text_features(text or "")


def _in_corpus(asked: "Indexed", text: str | None, picture: "Image | None", top: int, exact: bool) -> tuple[str, int, list[dict]]:
    """As ``_in_gallery``, from a corpus."""
    view, features = _features(asked, text, picture)
    answer = asked.ask(view, features, top, exact)
    texts = _texts(asked, view)
    found = [{"rank": rank, "score": score, "id": name, "text": texts.get(name)} for rank, (name, score) in enumerate(zip(answer.ids, answer.scores, strict=True), start=1)]
    return f"best of {answer.candidates:,} ({answer.told})", answer.candidates, found


def _texts(asked: "Indexed", view: str) -> dict[str, str]:
    """The sentences of the view that answers, by their ids; none of what holds none."""
    answers = asked.gallery.y if view == "x" else asked.gallery.x
    return dict(zip(answers.ids, answers.items, strict=True)) if answers.kind == "text" else {}


def _in_two_stages(
    proposer: "Indexed", judge: "Retriever", text: str | None, picture: "Image | None", top: int, propose: int, exact: bool
) -> tuple[str, int, list[dict]]:  # fmt: skip
    """As ``_in_corpus``: the proposer's corpus is asked, the judge puts what it gives in order. Says before what that will cost."""
    from engine.search.asking import OTHER
    from engine.search.reranking import Reranker

    (view, proposing), (_, judging) = (_features(one, text, picture) for one in (proposer, judge))
    corpus = proposer.corpora[OTHER[view]]
    reranker = Reranker(proposer, judge, corpus, view)
    typer.echo(f"Putting {propose} candidates in order takes about {reranker.cost(judging, propose):.2g} s.", err=True)
    texts = _texts(proposer, view)
    ranked = reranker.rank(proposer.embed(view, proposing), judging, propose, top, proposer.only, exact)
    found = [
        {"rank": rank, "score": score, "id": name, "text": texts.get(name), "proposed_at": place}
        for rank, (name, score, place) in enumerate(zip(ranked.ids, ranked.scores, ranked.places, strict=True), start=1)
    ]
    return ranked.told, corpus.count(proposer.only), found
