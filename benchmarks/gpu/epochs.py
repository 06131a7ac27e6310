"""An epoch of DCCA, Soft CCA and MUC2M on the card beside cca_zoo's on the same card, and what half precision and compiling change.

The bounds: a loss after ``EPOCHS`` epochs from the same weights over the same batches may differ by ``BOUND`` of its float32 value.
"""

import copy
import warnings
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from benchmarks.deep import BATCH, SETTINGS, THEIRS, networks, our_epoch, zoo_epoch
from benchmarks.linear_cca import mnist_halves
from benchmarks.measure import Row, at_most, faster, seconds
from engine.data.base import PairedData, paired_arrays
from engine.models import MODELS
from engine.models.base import EmbeddingModel, Training
from engine.training.loop import create, train

EPOCHS, BOUND = 3, 0.02
WAYS: dict[str, dict[str, Any]] = {"bfloat16": {"precision": "bf16-mixed"}, "compiled": {"compiled": True}}


def run(device: str, root: Path, rounds: int = 3) -> list[Row]:
    x, y, note = mnist_halves(root)
    data = paired_arrays(x, y)
    rows = []
    for name, settings in SETTINGS.items():
        cls = MODELS[name]
        model = create(cls, data, cls.Settings(**settings))
        assert isinstance(model, EmbeddingModel)
        told = f"{note}, batches of {BATCH[name]:,}"
        with warnings.catch_warnings(), torch.random.fork_rng():
            warnings.simplefilter("ignore")
            ours = our_epoch(name, model, data, device)
            ours()  # the card's libraries choose and load their kernels once
            if find_spec("cca_zoo"):
                theirs = zoo_epoch(name, networks(name, model), [x, y], device)
                theirs()
                rows.append(faster(f"one epoch of {cls.title}, cca_zoo's {THEIRS[name]}", *seconds(ours, theirs, rounds=rounds), 3, told))
            (plain,) = seconds(ours, rounds=rounds)
            expected = _loss(name, model, data, device)
            for way, how in WAYS.items():
                rows += _another_way(name, model, data, device, way, how, plain, expected, rounds)
    return rows


def _another_way(
    name: str, model: EmbeddingModel, data: PairedData, device: str, way: str, how: dict[str, Any], plain: float, expected: float, rounds: int
) -> list[Row]:
    start = perf_counter()
    changed = abs(_loss(name, model, data, device, **how) / expected - 1)
    first = perf_counter() - start
    (taken,) = seconds(our_epoch(name, model, data, device, **how), rounds=rounds)
    return [
        faster(f"one epoch of {model.title}, {way}", taken, plain, 1, f"beside float32 step by step; the first {EPOCHS} epochs took {first:.1f} s"),
        at_most(f"{model.title}, {way}: the loss differs by", changed, BOUND, "", f"of float32's {expected:.4g} after {EPOCHS} epochs"),
    ]


def _loss(name: str, model: EmbeddingModel, data: PairedData, device: str, **how: Any) -> float:
    """The mean loss of the last of ``EPOCHS`` epochs."""
    training = Training(epochs=EPOCHS, batch_size=BATCH[name], learning_rate=1e-3)
    return sum(train(copy.deepcopy(model), data, training=training, device=device, **how).epochs[-1].losses.values())
