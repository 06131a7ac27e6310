"""2WayNet — Linking Image and Text with 2-Way Nets (Eisenschtat & Wolf, CVPR 2017).

Two channels go through the same weights in opposite directions: H maps x to y, Ĥ maps y back to x through the
transposed weights with biases of its own (Sec. 3.1). The middle layers of both are the common space.

    L = Lx + Ly + λh·Lh + λw·ΣW² + λdecov·Rdecov + λγ·Σ γ⁻²                                      (Sec. 3.4)

Lx, Ly, Lh are squared Euclidean distances of the two reconstructions and of the two middle layers, summed over
dimensions and averaged over the batch. Rdecov is Eq. 2. Every row of Tables 3–4 and of Sec. 4.3 is a setting.

The paper's text and the authors' public code differ: the code weighs Lh by 0.5 on MNIST, takes the norms of Eq. 2
unsquared and without the ½, and lets the weight decay cover γ too. The text's choices are the defaults; recipes name
the code's. Not verified: the place of m > 1 parts in the published networks, and the scaling of the "conventional
dropout" row (here the usual 1/(1 − p)).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import TwoviewError
from engine.models.base import Batch, EmbeddingModel, Training
from engine.models.inputs import InputSettings, PreparesInputs


class TiedLinear(nn.Module):
    """One weight used both ways: ``ahead`` (n, inputs) → (n, outputs), ``back`` its transpose; no bias.

    With ``parts`` m > 1 the layer is locally dense (Sec. 3.6): m dense layers, each between one m-th of both sides.
    """

    def __init__(self, inputs: int, outputs: int, parts: int = 1):
        super().__init__()
        if inputs % parts or outputs % parts:
            raise TwoviewError(
                f"A locally dense layer of {parts} parts needs widths divisible by {parts}: got {inputs} → {outputs}. Choose other widths or fewer parts."
            )
        bound = math.sqrt(6 * parts / (inputs + outputs))
        self.weight = nn.Parameter(torch.empty(parts, outputs // parts, inputs // parts).uniform_(-bound, bound))

    def ahead(self, values: Tensor) -> Tensor:
        return self._through(values, self.weight.transpose(1, 2))

    def back(self, values: Tensor) -> Tensor:
        return self._through(values, self.weight)

    @staticmethod
    def _through(values: Tensor, weight: Tensor) -> Tensor:
        if len(weight) == 1:
            return values @ weight[0]
        blocks = values.reshape(len(values), len(weight), -1).transpose(0, 1)
        return (blocks @ weight).transpose(0, 1).reshape(len(values), -1)


class Channel(nn.Module):
    """What one direction owns: a bias per layer and a batch normalisation per hidden layer. ``sizes``: input … output."""

    def __init__(self, sizes: Sequence[int], batch_norm: str, leak: float):
        super().__init__()
        self.biases = nn.ParameterList(torch.zeros(size) for size in sizes[1:])
        normalised = () if batch_norm == "none" else sizes[1:-1]
        self.norms = nn.ModuleList(nn.BatchNorm1d(size, eps=1e-3) for size in normalised)
        for scale in self.scales():
            nn.init.uniform_(scale, 0.95, 1.05)
        self.batch_norm, self.leak = batch_norm, leak

    def scales(self) -> list[Tensor]:
        """γ of each batch normalisation."""
        return [norm.get_parameter("weight") for norm in self.norms]

    def forward(self, values: Tensor, maps: Sequence[Callable], masks: Sequence[Tensor | None]) -> list[Tensor]:
        """Activations after each of ``maps``; as many hidden layers as there are ``masks``, then the linear output."""
        activations = []
        for layer, through in enumerate(maps):
            values = through(values) + self.biases[layer]
            if layer < len(masks):
                values = self._activate(values, layer)
                if (mask := masks[layer]) is not None:
                    values = values * mask
            activations.append(values)
        return activations

    def _activate(self, values: Tensor, layer: int) -> Tensor:
        if self.batch_norm == "before":
            return F.leaky_relu(self.norms[layer](values), self.leak)
        values = F.leaky_relu(values, self.leak)
        return self.norms[layer](values) if self.batch_norm == "after" else values


def decorrelation(activations: Tensor, form: Literal["paper", "code"] = "paper") -> Tensor:
    """How far the columns of ``activations`` (n, d) are from orthogonal, with C = AᵀA / n (one half of Eq. 2).

    "paper": ½(‖C‖²_F − ‖diag C‖²₂). "code": ‖C‖_F − ‖diag C‖₂, as the authors' program has it.
    """
    covariance = activations.T @ activations / len(activations)
    if form == "code":
        return torch.linalg.vector_norm(covariance) - torch.linalg.vector_norm(covariance.diagonal())
    return (covariance.square().sum() - covariance.diagonal().square().sum()) / 2


class TwoWay(PreparesInputs, EmbeddingModel):
    name = "two_way"
    title = "2WayNet"
    paper = "Eisenschtat and Wolf, Linking Image and Text with 2-Way Nets, CVPR 2017"
    similarity = "correlation"
    paper_training = Training(
        epochs=80, batch_size=128, optimizer="sgd", learning_rate=1e-4, momentum=0.9, nesterov=True,
        milestones=(20, 40, 60), milestone_factor=0.5, reset_momentum=True,
    )  # fmt: skip

    @dataclass(frozen=True)
    class Settings(InputSettings):
        """``hidden``: widths of the hidden layers from x to y; the middle one (position ⌈k/2⌉) is the common space.

        ``parts``: m of each of the ``len(hidden) + 1`` weights, empty for dense ones. ``variance``: λγ. ``midway``: λh.
        ``decay_scales``: the weight decay covers γ too (authors' code). ``unit_rows``: inputs are scaled to unit length.
        """

        hidden: tuple[int, ...] = (392, 50, 392)
        parts: tuple[int, ...] = ()
        leak: float = 0.3
        batch_norm: Literal["after", "before", "none"] = "after"
        dropout: Literal["tied", "conventional", "none"] = "tied"
        dropout_rate: float = 0.5
        reconstruction: float = 1.0
        midway: float = 1.0
        decorrelation: float = 0.05
        decorrelation_form: Literal["paper", "code"] = "paper"
        variance: float = 0.05
        weight_decay: float = 0.05
        decay_scales: bool = False
        unit_rows: bool = True

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        self.make_inputs()
        s = self.settings
        sizes = (math.prod(shape_x), *s.hidden, math.prod(shape_y))
        parts = tuple(s.parts) or (1,) * (len(sizes) - 1)
        if not s.hidden or len(parts) != len(sizes) - 1:
            raise TwoviewError(
                f"2WayNet needs at least one hidden layer and a number of parts per weight: {len(s.hidden)} hidden layers, so "
                f"{len(s.hidden) + 1} parts; got {list(s.parts)}. Leave parts empty for dense layers."
            )
        self.layers = nn.ModuleList(TiedLinear(a, b, m) for a, b, m in zip(sizes, sizes[1:], parts, strict=False))
        self.to_y = Channel(sizes, s.batch_norm, s.leak)
        self.to_x = Channel(sizes[::-1], s.batch_norm, s.leak)
        self.middle = math.ceil(len(s.hidden) / 2)  # hidden layers up to the common space, counted from x

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        s = self.settings
        x, y = self._inputs("x", batch.x), self._inputs("y", batch.y)
        masks_x = self._masks(x)
        masks_y = masks_x if s.dropout == "tied" else self._masks(x)
        *hidden_x, y_again = self.to_y(self.drop(x), [layer.ahead for layer in self.layers], masks_x)
        *hidden_y, x_again = self.to_x(self.drop(y), [layer.back for layer in reversed(self.layers)], masks_y[::-1])
        middle_x, middle_y = hidden_x[self.middle - 1], hidden_y[len(s.hidden) - self.middle]
        scales = self.to_y.scales() + self.to_x.scales()
        decayed = [layer.get_parameter("weight") for layer in self.layers] + (scales if s.decay_scales else [])
        parts = {
            "reconstruction_x": s.reconstruction * _distance(x, x_again),
            "reconstruction_y": s.reconstruction * _distance(y, y_again),
            "midway": s.midway * _distance(middle_x, middle_y),
            "decorrelation": s.decorrelation * sum(decorrelation(h, s.decorrelation_form) for h in (middle_x, middle_y)),
            "weight_decay": s.weight_decay * torch.stack([w.square().sum() for w in decayed]).sum(),
        }
        if scales and s.variance:
            parts["variance"] = s.variance * torch.stack([scale.pow(-2).sum() for scale in scales]).sum()
        return parts

    def embed_x(self, x: Tensor) -> Tensor:
        maps = [layer.ahead for layer in self.layers[: self.middle]]
        return self.to_y(self._inputs("x", x), maps, [None] * self.middle)[-1]

    def embed_y(self, y: Tensor) -> Tensor:
        depth = len(self.settings.hidden) + 1 - self.middle
        maps = [layer.back for layer in reversed(self.layers[self.middle :])]
        return self.to_x(self._inputs("y", y), maps, [None] * depth)[-1]

    def _inputs(self, view: str, items: Tensor) -> Tensor:
        """What a channel begins with and the other rebuilds, (n, width)."""
        items = self.inputs[view](items)
        return F.normalize(items, dim=1) if self.settings.unit_rows else items

    def _masks(self, like: Tensor) -> list[Tensor | None]:
        """One mask per hidden layer, shared by both channels where dropout is tied, scaled to keep the variance (Sec. 3.5)."""
        s = self.settings
        if s.dropout == "none" or not self.training:
            return [None] * len(s.hidden)
        keep = 1 - s.dropout_rate
        scale = math.sqrt(keep) if s.dropout == "tied" else keep
        return [(torch.rand(len(like), size, device=like.device) < keep).to(like.dtype) / scale for size in s.hidden]


def _distance(a: Tensor, b: Tensor) -> Tensor:
    """Squared Euclidean distance of matching rows, averaged over the batch."""
    return (a - b).square().sum(1).mean()
