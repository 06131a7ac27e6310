"""RCCA — Randomized Nonlinear Component Analysis (Lopez-Paz, Sra, Smola, Ghahramani & Schölkopf, ICML 2014).

Kernel CCA with Gaussian kernels, made linear by random Fourier features (Rahimi & Recht 2007):

    φ(v) = √(2/m) cos((v − c)Wᵀ/σ + b),   W ~ N(0, 1),  b ~ U(0, 2π),   then CCA of φ_x(x) and φ_y(y)

The kernel sees differences alone, so a centre c, the mean of training items, changes nothing but rounding: without it, views far from
zero would lose their digits in the cosine. Without a given width, σ is the median distance between training items, as in the paper. The random directions are drawn when
the model is built and travel with its weights. Not verified: the number of features behind the figure that 2WayNet's
Table 1 quotes.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import TwoviewError
from engine.models.closed_form import SAMPLE, ClosedForm, sample
from engine.models.linear_algebra import Projections, canonical_projections, projections_of
from engine.models.moments import Moments


class RCCA(ClosedForm):
    name = "rcca"
    title = "RCCA"
    paper = "Lopez-Paz, Sra, Smola, Ghahramani and Schölkopf, Randomized Nonlinear Component Analysis, ICML 2014"

    @dataclass(frozen=True)
    class Settings:
        """``features``: m per view. ``width``: σ of both kernels, 0 for the median distance. ``regularisation``: r."""

        k: int = 50
        features: int = 1000
        width: float = 0.0
        regularisation: float = 1e-6

    directions_x: Tensor
    directions_y: Tensor
    offsets_x: Tensor
    offsets_y: Tensor
    centre_x: Tensor
    centre_y: Tensor
    widths: Tensor
    mean_x: Tensor
    mean_y: Tensor
    weights_x: Tensor
    weights_y: Tensor

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        s = self.settings
        if not 1 <= s.k <= s.features:
            raise TwoviewError(f"RCCA has at most as many dimensions as random features: {s.features}, asked for {s.k}. Choose more features or a smaller k.")
        for view, shape in (("x", shape_x), ("y", shape_y)):
            self.register_buffer(f"directions_{view}", torch.randn(math.prod(shape), s.features))
            self.register_buffer(f"offsets_{view}", 2 * math.pi * torch.rand(s.features))
            self.register_buffer(f"centre_{view}", torch.zeros(math.prod(shape)))
            self.register_buffer(f"mean_{view}", torch.zeros(s.features))
            self.register_buffer(f"weights_{view}", torch.zeros(s.features, s.k))
        self.register_buffer("widths", torch.full((2,), s.width or 1.0))

    @torch.no_grad()
    def begin(self, x: Tensor, y: Tensor) -> None:
        self.centre_x.copy_(x.flatten(1).double().mean(0))
        self.centre_y.copy_(y.flatten(1).double().mean(0))
        if not self.settings.width:
            self.widths.copy_(torch.stack([_median_distance(x.flatten(1)), _median_distance(y.flatten(1))]))

    @torch.no_grad()
    def fit_closed_form(self, x: Tensor, y: Tensor, labels: Tensor | None = None) -> None:
        """From the rows themselves, whose products may be taken in float32 where nobody could tell."""
        self.begin(x[sample(len(x))], y[sample(len(y))])
        self._take(canonical_projections(*self.features(x, y), self.settings.regularisation, self.settings.regularisation, self.settings.k))

    @torch.no_grad()
    def fit_moments(self, moments: Moments) -> None:
        self._take(projections_of(*moments.covariances(), self.settings.regularisation, self.settings.regularisation, self.settings.k))

    def features(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return self._features_x(x), self._features_y(y)

    def _take(self, fit: Projections) -> None:
        for name in ("mean_x", "mean_y", "weights_x", "weights_y"):
            getattr(self, name).copy_(getattr(fit, name))

    def embed_x(self, x: Tensor) -> Tensor:
        return (self._features_x(x) - self.mean_x) @ self.weights_x

    def embed_y(self, y: Tensor) -> Tensor:
        return (self._features_y(y) - self.mean_y) @ self.weights_y

    def _features_x(self, x: Tensor) -> Tensor:
        return _fourier(x.flatten(1) - self.centre_x, self.directions_x / self.widths[0], self.offsets_x)

    def _features_y(self, y: Tensor) -> Tensor:
        return _fourier(y.flatten(1) - self.centre_y, self.directions_y / self.widths[1], self.offsets_y)


def _fourier(items: Tensor, directions: Tensor, offsets: Tensor) -> Tensor:
    """Random features (n, m): their inner products approach exp(−‖a − b‖² / 2σ²)."""
    return (items @ directions).add_(offsets).cos_().mul_(math.sqrt(2 / len(offsets)))


def _median_distance(items: Tensor) -> Tensor:
    """Median distance between up to 1,000 items; 1 where they are all alike."""
    if len(items) < 2:
        return items.new_ones(())
    median = torch.pdist(items[:SAMPLE]).median()
    return median if median > 0 else torch.ones_like(median)
