"""CCA — Relations between two sets of variates (Hotelling, Biometrika 1936), regularised as in the CCA layer paper, Eqs. 1–6.

    A = Σxx^-1/2 U_k,   B = Σyy^-1/2 V_k,   T = Σxx^-1/2 Σxy Σyy^-1/2 = U diag(d) Vᵀ,   Σxx = cov(x) + r I

Closed form in float64. For retrieval each dimension may be weighted by a power of its correlation (Gong, Ke, Isard and
Lazebnik, A multi-view embedding space for modeling internet images, tags, and their semantics, 2014).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import TwoviewError
from engine.models.closed_form import Linear
from engine.models.linear_algebra import Projections, canonical_projections, projections_of
from engine.models.moments import Moments
from engine.models.networks import signed_root


class CCA(Linear):
    name = "cca"
    title = "CCA"
    paper = "Hotelling, Relations between two sets of variates, 1936"

    mean_x: Tensor
    mean_y: Tensor
    weights_x: Tensor
    weights_y: Tensor
    correlations: Tensor

    @dataclass(frozen=True)
    class Settings:
        """``regularisation``: r, of view y ``regularisation_y`` unless that is None; with ``relative`` a multiple of the view's
        mean variance.

        ``root_x``: x is replaced by its signed square root.
        ``weighting`` p: each embedding dimension is multiplied by its correlation to the power p.
        """

        k: int = 64
        regularisation: float = 1e-3
        regularisation_y: float | None = None
        relative: bool = False
        root_x: bool = False
        weighting: float = 0.0

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        d_x, d_y, k = math.prod(shape_x), math.prod(shape_y), self.settings.k
        if not 1 <= k <= min(d_x, d_y):
            raise TwoviewError(f"CCA has at most as many dimensions as the smaller view: {min(d_x, d_y)} here, but k = {k}. Choose a smaller k.")
        if min(self.regularisations) < 0:
            raise TwoviewError(f"The regularisation has to be 0 or more, but {min(self.regularisations)} came.")
        self.register_buffer("mean_x", torch.zeros(d_x))
        self.register_buffer("mean_y", torch.zeros(d_y))
        self.register_buffer("weights_x", torch.zeros(d_x, k))
        self.register_buffer("weights_y", torch.zeros(d_y, k))
        self.register_buffer("correlations", torch.zeros(k))

    @property
    def regularisations(self) -> tuple[float, float]:
        """r of x and of y."""
        r_x, r_y = self.settings.regularisation, self.settings.regularisation_y
        return r_x, r_x if r_y is None else r_y

    @torch.no_grad()
    def fit_closed_form(self, x: Tensor, y: Tensor, labels: Tensor | None = None) -> None:
        """From the rows themselves, whose products may be taken in float32 where nobody could tell."""
        self._take(canonical_projections(*self.features(x, y), *self.regularisations, self.settings.k, self.settings.relative))

    @torch.no_grad()
    def fit_moments(self, moments: Moments) -> None:
        self._take(projections_of(*moments.covariances(), *self.regularisations, self.settings.k, self.settings.relative))

    def features(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return self._input_x(x), y.flatten(1)

    def _take(self, fit: Projections) -> None:
        for name in ("mean_x", "mean_y", "weights_x", "weights_y", "correlations"):
            getattr(self, name).copy_(getattr(fit, name))

    def projections(self) -> tuple[Tensor, Tensor]:
        weights = self.correlations**self.settings.weighting
        return self.weights_x * weights, self.weights_y * weights

    def embed_x(self, x: Tensor) -> Tensor:
        return (self._input_x(x) - self.mean_x) @ self.projections()[0]

    def embed_y(self, y: Tensor) -> Tensor:
        return (y.flatten(1) - self.mean_y) @ self.projections()[1]

    def _input_x(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        return signed_root(x) if self.settings.root_x else x
