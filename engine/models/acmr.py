"""ACMR — Adversarial Cross-Modal Retrieval (Wang, Yang, Xu, Hanjalic & Shen, ACM Multimedia 2017).

Projectors of both views play against a classifier that tells from a representation which view it came from:

    min over projectors and label classifier:   α·L_labels + β·L_triplets − λ·L_view
    min over the view classifier:               L_view

L_labels: cross-entropy of a label classifier shared by both views. L_triplets: distance of matching pairs, and a hinge on the
distance across the views of items with different labels. L_view: cross-entropy of the view classifier, here trained in
the same step by gradient reversal (the paper alternates, several projector steps to one of the classifier). All are means over the
batch, distances are between unit vectors. Layer kinds (tanh) follow the paper; widths and weights are not verified, they
were set by validation on Wikipedia.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import TwoviewError
from engine.models.base import Batch, EmbeddingModel, Training
from engine.models.networks import mlp
from engine.models.two_branch import distances


class _Reversed(torch.autograd.Function):
    """The identity; its gradient is multiplied by −factor."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        return -ctx.factor * gradient, None


class ACMR(EmbeddingModel):
    name = "acmr"
    title = "ACMR"
    paper = "Wang, Yang, Xu, Hanjalic and Shen, Adversarial Cross-Modal Retrieval, ACM Multimedia 2017"
    needs_labels = True
    paper_training = Training(epochs=100, batch_size=64, optimizer="adam", learning_rate=1e-4)

    @dataclass(frozen=True)
    class Settings:
        """``classes``: labels are 0 … classes − 1. ``labels``, ``triplets``: α, β. ``adversary``: λ; at 0 there is no view classifier.

        ``margin``: of the hinge, distances being at most 2.
        """

        k: int = 200
        hidden: tuple[int, ...] = (1000,)
        view_hidden: int = 50
        classes: int = 10
        labels: float = 1.0
        triplets: float = 1.0
        margin: float = 1.0
        adversary: float = 0.1

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        s = self.settings
        self.projector_x = nn.Sequential(mlp((math.prod(shape_x), *s.hidden, s.k), nn.Tanh), nn.Tanh())
        self.projector_y = nn.Sequential(mlp((math.prod(shape_y), *s.hidden, s.k), nn.Tanh), nn.Tanh())
        self.label_classifier = nn.Linear(s.k, s.classes)
        if s.adversary:
            self.view_classifier = mlp((s.k, s.view_hidden, 2))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Raises TwoviewError without labels, or with one beyond ``classes``."""
        s = self.settings
        if batch.labels is None:
            raise TwoviewError("ACMR learns from class labels, but the data has none. Choose data with labels, or a model that needs none.")
        if int(batch.labels.max()) >= s.classes:
            raise TwoviewError(f"ACMR was set up for {s.classes} classes, but label {int(batch.labels.max())} came. Raise 'classes'.")
        x, y = self.embed_x(batch.x), self.embed_y(batch.y)
        parts = {
            "labels": s.labels * (self._label_loss(x, batch.labels) + self._label_loss(y, batch.labels)),
            "triplets": s.triplets * triplet_loss(x, y, batch.labels, s.margin),
        }
        if s.adversary:
            logits = self.view_classifier(_Reversed.apply(torch.cat([x, y]), s.adversary))
            view = torch.arange(2, device=x.device).repeat_interleave(len(x))
            parts["view"] = F.cross_entropy(logits, view)
        return parts

    def embed_x(self, x: Tensor) -> Tensor:
        return self.projector_x(x.flatten(1))

    def embed_y(self, y: Tensor) -> Tensor:
        return self.projector_y(y.flatten(1))

    def _label_loss(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy, averaged over the labelled rows."""
        total = F.cross_entropy(self.label_classifier(embeddings), labels, ignore_index=-1, reduction="sum")
        return total / (labels >= 0).sum().clamp(min=1)


def triplet_loss(x: Tensor, y: Tensor, labels: Tensor, margin: float) -> Tensor:
    """Mean distance of matching unit rows plus the mean of [margin − d(xᵢ, yⱼ)]₊ over i, j with different (known) labels."""
    distance = distances(F.normalize(x, dim=1), F.normalize(y, dim=1))
    known = labels >= 0
    negative = (labels[:, None] != labels[None, :]) & known[:, None] & known[None, :]
    hinges = (margin - distance).clamp(min=0) * negative
    return distance.diagonal().mean() + hinges.sum() / negative.sum().clamp(min=1)
