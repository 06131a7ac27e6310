"""Ensemble: several embedding models that answer together. None of the papers'; here for scale.

    s(x, y) = Σₘ cos(fₘ(x), gₘ(y)) / σₘ

the sum of the members' standardised scores. σₘ is the standard deviation of the member's scores of all pairs of training items, matching or
not: without it a member whose cosines lie far apart would outvote one whose cosines are close. Their mean needs no
subtracting, for it is the same for everything that is ranked. A weighted sum of cosines is the inner product of concatenated unit vectors, each over √σₘ, so that
an ensemble is an embedding model itself.

Members come from checkpoints (``engine.recipes.ensemble``), or are trained side by side: then the loss is the sum of theirs, no weight is shared,
and each learns as it would alone on the same mini-batches. What differs is where they start and what dropout takes away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import TwoviewError
from engine.models import model_class, settings_of
from engine.models.base import Batch, EmbeddingModel, Training, TwoViewModel, comparable
from engine.models.closed_form import sample

UNIT = ("cosine", "correlation")  # similarities that are inner products of unit vectors


class Ensemble(EmbeddingModel):
    name = "ensemble"
    title = "Ensemble"
    paper = "None: the sum of several models' standardised scores, for scale"
    paper_training = Training(epochs=20, batch_size=1500, optimizer="adam", learning_rate=1e-3)

    scales: Tensor  # σ of each member

    @dataclass(frozen=True)
    class Settings:
        """``members``: (model's name, its settings as plain values) of each."""

        members: tuple[tuple[str, Mapping[str, Any]], ...] = (("clip_loss", {}), ("clip_loss", {}), ("clip_loss", {}))

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        """Raises TwoviewError on fewer than two members, or one that is not compared by a cosine."""
        super().__init__(shape_x, shape_y, settings)
        if len(self.settings.members) < 2:
            raise TwoviewError(f"An ensemble needs two members or more, but {len(self.settings.members)} came.")
        self.members = nn.ModuleList(_member(name, values, shape_x, shape_y) for name, values in self.settings.members)
        self.register_buffer("scales", torch.ones(len(self.members)))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        parts = [(number, member.losses(batch)) for number, member in enumerate(self._members(), 1)]
        return {f"{number}_{name}": value for number, losses in parts for name, value in losses.items()}

    def embed_x(self, x: Tensor) -> Tensor:
        return torch.cat([unit / scale.sqrt() for unit, scale in zip(self._units("x", x), self.scales, strict=True)], dim=1)

    def embed_y(self, y: Tensor) -> Tensor:
        return torch.cat([unit / scale.sqrt() for unit, scale in zip(self._units("y", y), self.scales, strict=True)], dim=1)

    def prepare(self, x: Tensor, y: Tensor) -> None:
        """Raises TwoviewError on a member that cannot be trained beside others."""
        for member in self._members():
            if member.closed_form or member.needs_labels or len(member.stages) > 1:
                raise TwoviewError(f"{member.title} cannot be trained beside others, which is done by gradients, in one stage and without labels. Train it alone, then: python -m engine ensemble.")
            member.prepare(x, y)

    def begin_stage(self, stage: str) -> None:
        for member in self._members():
            member.begin_stage(member.stages[0])

    @torch.no_grad()
    def settle(self, x: Tensor, y: Tensor) -> None:
        for member in self._members():
            member.settle(x, y)
        self.standardise(x, y)

    @torch.no_grad()
    def standardise(self, x: Tensor, y: Tensor) -> None:
        """Settle σ on aligned training pairs x (n, …), y (n, …), evenly spaced ones where they are many."""
        some = sample(len(x))
        spreads = [(u @ v.T).std() for u, v in zip(self._units("x", x[some]), self._units("y", y[some]), strict=True)]
        self.scales.copy_(torch.stack(spreads).clamp_min(torch.finfo(self.scales.dtype).eps))

    def _units(self, view: str, items: Tensor) -> list[Tensor]:
        """Each member's embeddings as unit vectors."""
        return [comparable((member.embed_x if view == "x" else member.embed_y)(items), member.similarity) for member in self._members()]

    def _members(self) -> list[EmbeddingModel]:
        return list(self.members)  # type: ignore[arg-type]


def _member(name: str, values: Mapping[str, Any], shape_x: tuple[int, ...], shape_y: tuple[int, ...]) -> TwoViewModel:
    cls = model_class(name)
    model = cls(shape_x, shape_y, settings_of(cls, values))
    if getattr(model, "similarity", None) not in UNIT:
        raise TwoviewError(f"{model.title} cannot be part of an ensemble: members are embedding models that are compared by a cosine.")
    return model
