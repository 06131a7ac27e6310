"""A checkpoint's gallery as a corpus on disk: one table per view, and the model that made them told apart by its weights."""

from engine.checkpoints.storage import Checkpoint
from engine.errors import TwoviewError
from engine.models.base import EmbeddingModel
from engine.search.asking import OTHER
from engine.search.corpus import Filter
from engine.search.lance import LanceCorpus
from engine.search.record import SplitRecord, again, keep_record, made_of
from engine.search.retriever import Retriever

QUESTIONS = 200  # of the other view, on which an index is measured


def table(view: str, checkpoint: Checkpoint) -> str:
    """The table of a view: embeddings of other weights never mix with these."""
    return f"{view}_{checkpoint.card.model.weights_hash[:16]}"


def build(retriever: Retriever, split: str, address: str) -> dict[str, LanceCorpus]:
    """Both views of the retriever's gallery, written to ``address`` as items of ``split`` and indexed; the checkpoint knows where from then on.

    Other splits written before stay. Raises TwoviewError for pairwise models, which have no embeddings.
    """
    model, embeddings = retriever.model, {view: retriever.embed(view, getattr(retriever.features, view).items) for view in OTHER}
    assert isinstance(model, EmbeddingModel)
    built = {}
    for view in OTHER:
        items, vectors = getattr(retriever.gallery, view), embeddings[view]
        corpus = LanceCorpus.open_or_create(address, table(view, retriever.checkpoint), vectors.shape[1], model.similarity)
        corpus.keep_only(split, [str(name) for name in items.ids])
        corpus.write([str(name) for name in items.ids], vectors, [split] * len(vectors), [str(group) for group in items.groups])
        built[view] = corpus
    for view, other in OTHER.items():  # measured with questions of the other view, which is written by now
        questions = built[other].sampled(QUESTIONS)
        everything = questions.pop(None)
        built[view].build_index(everything, {part: asked for part, asked in questions.items() if part is not None})
    indexed = [view for view, corpus in built.items() if corpus.recall(Filter(split))]
    keep_record(retriever.checkpoint.folder, retriever.checkpoint.card, address, split, SplitRecord(items=made_of(retriever.gallery), indexed=indexed))
    return built


def open_corpus(address: str, view: str, checkpoint: Checkpoint) -> LanceCorpus:
    """What ``build`` wrote of a view with this checkpoint. Raises TwoviewError when it did not."""
    try:
        return LanceCorpus.open(address, table(view, checkpoint))
    except FileNotFoundError:
        raise TwoviewError(f"There is no corpus of {checkpoint.card.name} at {address}. {again(checkpoint.card.name, address=address)}") from None
