"""From a sentence to the complete ranking of 100,000 items, on the server's side, the sentence's encoding included."""

from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from benchmarks.measure import Row, at_most
from engine.checkpoints.cards import EncoderCard, EncodersCard
from engine.checkpoints.history import History
from engine.checkpoints.storage import Checkpoint, card_for
from engine.data.base import PairedData, View
from engine.encoders import open_encoder
from engine.models.base import Training
from engine.models.cca import CCA
from engine.search.retriever import Retriever

ITEMS, WIDTH, K = 100_000, 384, 256
NOUNS = ("a dog", "two children", "an old man", "a red car", "a small boat", "the brown horse", "a puppy", "someone")
VERBS = ("runs along", "waits beside", "looks at", "is in front of", "jumps over")
PLACES = ("the beach in the evening", "a busy street", "the snow", "a wooden table", "a field of flowers")


def run(rounds: int) -> list[Row]:
    retriever = over_random_items()
    sentences = [f"{noun} {verb} {place}" for noun in NOUNS for verb in VERBS for place in PLACES]
    took = []
    for sentence in ["warm up", *sentences * rounds]:
        start = perf_counter()
        ranking = retriever.rank_text(sentence)
        ranking.rank_of([0])
        took.append(1000 * (perf_counter() - start))
    p95, median = float(np.percentile(took[1:], 95)), float(np.median(took[1:]))
    note = f"MiniLM, {WIDTH} → {K}, {ITEMS:,} items ranked; median {median:.0f} ms of {len(took) - 1} queries"
    return [at_most("text query to results, 95th percentile", p95, 50, "ms", note)]


def over_random_items() -> Retriever:
    """A checkpoint that asks with sentences over random item features; what the numbers are doesn't change the time."""
    generator = torch.Generator().manual_seed(0)
    minilm = open_encoder("minilm")
    items = torch.randn(ITEMS, WIDTH, generator=generator).numpy()
    x = View("vector", items, [str(i) for i in range(ITEMS)], np.arange(ITEMS))
    gallery = PairedData("random", "test", x, View("text", ["one"], ["0"], np.zeros(1, np.int64)))
    features = PairedData("random", "test", x, View("vector", minilm(["one"]).numpy(), ["0"], np.zeros(1, np.int64)))
    model = CCA((WIDTH,), (minilm.dim,), CCA.Settings(k=K))
    for weights in (model.weights_x, model.weights_y):
        weights.normal_(generator=generator)
    model.correlations.fill_(1.0)
    made_with = EncodersCard(y=EncoderCard(id=minilm.id, weights_hash=minilm.weights_hash, dim=minilm.dim))
    card = card_for("random/cca", "CCA", model, {"train": features}, made_with, Training(), 0, "cpu", History())
    return Retriever(Checkpoint(model, card, History(), Path()), gallery, features, lambda id: minilm)
