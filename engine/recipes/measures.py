"""All measures a recipe names: those of features, and "saliency", which looks at the pictures themselves."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from engine.data import find, load
from engine.data.base import PairedData
from engine.data.derived import named_in
from engine.encoders import open_encoder
from engine.encoders.base import ImageEncoder, TextEncoder
from engine.encoders.cache import Progress
from engine.errors import TwoviewError
from engine.evaluation.suite import evaluate
from engine.metric import Metric
from engine.models.base import TwoViewModel
from engine.recipes.base import Recipe
from engine.saliency.report import first_pictures, object_metrics, pair_metrics

SALIENCY = "saliency"
PAIRS = 300  # of pictures whose maps are measured; `measure-saliency` takes all


def measured(
    recipe: Recipe, model: TwoViewModel, splits: Mapping[str, PairedData], raw: PairedData, ids: Sequence[str | None],
    root: Path | None = None, device: torch.device | str = "cpu", progress: Progress | None = None,
) -> list[Metric]:  # fmt: skip
    """The recipe's families on its test split. ``splits``: encoded, by role; ``raw``: the test split as it is.

    Maps of other pictures are also given for the kinds of object that the training sentences name. Pairs are also measured where they share nothing, if the data set has such a split. Raises TwoviewError when maps are asked
    of data that are not pictures.
    """
    metrics = evaluate(model, splits["test"], splits["train"], [family for family in recipe.families if family != SALIENCY])
    if SALIENCY not in recipe.families:
        return metrics
    x, y = (open_encoder(id, device) if id else None for id in ids)
    if isinstance(x, ImageEncoder) and isinstance(y, TextEncoder):
        if (other := recipe.looked_at) is None:
            return metrics + object_metrics(model, raw, x, y, progress=progress)
        seen = load(other.data, other.split, root)
        learned = load(recipe.data, recipe.train, root).y.items
        return metrics + object_metrics(
            model, seen, x, y, size=other.size, method=other.method, masks_only=other.masks_only, wording=other.wording,
            named=named_in(learned, seen.label_names), progress=progress,
        )  # fmt: skip
    if isinstance(x, ImageEncoder) and isinstance(y, ImageEncoder):
        disjoint = [split for split in find(recipe.data).splits if split == f"{recipe.test}-disjoint"]
        parts = [raw, *(load(recipe.data, split, root) for split in disjoint)]
        return metrics + [metric for part in parts for metric in pair_metrics(model, first_pictures(part, PAIRS), [x, y], progress=progress)]
    raise TwoviewError(f"Maps need pictures with sentences or pairs of pictures; {recipe.data} has neither.")
