"""A corpus built in shards, by this process or by workers on Ray: each encodes, embeds and writes its rows straight into the corpus.

No features are gathered in one file, and none are kept. A worker that dies costs its shard; broken off, the same command does what is left.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from engine import data as datasets
from engine.checkpoints.storage import encoder_ids, load
from engine.distributed.shards import ROWS
from engine.encoders import open_encoder
from engine.encoders.cache import Progress, encode_view, is_kept
from engine.encoders.unkept import may_be_kept
from engine.errors import TwoviewError
from engine.search.asking import OTHER, Asker
from engine.search.building import Writer, Written, index
from engine.search.lance import LanceCorpus
from engine.search.record import forget_split, made_of
from engine.training.parts import Run, one_by_one

BLOCK = 65_536  # rows of a shard whose features are there
ROUNDS = 3

WriteShard = Callable[[str, int, int], Written]


@dataclass(frozen=True)
class Elsewhere:
    """What a worker needs to write shards: the checkpoint in ``folder`` (its weights' hash), the split of its data (``items``: see ``made_of``), where the corpus lies, and the encoders' device."""

    folder: str
    weights: str
    split: str
    root: str | None
    items: str
    address: str
    device: str

    @classmethod
    def of(cls, asker: Asker, split: str, root: str | None, address: str, device: str) -> "Elsewhere":
        return cls(str(asker.checkpoint.folder), asker.checkpoint.card.model.weights_hash, split, root, made_of(asker.gallery), address, device)

    def __call__(self, view: str, start: int, stop: int) -> Written:
        """Raises TwoviewError when the worker finds other data or another checkpoint there."""
        return _writer(self)(view, start, stop)


@lru_cache(maxsize=1)
def _writer(where: Elsewhere) -> Writer:
    checkpoint = load(where.folder)
    gallery = datasets.load(checkpoint.card.data.name, where.split, where.root)
    if checkpoint.card.model.weights_hash != where.weights or made_of(gallery) != where.items:
        raise TwoviewError(f"A worker finds another checkpoint in {where.folder} or other data than this process does. Keep both on a disk that all of them share, as they are.")
    return Writer(Asker(checkpoint, gallery, partial(open_encoder, device=where.device)), where.split, where.address)


@dataclass(frozen=True)
class Built:
    """A view's corpus, and the shards of the split in it."""

    corpus: LanceCorpus
    shards: list[Written]


def build(
    asker: Asker, split: str, address: str, progress: Progress | None = None, run: Run = one_by_one, elsewhere: WriteShard | None = None, rows: int = ROWS, block: int = BLOCK
) -> dict[str, Built]:
    """Both views of the asker's gallery, written to ``address`` as items of ``split`` and indexed; the checkpoint knows where from then on.

    ``run`` does the shards of ``rows`` items, by ``elsewhere`` where that is given, else by this process, which also embeds features that are kept, ``block`` items at once. Other splits
    written before stay, without the items that are of this one now. Until it is done, broken off or not, nothing is answered from this split. Raises TwoviewError for pairwise models, which have no embeddings.
    """
    folder = asker.checkpoint.folder
    kept = _kept(asker)
    here = Writer(asker, split, address, kept, progress)
    forget_split(folder, split)
    built = {}
    for view, corpus in here.corpora.items():
        items = here.views[view]
        for other, ids in corpus.under_other_splits(split, [str(name) for name in items.ids]).items():
            forget_split(folder, other)
            corpus.delete(ids)
        ours, step = (here, block) if view in kept else (elsewhere or here, rows)
        shards = {start: partial(ours, view, start, min(start + step, len(items))) for start in range(0, len(items), step)}
        built[view] = Built(corpus, _written(corpus, split, shards, one_by_one if view in kept else run, len(items), progress))
    index(asker, here.corpora, split, address, progress)
    return built


def _kept(asker: Asker) -> dict[str, np.ndarray]:
    """The features of views that need an encoder and have been encoded before."""
    views = {view: (getattr(asker.gallery, view), id) for view, id in zip(OTHER, encoder_ids(asker.checkpoint), strict=True) if id}
    return {view: encode_view(items, asker.encoder(view)) for view, (items, id) in views.items() if may_be_kept(items) and is_kept(items, id)}


def _written(corpus: LanceCorpus, split: str, shards: Mapping[int, Callable[[], Written]], run: Run, total: int, progress: Progress | None) -> list[Written]:
    """The shards, by their first rows: each is there, once, and nothing else of the split is. What two processes wrote at the same moment is written again."""
    done: dict[int, Written] = {}
    for _ in range(ROUNDS):
        for written in run([task for start, task in shards.items() if start not in done]):
            done[written.start] = written
            if progress:
                progress(sum(shard.rows for shard in done.values()), total, f"Writing embeddings of {written.view}")
        there = corpus.keep_shards(split, {shard.name: shard.rows for shard in done.values()})
        done = {start: shard for start, shard in done.items() if shard.name in there}
        if len(done) == len(shards):
            return [*done.values()]
    raise TwoviewError(f"Another process writes {split} to this corpus at the same time. Let it end, then run the same command once more.")
