"""Two-branch embedding network — Learning Two-Branch Neural Networks for Image-Text Matching Tasks (Wang, Li & Lazebnik, 2018).

Two branches of fully connected layers end in unit vectors, trained by ranking with a margin m, in both directions and
within each view (Eq. 6), d = Euclidean distance:

    L = λ₁ Σ [m + d(xᵢ, yⱼ) − d(xᵢ, yₖ)]₊ + λ₂ Σ [m + d(xⱼ, yᵢ) − d(xₖ, yᵢ)]₊
      + λ₃ Σ [m + d(xᵢ, xⱼ) − d(xᵢ, xₖ)]₊ + λ₄ Σ [m + d(yᵢ, yⱼ) − d(yᵢ, yₖ)]₊

Every positive pair of the batch keeps its K largest hinges (Sec. 5.1); the sums are means over the kept ones, zeros
included, as in the authors' later public program, whose d = √(‖·‖² + 1e-4) keeps the gradient finite at 0. Negatives are rows of another group:
a photo drawn twice is no negative of itself. Neighbourhood sampling is ``Training.neighbours = 2``; for regions and phrases it and all else
of Algorithm 1 is in how batches are made (``engine.grounding.sampling``).

The defaults are Sec. 5's for sentences (image–image term off). The public program's values are settings: margin 0.05,
top 10, weights 1 / 1.5 / 0.05, batch normalisation after the first layer. Evaluation uses the batch statistics of training
(the paper's Tables 2–3 used those of the test set, its footnote 3).
"""

import math
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from engine.models.base import Batch, EmbeddingModel, Training
from engine.models.gathering import gathered
from engine.models.inputs import InputSettings, PreparesInputs
from engine.models.links import LinkedBatch, Links
from engine.models.networks import SideBySide
from engine.models.precision import full_precision


@dataclass(frozen=True)
class BranchSettings(InputSettings):
    """``hidden``, ``k``: outputs of the two layers. ``linear``: the first layer alone, with ``hidden`` outputs, then unit length.

    ``batch_norm``: after the "last" layer (the paper), between the "first" and its ReLU (the authors' public program) or "none".
    ``skip``: a linear map from the features to the ``k`` outputs beside the layers.
    """

    hidden: int = 2048
    k: int = 512
    linear: bool = False
    batch_norm: Literal["last", "first", "none"] = "last"
    dropout: float = 0.5
    skip: bool = False


class Branch(nn.Module):
    """One view's layers: features (n, …) → unit vectors (n, k)."""

    def __init__(self, inputs: int, settings: BranchSettings):
        super().__init__()
        s = settings
        layers: list[nn.Module] = [nn.Linear(inputs, s.hidden)]
        if not s.linear:
            layers += [nn.BatchNorm1d(s.hidden)] if s.batch_norm == "first" else []
            layers += [nn.ReLU(), nn.Dropout(s.dropout), nn.Linear(s.hidden, s.k)]
            layers += [nn.BatchNorm1d(s.k)] if s.batch_norm == "last" else []
        self.layers: nn.Module = nn.Sequential(*layers)
        if s.skip:
            self.layers = SideBySide(self.layers, inputs, s.hidden if s.linear else s.k)

    def forward(self, items: Tensor) -> Tensor:
        return F.normalize(self.layers(items.flatten(1)), dim=1)


class TwoBranchBody(PreparesInputs, EmbeddingModel):
    """Two branches into one space of unit vectors; what is minimised is the subclass's."""

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: BranchSettings | None = None):
        super().__init__(shape_x, shape_y, settings)
        self.make_inputs()
        self.branch_x = Branch(math.prod(shape_x), self.settings)
        self.branch_y = Branch(math.prod(shape_y), self.settings)

    def embed_x(self, x: Tensor) -> Tensor:
        return self.branch_x(self.taken("x", x))

    def embed_y(self, y: Tensor) -> Tensor:
        return self.branch_y(self.taken("y", y))


class TwoBranch(TwoBranchBody):
    spreads = True
    name = "two_branch"
    title = "Two-branch network"
    paper = "Wang, Li and Lazebnik, Learning Two-Branch Neural Networks for Image-Text Matching Tasks, TPAMI 2018"
    paper_training = Training(
        epochs=30, batch_size=1500, neighbours=2, optimizer="sgd", learning_rate=0.1, momentum=0.9, weight_decay=5e-4,
        milestones=(10, 20), milestone_factor=0.1,
    )  # fmt: skip

    @dataclass(frozen=True)
    class Settings(BranchSettings):
        """``weight_x_to_y`` … ``weight_y``: λ₁ … λ₄ of Eq. 6; λ₁ = 0 is the single-directional loss. ``hardest``: K."""

        margin: float = 0.1
        hardest: int = 50
        weight_x_to_y: float = 1.0
        weight_y_to_x: float = 2.0
        weight_x: float = 0.0
        weight_y: float = 0.2

    def losses(self, batch: Batch | LinkedBatch) -> dict[str, Tensor]:
        x, y = self.embed_x(batch.x), self.embed_y(batch.y)
        if isinstance(batch, LinkedBatch):
            return self.ranked(x, y, batch.links)
        x, y, groups = gathered(x, y, batch.groups)
        return self.ranked(x, y, Links.aligned(groups))

    def ranked(self, x: Tensor, y: Tensor, links: Links) -> dict[str, Tensor]:
        """Eq. 6's parts of embeddings (n, k), (m, k)."""
        s = self.settings
        cross = distances(x, y)
        named = x[: links.named]
        parts = {}
        if s.weight_x_to_y:
            parts["x_to_y"] = s.weight_x_to_y * hardest_hinges(cross, links.x_to_y, links.not_y, s.margin, s.hardest)
        if s.weight_y_to_x:
            parts["y_to_x"] = s.weight_y_to_x * hardest_hinges(cross.T, links.y_to_x, links.not_x, s.margin, s.hardest)
        if s.weight_x:
            parts["x_to_x"] = s.weight_x * hardest_hinges(distances(named, named), links.alike_x, links.unlike_x, s.margin, s.hardest)
        if s.weight_y:
            parts["y_to_y"] = s.weight_y * hardest_hinges(distances(y, y), links.alike_y, links.unlike_y, s.margin, s.hardest)
        return parts


@full_precision
def distances(a: Tensor, b: Tensor) -> Tensor:
    """√(‖aᵢ − bⱼ‖² + 1e-4) of unit rows (n, k), (m, k) → (n, m)."""
    return ((2 - 2 * a @ b.T).clamp(min=0) + 1e-4).sqrt()


def hardest_hinges(distance: Tensor, positives: Tensor, negative: Tensor, margin: float, hardest: int) -> Tensor:
    """Mean of the ``hardest`` largest [margin + d(i, j) − d(i, k)]₊ of each positive pair, zeros included.

    ``distance`` (n, m) from targets to candidates; ``positives`` (2, p): rows (i, j) of the positive pairs; ``negative``
    (n, m): which candidates k count for target i. 0 if there is no positive pair.
    """
    if not positives.shape[1]:
        return distance.sum() * 0
    target, match = positives
    hinges = (margin + distance[target, match, None] - distance[target]).clamp(min=0) * negative[target]
    return hinges.topk(min(hardest, hinges.shape[1]), dim=1).values.mean()
