"""Identity — no training: both views are in one space already, as a pretrained dual encoder's two towers are.

    s(x, y) = ⟨x, y⟩ / (‖x‖ ‖y‖)   or   ⟨x, y⟩

Which of the two the vectors were made for is a setting, and so stands in the card.
"""

import math
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from engine.errors import TwoviewError
from engine.models.closed_form import ClosedForm
from engine.models.moments import Moments


class Identity(ClosedForm):
    name = "identity"
    title = "Identity"
    paper = "None: the vectors as they are"

    @dataclass(frozen=True)
    class Settings:
        similarity: Literal["cosine", "dot"] = "cosine"

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        """Raises TwoviewError when the views differ in width, or for another similarity."""
        super().__init__(shape_x, shape_y, settings)
        d_x, d_y = math.prod(shape_x), math.prod(shape_y)
        if d_x != d_y:
            raise TwoviewError(f"Identity compares vectors of one space, but x has {d_x} numbers per item and y has {d_y}. Bring vectors of one model, or train a model on them.")
        if self.settings.similarity not in ("cosine", "dot"):
            raise TwoviewError(f"Identity compares by cosine or dot, but {self.settings.similarity!r} came.")
        self.similarity = self.settings.similarity  # type: ignore[misc]  # of the class for every other model

    def fit_closed_form(self, x: Tensor, y: Tensor, labels: Tensor | None = None) -> None:
        """Nothing is fitted."""

    def fit_moments(self, moments: Moments) -> None:
        """Nothing is fitted."""

    def embed_x(self, x: Tensor) -> Tensor:
        return x.flatten(1)

    def embed_y(self, y: Tensor) -> Tensor:
        return y.flatten(1)
