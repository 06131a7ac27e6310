"""GMA — Generalized Multiview Analysis: A Discriminative Latent Space (Sharma, Kumar, Daumé & Jacobs, CVPR 2012), its GMLDA.

Directions w = [w_x; w_y] that separate the classes in each view and let the views' class means agree:

    ⎡  A_x    α·A_xy ⎤       ⎡ B_x    0   ⎤
    ⎣ α·A_yx   μ·A_y ⎦ w = ρ ⎣  0   γ·B_y ⎦ w

A are the scatters of the class means (between classes, and across the views), B those within classes plus r times the
view's mean variance; γ = tr B_x / tr B_y. Means are weighted by their class's size. Closed form in float64. With classes − 1
means there are no more useful directions than that; components without a positive ρ are zero.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import TwoviewError
from engine.models.closed_form import Linear
from engine.models.linear_algebra import TOLERANCE
from engine.models.moments import Moments


class GMA(Linear):
    name = "gma"
    title = "GMA"
    paper = "Sharma, Kumar, Daumé and Jacobs, Generalized Multiview Analysis: A Discriminative Latent Space, CVPR 2012"
    needs_labels = True

    mean_x: Tensor
    mean_y: Tensor
    weights_x: Tensor
    weights_y: Tensor

    @dataclass(frozen=True)
    class Settings:
        """``coupling``: α, ``balance``: μ; α and r were chosen on Wikipedia's validation pairs.

        ``regularisation``: r, in multiples of the view's mean variance.
        """

        k: int = 10
        coupling: float = 10.0
        balance: float = 1.0
        regularisation: float = 1.0

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        d_x, d_y, k = math.prod(shape_x), math.prod(shape_y), self.settings.k
        if not 1 <= k <= d_x + d_y:
            raise TwoviewError(f"GMA has at most as many components as both views have features: {d_x + d_y}, asked for {k}. Choose a smaller k.")
        if self.settings.regularisation <= 0:
            raise TwoviewError(f"GMA's regularisation has to be above 0, but {self.settings.regularisation} came.")
        self.register_buffer("mean_x", torch.zeros(d_x))
        self.register_buffer("mean_y", torch.zeros(d_y))
        self.register_buffer("weights_x", torch.zeros(d_x, k))
        self.register_buffer("weights_y", torch.zeros(d_y, k))

    @torch.no_grad()
    def fit_moments(self, moments: Moments) -> None:
        """Raises TwoviewError with fewer than two classes."""
        if len(moments.classes) < 2:
            raise TwoviewError("GMA separates classes: it needs labels of at least two. Choose data with labels, or a model that needs none.")
        s, whole = self.settings, moments.without_classes()
        mean_x, mean_y = whole.means_x[0], whole.means_y[0]
        means_x, white_x, trace_x = _scatters(moments.counts, moments.means_x - mean_x, moments.xx, whole.xx, s.regularisation)
        means_y, white_y, trace_y = _scatters(moments.counts, moments.means_y - mean_y, moments.yy, whole.yy, s.regularisation)
        white_y = white_y * (trace_y / trace_x) ** 0.5

        m_x, m_y = means_x @ white_x, means_y @ white_y
        between = torch.cat([
            torch.cat([m_x.T @ m_x, s.coupling * m_x.T @ m_y], dim=1),
            torch.cat([s.coupling * m_y.T @ m_x, s.balance * m_y.T @ m_y], dim=1),
        ])  # fmt: skip
        values, vectors = torch.linalg.eigh(between)
        values, vectors = values.flip(0)[: s.k], vectors.flip(1)[:, : s.k]
        signs = vectors.gather(0, vectors.abs().argmax(0, keepdim=True)).sign()
        vectors = vectors * signs * (values > TOLERANCE * values[0].clamp(min=TOLERANCE))
        self.mean_x.copy_(mean_x)
        self.mean_y.copy_(mean_y)
        self.weights_x.copy_(white_x @ vectors[: len(mean_x)])
        self.weights_y.copy_(white_y @ vectors[len(mean_x) :])

    def projections(self) -> tuple[Tensor, Tensor]:
        return self.weights_x, self.weights_y

    def embed_x(self, x: Tensor) -> Tensor:
        return (x.flatten(1) - self.mean_x) @ self.weights_x

    def embed_y(self, y: Tensor) -> Tensor:
        return (y.flatten(1) - self.mean_y) @ self.weights_y


def _scatters(counts: Tensor, means: Tensor, within: Tensor, total: Tensor, regularisation: float) -> tuple[Tensor, Tensor, Tensor]:
    """Of one view's classes, ``counts`` (c,) and centred ``means`` (c, d), with the rows' scatters (d, d) within classes and in all:
    the means weighted by √(share) (c, d), so that MᵀM is the scatter between classes; W (d, d) with Wᵀ B W = I; and tr B."""
    n = counts.sum()
    identity = torch.eye(len(within), dtype=within.dtype, device=within.device)
    within = within / n + regularisation * (total.diagonal().mean() / n).clamp(min=torch.finfo(total.dtype).tiny) * identity
    white = torch.linalg.solve_triangular(torch.linalg.cholesky(within).T, identity, upper=True)
    return means * (counts / n).sqrt()[:, None], white, within.trace()
