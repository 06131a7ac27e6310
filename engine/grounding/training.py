"""Training on regions and phrases: the one loop with Algorithm 1's batches, the neighbourhood constraints in a stage of their own."""

from dataclasses import replace
from pathlib import Path

import torch

from engine.checkpoints.history import History
from engine.grounding.pairs import RegionPairs
from engine.grounding.sampling import Sampling
from engine.models.base import Training, TwoViewModel
from engine.models.two_branch import TwoBranch
from engine.training.loop import Progress, train

CONSTRAINED = 1  # epochs with neighbourhood constraints, after all those without (Sec. 4.3)


def train_on_regions(
    model: TwoViewModel, data: RegionPairs, sampling: Sampling, training: Training, seed: int = 0, device: torch.device | str = "cpu",
    resume_from: Path | None = None, progress: Progress | None = None,
) -> History:  # fmt: skip
    """Train ``model`` in place. A closed form is fitted on true regions and their phrases; constraints of a two-branch network (λ₃, λ₄) act in one epoch more.

    Raises TwoviewError as ``engine.training.loop.train`` does.
    """
    if model.closed_form:
        return train(model, data, None, training, seed, device)
    settings = model.settings
    constrained = isinstance(model, TwoBranch) and bool(settings.weight_x or settings.weight_y)
    if constrained:
        model.settings = replace(settings, weight_x=0.0, weight_y=0.0)
    history = train(model, data, None, training, seed, device, resume_from, progress, tensors=sampling)
    if constrained:
        model.settings = settings
        after = train(model, data, None, replace(training, epochs=CONSTRAINED), seed + 1, device, None, progress, tensors=sampling)
        history = History(epochs=[*history.epochs, *(epoch.model_copy(update={"stage": "constraints"}) for epoch in after.epochs)])
    return history
