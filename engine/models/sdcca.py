"""SDCCA — Stochastic Optimization for Deep CCA via Nonlinear Orthogonal Iterations (Wang, Arora, Livescu & Srebro, Allerton 2015).

Deep CCA as alternating least squares: each network regresses on the other's whitened outputs, with whitening from running
covariances, so that small batches do (Algorithm 3):

    Σ_f ← ρ Σ_f + (1 − ρ) F̃ᵀF̃/n,      min_f  1/n Σ ‖f̃(x_i) − (Σ_g + r I)^-1/2 g̃(y_i)‖²,      and f, g exchanged

F̃ are outputs centred over the batch; the targets are constants of the step. A linear CCA of the outputs, settled on
training pairs, ends it. The network is that of MUC2M's Sec. 7.4.2. Two small departures: the running covariance is divided by
the weight it has gathered (the paper starts from one large batch), and both regressions share a step.
Not verified: the published ρ, r and step size; ours were chosen on validation data.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.models.base import Batch, Training
from engine.models.canonical import CanonicalOutputs
from engine.models.gathering import gathered
from engine.models.networks import mlp, scaler
from engine.models.precision import full_precision


class RunningCovariance(nn.Module):
    """Running covariance of centred outputs (n, k), and what it whitens."""

    covariance: Tensor
    weight: Tensor

    def __init__(self, k: int, memory: float, regularisation: float):
        super().__init__()
        self.memory, self.regularisation = memory, regularisation
        self.register_buffer("covariance", torch.zeros(k, k))
        self.register_buffer("weight", torch.zeros(()))

    @torch.no_grad()
    @full_precision
    def whiten(self, centred: Tensor) -> Tensor:
        """``centred`` (n, k) times (Σ + r I)^-1/2, its own covariance included; remembered in training mode."""
        covariance = self.memory * self.covariance + (1 - self.memory) * centred.T @ centred / len(centred)
        weight = self.memory * self.weight + 1 - self.memory
        if self.training:
            self.covariance, self.weight = covariance, weight
        values, vectors = torch.linalg.eigh(covariance / weight)
        return centred @ vectors @ torch.diag((values.clamp_min(0) + self.regularisation).rsqrt()) @ vectors.T


class SDCCA(CanonicalOutputs):
    spreads = True
    name = "sdcca"
    title = "SDCCA"
    paper = "Wang, Arora, Livescu and Srebro, Stochastic Optimization for Deep CCA via Nonlinear Orthogonal Iterations, 2015"
    paper_training = Training(epochs=100, batch_size=512, optimizer="adam", learning_rate=3e-4)

    @dataclass(frozen=True)
    class Settings:
        """``memory``: ρ, how much of the covariances outlives a batch. ``regularisation``: r.

        ``standardize``: features to mean 0 and variance 1 before all else.
        """

        k: int = 50
        hidden: tuple[int, ...] = (500, 300)
        standardize: bool = False
        memory: float = 0.9
        regularisation: float = 1e-3

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        s = self.settings
        width_x, width_y = math.prod(shape_x), math.prod(shape_y)
        self.scale_x, self.scale_y = scaler(width_x, s.standardize), scaler(width_y, s.standardize)
        self.net_x = mlp((width_x, *s.hidden, s.k))
        self.net_y = mlp((width_y, *s.hidden, s.k))
        self.covariance_x = RunningCovariance(s.k, s.memory, s.regularisation)
        self.covariance_y = RunningCovariance(s.k, s.memory, s.regularisation)
        self.prepare_projection(s.k, s.regularisation)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        f, g = gathered(self.outputs_x(batch.x), self.outputs_y(batch.y))
        f, g = f - f.mean(0), g - g.mean(0)
        target_x, target_y = self.covariance_y.whiten(g.detach()), self.covariance_x.whiten(f.detach())
        return {
            "regression_x": (f - target_x).square().sum(1).mean(),
            "regression_y": (g - target_y).square().sum(1).mean(),
        }

    def outputs_x(self, x: Tensor) -> Tensor:
        return self.net_x(self.scale_x(x.flatten(1)))

    def outputs_y(self, y: Tensor) -> Tensor:
        return self.net_y(self.scale_y(y.flatten(1)))
