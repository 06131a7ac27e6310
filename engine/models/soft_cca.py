"""Soft CCA — Scalable and Effective Deep CCA via Soft Decorrelation (Chang, Xiang & Hospedales, CVPR 2018).

The whitening constraint of deep CCA becomes a penalty: with outputs standardised per batch,

    L = ½ E‖z_x − z_y‖² + λ·(SDL(z_x) + SDL(z_y)),      SDL(z) = Σ_{i≠j} |C_ij| / c,
    C ← α·C + ZᵀZ/n,   c ← α·c + 1

so that C/c is a normalised running covariance. Only its past is a constant: the batch's own share carries the gradient.
Distances are summed over dimensions and averaged over the batch. The network is that of MUC2M's Sec. 7.4.2, which names
it as Soft CCA's. Not verified: the published α, λ and optimiser; ours were chosen on validation data.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.models.base import Batch, EmbeddingModel, Training
from engine.models.gathering import gathered
from engine.models.networks import mlp, scaler
from engine.models.precision import full_precision


class SoftDecorrelation(nn.Module):
    """SDL of standardised outputs (n, k); remembers the running covariance in training mode."""

    covariance: Tensor
    count: Tensor

    def __init__(self, k: int, memory: float):
        super().__init__()
        self.memory = memory
        self.register_buffer("covariance", torch.zeros(k, k))
        self.register_buffer("count", torch.zeros(()))

    @full_precision
    def forward(self, z: Tensor) -> Tensor:
        covariance = self.memory * self.covariance + z.T @ z / len(z)
        count = self.memory * self.count + 1
        if self.training:
            self.covariance, self.count = covariance.detach(), count
        return (covariance.abs().sum() - covariance.diagonal().abs().sum()) / count


class SoftCCA(EmbeddingModel):
    spreads = True
    name = "soft_cca"
    title = "Soft CCA"
    paper = "Chang, Xiang and Hospedales, Scalable and Effective Deep CCA via Soft Decorrelation, CVPR 2018"
    paper_training = Training(epochs=100, batch_size=512, optimizer="adam", learning_rate=1e-3)

    @dataclass(frozen=True)
    class Settings:
        """``memory``: α, how much of the covariance outlives a batch. ``decorrelation``: λ; small ones let outputs copy each other.

        ``standardize``: features to mean 0 and variance 1 before all else.
        """

        k: int = 50
        hidden: tuple[int, ...] = (500, 300)
        standardize: bool = False
        memory: float = 0.9
        decorrelation: float = 0.3

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        s = self.settings
        width_x, width_y = math.prod(shape_x), math.prod(shape_y)
        self.scale_x, self.scale_y = scaler(width_x, s.standardize), scaler(width_y, s.standardize)
        self.net_x = mlp((width_x, *s.hidden, s.k))
        self.net_y = mlp((width_y, *s.hidden, s.k))
        self.standardize_x = nn.BatchNorm1d(s.k, affine=False)
        self.standardize_y = nn.BatchNorm1d(s.k, affine=False)
        self.decorrelation_x = SoftDecorrelation(s.k, s.memory)
        self.decorrelation_y = SoftDecorrelation(s.k, s.memory)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        z_x, z_y = gathered(self.embed_x(batch.x), self.embed_y(batch.y))
        return {
            "distance": (z_x - z_y).square().sum(1).mean() / 2,
            "decorrelation": self.settings.decorrelation * (self.decorrelation_x(z_x) + self.decorrelation_y(z_y)),
        }

    def embed_x(self, x: Tensor) -> Tensor:
        return self.standardize_x(self.net_x(self.scale_x(x.flatten(1))))

    def embed_y(self, y: Tensor) -> Tensor:
        return self.standardize_y(self.net_y(self.scale_y(y.flatten(1))))
