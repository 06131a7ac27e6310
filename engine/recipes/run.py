"""Run a recipe: load, encode, train, evaluate; once per seed."""

import platform
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import torch

from engine import __version__
from engine.models import model_class, replaced, settings_of
from engine.recipes.base import Recipe
from engine.recipes.measures import measured
from engine.recipes.prepared import prepare
from engine.recipes.results import Result, Run
from engine.training.loop import create, train

Progress = Callable[[int, int, str], None]


def run_recipe(
    recipe: Recipe,
    seeds: Sequence[int] = (0,),
    device: str | torch.device = "cpu",
    root: Path | None = None,
    progress: Progress | None = None,
) -> Result:
    """Train and evaluate the recipe's model once per seed. ``progress(done, total, what)`` counts epochs.

    Raises TwoviewError when the data are not below the data root, or the recipe names what does not exist.
    """
    cls = model_class(recipe.model)
    settings = settings_of(cls, recipe.settings)
    training = replaced(cls.paper_training, recipe.training, f"{cls.title}'s training")
    ready = prepare(recipe, root, device, progress)
    runs = []
    for seed in seeds:
        model = create(cls, ready.splits["train"], settings, seed)
        history = train(model, ready.splits["train"], ready.splits.get("validation"), training, seed, device, progress=progress)
        metrics = measured(recipe, model, ready.splits, ready.raw["test"], ready.ids, root, device, progress)
        runs.append(Run(seed=seed, epochs=len(history.epochs), seconds=history.seconds, metrics=metrics))
    widths = [metric.candidates for metric in runs[0].metrics if metric.measure == "sum_of_correlations"]
    return Result(
        recipe=recipe.name, recipe_hash=recipe.hash, model=recipe.model, data=recipe.data, k=widths[0] if widths else None,
        runs=runs, device=str(device),
        versions={"python": platform.python_version(), "torch": torch.__version__, "twoview": __version__},
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
