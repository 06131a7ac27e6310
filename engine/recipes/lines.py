"""The lines of a result: one measure each, our mean and deviation beside the published figure, as people read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean, stdev

from engine.metric import Direction, is_rate
from engine.recipes.base import Figure, Recipe
from engine.recipes.code import code_of
from engine.recipes.results import Result

SUM = "sum_of_correlations"
COMPANIONS = ("sum_of_canonical_correlations", "effective_rank")  # beside the literature's sum, always
MAPS = (
    "saliency_precision", "saliency_precision_uniform", "saliency_gain", "saliency_named_gain", "pointing_game",
    "saliency_precision_random_head", "saliency_precision_shuffled_prompt", "saliency_precision_trunk",
    "common_precision", "common_precision_uniform", "common_gain", "individual_precision", "individual_precision_uniform",
    "individual_objects_precision", "individual_objects_precision_uniform", "apart_precision", "apart_objects_precision", "magnitude_common", "magnitude_cosine", "magnitude_norm",
)  # fmt: skip
REGIONS = ("region_recall_at_1", "region_recall_at_5", "region_recall_at_10", "region_upper_bound", "region_iou", "region_pointing", "presence_auroc")
ASKED_FIRST = (SUM, *COMPANIONS, "recall_at_1", "mean_average_precision", *MAPS, *REGIONS)
LOWER = {"median_rank", *(measure for measure in MAPS if measure.startswith("magnitude"))}  # is better
NAMES = {
    SUM: "sum of correlations", "sum_of_canonical_correlations": "canonical sum", "effective_rank": "effective rank",
}  # fmt: skip
ARROWS = {"x_to_y": " x→y", "y_to_x": " y→x", "both": "", "x_to_x": " x→x", "y_to_y": " y→y"}


def called(measure: str, direction: Direction) -> str:
    return NAMES.get(measure, measure.replace("_", " ")) + ARROWS[direction]


@dataclass(frozen=True)
class Line:
    """One measure of one result: our mean and standard deviation over seeds (None for one seed), the published figure."""

    result: Result
    measure: str
    direction: Direction
    mean: float
    std: float | None
    figure: Figure | None

    @property
    def difference(self) -> float | None:
        return None if self.figure is None else self.mean - self.figure.value

    @property
    def falls_short(self) -> bool:
        """Worse than published by more than our seeds scatter."""
        if self.difference is None:
            return False
        worse = self.difference if self.measure in LOWER else -self.difference
        return worse > max(self.std or 0, 0.005 * abs(self.figure.value))  # type: ignore[union-attr]

    @property
    def what(self) -> str:
        return called(self.measure, self.direction)

    def shown(self, value: float | None, sign: str = "") -> str:
        if value is None:
            return "–"
        return f"{100 * value:{sign}.1f} %" if is_rate(self.measure) else f"{value:{sign}.2f}"

    @property
    def ours(self) -> str:
        return self.shown(self.mean) + (f" ± {self.shown(self.std)}" if self.std is not None else "")


def lines(result: Result, figures: Iterable[Figure] = ()) -> list[Line]:
    """What is shown of a result: the published figures' measures first, then the sum's companions and what is asked first."""
    known = {(figure.measure, figure.direction): figure for figure in figures}
    present = result.measures
    others = [key for measure in ASKED_FIRST for key in present if key[0] == measure and key not in known]
    shown = []
    for key in [*(key for key in known if key in present), *others]:
        values = result.values(*key)
        std = stdev(values) if len(values) > 1 else None
        shown.append(Line(result, *key, fmean(values), std, known.get(key)))
    return shown


def is_stale(result: Result, recipes: Mapping[str, Recipe]) -> bool:
    """Whether the recipe or the code it runs has changed since, or the result does not say what code it came from."""
    return not is_current(result, recipes) or result.code != code_of(recipes[result.recipe])


def is_current(result: Result, recipes: Mapping[str, Recipe]) -> bool:
    """Whether the recipe still says what it said when the result was measured."""
    recipe = recipes.get(result.recipe)
    return recipe is not None and recipe.hash == result.recipe_hash
