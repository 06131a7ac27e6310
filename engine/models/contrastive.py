"""Contrastive losses on the two-branch body, for comparison with what the papers could not have.

CLIP — Learning Transferable Visual Models From Natural Language Supervision (Radford et al., ICML 2021): symmetric InfoNCE, the
cross-entropy of each row and each column of s = exp(t)·⟨x, y⟩ with the matching entries. Rows of one group share the target
equally. exp(t) starts at 1/0.07 and is held below 100.

SigLIP — Sigmoid Loss for Language Image Pre-Training (Zhai et al., ICCV 2023): every pair of the batch is classified by itself,
−1/n Σᵢⱼ log σ(zᵢⱼ (exp(t)·⟨xᵢ, yⱼ⟩ + b)), z = +1 within a group and −1 elsewhere; exp(t) starts at 10, b at −10.

Both papers train large networks from pixels on hundreds of millions of pairs; here only the loss is theirs, so optimiser, batch and
temperature bounds are the only values taken over, and the branch is Wang et al.'s. ``engine.models.pixel_towers`` takes the losses to pixels.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.models.base import Batch, Training
from engine.models.gathering import gathered
from engine.models.two_branch import BranchSettings, TwoBranchBody


def clip_losses(x: Tensor, y: Tensor, groups: Tensor, log_scale: Tensor) -> dict[str, Tensor]:
    """CLIP's two parts for n aligned unit rows (n, k) and their groups (n,); of every process's rows where there are several."""
    x, y, groups = gathered(x, y, groups)
    logits = log_scale.clamp(max=math.log(100)).exp() * x @ y.T
    match = (groups[:, None] == groups[None, :]).to(logits.dtype)
    target = match / match.sum(1, keepdim=True)
    return {"x_to_y": F.cross_entropy(logits, target) / 2, "y_to_x": F.cross_entropy(logits.T, target) / 2}


def siglip_losses(x: Tensor, y: Tensor, groups: Tensor, log_scale: Tensor, bias: Tensor) -> dict[str, Tensor]:
    """SigLIP's one part, as ``clip_losses``."""
    x, y, groups = gathered(x, y, groups)
    logits = log_scale.exp() * x @ y.T + bias
    match = groups[:, None] == groups[None, :]
    signs = torch.where(match, 1.0, -1.0).to(logits.dtype)
    return {"sigmoid": F.softplus(-signs * logits).sum() / len(x)}


class CLIPLoss(TwoBranchBody):
    spreads = True
    name = "clip_loss"
    title = "CLIP loss"
    paper = "Radford et al., Learning Transferable Visual Models From Natural Language Supervision, ICML 2021"
    paper_training = Training(epochs=20, batch_size=1500, optimizer="adam", learning_rate=1e-3)

    @dataclass(frozen=True)
    class Settings(BranchSettings):
        """``temperature``: where 1/exp(t) starts; it stays there unless ``learn_temperature``."""

        temperature: float = 0.07
        learn_temperature: bool = True

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        self.log_scale = nn.Parameter(torch.tensor(-math.log(self.settings.temperature)), requires_grad=self.settings.learn_temperature)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        return clip_losses(self.embed_x(batch.x), self.embed_y(batch.y), batch.groups, self.log_scale)


class SigLIPLoss(TwoBranchBody):
    spreads = True
    name = "siglip_loss"
    title = "SigLIP loss"
    paper = "Zhai, Mustafa, Kolesnikov and Beyer, Sigmoid Loss for Language Image Pre-Training, ICCV 2023"
    paper_training = Training(epochs=20, batch_size=1500, optimizer="adam", learning_rate=1e-3)

    @dataclass(frozen=True)
    class Settings(BranchSettings):
        """``scale``, ``bias``: where exp(t) and b start; exp(t) stays there unless ``learn_temperature``."""

        scale: float = 10.0
        bias: float = -10.0
        learn_temperature: bool = True

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        self.log_scale = nn.Parameter(torch.tensor(math.log(self.settings.scale)), requires_grad=self.settings.learn_temperature)
        self.bias = nn.Parameter(torch.tensor(self.settings.bias))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        return siglip_losses(self.embed_x(batch.x), self.embed_y(batch.y), batch.groups, self.log_scale, self.bias)
