"""Models that are solved for, not trained: from rows in memory, or from the moments of rows that lie in many parts."""

from abc import abstractmethod

import torch
from torch import Tensor

from engine.errors import TwoviewError
from engine.models.base import EmbeddingModel
from engine.models.moments import Moments

SAMPLE = 1000  # rows that ``begin`` is shown


class ClosedForm(EmbeddingModel):
    closed_form = True

    @torch.no_grad()
    def begin(self, x: Tensor, y: Tensor) -> None:
        """Settle what the features depend on, on a sample of the aligned training rows (see ``sample``)."""

    def features(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """What moments are taken of: aligned rows x (n, …), y (n, …) as the model sees them, (n, d_x) and (n, d_y)."""
        return x.flatten(1), y.flatten(1)

    @abstractmethod
    def fit_moments(self, moments: Moments) -> None:
        """Solve for the weights, given the moments of all training rows' ``features``."""

    @torch.no_grad()
    def moments(self, x: Tensor, y: Tensor, labels: Tensor | None = None, weights: Tensor | None = None) -> Moments:
        """Of some training rows, once ``begin`` was called; without their labels where the model needs none.
        ``weights`` (n,), above 0: how many rows each counts as.

        Raises TwoviewError where it needs labels and these rows have none.
        """
        if not self.needs_labels:
            return Moments.of(*self.features(x, y), weights=weights)
        known = None if labels is None else labels >= 0
        if labels is None or known is None or not known.any():
            raise TwoviewError(f"{self.title} separates classes: it needs labels of at least two. Choose data with labels, or a model that needs none.")
        return Moments.of(*self.features(x[known], y[known]), labels[known], None if weights is None else weights[known])

    def fit_closed_form(self, x: Tensor, y: Tensor, labels: Tensor | None = None) -> None:
        self.begin(x[sample(len(x))], y[sample(len(y))])
        self.fit_moments(self.moments(x, y, labels))


class Linear(ClosedForm):
    """Embeddings are (features − mean) W: what can be read off W, and turned back, as sums over features."""

    mean_x: Tensor
    mean_y: Tensor

    @abstractmethod
    def projections(self) -> tuple[Tensor, Tensor]:
        """W of x (d_x, k) and of y (d_y, k)."""


def sample(n: int) -> slice:
    """Evenly spaced rows of n, at most about twice ``SAMPLE`` of them."""
    return slice(0, None, max(n // SAMPLE, 1))
