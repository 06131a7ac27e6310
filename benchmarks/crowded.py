"""``python -m benchmarks.crowded run app/main.py``: Streamlit, with a made-up data set of 100,000 items known to the engine.

The pages are the real ones, over a gallery too large to ship.
"""

from pathlib import Path

import numpy as np
import torch

from engine.checkpoints.cards import EncodersCard
from engine.checkpoints.history import History
from engine.checkpoints.storage import card_for, save
from engine.data import DATASETS
from engine.data.base import DatasetInfo, PairedData, View
from engine.models.base import Training
from engine.models.cca import CCA

NAME, WIDTH = "crowd", 32
FIRST, EACH = 20_000, 4


def crowd(split: str = "test", root: Path | None = None) -> PairedData:
    """20,000 items of one view with four each in the other, as numbers around a hundred centres, fifty kinds."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(FIRST), EACH)
    x = (rng.normal(size=(100, WIDTH))[np.arange(FIRST) % 100] + 0.5 * rng.normal(size=(FIRST, WIDTH))).astype(np.float32)
    y = (x[groups] + 0.5 * rng.normal(size=(len(groups), WIDTH))).astype(np.float32)
    views = [View("vector", items, [str(i) for i in range(len(items))], own, own % 50) for items, own in ((x, np.arange(FIRST)), (y, groups))]
    return PairedData(NAME, split, *views, [f"kind {i}" for i in range(50)])


def checkpoints(folder: Path) -> None:
    """Two models of it: how the numbers were found doesn't change the time."""
    few = crowd()
    for name, seed in (("one", 0), ("two", 1)):
        model = CCA((WIDTH,), (WIDTH,), CCA.Settings(k=WIDTH))
        generator = torch.Generator().manual_seed(seed)
        for weights in (model.weights_x, model.weights_y):
            weights.copy_(torch.linalg.qr(torch.randn(WIDTH, WIDTH, generator=generator))[0])
        model.weights_y.copy_(model.weights_x)
        model.correlations.fill_(1.0).mul_(torch.linspace(1, 0.1 + 0.5 * seed, WIDTH))
        card = card_for(f"{NAME}/{name}", f"Model {name}", model, {"train": few}, EncodersCard(), Training(), 0, "cpu", History())
        save(folder / NAME / name, model, card, History())


if __name__ == "__main__":
    from streamlit.web.cli import main

    DATASETS[NAME] = DatasetInfo(NAME, "Crowd", "Made up.", "", "", ("test",), crowd, embedded=True)
    main()
