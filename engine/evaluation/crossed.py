"""How sure a difference of trained models is, where seeds and test items are both drawn anew.

What a model with seed s gives on group g of the test items is v(s, g) = μ + a(s) + b(g) + e(s, g): some seeds are better on everything, some items
are easier for every seed, and the rest is a seed's luck with an item. The items are the same for all models, so what is easy for all of
them cancels in a difference D of means; the seeds are each model's own. With S seeds and G groups

    var D = Σ over models (σa²/S + σe²/(S G)) + σb²/G,   σb² of the difference's own b(g)

The three are estimated by the mean squares of the two-way layout (Searle, Casella and McCulloch, Variance components, 1992, ch. 4), negative ones
are 0, and the interval is Student's with Satterthwaite's degrees of freedom. Adding the variance over seeds and the one over items as they
are would count e(s, g) twice.

Where every seed was asked items of its own (folds), models with the same number are compared on them: their differences d(s, g) = δ + a(s) + e(s, g) are nested
in seeds, and var D = σa²/S + σe²/(S G).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance

import numpy as np
from scipy.stats import t as student_t


@dataclass(frozen=True)
class Trained:
    """One model's part in a difference. ``between``: σa², of a seed; ``within``: σe²/G, of a seed. Both are 0 where a single seed tells nothing of them."""

    seeds: int
    between: float = 0.0
    within: float = 0.0


@dataclass(frozen=True)
class Difference:
    """``value``: of the means over seeds and items. ``items``: its variance over the ``groups`` of test items, σb²/G. ``nested``: each seed brings
    items of its own; the variance is σe²/(S G) then, and ``models`` is one part, the seeds' differences."""

    value: float
    models: tuple[Trained, ...]
    items: float
    groups: int
    nested: bool = False

    def half(self, seeds: int = 1, times: float = 1.0) -> float:
        """Half of the 95 % interval; also of one that was measured with at least so many ``seeds`` of each model, on so many ``times`` the items."""
        counts = [max(seeds, model.seeds) for model in self.models]
        if self.nested:
            times *= counts[0] / self.models[0].seeds
        of_seeds = [(model.between + model.within / times) / count for model, count in zip(self.models, counts, strict=True)]
        luck = sum(model.within / times / count for model, count in zip(self.models, counts, strict=True))
        of_items = self.items / times + luck
        total = sum(of_seeds) + self.items / times
        if not total:
            return 0.0
        spread = sum(part**2 / (count - 1) for part, count in zip(of_seeds, counts, strict=True) if count > 1)
        freedom = total**2 / (spread + of_items**2 / (times * self.groups - 1))
        return float(student_t.ppf(0.975, freedom)) * total**0.5


def paired(tables: Sequence[np.ndarray], signs: Sequence[int]) -> Difference:
    """The signed sum of models' means. ``tables``: each model's v (seeds, groups), the groups being the same for all."""
    groups = tables[0].shape[1]
    models = tuple(_components(table) for table in tables)
    gaps = sum(sign * table.mean(0) for sign, table in zip(signs, tables, strict=True))
    luck = sum(model.within / model.seeds for model in models)
    return Difference(float(np.mean(gaps)), models, max(float(np.var(gaps, ddof=1)) / groups - luck, 0.0), groups)


def nested(tables: Sequence[np.ndarray], signs: Sequence[int]) -> Difference:
    """The same of models (seeds, groups) that were asked other groups with each seed, the same ones for all models. Raises ValueError for a single seed."""
    gaps = sum(sign * table for sign, table in zip(signs, tables, strict=True))
    seeds, groups = np.shape(gaps)
    if seeds < 2:
        raise ValueError("Nobody can tell from one seed how much seeds matter: two at least are needed.")
    within = float(np.var(gaps, axis=1, ddof=1).mean()) / groups
    between = max(float(np.var(np.mean(gaps, axis=1), ddof=1)) - within, 0.0)
    return Difference(float(np.mean(gaps)), (Trained(seeds, between),), within / seeds, seeds * groups, nested=True)


def unpaired(values: Sequence[Sequence[float]], of_items: Sequence[float], signs: Sequence[int], groups: int) -> Difference:
    """The same where only each model's mean for each seed is known, and its variance over test items, ``of_items``.

    Nothing cancels then: the interval is as wide as if every model had been asked other items, which is too wide rather than too narrow.
    """
    models = tuple(Trained(len(own), variance(own) if len(own) > 1 else 0.0) for own in values)
    return Difference(sum(sign * fmean(own) for sign, own in zip(signs, values, strict=True)), models, sum(of_items), groups)


def _components(table: np.ndarray) -> Trained:
    seeds, groups = table.shape
    if seeds == 1:
        return Trained(1)
    means = table.mean(1)
    residuals = table - means[:, None] - table.mean(0) + table.mean()
    within = float((residuals**2).sum()) / ((seeds - 1) * (groups - 1)) / groups
    return Trained(seeds, max(float(means.var(ddof=1)) - within, 0.0), within)
