"""MUC2M — Multimodal Understanding Through Correlation Maximization and Minimization (Shi & Niethammer, 2023).

Stage 1 learns what both views share. With Ẑ column-standardised, C = Ẑ₁ᵀẐ₂/n and Σ̂ᵢ = ẐᵢᵀẐᵢ/n,

    L_comm = Σᵢ (1 − Cᵢᵢ)² + λ₁ Σ_{i≠j} (Σ̂₁)²ᵢⱼ + λ₂ Σ_{i≠j} (Σ̂₂)²ᵢⱼ                                   (Eq. 3)

Stage 2 freezes it and learns what each view has of its own, uncorrelated with the shared part but needed beside it to
rebuild the view, Δ̂ᵢ = ẐᵢᵀĤᵢ/n:

    L_indi = E‖d([zᵢ; hᵢ]) − xᵢ‖² + νᵢ Σ_{k,l} (Δ̂ᵢ)²ₖₗ                                                     (Eq. 6)

Both may be joined by an elastic net on the gradient of their score with respect to the features (Eq. 7). Expectations
are means over the batch, norms sums over dimensions (the paper writes sums over samples).

Not stated in the paper, chosen here: λ, ν and γ; batch normalisation without scale and shift; the gradient of Eq. 7 is
that of the batch's summed score, so it sees the batch statistics that the training sees. Features are standardised before
all else: otherwise γ weighs a view by the scale of its features, and unit-length sentence vectors drown the rest of the loss.
There is no public code.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import TwoviewError
from engine.models.base import Batch, EmbeddingModel, Training
from engine.models.inputs import InputSettings, PreparesInputs
from engine.models.networks import SideBySide, mlp, scaler
from engine.models.precision import full_precision


def common_score(z_x: Tensor, z_y: Tensor, form: Literal["product", "cosine", "norm"] = "product") -> Tensor:
    """How much each pair has in common: common representations (n, k) twice → (n,).

    "product" is Eq. 4, cosine × inner product. The other two are Table 4's alternatives: "cosine" alone, and "norm",
    ‖z_x‖² + ‖z_y‖², whose gradient in either view knows nothing of the other.
    """
    if form == "norm":
        return z_x.square().sum(1) + z_y.square().sum(1)
    cosine = F.cosine_similarity(z_x, z_y, dim=1)
    return cosine if form == "cosine" else cosine * (z_x * z_y).sum(1)


def individual_score(h: Tensor, z_x: Tensor, z_y: Tensor) -> Tensor:
    """r = ½‖P⊥h‖² (Sec. 3.2): how much of each h (n, k) is orthogonal to the pair's common representations → (n,).

    P⊥ projects away from the plane of z_x and z_y, orthogonalised by Gram-Schmidt. It is a constant to the gradient, as in
    Proposition 7.2. Parallel z's leave one direction to remove.
    """
    first = F.normalize(z_x.detach(), dim=1)
    second = z_y.detach()
    rest = second - _along(second, first)
    parallel = rest.norm(dim=1, keepdim=True) <= 1e-6 * second.norm(dim=1, keepdim=True)
    second = F.normalize(rest, dim=1).masked_fill(parallel, 0.0)
    return (h - _along(h, first) - _along(h, second)).square().sum(1) / 2


def elastic_net(score: Tensor, inputs: list[Tensor], l1: float, l2: float) -> Tensor:
    """l1·‖g‖₁ + l2·‖g‖₂² of g = ∂score/∂input, summed over ``inputs`` (n, d) and averaged over samples; differentiable."""
    gradients = torch.autograd.grad(score.sum(), inputs, create_graph=True)
    return torch.stack([(l1 * g.abs() + l2 * g.square()).flatten(1).sum(1).mean() for g in gradients]).sum()


@full_precision
def cross_correlation(a: Tensor, b: Tensor) -> Tensor:
    """ÂᵀB̂/n of the column-standardised ``a`` (n, k) and ``b`` (n, q) → (k, q); 0 where a column is constant."""
    return standardized(a).T @ standardized(b) / len(a)


def standardized(values: Tensor) -> Tensor:
    """Columns of mean 0 and variance 1 over the n rows; constant columns become 0."""
    centred = values - values.mean(0)
    return centred / (centred.square().mean(0) + 1e-12).sqrt()


class MUC2M(PreparesInputs, EmbeddingModel):
    name = "muc2m"
    title = "MUC2M"
    paper = "Shi and Niethammer, Multimodal Understanding Through Correlation Maximization and Minimization, 2023"
    stages: ClassVar[tuple[str, ...]] = ("common", "individual")
    paper_training = Training(epochs=200, batch_size=2048, optimizer="adam", learning_rate=1e-3)

    @dataclass(frozen=True)
    class Settings(InputSettings):
        """``k``: width of the common and of the individual representations (P⊥ needs them equal).

        ``hidden``: of every encoder; decoders have them reversed. ``standardize``: features to mean 0 and variance 1, which is
        what decoders rebuild and Eq. 7's gradients refer to. ``linear``: Sec. 4's variant, one matrix per encoder and
        decoder, no bias, no normalisation. ``skip``: a linear map beside each encoder.
        ``decorrelation_x``, ``decorrelation_y``: λ₁, λ₂ at width ``decorrelation_k``. Eq. 3's penalty has k² terms beside k
        correlations, so at another width they are used as λ · decorrelation_k / k; 0 takes them as they are.
        ``individual``: False leaves stage 2 out, as the paper's experiments on correlation do.
        ``independence``: ν of both views. ``gradient_l1``, ``gradient_l2``: γ of Eq. 7's elastic net; both 0 = unregularised.
        """

        k: int = 64
        hidden: tuple[int, ...] = (1024, 2048, 1024, 256)
        standardize: bool = True
        linear: bool = False
        skip: bool = False
        decorrelation_x: float = 0.5
        decorrelation_y: float = 0.5
        decorrelation_k: int = 50
        individual: bool = True
        independence: float = 1.0
        gradient_l1: float = 0.01
        gradient_l2: float = 0.01

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        self.make_inputs()
        width_x, width_y = math.prod(shape_x), math.prod(shape_y)
        standardize = self.settings.standardize and not self.settings.linear
        self.scale = nn.ModuleDict({"x": scaler(width_x, standardize), "y": scaler(width_y, standardize)})
        self.common = nn.ModuleDict({"x": self._encoder(width_x), "y": self._encoder(width_y)})
        self.individual, self.decoder = nn.ModuleDict(), nn.ModuleDict()
        if self.settings.individual:
            self.individual.update({"x": self._encoder(width_x), "y": self._encoder(width_y)})
            self.decoder.update({"x": self._decoder(width_x), "y": self._decoder(width_y)})
        else:
            self.stages = ("common",)  # type: ignore[misc]
        self.stage = "common"

    def begin_stage(self, stage: str) -> None:
        """Train the common component alone, or everything but it."""
        self.stage = stage
        self.common.requires_grad_(stage == "common")
        self.individual.requires_grad_(stage == "individual")
        self.decoder.requires_grad_(stage == "individual")
        self.train(True)

    def train(self, mode: bool = True) -> "MUC2M":
        """A frozen common component also keeps its statistics."""
        super().train(mode)
        for part in (self.scale, self.common):
            part.train(mode and self.stage == "common")
        return self

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        s = self.settings
        x, y = self._scaled("x", batch.x), self._scaled("y", batch.y)
        regularised = s.gradient_l1 > 0 or s.gradient_l2 > 0
        if regularised:
            x, y = x.detach().requires_grad_(), y.detach().requires_grad_()
        return self._common_losses(x, y, regularised) if self.stage == "common" else self._individual_losses(x, y, regularised)

    def embed_x(self, x: Tensor) -> Tensor:
        return self.common["x"](self._scaled("x", x))

    def embed_y(self, y: Tensor) -> Tensor:
        return self.common["y"](self._scaled("y", y))

    def individual_x(self, x: Tensor) -> Tensor:
        """Individual representations h of view x, (n, *shape_x) → (n, k). Raises TwoviewError if there is none."""
        return self._individual("x", x)

    def individual_y(self, y: Tensor) -> Tensor:
        """Individual representations h of view y, (n, *shape_y) → (n, k). Raises TwoviewError if there is none."""
        return self._individual("y", y)

    def _scaled(self, view: str, items: Tensor) -> Tensor:
        """What encoders take, decoders rebuild and Eq. 7's gradients refer to, (n, width)."""
        return self.scale[view](self.inputs[view](items))

    def _individual(self, view: str, items: Tensor) -> Tensor:
        if not self.individual:
            raise TwoviewError("This MUC2M was trained without its individual component. Train it with individual = true.")
        return self.individual[view](self._scaled(view, items))

    def _common_losses(self, x: Tensor, y: Tensor, regularised: bool) -> dict[str, Tensor]:
        """Eq. 3 and 7 of scaled features."""
        s = self.settings
        z_x, z_y = self.common["x"](self.drop(x)), self.common["y"](self.drop(y))
        scale = s.decorrelation_k / s.k if s.decorrelation_k else 1.0
        parts = {
            "correlation": (1 - cross_correlation(z_x, z_y).diagonal()).square().sum(),
            "decorrelation_x": s.decorrelation_x * scale * _off_diagonal(cross_correlation(z_x, z_x)),
            "decorrelation_y": s.decorrelation_y * scale * _off_diagonal(cross_correlation(z_y, z_y)),
        }
        if regularised:
            parts["gradient"] = elastic_net(common_score(z_x, z_y), [x, y], s.gradient_l1, s.gradient_l2)
        return parts

    def _individual_losses(self, x: Tensor, y: Tensor, regularised: bool) -> dict[str, Tensor]:
        """Eq. 6 and 7 of scaled features."""
        s = self.settings
        with torch.no_grad():
            z = {"x": self.common["x"](x), "y": self.common["y"](y)}
        parts = {}
        for view, items in (("x", x), ("y", y)):
            h = self.individual[view](self.drop(items))
            rebuilt = self.decoder[view](torch.cat([z[view], h], dim=1))
            parts[f"reconstruction_{view}"] = (rebuilt - items).square().sum(1).mean()
            parts[f"independence_{view}"] = s.independence * cross_correlation(z[view], h).square().sum()
            if regularised:
                parts[f"gradient_{view}"] = elastic_net(
                    individual_score(h, z["x"], z["y"]), [items], s.gradient_l1, s.gradient_l2
                )
        return parts

    def _encoder(self, inputs: int) -> nn.Module:
        s = self.settings
        if s.linear:
            return nn.Linear(inputs, s.k, bias=False)
        network: nn.Module = mlp((inputs, *s.hidden, s.k))
        return nn.Sequential(SideBySide(network, inputs, s.k) if s.skip else network, nn.BatchNorm1d(s.k, affine=False))

    def _decoder(self, outputs: int) -> nn.Module:
        s = self.settings
        return nn.Linear(2 * s.k, outputs, bias=False) if s.linear else mlp((2 * s.k, *reversed(s.hidden), outputs))


def _along(vectors: Tensor, directions: Tensor) -> Tensor:
    """The part of each row of ``vectors`` (n, k) that lies along the unit (or zero) row of ``directions`` (n, k)."""
    return (vectors * directions).sum(1, keepdim=True) * directions


def _off_diagonal(matrix: Tensor) -> Tensor:
    """Sum of squares off the diagonal."""
    return matrix.square().sum() - matrix.diagonal().square().sum()
