"""What each measure is called, what it says, and how it is written. Plain words; the formulas are where it is computed."""

from dataclasses import dataclass
from typing import Literal

from engine.metric import is_rate

Scale = Literal["text", "percent", "rank", "number", "count", "seconds", "milliseconds", "megabytes", "probability"]
UNITS: dict[Scale, str] = {"percent": "%", "seconds": "s", "milliseconds": "ms", "megabytes": "MB"}


@dataclass(frozen=True)
class Measure:
    """``better``: whether more or less of it is better; "" where neither is."""

    title: str
    text: str
    scale: Scale = "percent"
    better: Literal["higher", "lower", ""] = "higher"


MEASURES = {
    "recall_at_1": Measure("R@1", "How often the first result is right."),
    "recall_at_5": Measure("R@5", "How often a right answer is among the first five results."),
    "recall_at_10": Measure("R@10", "How often a right answer is among the first ten results."),
    "mean_reciprocal_rank": Measure("MRR", "Mean of 1 / rank of the first right answer; 100 % is perfect."),
    "median_rank": Measure("Median rank", "Half of the queries find a right answer at this rank or better.", "rank", "lower"),
    "mean_average_precision": Measure("mAP", "Mean average precision of the whole list; right is what has the query's class."),
    "mean_average_precision_at_50": Measure("mAP@50", "Mean average precision of the first 50 results, by class."),
    "sum_of_correlations": Measure(
        "Σ correlations", "The literature's sum over matching output dimensions. Copies count every time, so it is read beside the canonical sum.",
        "number", "",
    ),
    "sum_of_canonical_correlations": Measure("Σ canonical", "The sum after the outputs are decorrelated: copies count once.", "number"),
    "effective_rank": Measure("Effective rank", "Over how many directions the outputs are really spread (participation ratio).", "number", ""),
    "recognition_accuracy": Measure("Recognition", "A linear classifier trained on one view and asked with the other."),
    "region_recall_at_1": Measure("R@1", "How often the best region is right: IoU ≥ 0.5 with the true box."),
    "region_recall_at_5": Measure("R@5", "How often a right region is among the best five."),
    "region_recall_at_10": Measure("R@10", "How often a right region is among the best ten."),
    "region_upper_bound": Measure("Upper bound", "For how many phrases any proposal is right: what no model can exceed."),
    "region_iou": Measure("Mean IoU", "Of the best region with the true box."),
    "region_pointing": Measure("Pointing", "How often the middle of the best region lies in the true box."),
    "presence_auroc": Measure("Presence", "Whether the best region's score tells phrases of the picture from phrases of others: the area under the ROC curve, 50 % by chance."),
    "zero_shot_precision_at_50": Measure("AP@50", "Of the first 50 pictures for a class's sentences, the share of that class."),
}  # fmt: skip


def measure(name: str) -> Measure:
    """A measure by its name; one nobody described is named after itself."""
    return MEASURES.get(name) or Measure(name.replace("_", " ").capitalize(), "", "percent" if is_rate(name) else "number", "")
