"""A checkpoint's gallery as a corpus on disk: one table per view, and the model that made them told apart by its weights."""

from engine.checkpoints.storage import Checkpoint
from engine.encoders.cache import Progress
from engine.errors import TwoviewError
from engine.models.base import EmbeddingModel
from engine.search.asking import OTHER
from engine.search.corpus import Filter
from engine.search.lance import LanceCorpus
from engine.search.record import SplitRecord, again, forget_split, keep_record, made_of
from engine.search.retriever import Retriever

QUESTIONS = 200  # of the other view, on which an index is measured
BLOCK = 65_536  # items embedded and written at once


def table(view: str, checkpoint: Checkpoint) -> str:
    """The table of a view: embeddings of other weights never mix with these."""
    return f"{view}_{checkpoint.card.model.weights_hash[:16]}"


def build(retriever: Retriever, split: str, address: str, progress: Progress | None = None) -> dict[str, LanceCorpus]:
    """Both views of the retriever's gallery, written to ``address`` as items of ``split`` and indexed; the checkpoint knows where from then on.

    Other splits written before stay. Broken off, the checkpoint knows nothing of this split until it is built again, from the beginning: it is features that
    take long, and those are kept. Raises TwoviewError for pairwise models, which have no embeddings.
    """
    forget_split(retriever.checkpoint.folder, split)
    built = {}
    for view in OTHER:
        items, what = getattr(retriever.gallery, view), f"Writing embeddings of {view}"
        for start in range(0, len(items), BLOCK):
            rows = slice(start, start + BLOCK)
            vectors = retriever.embed(view, getattr(retriever.features, view).items[rows])
            if not start:
                assert isinstance(retriever.model, EmbeddingModel)
                built[view] = LanceCorpus.open_or_create(address, table(view, retriever.checkpoint), vectors.shape[1], retriever.model.similarity)
                built[view].keep_only(split, [str(name) for name in items.ids])
            built[view].write([str(name) for name in items.ids[rows]], vectors, [split] * len(vectors), [str(group) for group in items.groups[rows]])
            if progress:
                progress(min(start + BLOCK, len(items)), len(items), what)
    for done, (view, other) in enumerate(OTHER.items()):  # measured with questions of the other view, which is written by now
        if progress:
            progress(done, len(OTHER), f"Indexing {view}: {len(built[view]):,} items, about a minute for each half million")
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
