"""Run a recipe: load, encode, train, evaluate; once per seed."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import torch

from engine.checkpoints.history import History
from engine.checkpoints.storage import describe
from engine.compute import versions
from engine.evaluation.by_group import ByGroup
from engine.grounding.pairs import RegionPairs
from engine.grounding.sampling import Sampling
from engine.grounding.training import train_on_regions
from engine.metric import Metric
from engine.models import model_class, replaced, settings_of
from engine.models.base import Training, TwoViewModel
from engine.recipes.base import Recipe
from engine.recipes.code import code_of
from engine.recipes.folds import folds_of
from engine.recipes.measures import measured, values_by_group
from engine.recipes.prepared import Prepared, prepare
from engine.recipes.results import Result, Run, packed
from engine.training.loop import create, train

Progress = Callable[[int, int, str], None]


def run_recipe(
    recipe: Recipe,
    seeds: Sequence[int] = (0,),
    device: str | torch.device = "cpu",
    root: Path | None = None,
    progress: Progress | None = None,
    known: Result | None = None,
    keep: Callable[[Result], object] = lambda result: None,
) -> Result:
    """Train and evaluate the recipe's model once per seed. ``progress(done, total, what)`` counts epochs.

    ``known``: an earlier result; seeds that it has are not run again (see ``reusable``). ``keep`` is told after each new
    seed what there is so far, so that a killed run loses one seed at most.
    Raises TwoviewError when the data are not below the data root, the recipe names what does not exist, or has fewer folds than seeds are asked for.
    """
    cls = model_class(recipe.model)
    settings = settings_of(cls, recipe.settings)
    training = replaced(cls.paper_training, recipe.training, f"{cls.title}'s training")
    runs = {run.seed: run for run in known.runs} if known else {}
    missing = [seed for seed in seeds if seed not in runs]
    if known and not missing:
        return known
    code = code_of(recipe)  # as it is now: a file may change while this runs
    data_of = folds_of(recipe, root, device, progress) if recipe.folds else _for_all(prepare(recipe, root, device, progress))
    for seed in missing:
        ready = data_of(seed)
        model = create(cls, ready.splits["train"], settings, seed)
        history = trained(recipe, model, ready, training, seed, device, progress=progress)
        metrics = measured(recipe, model, ready.splits, ready.raw["test"], ready.ids, root, device, progress)
        runs[seed] = run_of(seed, history, metrics, values_by_group(recipe, model, ready.splits["test"], ready.raw["test"], ready.ids, root, device))
        result = result_of(recipe, code, [runs[done] for done in sorted(runs)], device, model)
        keep(result)
    return result


def _for_all(ready: Prepared) -> Callable[[int], Prepared]:
    return lambda seed: ready


def trained(
    recipe: Recipe, model: TwoViewModel, ready: Prepared, training: Training, seed: int, device: str | torch.device,
    resume_from: Path | None = None, progress: Progress | None = None,
) -> History:  # fmt: skip
    """Train the recipe's model in place, on whole items or on regions and phrases."""
    data = ready.splits["train"]
    if recipe.sampling is None:
        return train(model, data, ready.splits.get("validation"), training, seed, device, resume_from, progress)
    assert isinstance(data, RegionPairs)
    sampling = replaced(Sampling(), recipe.sampling, "Algorithm 1's sampling")
    return train_on_regions(model, data, sampling, training, seed, device, resume_from, progress)


def reusable(recipe: Recipe, result: Result | None, device: str | torch.device) -> bool:
    """Whether another run would give the same again: equal recipe hash, code, device and versions."""
    return result is not None and (result.recipe_hash, result.code, result.device, result.versions) == (recipe.hash, code_of(recipe), str(device), versions())


def run_of(seed: int, history: History, metrics: list[Metric], values: ByGroup) -> Run:
    """What is stored of one seed."""
    return Run(seed=seed, epochs=len(history.epochs), seconds=history.seconds, metrics=metrics, by_group=packed(values))


def result_of(recipe: Recipe, code: str, runs: list[Run], device: str | torch.device, model: TwoViewModel) -> Result:
    """What is stored of the recipe's runs, made now by this code. ``model``: of one of them."""
    widths = [metric.candidates for metric in runs[0].metrics if metric.measure == "sum_of_correlations"]
    return Result(
        recipe=recipe.name, recipe_hash=recipe.hash, model=recipe.model, data=recipe.data, code=code, k=widths[0] if widths else None,
        parameters=describe(model, "").parameters, runs=runs, device=str(device), versions=versions(), created=datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
