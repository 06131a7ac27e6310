"""Similarity network — Learning Two-Branch Neural Networks for Image-Text Matching Tasks (Wang, Li & Lazebnik, 2018).

The branches of the embedding network meet in an element-wise product, followed by three fully connected layers that end
in one score p per pair, trained with the logistic loss log(1 + exp(−z·p)), z = ±1 (Eq. 7), on as many negative
as positive pairs. The sum is a mean over the pairs of the batch. The paper finds it poor for sentences: a caption of another photo may well
be true of this one.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.models.base import Batch, PairwiseModel, Training
from engine.models.inputs import PreparesInputs
from engine.models.links import SignedBatch
from engine.models.networks import mlp
from engine.models.two_branch import Branch, BranchSettings

_FLOATS_AT_ONCE = 1 << 23


class SimilarityNetwork(PreparesInputs, PairwiseModel):
    name = "similarity_network"
    title = "Similarity network"
    paper = "Wang, Li and Lazebnik, Learning Two-Branch Neural Networks for Image-Text Matching Tasks, TPAMI 2018"
    paper_training = Training(epochs=20, batch_size=100, optimizer="adam", learning_rate=1e-3, weight_decay=5e-3)

    @dataclass(frozen=True)
    class Settings(BranchSettings):
        """``fusion``: widths between the product and the score. ``augmented``: every matching pair of the batch is a positive."""

        fusion: tuple[int, ...] = (512, 256)
        augmented: bool = False

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        s = self.settings
        self.make_inputs()
        self.branch_x = Branch(math.prod(shape_x), s)
        self.branch_y = Branch(math.prod(shape_y), s)
        self.fusion = mlp((s.hidden if s.linear else s.k, *s.fusion, 1))

    def losses(self, batch: Batch | SignedBatch) -> dict[str, Tensor]:
        x, y = self._branches(batch.x, batch.y)
        signed = batch if isinstance(batch, SignedBatch) else self.signed(batch)
        signs = torch.cat([x.new_ones(signed.positives.shape[1]), -x.new_ones(signed.negatives.shape[1])])
        i, j = torch.cat([signed.positives, signed.negatives], dim=1)
        return {"logistic": F.softplus(-signs * self._fuse(x[i], y[j])).mean()}

    def signed(self, batch: Batch) -> SignedBatch:
        """The drawn pairs, or all of a group's if ``augmented``, and for each that has one a row of y of another group."""
        same = batch.groups[:, None] == batch.groups[None, :]
        positives = same.nonzero().T if self.settings.augmented else torch.arange(len(batch), device=batch.x.device).expand(2, -1)
        target = positives[0][~same[positives[0]].all(1)]
        other = torch.multinomial((~same[target]).to(batch.x.dtype), 1)[:, 0] if len(target) else target
        return SignedBatch(batch.x, batch.y, positives, torch.stack([target, other]))

    def score(self, x: Tensor, y: Tensor) -> Tensor:
        x, y = self._branches(x, y)
        return torch.cat([torch.cat([self._fuse(a[:, None], b[None]) for b in _blocks(y, 1024)], dim=1)
                          for a in _blocks(x, _FLOATS_AT_ONCE // (1024 * x.shape[1]))])  # fmt: skip

    def _branches(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return self.branch_x(self.taken("x", x)), self.branch_y(self.taken("y", y))

    def _fuse(self, x: Tensor, y: Tensor) -> Tensor:
        """Scores of unit vectors (…, k), broadcast against each other."""
        return self.fusion(x * y).squeeze(-1)


def _blocks(rows: Tensor, size: int) -> Iterator[Tensor]:
    return iter(rows.split(max(1, size)))
