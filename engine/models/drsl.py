"""DRSL — Deep Relational Similarity Learning for cross-modal retrieval (Wang, Hu, Zhen & Peng, Information Sciences 2021).

No common space: each view's network f gives a representation (Eqs. 2–3), the representations of a pair are fused (Eq. 4) and a
relation network scores the fused vector (Eq. 5). All pairs of a batch are scored and their scores R driven towards
S, 1 where both items have the same class and 0 elsewhere (Eqs. 9–10); without classes, 1 where they show the same thing.

All-pairs scores don't need all fused vectors: the relation network's first layer is linear in a concatenation, sum or
difference, so its halves are computed once per item and only added per pair.

As in the authors' public program the loss is ‖R − S‖²_F / √(number of pairs); its deeper relation network with batch norm is
``relation=(1024, 1024)``, ``batch_norm="all"``. Not verified: the paper's figures, whose fine-tuned VGG-19 features are not here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from engine.errors import TwoviewError
from engine.models.base import Batch, PairwiseModel, Training
from engine.models.inputs import InputSettings, PreparesInputs

ROWS = 4096  # items through a branch at once
PAIRS_AT_ONCE = {"cpu": 2**8, "accelerator": 2**16}  # × the relation network's width: stays in a CPU core's cache
FUSIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"multiplication": torch.mul, "addition": torch.add, "subtraction": torch.sub}


class DRSL(PreparesInputs, PairwiseModel):
    name = "drsl"
    title = "DRSL"
    paper = "Wang, Hu, Zhen and Peng, DRSL: Deep Relational Similarity Learning for cross-modal retrieval, 2021"
    paper_training = Training(
        epochs=20, batch_size=200, learning_rate=1e-4, betas=(0.5, 0.99), weight_decay=1e-4, decay=0.98
    )

    @dataclass(frozen=True)
    class Settings(InputSettings):
        """``hidden_x``, ``hidden_y``: widths before the representation of ``k``, each followed by ReLU, as is the last.

        ``relation``: hidden widths of the relation network. ``batch_norm``: of the features alone (without scale and shift), or
        after the linear layers of the two branches, or also after the relation network's hidden ones; features of small scale
        need one of them.
        ``dropout``: of the representations. ``targets``: what S is 1 for: "labels", items of a class, "groups", items that
        show the same thing, or "auto", a class where there are labels.
        """

        k: int = 300
        hidden_x: tuple[int, ...] = (1024,)
        hidden_y: tuple[int, ...] = (1024,)
        fusion: Literal["concatenation", "multiplication", "addition", "subtraction"] = "concatenation"
        relation: tuple[int, ...] = (1024,)
        batch_norm: Literal["none", "inputs", "branches", "all"] = "none"
        dropout: float = 0.0
        targets: Literal["auto", "labels", "groups"] = "auto"

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        s = self.settings
        if not s.relation:
            raise TwoviewError("DRSL's relation network needs at least one hidden layer.")
        self.make_inputs()
        self.net_x = _branch((math.prod(shape_x), *s.hidden_x, s.k), s)
        self.net_y = _branch((math.prod(shape_y), *s.hidden_y, s.k), s)
        self.first = nn.Linear(s.k * (2 if s.fusion == "concatenation" else 1), s.relation[0])
        layers: list[nn.Module] = _activation(s.relation[0], s.batch_norm == "all")
        for inputs, outputs in pairwise(s.relation):
            layers += [nn.Linear(inputs, outputs), *_activation(outputs, s.batch_norm == "all")]
        self.rest = nn.Sequential(*layers, nn.Linear(s.relation[-1], 1))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        same = batch.groups[:, None] == batch.groups[None, :]
        if self.settings.targets != "groups" and batch.labels is not None:
            same |= (batch.labels[:, None] == batch.labels[None, :]) & (batch.labels >= 0)[:, None]
        elif self.settings.targets == "labels":
            raise TwoviewError("DRSL's targets are set to labels, but the training data have none. Set targets to groups.")
        left, right = self._halves(self._represented("x", batch.x), self._represented("y", batch.y))
        scores = self._all_pairs(left, right, whole=self.settings.batch_norm == "all")  # whose statistics are those of all pairs
        return {"relation": (scores - same.to(scores.dtype)).square().sum() / len(batch)}

    def score(self, x: Tensor, y: Tensor) -> Tensor:
        a, b = (torch.cat([self._represented(view, part) for part in items.split(ROWS)]) for view, items in (("x", x), ("y", y)))
        return self._all_pairs(*self._halves(a, b))

    def score_aligned(self, x: Tensor, y: Tensor) -> Tensor:
        """Scores (n,) of n aligned pairs, each fused as Eq. 4 says: what ``score`` finds for all pairs by its shortcut."""
        a, b = self._represented("x", x), self._represented("y", y)
        fused = torch.cat([a, b], dim=1) if self.settings.fusion == "concatenation" else FUSIONS[self.settings.fusion](a, b)
        return self.rest(self.first(fused))[:, 0]

    def _represented(self, view: str, items: Tensor) -> Tensor:
        """Eqs. 2–3, (n, …) → (n, k)."""
        return (self.net_x if view == "x" else self.net_y)(self.taken(view, items))

    def _halves(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """Both sides' share of the relation network's first layer, (n, width) and (m, width); for products a, b themselves."""
        weight, bias, fusion = self.first.weight, self.first.bias, self.settings.fusion
        if fusion == "multiplication":
            return a, b
        weight_a, weight_b = weight.split(self.settings.k, dim=1) if fusion == "concatenation" else (weight, weight)
        right = b @ weight_b.T
        return a @ weight_a.T + bias, -right if fusion == "subtraction" else right

    def _all_pairs(self, left: Tensor, right: Tensor, whole: bool = False) -> Tensor:
        """Scores (n, m) of all pairs of n left and m right halves, a bounded number of pairs at a time unless ``whole``."""
        at_once = len(left) * len(right) if whole else PAIRS_AT_ONCE["cpu" if left.device.type == "cpu" else "accelerator"]
        columns = min(len(right), at_once)
        rows = at_once // columns
        strips = [torch.cat([*map(self._against(b), left.split(rows))]) for b in right.split(columns)]
        return torch.cat(strips, dim=1)

    def _against(self, right: Tensor) -> Callable[[Tensor], Tensor]:
        """A function from n left halves to their scores (n, m) with these m right halves."""
        if self.settings.fusion == "multiplication":
            return lambda left: self.rest(self.first((left[:, None] * right).flatten(0, 1))).view(len(left), -1)
        if len(self.rest) > 2:
            return lambda left: self.rest((left[:, None] + right).flatten(0, 1)).view(len(left), -1)
        last = self.rest[1]  # the paper's network
        assert isinstance(last, nn.Linear)
        weight, bias = last.weight[0], last.bias
        if torch.is_grad_enabled():
            return lambda left: torch.relu_(left[:, None] + right) @ weight + bias
        # w·relu(l + r) = w·max(l, −r) + w·r passes over all pairs' hidden units once less, but has a slow derivative.
        negative, offset = -right, right @ weight + bias
        return lambda left: torch.maximum(left[:, None], negative) @ weight + offset


def _activation(width: int, batch_norm: bool) -> list[nn.Module]:
    return [nn.BatchNorm1d(width), nn.ReLU(inplace=True)] if batch_norm else [nn.ReLU(inplace=True)]


def _branch(widths: tuple[int, ...], settings: DRSL.Settings) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Flatten()]
    if settings.batch_norm == "inputs":
        layers.append(nn.BatchNorm1d(widths[0], affine=False))
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), *_activation(outputs, settings.batch_norm in ("branches", "all"))]
    return nn.Sequential(*layers, nn.Dropout(settings.dropout))
