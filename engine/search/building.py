"""A checkpoint's gallery as a corpus on disk: one table per view, and the model that made them told apart by its weights."""

from engine.checkpoints.storage import Checkpoint
from engine.errors import TwoviewError
from engine.models.base import EmbeddingModel
from engine.search.lance import LanceCorpus
from engine.search.retriever import OTHER, Retriever

QUESTIONS = 200  # of the other view, on which an index is measured


def table(view: str, checkpoint: Checkpoint) -> str:
    """The table of a view: embeddings of other weights never mix with these."""
    return f"{view}_{checkpoint.card.model.weights_hash[:16]}"


def build(retriever: Retriever, split: str, folder: str) -> dict[str, LanceCorpus]:
    """Both views of the retriever's gallery, written below ``folder`` as items of ``split`` and indexed.

    Other splits written before stay. Raises TwoviewError for pairwise models, which have no embeddings.
    """
    model, embeddings = retriever.model, {view: retriever.embed(view, getattr(retriever.features, view).items) for view in OTHER}
    assert isinstance(model, EmbeddingModel)
    built = {}
    for view, other in OTHER.items():
        items, vectors = getattr(retriever.gallery, view), embeddings[view]
        corpus = LanceCorpus.open_or_create(folder, table(view, retriever.checkpoint), vectors.shape[1], model.similarity)
        corpus.write([str(name) for name in items.ids], vectors, [split] * len(vectors), [str(group) for group in items.groups])
        asked = embeddings[other]
        corpus.build_index(asked[:: max(1, len(asked) // QUESTIONS)][:QUESTIONS])
        built[view] = corpus
    return built


def open_corpus(folder: str, view: str, checkpoint: Checkpoint) -> LanceCorpus:
    """What ``build`` wrote of a view with this checkpoint. Raises TwoviewError when it did not."""
    try:
        return LanceCorpus.open(folder, table(view, checkpoint))
    except FileNotFoundError:
        name = checkpoint.card.name
        raise TwoviewError(f"There is no corpus of {name} at {folder}. Make one: python -m engine index {name} --out {folder}") from None
