"""Whether a claim holds in the stored results, how sure that is, and what it would take where it stays undecided."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.evaluation.crossed import Difference, nested, paired, unpaired
from engine.metric import is_rate
from engine.recipes.base import FOLDS
from engine.recipes.claims import Claim
from engine.recipes.results import Result

KEPT = ("recall_at_1", "mean_average_precision", "region_recall_at_1", "saliency_precision", "common_precision")  # item by item, where a row is measured today
MOST_SEEDS, MOST_TIMES = 50, 1000  # that are tried: seeds of each row, times as many test items
MANY_SEEDS = 10


@dataclass(frozen=True)
class Verdict:
    """``measured``: the difference in the claim's favour. ``over``: what its interval is over. ``paired``: whether values were kept item by
    item, so that what is hard for all rows counts for none. ``seconds``: that one more seed of every row takes."""

    claim: Claim
    measured: Difference
    over: str
    paired: bool
    seconds: float

    @property
    def difference(self) -> float:
        return self.measured.value

    @property
    def half(self) -> float:
        """Half of the difference's 95 % interval."""
        return self.measured.half()

    @property
    def seeds(self) -> int:
        """The fewest a row has."""
        return min(model.seeds for model in self.measured.models)

    @property
    def told(self) -> str:
        return judged(self.difference - self.half, self.difference + self.half, self.claim.measure)

    @property
    def takes(self) -> str:
        """What would decide it if the difference and its spread stayed as they are; empty where it is decided."""
        if self.told != "undecided":
            return ""
        room = max(self.difference, least_worth(self.claim.measure) - self.difference)  # half of an interval that is just narrow enough
        if self.measured.nested:
            if (fewest := _seeds_for(self.measured, room)) and fewest <= FOLDS:
                return f"{fewest} folds of each row ({_duration((fewest - self.seeds) * self.seconds)} of training)."
            more = _fewest(lambda times: self.measured.half(seeds=FOLDS, times=times) < room, MOST_TIMES)
            return f"more than all {FOLDS} folds: {_times(more)}."
        if self.seeds < 2:
            more = _fewest(lambda times: self.measured.half(times=times) < room, MOST_TIMES)
            return f"a second seed of each row, without which nobody knows how much seeds matter. If they did not, {_times(more)}."
        if not self.paired and self.claim.measure in KEPT:
            alone = replace(self.measured, items=0.0)
            return f"its rows run again, which keeps values item by item and so pairs them; by the scatter of seeds alone {self._seeds(alone, room, 0)}."
        if _seeds_for(self.measured, room):
            return f"{self._seeds(self.measured, room, self.seeds)}."
        left = shown(self.measured.half(seeds=MOST_SEEDS), self.claim.measure)
        more = _fewest(lambda times: self.measured.half(seeds=MANY_SEEDS, times=times) < room, MOST_TIMES)
        return f"more than seeds, for {MOST_SEEDS} of each row would leave ± {left}: {max(MANY_SEEDS, self.seeds)} seeds and {_times(more)}."

    def _seeds(self, measured: Difference, room: float, there: int) -> str:
        """How many seeds of each row make half an interval smaller than ``room``, and how long that takes beside the ``there`` that stay."""
        fewest = _seeds_for(measured, room)
        return f"{fewest} seeds of each row ({_duration((fewest - there) * self.seconds)} of training)" if fewest else f"more than {MOST_SEEDS} seeds of each row"


def judged(low: float, high: float, measure: str) -> str:
    """A claim holds where the whole interval of the difference in its favour lies above 0. It does not hold where all of it lies below the
    smallest gain worth claiming: then there is none, or one so small that nobody would notice."""
    if low > 0:
        return "holds"
    return "does not hold" if high < least_worth(measure) else "undecided"


def least_worth(measure: str) -> float:
    """The smallest gain worth claiming: one point of a rate, half a unit of a sum of correlations."""
    return 0.01 if is_rate(measure) else 0.5


def verdict(claim: Claim, results: Mapping[str, Result]) -> Verdict | None:
    """Over folds where each of the claim's recipes ran over two at least, for they ask several times the items; else on the data set's own
    splits. None until every recipe of the claim has a result with its measure."""
    signs = (-1, 1, 1, -1) if claim.scarce else (1, -1)
    if folded := _over_folds(claim.over_folds, results, signs):
        return folded
    found = [result for name in claim.names if (result := results.get(name))]
    values = [result.values(claim.measure, claim.direction) for result in found]
    if len(found) < len(claim.names) or not all(values):
        return None
    tables = [table for result in found if (table := result.by_group(claim.measure, claim.direction)) is not None]
    pair = len(tables) == len(found)
    of_items = [_of_items(result, claim) for result in found]
    measured = unpaired(values, of_items, signs, _asked(found[0], claim))
    if pair:  # of groups of all sizes; the value stays that of all queries
        measured = replace(paired(tables, signs), value=measured.value)
    over = ["seeds"] if all(len(own) > 1 for own in values) else []
    over += ["items"] if pair or any(of_items) or not over else []
    return Verdict(claim, measured, " and ".join(over) + ("" if pair or "items" not in over else ", unpaired"), pair, sum(result.seconds for result in found))


def _over_folds(claim: Claim, results: Mapping[str, Result], signs: Sequence[int]) -> Verdict | None:
    """On the folds that every row ran over; None with less than two of them."""
    found = [result for name in claim.names if (result := results.get(name))]
    tables = [table for result in found if (table := result.by_group(claim.measure, claim.direction)) is not None]
    folds = min((len(table) for table in tables), default=0)
    if len(tables) < len(claim.names) or folds < 2:
        return None
    measured = nested([table[:folds] for table in tables], signs)
    return Verdict(claim, measured, "folds and items", True, sum(result.seconds for result in found))


def _of_items(result: Result, claim: Claim) -> float:
    """The variance over test items that the seeds' stored intervals tell; 0 where none was computed."""
    halves = [(m.high - m.low) / 2 for run in result.runs for m in run.metrics if (m.measure, m.direction) == (claim.measure, claim.direction) and m.low is not None and m.high is not None]
    return float(np.mean(np.square(halves))) / 1.96**2 if halves else 0.0


def _asked(result: Result, claim: Claim) -> int:
    (metric,) = [m for m in result.runs[0].metrics if (m.measure, m.direction) == (claim.measure, claim.direction)]
    return metric.queries


def _seeds_for(measured: Difference, room: float) -> int | None:
    return _fewest(lambda seeds: measured.half(seeds=seeds) < room, MOST_SEEDS, first=2)


def _fewest(enough: Callable[[int], bool], most: int, first: int = 1) -> int | None:
    return next((number for number in range(first, most + 1) if enough(number)), None)


def _times(more: int | None) -> str:
    return f"{more} times the test items" if more else "more test items than can be had"


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:.0f} h"


def shown(value: float, measure: str) -> str:
    return f"{100 * value:.2f} %" if is_rate(measure) else f"{value:.2f}"
