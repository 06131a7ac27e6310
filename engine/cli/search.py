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
    propose_by: Annotated[str | None, typer.Option("--propose-by", metavar="CHECKPOINT", help="With --corpus and a model that scores pairs: the embedding model whose corpus it is, which proposes what the other puts in order.")] = None,
    propose: Annotated[int, typer.Option("--propose", min=1, help="With --propose-by: how many are proposed.")] = 200,
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Search a gallery, or a corpus on disk, with a sentence or a picture."""
    if (text is None) == (image is None):
        raise TwoviewError("Search with one thing: either a sentence, in quotes, or --image FILE.")
    if exact and corpus is None:
        raise TwoviewError("--exact belongs to --corpus: the gallery in memory is always searched exactly.")
    if propose_by and corpus is None:
        raise TwoviewError("--propose-by belongs to --corpus: of the gallery in memory every pair is scored.")
    from engine.checkpoints.storage import checkpoint_folder
    from engine.compute import use_threads
    from engine.data.images import open_picture
    from engine.search.retriever import Retriever

    use_threads(threads)
    picture = open_picture(image) if image is not None else None
    with progress_bar(quiet=as_json) as progress:
        retriever = Retriever.open(checkpoint_folder(checkpoint), split, root, progress=progress)
    if corpus is not None and propose_by:
        with progress_bar(quiet=as_json) as progress:
            proposer = Retriever.open(checkpoint_folder(propose_by), split, root, progress=progress)
        title, candidates, found = _in_two_stages(proposer, retriever, corpus, split, text, picture, top, propose, exact)
    elif corpus is not None:
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


def _in_two_stages(
    proposer: "Retriever", judge: "Retriever", folder: str, split: str, text: str | None, picture: "Image | None", top: int, propose: int, exact: bool
) -> tuple[str, int, list[dict]]:  # fmt: skip
    """As ``_in_corpus``: the proposer's corpus is asked, the judge puts what it gives in order. Says before what that will cost."""
    from engine.search.building import open_corpus
    from engine.search.corpus import Filter
    from engine.search.reranking import Reranker
    from engine.search.retriever import OTHER

    (view, proposing), (_, judging) = (one.picture_features(picture) if picture is not None else one.text_features(text or "") for one in (proposer, judge))
    only = Filter(split=split)
    corpus = open_corpus(folder, OTHER[view], proposer.checkpoint)
    reranker = Reranker(proposer, judge, corpus, view)
    typer.echo(f"Putting {propose} candidates in order takes about {reranker.cost(judging, propose):.2g} s.", err=True)
    ranked = reranker.rank(proposing, judging, propose, top, only, exact)
    found = [
        {"rank": rank, "score": score, "id": name, "text": None, "proposed_at": place}
        for rank, (name, score, place) in enumerate(zip(ranked.ids, ranked.scores, ranked.places, strict=True), start=1)
    ]
    return ranked.told, corpus.count(only), found


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
