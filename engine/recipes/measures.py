"""All measures a recipe names: those of features, "saliency", which looks at the pictures themselves, and those of regions ranked for phrases."""

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
from engine.evaluation.by_group import ByGroup, by_group
from engine.evaluation.suite import evaluate
from engine.grounding import measures as grounding
from engine.grounding.pairs import RegionPairs
from engine.metric import Metric
from engine.models.base import TwoViewModel
from engine.recipes.base import Recipe
from engine.saliency.by_picture import common_precision, object_precision
from engine.saliency.report import first_pictures, object_metrics, pair_metrics

SALIENCY = "saliency"
PAIRS = 300  # of pictures whose maps are measured; `measure-saliency` takes all


def measured(
    recipe: Recipe, model: TwoViewModel, splits: Mapping[str, PairedData], raw: PairedData, ids: Sequence[str | None],
    root: Path | None = None, device: torch.device | str = "cpu", progress: Progress | None = None,
) -> list[Metric]:  # fmt: skip
    """The recipe's families on its test split. ``splits``: encoded, by role; ``raw``: the test split as it is.

    Regions and phrases have measures of their own. Maps of other pictures are also given for the kinds of object that the training sentences name. Pairs are also measured where they share nothing, if the data set has such a split. Raises TwoviewError when maps are asked
    of data that are not pictures.
    """
    test = splits["test"]
    if isinstance(test, RegionPairs):
        score = grounding.scorer(model, test)
        return [*grounding.metrics(test, grounding.values(test, score)), grounding.presence(test, score)]
    metrics = evaluate(model, test, splits["train"], [family for family in recipe.families if family != SALIENCY])
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


def values_by_group(
    recipe: Recipe, model: TwoViewModel, test: PairedData, raw: PairedData, ids: Sequence[str | None], root: Path | None = None, device: torch.device | str = "cpu"
) -> ByGroup:  # fmt: skip
    """What later comparisons item by item need of the test split: of whole items, of regions ranked for phrases, and of maps. ``test``: encoded; ``raw``: as it is."""
    if isinstance(test, RegionPairs):
        return grounding.by_picture(test, grounding.values(test, grounding.scorer(model, test)))
    found = by_group(model, test)
    x, y = (open_encoder(id, device) if id and SALIENCY in recipe.families else None for id in ids)
    if isinstance(x, ImageEncoder) and isinstance(y, TextEncoder):
        if (other := recipe.looked_at) is None:
            found["saliency_precision", "both"] = object_precision(model, raw, x, y)
        else:
            found["saliency_precision", "both"] = object_precision(model, load(other.data, other.split, root), x, y, other.method, other.size, other.masks_only, other.wording)
    elif isinstance(x, ImageEncoder) and isinstance(y, ImageEncoder):
        found["common_precision", "both"] = common_precision(model, first_pictures(raw, PAIRS), [x, y])
    return found
