"""Ensemble: several embedding models, trained side by side, that answer together. None of the papers'; here for scale.

The score of a pair is the mean of the members' scores, s(x, y) = 1/M Σₘ cos(fₘ(x), gₘ(y)). As a mean of cosines is the cosine of the
concatenated unit vectors, an ensemble is an embedding model itself. The loss is the sum of the members' losses: no weight is
shared, so each learns as it would alone on the same mini-batches. What differs is where they start and what dropout takes away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import TwoviewError
from engine.models import model_class, settings_of
from engine.models.base import Batch, EmbeddingModel, Training, TwoViewModel, comparable

UNIT = ("cosine", "correlation")  # similarities that are inner products of unit vectors


class Ensemble(EmbeddingModel):
    name = "ensemble"
    title = "Ensemble"
    paper = "None: the mean of several models' scores, for scale"
    paper_training = Training(epochs=20, batch_size=1500, optimizer="adam", learning_rate=1e-3)

    @dataclass(frozen=True)
    class Settings:
        """``members``: (model's name, its settings as plain values) of each."""

        members: tuple[tuple[str, Mapping[str, Any]], ...] = (("clip_loss", {}), ("clip_loss", {}), ("clip_loss", {}))

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        """Raises TwoviewError on fewer than two members, or one that cannot be trained beside others or compared by a cosine."""
        super().__init__(shape_x, shape_y, settings)
        if len(self.settings.members) < 2:
            raise TwoviewError(f"An ensemble needs two members or more, but {len(self.settings.members)} came.")
        self.members = nn.ModuleList(_member(name, values, shape_x, shape_y) for name, values in self.settings.members)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        parts = [(number, member.losses(batch)) for number, member in enumerate(self._members(), 1)]
        return {f"{number}_{name}": value for number, losses in parts for name, value in losses.items()}

    def embed_x(self, x: Tensor) -> Tensor:
        return torch.cat([comparable(member.embed_x(x), member.similarity) for member in self._members()], dim=1)

    def embed_y(self, y: Tensor) -> Tensor:
        return torch.cat([comparable(member.embed_y(y), member.similarity) for member in self._members()], dim=1)

    def prepare(self, x: Tensor, y: Tensor) -> None:
        for member in self._members():
            member.prepare(x, y)

    def begin_stage(self, stage: str) -> None:
        for member in self._members():
            member.begin_stage(member.stages[0])

    @torch.no_grad()
    def settle(self, x: Tensor, y: Tensor) -> None:
        for member in self._members():
            member.settle(x, y)

    def _members(self) -> list[EmbeddingModel]:
        return list(self.members)  # type: ignore[arg-type]


def _member(name: str, values: Mapping[str, Any], shape_x: tuple[int, ...], shape_y: tuple[int, ...]) -> TwoViewModel:
    cls = model_class(name)
    model = cls(shape_x, shape_y, settings_of(cls, values))
    similarity = getattr(model, "similarity", None)
    if similarity not in UNIT or model.closed_form or model.needs_labels or len(model.stages) > 1:
        raise TwoviewError(f"{model.title} cannot be part of an ensemble: members are embedding models that are compared by cosine and trained by gradients, in one stage and without labels.")
    return model
