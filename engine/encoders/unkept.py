"""Features that are used once and kept nowhere, as of a shard of a corpus: see ``cache`` for those that are looked up and kept."""

from contextlib import suppress

import numpy as np

from engine.data.base import LazyRows, View
from engine.encoders.base import Encoder, as_numpy
from engine.encoders.cache import BATCH, Progress
from engine.errors import TwoviewError
from engine.paths import cache_dir, checkpoints_dir


def encode_once(view: View, encoder: Encoder, progress: Progress | None = None) -> np.ndarray:
    """Features (n, dim), float32, of a view's n pictures or sentences; sentences of like length share a batch, so that little is spent on padding.

    ``progress(done, total, what)`` is called after each batch. Raises TwoviewError when the encoder is for another kind, or its numbers are not finite.
    """
    if view.kind != encoder.kind:
        raise TwoviewError(f"{encoder.id} encodes {encoder.kind} items, this view holds {view.kind} items.")
    order = np.argsort([-len(item) for item in view.items], kind="stable") if view.kind == "text" else np.arange(len(view))
    features = np.empty((len(view), encoder.dim), np.float32)
    for start in range(0, len(order), BATCH[encoder.kind]):
        chosen = order[start : start + BATCH[encoder.kind]]
        features[chosen] = as_numpy(encoder([view.items[int(row)] for row in chosen]))
        if progress is not None:
            progress(start + len(chosen), len(order), f"Encoding with {encoder.id}")
    if not np.isfinite(features).all():
        raise TwoviewError(f"{encoder.id} gave numbers that are not finite for some of the items from {view.ids[0]} on.")
    return features


def may_be_kept(view: View) -> bool:
    """Whether a file of as many rows as the view, or the pictures that it is a part of, is among those that are kept: where none is, nothing of very many items has to be read to
    know that their features are not there."""
    wanted = {len(view)} | ({len(view.items.pictures)} if isinstance(view.items, LazyRows) else set())
    for path in (*checkpoints_dir().glob("*/features/*.npy"), *cache_dir("features").glob("*.npy")):
        with suppress(ValueError, EOFError, OSError):  # damaged, which is told when it is asked for
            if len(np.load(path, mmap_mode="r", allow_pickle=False)) in wanted:
                return True
    return False
