"""CorrNet — Correlational Neural Networks (Chandar, Khapra, Larochelle & Ravindran, Neural Computation 2016).

One shared hidden layer h(x, y) = f(Wx + Vy + b) has to rebuild both views from both, from x alone and from y alone,
while the hidden layers of the two single views correlate:

    J = L(z, g(h(x, y))) + L(z, g(h(x, 0))) + L(z, g(h(0, y))) − λ Σₖ corr(h(x)ₖ, h(y)ₖ)

Weights are tied (the decoder is the transpose), the hidden bias is shared by both views. L is summed over dimensions
and averaged over the batch. Initialisation, RMSProp 0.01, batches of 100, 50 epochs and λ = 2 follow the authors' public
program; not verified: which of the two reconstruction losses the published figure used.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.models.base import Batch, EmbeddingModel, Training
from engine.models.networks import scaler


def batch_correlations(a: Tensor, b: Tensor) -> Tensor:
    """Pearson's r between matching columns of ``a`` and ``b`` (n, k) → (k,); 0 where a column is constant."""
    a, b = a - a.mean(0), b - b.mean(0)
    return (a * b).sum(0) / (a.square().sum(0) * b.square().sum(0) + 1e-12).sqrt()


class CorrNet(EmbeddingModel):
    name = "corrnet"
    title = "CorrNet"
    paper = "Chandar, Khapra, Larochelle and Ravindran, Correlational Neural Networks, Neural Computation 2016"
    paper_training = Training(epochs=50, batch_size=100, optimizer="rmsprop", learning_rate=0.01)

    @dataclass(frozen=True)
    class Settings:
        """``output``: what the decoder ends in; "sigmoid" wants features in [0, 1]. ``correlation``: λ.

        ``standardize``: features to mean 0 and variance 1 before all else; they are what is rebuilt, by a "linear" output.
        """

        k: int = 50
        output: Literal["sigmoid", "linear"] = "sigmoid"
        reconstruction: Literal["squared", "cross_entropy"] = "squared"
        correlation: float = 2.0
        standardize: bool = False

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        self.scale_x, self.scale_y = (scaler(math.prod(shape), self.settings.standardize) for shape in (shape_x, shape_y))
        self.weight_x = nn.Parameter(_glorot(math.prod(shape_x), self.settings.k))
        self.weight_y = nn.Parameter(_glorot(math.prod(shape_y), self.settings.k))
        self.bias = nn.Parameter(torch.zeros(self.settings.k))
        self.bias_x = nn.Parameter(torch.zeros(math.prod(shape_x)))
        self.bias_y = nn.Parameter(torch.zeros(math.prod(shape_y)))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        x, y = self.scale_x(batch.x.flatten(1)), self.scale_y(batch.y.flatten(1))
        from_x, from_y = x @ self.weight_x, y @ self.weight_y
        hidden = torch.sigmoid(torch.stack([from_x + from_y, from_x, from_y]) + self.bias)
        from_both, only_x, only_y = self._rebuild(hidden, torch.cat([x, y], dim=1))
        return {
            "from_both": from_both,
            "from_x": only_x,
            "from_y": only_y,
            "correlation": -self.settings.correlation * batch_correlations(hidden[1], hidden[2]).sum(),
        }

    def embed_x(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.scale_x(x.flatten(1)) @ self.weight_x + self.bias)

    def embed_y(self, y: Tensor) -> Tensor:
        return torch.sigmoid(self.scale_y(y.flatten(1)) @ self.weight_y + self.bias)

    def _rebuild(self, hidden: Tensor, target: Tensor) -> Tensor:
        """L(z, g(h)) for several hidden layers (m, n, k) of the same pairs (n, d_x + d_y): (m,)."""
        logits = hidden @ torch.cat([self.weight_x, self.weight_y]).T + torch.cat([self.bias_x, self.bias_y])
        if self.settings.reconstruction == "cross_entropy":
            errors = F.binary_cross_entropy_with_logits(logits, target.expand_as(logits), reduction="none")
        else:
            rebuilt = torch.sigmoid(logits) if self.settings.output == "sigmoid" else logits
            errors = (rebuilt - target).square()
        return errors.sum(2).mean(1)


def _glorot(inputs: int, outputs: int) -> Tensor:
    """Glorot-uniform for sigmoid units: four times the bound for tanh."""
    bound = 4 * math.sqrt(6 / (inputs + outputs))
    return torch.empty(inputs, outputs).uniform_(-bound, bound)
