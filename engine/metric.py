"""One measured number, as cards, tables and the app carry it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Direction = Literal["x_to_y", "y_to_x", "both", "x_to_x", "y_to_y"]


RATES = ("recall_", "mean_reciprocal_rank", "recognition_", "pointing_", "region_", "presence_")


def is_rate(measure: str) -> bool:
    """Whether a measure is a fraction in [0, 1], to be shown in percent."""
    return measure.startswith(RATES) or "precision" in measure


class Metric(BaseModel):
    """``measure`` on ``split``: ``value`` with its 95 % interval ``low``…``high`` (None where none was computed).

    ``direction``: "x_to_y" asks with items of x for items of y (annotation), "y_to_x" the other way round (search),
    "y_to_y" within one view (sentence to sentence), "both" where no direction applies. ``queries`` and ``candidates``:
    how many items asked, among how many. Rates are fractions in [0, 1], never percent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: str
    direction: Direction
    split: str
    value: float
    low: float | None = None
    high: float | None = None
    queries: int
    candidates: int
