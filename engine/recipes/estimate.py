"""How long a training will take on this machine, as busy as it is now: measured on a sample, before anything is trained."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from engine.compute import pick_device
from engine.data import find, load
from engine.data.base import PairedData, View
from engine.encoders import open_encoder
from engine.encoders.cache import is_kept
from engine.models import model_class, replaced, settings_of
from engine.recipes.base import Recipe
from engine.training.loop import DEFAULT_MONITOR, create, train
from engine.training.monitor import Monitor

ENCODED = {"image": 8, "text": 32}  # items of the sample
BATCHES = 4  # of the sample that is trained on
CLOSED = 2_000  # groups of it, where a model is fitted in closed form


@dataclass(frozen=True)
class Estimate:
    """Seconds. ``encoding``: of what is not kept yet; ``training``: at most, for early stopping may end it before."""

    encoding: float
    training: float


def estimate(recipe: Recipe, root: Path | None = None) -> Estimate:
    """Encode a few items, train for an epoch on a few batches of numbers of the same widths, and count up.

    Raises TwoviewError when data or encoders are missing.
    """
    data = {split: load(recipe.data, split, root) for split in (recipe.train, recipe.validation, recipe.test) if split}
    seconds, widths = 0.0, {}
    for place, view in enumerate("xy"):
        id = (recipe.encoders or find(recipe.data).encoders)[place]
        views = [getattr(part, view) for part in data.values()]
        took, widths[view] = _encoding(views, id)
        seconds += took
    return Estimate(seconds, _training(recipe, data, widths))


def _encoding(views: list[View], id: str | None) -> tuple[float, int]:
    """Seconds for what is not kept of the views, and the width of a feature."""
    if id is None:
        return 0.0, int(np.prod(views[0].items.shape[1:]))
    if id == "tfidf":  # is fitted first, and counts words in no time
        return 0.0, 1_000
    encoder = open_encoder(id, pick_device())
    pending = [view for view in views if not is_kept(view, id)]
    if not pending:
        return 0.0, encoder.dim
    some = pending[0]
    rows = np.linspace(0, len(some) - 1, min(len(some), ENCODED[encoder.kind])).astype(int)
    encoder([some.items[int(rows[0])]])  # the first call prepares what later ones need
    took = _seconds(lambda: encoder([some.items[int(row)] for row in rows]))
    return took / len(rows) * sum(map(len, pending)), encoder.dim


def _training(recipe: Recipe, data: dict[str, PairedData], widths: dict[str, int]) -> float:
    cls, device = model_class(recipe.model), pick_device()
    training = replaced(cls.paper_training, recipe.training, cls.title)
    whole = data[recipe.train]
    groups = np.unique(whole.x.groups)
    some = groups[: CLOSED if cls.closed_form else BATCHES * training.batch_size]
    sample = _random(whole.take_groups(some, recipe.train), widths)
    model = create(cls, sample, _fitting(settings_of(cls, recipe.settings), len(some)))
    once = replace(training, epochs=1, monitor=None)
    if not cls.closed_form:
        train(model, sample, None, once, device=device)  # the first steps are slower
    epoch = _seconds(lambda: train(model, sample, None, once, device=device)) * len(groups) / len(some)
    if cls.closed_form:
        return epoch
    watched = 0.0
    if recipe.validation:
        model.to(device)
        monitor = Monitor(training.monitor or DEFAULT_MONITOR, model, _random(data[recipe.validation], widths), device)
        with torch.no_grad():
            watched = _seconds(monitor)
    return training.epochs * (epoch + watched)


def _fitting(settings, groups: int):
    """Settings for a sample that has fewer groups than the model has dimensions."""
    k = getattr(settings, "k", None)
    return replace(settings, k=min(k, groups - 1)) if isinstance(k, int) else settings


def _random(data: PairedData, widths: dict[str, int]) -> PairedData:
    """The same pairs with numbers for features."""
    rng = np.random.default_rng(0)

    def drawn(view: View, width: int) -> View:
        items = view.items if view.kind == "vector" else rng.normal(size=(len(view), width)).astype(np.float32)
        return replace(view, kind="vector", items=items)

    return replace(data, x=drawn(data.x, widths["x"]), y=drawn(data.y, widths["y"]))


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start
