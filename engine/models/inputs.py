"""What a model does to features before its first layer, kept in its state, so that a checkpoint takes features as they are encoded.

- The signed square root tames features that are counts or pooled activations (Arandjelović and Zisserman, Three things everyone
  should know to improve object retrieval, 2012).
- Standardising gives every feature the same say at the start and the same share of the weight decay; whitening does so for every
  direction, which is what CCA's own metric does. Means and variances are those of the training pairs, taken once before training.
- Dropout of single features keeps a network from leaning on few of them: on small data what overfits first is the first layer
  (Srivastava et al., Dropout, 2014, Sec. 3).
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import TwoviewError
from engine.models.base import TwoViewModel
from engine.models.linear_algebra import Whitening
from engine.models.networks import signed_root

SCALINGS = ("none", "standardize", "whiten")


@dataclass(frozen=True)
class InputSettings:
    """``root_x``, ``root_y``: the view is replaced by its signed square root. ``scaling``: of both views after that, see above.

    ``ridge``: whitening adds this multiple of a view's mean variance to its covariance. ``input_dropout``: the share of features
    dropped while training.
    """

    root_x: bool = False
    root_y: bool = False
    scaling: Literal["none", "standardize", "whiten"] = "none"
    ridge: float = 0.1
    input_dropout: float = 0.0


class Inputs(nn.Module):
    """One view's features (n, …) → (n, width), rooted and scaled."""

    mean: Tensor
    scale: Tensor

    def __init__(self, width: int, root: bool, settings: InputSettings):
        super().__init__()
        self.root, self.scaling, self.ridge = root, settings.scaling, settings.ridge
        if self.scaling != "none":
            self.register_buffer("mean", torch.zeros(width))
            self.register_buffer("scale", torch.eye(width) if self.scaling == "whiten" else torch.ones(width))

    @torch.no_grad()
    def fit(self, items: Tensor) -> None:
        """Take mean and scale from the training features (n, …). Features that never change become 0."""
        if self.scaling == "none":
            return
        rows = self._rooted(items).double() if items.device.type != "mps" else self._rooted(items).cpu().double()
        mean = rows.mean(0)
        if self.scaling == "standardize":
            deviation = (rows - mean).square().mean(0).sqrt()
            scale = torch.where(deviation > 1e-6 * deviation.max(), 1 / deviation, 0.0)
        else:
            covariance = torch.cov(rows.T, correction=0).reshape(len(mean), len(mean))
            white = Whitening(covariance, self.ridge * float(covariance.diagonal().mean()))
            scale = white.transposed(torch.eye(len(mean), dtype=rows.dtype, device=rows.device))
        self.mean.copy_(mean)
        self.scale.copy_(scale)

    def forward(self, items: Tensor) -> Tensor:
        rows = self._rooted(items)
        if self.scaling == "none":
            return rows
        rows = rows - self.mean
        return rows @ self.scale if self.scaling == "whiten" else rows * self.scale

    def _rooted(self, items: Tensor) -> Tensor:
        rows = items.flatten(1)
        return signed_root(rows) if self.root else rows


class PreparesInputs(TwoViewModel):
    """A model whose settings are ``InputSettings`` too; ``inputs["x"]`` and ``inputs["y"]`` come before its networks."""

    def make_inputs(self) -> None:
        """Raises TwoviewError where the settings make no sense."""
        s = self.settings
        if s.scaling not in SCALINGS:
            raise TwoviewError(f"{self.title} knows no scaling {s.scaling!r}. Choose one of: {', '.join(SCALINGS)}.")
        if not 0 <= s.input_dropout < 1 or s.ridge <= 0:
            raise TwoviewError(f"{self.title} drops a share of the features from 0 to below 1 and whitens with a positive ridge: got {s.input_dropout} and {s.ridge}.")
        self.inputs = nn.ModuleDict({
            "x": Inputs(math.prod(self.shape_x), s.root_x, s), "y": Inputs(math.prod(self.shape_y), s.root_y, s),
        })  # fmt: skip

    def prepare(self, x: Tensor, y: Tensor) -> None:
        for view, items in (("x", x), ("y", y)):
            inputs = self.inputs[view]
            assert isinstance(inputs, Inputs)
            inputs.fit(items)

    def drop(self, features: Tensor) -> Tensor:
        """Features (n, d) with a share of them set to 0 while training."""
        return F.dropout(features, self.settings.input_dropout, self.training)

    def taken(self, view: str, items: Tensor) -> Tensor:
        """Items (n, …) of view "x" or "y" as the first layer takes them, (n, width)."""
        return self.drop(self.inputs[view](items))
