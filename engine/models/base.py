"""The contract every two-view model fulfils, and the two kinds there are.

*Embedding* models map both views into one space: ``embed_x``, ``embed_y`` → (n, k), compared by ``similarity``.
*Pairwise* models score a pair directly: ``score(x, y)`` → (n, m), with no shared space.
Search, evaluation and the app ask for ``kind``, never for a model's name.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Batch:
    """n aligned pairs: row i of ``x`` belongs to row i of ``y``.

    ``groups`` (n,): equal where two rows show the same thing (a photo drawn twice with two of its sentences);
    ``labels`` (n,): class labels, −1 where there is none, or None.
    """

    x: Tensor
    y: Tensor
    groups: Tensor
    labels: Tensor | None = None

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class Training:
    """How a model is trained; each model's ``paper_training`` gives its paper's values, a recipe replaces some.

    ``batches``: "pairs" (each epoch draws every item of the shorter view once with a random partner) or
    "all_pairs" (each epoch visits every matching pair). ``neighbours`` > 1: that many partners of each drawn
    item stand together in a batch (two-branch networks' neighbourhood sampling).
    ``monitor``: None (the last epoch's weights count) or a validation measure, ``mrr_x_to_y``,
    ``mean_average_precision``, ``correlation_sum`` …; then early stopping with ``patience`` epochs, after which the
    learning rate is multiplied by ``refinement_factor`` and the best weights restored, ``refinements`` times, with
    ``refinement_patience`` (CCA layer paper, appendix). ``decay``: learning rate × this after every epoch;
    ``milestones``: × ``milestone_factor`` after these epochs, with the optimiser's buffers reset if ``reset_momentum``.
    ``schedule`` "cosine": within a stage the rate rises linearly over the first ``warm_up`` share of the steps and falls to 0
    along a cosine (Loshchilov and Hutter, SGDR, 2017; with a warm-up of 0.3 it is Smith and Topin's one-cycle, 2018), beside
    whatever else lowers it. "adamw" takes ``weight_decay`` off the matrices alone, beside Adam's step instead of through it
    (Loshchilov and Hutter, Decoupled weight decay regularization, 2019), so that it acts the same on all of them.
    """

    epochs: int = 20
    batch_size: int = 128
    batches: Literal["pairs", "all_pairs"] = "pairs"
    neighbours: int = 1
    drop_last: bool = True
    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"] = "adam"
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    decay: float = 1.0
    milestones: tuple[int, ...] = ()
    milestone_factor: float = 0.5
    reset_momentum: bool = False
    schedule: Literal["constant", "cosine"] = "constant"
    warm_up: float = 0.0
    monitor: str | None = None
    patience: int = 10
    refinements: int = 0
    refinement_patience: int = 10
    refinement_factor: float = 0.1


class TwoViewModel(nn.Module, ABC):
    """A model over features of two views.

    ``shape_x``, ``shape_y``: shapes of one item of each view, e.g. ``(1280,)``. ``settings``: the model's own frozen
    dataclass, everything the paper varies, JSON-serialisable; ``cls.Settings()`` is the paper's choice. A model is
    rebuilt from (name, shapes, settings) and its state dict alone.
    """

    name: ClassVar[str]  # stable, as in checkpoint folders: "cca_layer"
    title: ClassVar[str]  # as people say it: "CCA layer"
    paper: ClassVar[str]  # authors, title, year
    kind: ClassVar[Literal["embedding", "pairwise"]]
    needs_labels: ClassVar[bool] = False
    spreads: ClassVar[bool] = False  # whether its losses gather what they need of other processes' rows
    closed_form: ClassVar[bool] = False  # fitted by ``fit_closed_form`` instead of the loop
    paper_training: ClassVar[Training] = Training()
    stages: ClassVar[tuple[str, ...]] = ("all",)  # MUC2M: ("common", "individual")

    @dataclass(frozen=True)
    class Settings:
        pass

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Any = None):
        super().__init__()
        self.shape_x, self.shape_y = tuple(shape_x), tuple(shape_y)
        self.settings: Any = settings if settings is not None else self.Settings()

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Named scalar loss parts, already weighted: the loop minimises their sum and records each."""
        raise TypeError(f"{self.title} is fitted in closed form and has no loss.")

    def fit_closed_form(self, x: Tensor, y: Tensor, labels: Tensor | None = None) -> None:
        """Fit on all n aligned training pairs at once (closed-form models only)."""
        raise TypeError(f"{self.title} is trained by the loop.")

    def prepare(self, x: Tensor, y: Tensor) -> None:
        """Called once before the loop with the training items of both views, (n, …) and (m, …), not aligned: what features are scaled by."""

    def begin_stage(self, stage: str) -> None:
        """Called once before each of ``stages``: freeze and unfreeze parameters here."""

    @torch.no_grad()
    def settle(self, x: Tensor, y: Tensor) -> None:
        """Whatever is settled on aligned training pairs after training, before every evaluation: projections, statistics."""


class EmbeddingModel(TwoViewModel):
    kind = "embedding"
    similarity: ClassVar[Literal["cosine", "dot", "euclidean", "correlation"]] = "cosine"

    @abstractmethod
    def embed_x(self, x: Tensor) -> Tensor:
        """Features (n, *shape_x) to embeddings (n, k)."""

    @abstractmethod
    def embed_y(self, y: Tensor) -> Tensor:
        """Features (n, *shape_y) to embeddings (n, k)."""


class PairwiseModel(TwoViewModel):
    kind = "pairwise"

    @abstractmethod
    def score(self, x: Tensor, y: Tensor) -> Tensor:
        """All pairs' scores (n, m), larger = more alike, in memory bounded by the result plus a constant."""


def comparable(embeddings: Tensor, similarity: str) -> Tensor:
    """Embeddings (n, k) such that a plain inner product ranks as ``similarity`` does (what an index stores).

    "cosine": unit rows. "correlation": centred rows, then unit. "dot": as they are. "euclidean" ranks by −‖a − b‖²,
    which is no inner product of equal maps on both sides: search handles it by its own formula.
    """
    if similarity == "correlation":
        embeddings = embeddings - embeddings.mean(dim=1, keepdim=True)
    if similarity in ("cosine", "correlation"):
        return F.normalize(embeddings, dim=1)
    return embeddings
