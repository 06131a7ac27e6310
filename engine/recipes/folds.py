"""Rows over folds, for claims that one test split is too small to decide: every run trains on, stops by and is tested on other parts of the data.

The recipe's splits are put together and divided by group into ``recipe.folds`` parts of one size, the same for all recipes. Run n is tested on part n,
early stopping looks at the part after it, and the rest is trained on, with what is left over from dividing. When all folds ran, every group was
asked once, of a model that had not seen it. Models of different folds share most of what they learned from, so what is
said holds for training on these data rather than on any like them (Bengio and Grandvalet, JMLR 5, 2004).
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from engine.data import find, load
from engine.data.base import PairedData, View
from engine.encoders import fit
from engine.encoders.cache import Progress, encode_pairs
from engine.errors import TwoviewError
from engine.recipes.base import Recipe
from engine.recipes.prepared import Prepared

SPLIT = "folds"  # as results call what each run was tested on


def folds_of(recipe: Recipe, root: Path | None = None, device: torch.device | str = "cpu", progress: Progress | None = None) -> Callable[[int], Prepared]:
    """The recipe's splits are read and encoded once; the function gives what run n trains on, stops by and is tested on.

    Raises TwoviewError when data or an encoder are missing, an encoder learns from training data (it would have seen test items), or splits number their
    groups alike; the function, for a run beyond the last fold.
    """
    x, y = recipe.encoders or find(recipe.data).encoders
    read = [load(recipe.data, split, root) for split in (recipe.train, recipe.validation, recipe.test) if split]
    if fitted := [id for id, view in ((x, read[0].x), (y, read[0].y)) if id and fit(id, view) != id]:
        raise TwoviewError(f"{recipe.name} goes over folds, and the encoder {fitted[0]} is fitted on a training split, which holds other folds' test items. Use an encoder that is not fitted.")
    whole = _joined([encode_pairs(data, x, y, device, progress) for data in read])
    groups = np.random.default_rng(0).permutation(np.unique(whole.x.groups))
    size = len(groups) // recipe.folds

    def part(fold: int) -> np.ndarray:
        start = fold % recipe.folds * size
        return groups[start : start + size]

    def prepared(run: int) -> Prepared:
        if run >= recipe.folds:
            raise TwoviewError(f"{recipe.name} has {recipe.folds} folds, and run {run + 1} was asked for. Ask for {recipe.folds} seeds at most.")
        test, validation = part(run), part(run + 1)
        train = whole.take_groups(np.setdiff1d(groups, [*test, *validation]), recipe.train)
        splits = {
            "train": train if recipe.share == 1 else train.take_share(recipe.share, train.split),
            "validation": whole.take_groups(validation, "validation"), "test": whole.take_groups(test, SPLIT),
        }  # fmt: skip
        return Prepared(splits, splits, (x, y))

    return prepared


def require_no_folds(recipe: Recipe) -> None:
    """Raises TwoviewError for a recipe over folds, where one trained model is wanted."""
    if recipe.folds:
        raise TwoviewError(f"{recipe.name} trains a model for each of {recipe.folds} folds, and none of them is more than a part. Run it: python -m engine reproduce {recipe.name} --seeds {recipe.folds}.")


def _joined(parts: list[PairedData]) -> PairedData:
    """Splits that hold features, one after the other."""
    if sum(len(np.unique(part.x.groups)) for part in parts) > len(np.unique(np.concatenate([part.x.groups for part in parts]))):
        raise TwoviewError(f"The splits of {parts[0].name} share groups, so that they cannot be put together and divided anew.")
    x, y = (_stacked([getattr(part, side) for part in parts]) for side in ("x", "y"))
    return PairedData(parts[0].name, "whole", x, y, parts[0].label_names)


def _stacked(views: list[View]) -> View:
    labels = [view.labels for view in views if view.labels is not None]
    return View(
        "vector", np.concatenate([view.items for view in views]), [id for view in views for id in view.ids], np.concatenate([view.groups for view in views]),
        np.concatenate(labels) if len(labels) == len(views) else None,
    )  # fmt: skip
