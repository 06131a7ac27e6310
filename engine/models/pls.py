"""PLS — partial least squares as the SVD of the cross-covariance (Wold 1985; the survey of Wegelin 2000, "PLS-SVD").

    C_xy = (X − x̄)ᵀ(Y − ȳ) / (n − 1) = U S Vᵀ,     embed_x(x) = (x − x̄) U_k,     embed_y(y) = (y − ȳ) V_k

The directions maximise covariance, not correlation: what varies most counts most, and no inverse is taken, so no
regularisation is needed. Signs are fixed by U's largest entry per column so that a refit gives the same numbers.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import TwoviewError
from engine.models.closed_form import Linear
from engine.models.moments import Moments


class PLS(Linear):
    name = "pls"
    title = "PLS"
    paper = "Wold, Partial Least Squares, 1985; Wegelin, A survey of partial least squares methods, 2000"

    mean_x: Tensor
    mean_y: Tensor
    directions_x: Tensor
    directions_y: Tensor

    @dataclass(frozen=True)
    class Settings:
        k: int = 50

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        d_x, d_y, k = math.prod(shape_x), math.prod(shape_y), self.settings.k
        if not 1 <= k <= min(d_x, d_y):
            raise TwoviewError(f"PLS has at most as many components as the smaller view has features: {min(d_x, d_y)}, asked for {k}. Choose a smaller k.")
        self.register_buffer("mean_x", torch.zeros(d_x))
        self.register_buffer("mean_y", torch.zeros(d_y))
        self.register_buffer("directions_x", torch.zeros(d_x, k))
        self.register_buffer("directions_y", torch.zeros(d_y, k))

    @torch.no_grad()
    def fit_moments(self, moments: Moments) -> None:
        _, _, covariance, mean_x, mean_y = moments.covariances()
        u, _, vt = torch.linalg.svd(covariance, full_matrices=False)
        u, v = u[:, : self.settings.k], vt[: self.settings.k].T
        signs = u.gather(0, u.abs().argmax(0, keepdim=True)).sign()
        self.mean_x.copy_(mean_x)
        self.mean_y.copy_(mean_y)
        self.directions_x.copy_(u * signs)
        self.directions_y.copy_(v * signs)

    def projections(self) -> tuple[Tensor, Tensor]:
        return self.directions_x, self.directions_y

    def embed_x(self, x: Tensor) -> Tensor:
        return (x.flatten(1) - self.mean_x) @ self.directions_x

    def embed_y(self, y: Tensor) -> Tensor:
        return (y.flatten(1) - self.mean_y) @ self.directions_y
