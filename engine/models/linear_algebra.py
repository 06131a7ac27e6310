"""The linear algebra of canonical correlation analysis: covariances, whitening, projections, and derivatives through them."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

BLOCK = 2048
ROUNDING = 2.0**-24  # relative, of float32
Covariances = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]  # Σxx, Σyy, Σxy and both means
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
    n × n is made and nothing is inverted, and with r = 0 directions without variance are left out. Float64 wherever
    rounding could be felt.
    """
    return projections_of(*_precise_covariances(x, y, r_x, r_y, relative), r_x, r_y, k, relative)


def projections_of(
    covariance_xx: Tensor, covariance_yy: Tensor, covariance_xy: Tensor, mean_x: Tensor, mean_y: Tensor,
    r_x: float, r_y: float, k: int, relative: bool = False,
) -> Projections:  # fmt: skip
    """As ``canonical_projections``, from the covariances (as ``covariances`` gives them) instead of the rows."""
    if relative:
        r_x, r_y = r_x * float(covariance_xx.diagonal().mean()), r_y * float(covariance_yy.diagonal().mean())
    white_x, white_y = Whitening(covariance_xx, r_x), Whitening(covariance_yy, r_y)
    t = white_y(white_x(covariance_xy).T).T
    u, correlations, vt = torch.linalg.svd(t, full_matrices=False)
    u, v = u[:, :k], vt[:k].T
    signs = torch.where(u.pow(3).sum(0) < 0, -1.0, 1.0).to(u.dtype)  # the sign itself means nothing; a rule makes it the same each time
    weights_x, weights_y = white_x.transposed(u * signs), white_y.transposed(v * signs)
    missing = k - u.shape[1]
    if missing > 0:
        weights_x, weights_y = (pad(w, (0, missing)) for w in (weights_x, weights_y))
        correlations = pad(correlations, (0, missing))
    return Projections(mean_x, mean_y, weights_x, weights_y, correlations[:k].clamp(0, 1))


def covariances(x: Tensor, y: Tensor, dtype: torch.dtype = torch.float64) -> Covariances:
    """Σxx, Σyy, Σxy with 1/(n − 1) and both means, all float64, on the rows' device (on the CPU for MPS, which has no float64).

    Products are taken in ``dtype`` over blocks of rows and summed in float64.
    """
    if x.device.type == "mps":
        x, y = x.cpu(), y.cpu()
    mean_x, mean_y = _mean(x), _mean(y)
    sizes = (len(mean_x), len(mean_x)), (len(mean_y), len(mean_y)), (len(mean_x), len(mean_y))
    xx, yy, xy = (torch.zeros(size, dtype=torch.float64, device=x.device) for size in sizes)
    for a, b in zip(x.split(BLOCK), y.split(BLOCK), strict=True):
        a, b = a.to(dtype) - mean_x.to(dtype), b.to(dtype) - mean_y.to(dtype)
        xx += a.T @ a
        yy += b.T @ b
        xy += a.T @ b
    scale = 1 / max(len(x) - 1, 1)
    return xx * scale, yy * scale, xy * scale, mean_x, mean_y


def covariance_of(rows: Tensor) -> Tensor:
    """Σ (d, d) of rows (n, d) with 1/(n − 1), in float64 over blocks of rows."""
    mean, total = _mean(rows), torch.zeros(rows.shape[1], rows.shape[1], dtype=torch.float64)
    for block in rows.split(BLOCK):
        centred = block.to(torch.float64) - mean
        total += centred.T @ centred
    return total / max(len(rows) - 1, 1)


def _mean(rows: Tensor) -> Tensor:
    """In float64, by blocks that stay in the cache: three times as fast as asking ``mean`` for another type."""
    return torch.stack([block.to(torch.float64).sum(0) for block in rows.split(BLOCK)]).sum(0) / len(rows)


def _precise_covariances(x: Tensor, y: Tensor, r_x: float, r_y: float, relative: bool) -> Covariances:
    """Float32 products, at twice the speed, where the regularisation drowns their rounding a thousandfold; else float64."""
    if x.dtype == y.dtype == torch.float32 and min(r_x, r_y) > 0:
        rough = covariances(x, y, torch.float32)
        if all(_drowned(c.diagonal(), r, relative) for c, r in ((rough[0], r_x), (rough[1], r_y))):
            return rough
    return covariances(x, y)


def _drowned(variances: Tensor, r: float, relative: bool) -> bool:
    r *= float(variances.mean()) if relative else 1.0
    return r > 1000 * ROUNDING * float(variances.max())


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


class _InverseSquareRoot(torch.autograd.Function):
    """S^-1/2 by eigenvectors, with the derivative of a matrix function (Daleckii & Krein), exact at equal eigenvalues."""

    @staticmethod
    def forward(context, matrix: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(matrix)
        roots = values.clamp(min=torch.finfo(matrix.dtype).tiny).sqrt()
        context.save_for_backward(roots, vectors)
        return (vectors / roots) @ vectors.T

    @staticmethod
    def backward(context, gradient: Tensor) -> Tensor:  # type: ignore[override]
        roots, vectors = context.saved_tensors
        a, b = roots[:, None], roots[None, :]
        inner = vectors.T @ ((gradient + gradient.T) / 2) @ vectors
        return vectors @ (-inner / (a * b * (a + b))) @ vectors.T


class _CanonicalBases(torch.autograd.Function):
    """The SVD of a square matrix T = U diag(σ) Vᵀ with a derivative that stays finite where singular values coincide.

    With P = Uᵀ dT V the bases turn by dU = U ω and dV = V ψ, whose difference is (P − Pᵀ)ᵢⱼ / (σᵢ + σⱼ) and whose sum is
    (P + Pᵀ)ᵢⱼ / (σⱼ − σᵢ). Only the sum is singular, and whatever looks at U Vᵀ alone (the cosines of all canonical
    variates do) does not feel it: so the difference is kept exact and the sum's denominator is widened by rounding.
    """

    @staticmethod
    def forward(context, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        u, values, vt = torch.linalg.svd(t)
        context.save_for_backward(u, values, vt)
        return u, values, vt.T

    @staticmethod
    def backward(context, grad_u: Tensor, grad_values: Tensor, grad_v: Tensor) -> Tensor:  # type: ignore[override]
        u, values, vt = context.saved_tensors
        rounding = torch.finfo(values.dtype).eps
        apart, together = values[None, :] - values[:, None], values[None, :] + values[:, None]
        a, b = u.T @ grad_u, vt @ grad_v
        turn = (a + b) / 2 * apart / (apart.square() + rounding)
        shear = (a - b) / 2 * together / (together.square() + rounding)
        inner = turn + turn.T + shear - shear.T + torch.diag(grad_values)
        return u @ inner @ vt


def inverse_square_root(matrix: Tensor) -> Tensor:
    """S^-1/2 of a symmetric positive definite matrix, differentiable once, also at equal eigenvalues."""
    return _InverseSquareRoot.apply(matrix)


def canonical_bases(t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """U, σ, V of a square T = U diag(σ) Vᵀ, σ descending, differentiable once, finite also at equal singular values."""
    return _CanonicalBases.apply(t)
