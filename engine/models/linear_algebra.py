"""The linear algebra of canonical correlation analysis, in float64: covariances, whitening, projections."""

from dataclasses import dataclass

import torch
from torch import Tensor

BLOCK = 8192
TOLERANCE = 1e-9  # of the total variance: directions below it are rounding, and r above it makes Cholesky safe


@dataclass(frozen=True)
class Projections:
    """What CCA finds: x's variates are ``(x − mean_x) @ weights_x`` (n, k), of unit variance, best correlated first.

    ``correlations`` (k,): the singular values of T (CCA layer paper, Eq. 5); beyond the data's rank they and their
    weights are zero.
    """

    mean_x: Tensor
    mean_y: Tensor
    weights_x: Tensor
    weights_y: Tensor
    correlations: Tensor


def canonical_projections(
    x: Tensor, y: Tensor, r_x: float, r_y: float, k: int, relative: bool = False
) -> Projections:
    """CCA of aligned rows x (n, d_x), y (n, d_y), with r·I added to the covariances (CCA layer paper, Eqs. 4–6).

    ``relative``: r is a multiple of the view's mean variance. The cost is that of the covariances; nothing of size
    n × n is made and nothing is inverted, and with r = 0 directions without variance are left out.
    """
    covariance_xx, covariance_yy, covariance_xy, mean_x, mean_y = covariances(x, y)
    if relative:
        r_x, r_y = r_x * float(covariance_xx.diagonal().mean()), r_y * float(covariance_yy.diagonal().mean())
    white_x, white_y = Whitening(covariance_xx, r_x), Whitening(covariance_yy, r_y)
    t = white_y(white_x(covariance_xy).T).T
    u, correlations, vt = torch.linalg.svd(t, full_matrices=False)
    u, v = u[:, :k], vt[:k].T
    signs = u.gather(0, u.abs().argmax(0, keepdim=True)).sign()
    weights_x, weights_y = white_x.transposed(u * signs), white_y.transposed(v * signs)
    missing = k - u.shape[1]
    if missing > 0:
        weights_x, weights_y = (torch.nn.functional.pad(w, (0, missing)) for w in (weights_x, weights_y))
        correlations = torch.nn.functional.pad(correlations, (0, missing))
    return Projections(mean_x, mean_y, weights_x, weights_y, correlations[:k].clamp(0, 1))


def covariances(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Σxx, Σyy, Σxy with 1/(n − 1), and both means; float64, summed in blocks of rows."""
    device = torch.device("cpu") if x.device.type == "mps" else x.device  # MPS has no float64
    mean_x, mean_y = (view.mean(0, dtype=torch.float64) if device.type != "cpu" or view.device == device else view.cpu().mean(0, dtype=torch.float64) for view in (x, y))
    xx, yy, xy = (torch.zeros(a, b, dtype=torch.float64, device=device) for a, b in ((x.shape[1], x.shape[1]), (y.shape[1], y.shape[1]), (x.shape[1], y.shape[1])))
    for start in range(0, len(x), BLOCK):
        a = x[start : start + BLOCK].to(device).double() - mean_x
        b = y[start : start + BLOCK].to(device).double() - mean_y
        xx.addmm_(a.T, a)
        yy.addmm_(b.T, b)
        xy.addmm_(a.T, b)
    scale = 1 / max(len(x) - 1, 1)
    return xx * scale, yy * scale, xy * scale, mean_x, mean_y


class Whitening:
    """W with W (Σ + r I) Wᵀ = I, as a map: ``white(m)`` is W m, ``white.transposed(u)`` is Wᵀ u.

    By Cholesky factor (triangular solves) where r makes Σ + r I well conditioned; else by the eigenvectors of Σ whose
    variance is more than rounding.
    """

    def __init__(self, covariance: Tensor, r: float):
        total = float(covariance.diagonal().sum())
        self.factor: Tensor | None = None
        if r > TOLERANCE * total:
            identity = torch.eye(len(covariance), dtype=covariance.dtype, device=covariance.device)
            self.factor = torch.linalg.cholesky(covariance + r * identity)
        else:
            values, vectors = torch.linalg.eigh(covariance)
            kept = values > TOLERANCE * total
            self.rows = (vectors[:, kept] / (values[kept] + r).sqrt()).T

    def __call__(self, matrix: Tensor) -> Tensor:
        if self.factor is None:
            return self.rows @ matrix
        return torch.linalg.solve_triangular(self.factor, matrix, upper=False)

    def transposed(self, matrix: Tensor) -> Tensor:
        if self.factor is None:
            return self.rows.T @ matrix
        return torch.linalg.solve_triangular(self.factor.T, matrix, upper=True)
