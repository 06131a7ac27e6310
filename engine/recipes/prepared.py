"""A recipe's data, read and encoded, whole or as regions and phrases: what training it into a checkpoint and reproducing its row both start from."""

from dataclasses import dataclass
from pathlib import Path

import torch

from engine.data import find, load
from engine.data.base import PairedData
from engine.encoders import fit
from engine.encoders.cache import Progress, encode_pairs
from engine.errors import TwoviewError
from engine.grounding.pairs import region_pairs
from engine.recipes.base import Recipe


@dataclass(frozen=True)
class Prepared:
    """Splits by role (train, validation, test): ``raw`` as they were read, ``splits`` encoded by the encoders ``ids`` of x and y."""

    raw: dict[str, PairedData]
    splits: dict[str, PairedData]
    ids: tuple[str | None, str | None]


def prepare(recipe: Recipe, root: Path | None = None, device: torch.device | str = "cpu", progress: Progress | None = None) -> Prepared:
    """Read the recipe's splits below the data root and encode them; encoders that need it are fitted on what is trained on.

    Raises TwoviewError when data or an encoder are missing.
    """
    names = {"train": recipe.train, "validation": recipe.validation, "test": recipe.test}
    raw = {role: load(recipe.data, split, root) for role, split in names.items() if split}
    part = _share(raw["train"], recipe.share)
    x, y = recipe.encoders or find(recipe.data).encoders
    ids = x and fit(x, part.x), y and fit(y, part.y)
    if recipe.sampling is not None:
        return Prepared(raw | {"train": part}, _regions(raw | {"train": part}, ids, device, progress), ids)
    splits = {role: encode_pairs(data, *ids, device, progress) for role, data in raw.items()}
    splits["train"] = _share(splits["train"], recipe.share)
    return Prepared(raw | {"train": part}, splits, ids)


def _regions(raw: dict[str, PairedData], ids: tuple[str | None, str | None], device: torch.device | str, progress: Progress | None) -> dict[str, PairedData]:
    """Regions and phrases of each split."""
    x, y = ids
    if x is None or y is None:
        raise TwoviewError("Regions and phrases need an encoder each: one of regions and one of texts.")
    return {role: region_pairs(data, x, y, device, progress) for role, data in raw.items()}


def _share(data: PairedData, share: float) -> PairedData:
    """A part of the groups, drawn once for all seeds, so that models are compared on the same few."""
    return data if share == 1 else data.take_share(share, f"{data.split} ({share:.0%})")
