"""What a query costs on this machine: time from an item's features to the whole other view in order, and memory.

Without the encoder, which is the same for all models on the same features. Kept by content and machine, never shipped.
"""

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from time import perf_counter

import numpy as np
import torch
from pydantic import TypeAdapter, ValidationError

from engine.models.base import EmbeddingModel
from engine.paths import atomic_write, cache_dir
from engine.search.asking import OTHER
from engine.search.retriever import Retriever

WARM_UP, LEAST, MOST = 1, 3, 40  # queries of each view
BUDGET = 0.02  # seconds for the queries of a view, unless that would be fewer than ``LEAST``: a leaderboard waits for all its models


@dataclass(frozen=True)
class Cost:
    """By asking view: milliseconds of one query, the median over ``queries`` of them. ``memory``: bytes of the model and of
    both views as it keeps them for searching."""

    median: dict[str, float]
    queries: dict[str, int]
    memory: int
    machine: str


COST = TypeAdapter(Cost)


def machine() -> str:
    """What times depend on, in words."""
    cpu = platform.processor() or platform.machine()
    return f"{platform.system()} {cpu}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, torch {torch.__version__}"


def query_cost(retriever: Retriever) -> Cost:
    """Measured now, or when this model last answered from this gallery on this machine."""
    path = cache_dir("costs", f"{_key(retriever)}.json")
    try:
        return COST.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        found = measure(retriever)
    with atomic_write(path) as temporary:
        temporary.write_bytes(COST.dump_json(found))
    return found


def measure(retriever: Retriever) -> Cost:
    seconds = {view: list(_timed(retriever, view)) for view in OTHER}
    return Cost(
        {view: 1000 * float(np.median(times)) for view, times in seconds.items()},
        {view: len(times) for view, times in seconds.items()},
        memory(retriever), machine(),
    )  # fmt: skip


def memory(retriever: Retriever) -> int:
    """Bytes of the model's numbers and of the gallery as it is searched: embeddings, or features for pairwise models."""
    own = sum(t.nbytes for t in (*retriever.model.parameters(), *retriever.model.buffers()))
    if isinstance(retriever.model, EmbeddingModel):
        return own + sum(index.vectors.nbytes for index in retriever.indexes.values())
    return own + sum(getattr(retriever.features, view).items.astype(np.float32, copy=False).nbytes for view in OTHER)


def _timed(retriever: Retriever, view: str) -> Iterator[float]:
    """Seconds of some queries of the view, the first one thrown away."""
    items, spent = getattr(retriever.features, view).items, 0.0
    for place, row in enumerate(np.random.default_rng(0).integers(len(items), size=WARM_UP + MOST)):
        begin = perf_counter()
        retriever.rank_features(view, items[row : row + 1])
        if place >= WARM_UP:
            taken = perf_counter() - begin
            yield taken
            spent += taken
            if spent > BUDGET and place - WARM_UP + 1 >= LEAST:
                return


def _key(retriever: Retriever) -> str:
    card = retriever.checkpoint.card.model
    return sha256(f"2 {card.name} {card.settings} {card.weights_hash} {retriever.features.content_hash} {machine()}".encode()).hexdigest()[:32]
