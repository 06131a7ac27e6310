"""One epoch of DCCA, Soft CCA and MUC2M on MNIST halves against cca_zoo's nearest deep models: same networks, batches, optimiser.

What bounds it is the networks' arithmetic, the same on both sides: a bare loop of forward, backward and Adam step over these
networks takes 1.5 s of an epoch on two cores, cca_zoo 2.2 to 2.4 s in all. Ours ends with settling a projection on all pairs.
"""

import copy
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.linear_cca import mnist_halves
from benchmarks.measure import Row, faster, seconds
from engine.data.base import PairedData, paired_arrays
from engine.models import MODELS
from engine.models.base import EmbeddingModel, Training
from engine.training.loop import create, train

K, HIDDEN = 50, (500, 300)
SETTINGS = {
    "dcca": {"k": K, "hidden_x": HIDDEN, "hidden_y": HIDDEN},
    "soft_cca": {"k": K, "hidden": HIDDEN},
    "muc2m": {"k": K, "hidden": HIDDEN, "standardize": False, "individual": False, "gradient_l1": 0.0, "gradient_l2": 0.0},
}
THEIRS = {"dcca": "DCCA", "soft_cca": "DCCASDL", "muc2m": "BarlowTwins"}
BATCH = {"dcca": 1000, "soft_cca": 512, "muc2m": 2048}


def networks(name: str, model: EmbeddingModel) -> list[nn.Module]:
    """The two networks of ours up to what cca_zoo's model adds itself."""
    if name == "muc2m":
        return [model.common[view][0] for view in "xy"]  # type: ignore[index]
    return [model.net_x, model.net_y]


def zoo_epoch(name: str, encoders: list[nn.Module], views: list[np.ndarray], device: str = "cpu") -> Callable[[], None]:
    """cca_zoo as its documentation trains it: a ``MultiviewDataset`` in a ``DataLoader``, given to Lightning's Trainer."""
    import cca_zoo.deep
    import lightning.pytorch as pl
    from torch.utils.data import DataLoader

    def epoch() -> None:
        model = getattr(cca_zoo.deep, THEIRS[name])(n_components=K, encoders=copy.deepcopy(encoders))
        loader = DataLoader(cca_zoo.deep.MultiviewDataset(views), batch_size=BATCH[name], shuffle=True, drop_last=True)
        trainer = pl.Trainer(
            max_epochs=1, accelerator=torch.device(device).type, devices=1, logger=False, enable_progress_bar=False, enable_checkpointing=False, enable_model_summary=False
        )
        trainer.fit(model, loader)

    return epoch


def our_epoch(name: str, model: EmbeddingModel, data: PairedData, device: str = "cpu", **how: Any) -> Callable[[], object]:
    """``how``: what else ``train`` is told."""
    training = Training(epochs=1, batch_size=BATCH[name], learning_rate=1e-3)
    return lambda: train(copy.deepcopy(model), data, training=training, device=device, **how)


def run(root: Path, rounds: int) -> list[Row]:
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    x, y, note = mnist_halves(root)
    data = paired_arrays(x, y)
    rows = []
    for name, settings in SETTINGS.items():
        cls = MODELS[name]
        model = create(cls, data, cls.Settings(**settings))
        assert isinstance(model, EmbeddingModel)
        with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
            warnings.simplefilter("ignore")  # of Trainer, on data loaders' workers
            ours, theirs = seconds(our_epoch(name, model, data), zoo_epoch(name, networks(name, model), [x, y]), rounds=rounds)
        rows.append(faster(f"one epoch of {cls.title}, cca_zoo's {THEIRS[name]}", ours, theirs, 3, f"{note}, batches of {BATCH[name]:,}"))
    return rows
