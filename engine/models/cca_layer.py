"""CCAL-Lrank, DCCA and Learned-Lrank — End-to-end cross-modality retrieval with CCA projections and pairwise ranking loss
(Dorfer, Schlüter, Vall, Korzeniowski & Widmer, International Journal of Multimedia Information Retrieval 2018).

Two networks f, g and one of three ways to train them (the paper's Fig. 1):

- ``CCALayer``: the batch's CCA projections (Eq. 4, Algorithm 1) are a layer, a ranking loss (Eq. 8) looks at its output, and
  gradients flow through the projections;
- ``DCCA``: the objective is the trace norm of T (Eq. 7), projections are only computed for retrieval;
- ``LearnedRanking``: the projections are learned freely by the same ranking loss; as many weights as the others' projections hold.

For retrieval the projections are settled on training pairs, all of them by default (``refit_samples``). As in the authors'
public program the ranking loss is a mean over the hinges (the text's Eq. 8 is a sum, ``reduction``), asks only from x to y in
CCAL, and both ways in Learned-Lrank. Not verified: the paper's IAPR TC-12 and Flickr30k figures, whose data are not here.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import TwoviewError
from engine.models.base import Batch, EmbeddingModel, Training
from engine.models.convolutional import ConvolutionalTower
from engine.models.gathering import gathered
from engine.models.inputs import InputSettings, PreparesInputs
from engine.models.linear_algebra import canonical_bases, canonical_projections, inverse_square_root
from engine.models.networks import SideBySide, in_parts
from engine.models.precision import full_precision
from engine.models.text_networks import TEXT_NETWORKS

PAPER = (
    "Dorfer, Schlüter, Vall, Korzeniowski and Widmer, End-to-end cross-modality retrieval with CCA projections "
    "and pairwise ranking loss, 2018"
)


def ranking_loss(scores: Tensor, groups: Tensor, margin: float, reduction: Literal["mean", "sum"] = "mean") -> Tensor:
    """Eq. 8: hinges max(0, α − s(i, i) + s(i, j)) over all j that don't show what i shows. scores (n, n), groups (n,).

    "mean" divides by the number of hinges, n(n − 1) where no group comes twice.
    """
    negatives = groups[:, None] != groups[None, :]
    hinges = F.relu(margin - scores.diagonal()[:, None] + scores) * negatives
    return hinges.sum() / negatives.sum().clamp(min=1) if reduction == "mean" else hinges.sum()


@full_precision
def cca_layer(
    x: Tensor, y: Tensor, r: float, k: int, whitening: Literal["symmetric", "cholesky"] = "symmetric"
) -> tuple[Tensor, Tensor, Tensor]:
    """Algorithm 1 on a batch's representations x, y (n, d): canonical variates (n, k) of both and the singular values (k,).

    Differentiable, also where singular values coincide. Both ways of whitening give the same cosines at k = d.
    """
    x, y = x - x.mean(0), y - y.mean(0)
    scale = 1 / max(len(x) - 1, 1)
    identity = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    covariance_xx, covariance_yy = x.T @ x * scale + r * identity, y.T @ y * scale + r * identity
    if whitening == "symmetric":
        white_x, white_y = x @ inverse_square_root(covariance_xx), y @ inverse_square_root(covariance_yy)
    else:
        white_x, white_y = _cholesky_whitened(x, covariance_xx), _cholesky_whitened(y, covariance_yy)
    u, correlations, v = canonical_bases(white_x.T @ white_y * scale)
    return white_x @ u[:, :k], white_y @ v[:, :k], correlations[:k]


def _cholesky_whitened(rows: Tensor, covariance: Tensor) -> Tensor:
    """Rows times L⁻ᵀ, with covariance = L Lᵀ."""
    return torch.linalg.solve_triangular(torch.linalg.cholesky(covariance), rows.T, upper=False).T


class Tower(nn.Sequential):
    """Dense → batch norm → ELU for each hidden width, then a linear layer. Weights U(±√(3 / inputs)), biases 0."""

    def __init__(self, inputs: int, hidden: tuple[int, ...], outputs: int):
        widths = (inputs, *hidden)
        layers: list[nn.Module] = [nn.Flatten()]
        for before, after in pairwise(widths):
            layers += [_dense(before, after), nn.BatchNorm1d(after), nn.ELU()]
        super().__init__(*layers, _dense(widths[-1], outputs))


def _dense(inputs: int, outputs: int) -> nn.Linear:
    layer = nn.Linear(inputs, outputs)
    bound = math.sqrt(3 / inputs)
    nn.init.uniform_(layer.weight, -bound, bound)
    nn.init.zeros_(layer.bias)
    return layer


def _network(inputs: int, hidden: tuple[int, ...], settings: "_Towers.Settings") -> nn.Module:
    tower = Tower(inputs, hidden, settings.k)
    return SideBySide(tower, inputs, settings.k) if settings.skip else tower


class _Towers(PreparesInputs, EmbeddingModel):
    """Two networks and, after settling, a centre and a projection for each: what the three ways to train share."""

    spreads = True
    paper = PAPER
    # The paper adds 1e-4·Σθ² to the loss, whose gradient is what Adam calls a weight decay of 2e-4.
    paper_training = Training(
        epochs=1000, batch_size=1000, learning_rate=1e-3, weight_decay=2e-4, monitor="mrr_x_to_y",
        patience=50, refinements=3, refinement_patience=10, refinement_factor=0.1,
    )  # fmt: skip

    mean_x: Tensor
    mean_y: Tensor
    weights_x: Tensor
    weights_y: Tensor

    @dataclass(frozen=True)
    class Settings(InputSettings):
        """``k``: width of both representations and of the embedding. ``hidden_x``, ``hidden_y``: widths of the hidden layers.

        ``r``: added to the covariances, in the batch and when settling. ``refit_samples``: on how many training pairs
        the projections are settled, None for all. ``skip``: a linear map beside each network. ``text``: "dense"
        layers on features, or the zero-shot experiments' networks on token ids, "cnn" (Table 8) or "cnn_rnn" (Table 9), which
        know ``vocabulary`` ids. ``network``: "dense" layers, or the sheet music experiments' "convolutional" networks (Table 7) on
        pictures and spectrograms (height, width), learned from their pixels.
        """

        k: int = 128
        hidden_x: tuple[int, ...] = ()
        hidden_y: tuple[int, ...] = (1024, 1024)
        r: float = 1e-3
        refit_samples: int | None = None
        skip: bool = False
        text: Literal["dense", "cnn", "cnn_rnn"] = "dense"
        vocabulary: int = 5000
        network: Literal["dense", "convolutional"] = "dense"

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        s = self.settings
        if s.k < 1 or s.r <= 0:
            raise TwoviewError(f"{self.title} needs at least one dimension and a positive r: got k = {s.k}, r = {s.r}.")
        self.make_inputs()
        self.net_x: nn.Module
        self.net_y: nn.Module
        if s.network == "convolutional":
            if s.text != "dense" or s.skip:
                raise TwoviewError(f"{self.title}'s convolutional networks read pictures and spectrograms: leave text and skip alone.")
            self.net_x, self.net_y = (ConvolutionalTower(shape, s.k) for shape in (shape_x, shape_y))
        elif s.text == "dense":
            self.net_x = _network(math.prod(shape_x), s.hidden_x, s)
            self.net_y = _network(math.prod(shape_y), s.hidden_y, s)
        elif s.root_y or s.skip or s.scaling != "none" or s.input_dropout:
            raise TwoviewError(f"{self.title} cannot scale, drop or skip token ids. Leave root_y, scaling, input_dropout and skip alone where text is {s.text}.")
        else:
            self.net_x = _network(math.prod(shape_x), s.hidden_x, s)
            self.net_y = TEXT_NETWORKS[s.text](s.vocabulary, math.prod(shape_y), s.k)
        self.register_buffer("mean_x", torch.zeros(s.k))
        self.register_buffer("mean_y", torch.zeros(s.k))

    def embed_x(self, x: Tensor) -> Tensor:
        return (self.representation_x(x) - self.mean_x) @ self.weights_x

    def embed_y(self, y: Tensor) -> Tensor:
        return (self.representation_y(y) - self.mean_y) @ self.weights_y

    def representation_x(self, x: Tensor) -> Tensor:
        return self.net_x(self.taken("x", x))

    def representation_y(self, y: Tensor) -> Tensor:
        return self.net_y(self.taken("y", y))

    def _gathered(self, batch: Batch) -> tuple[Tensor, ...]:
        """Both representations of the whole batch, and its groups."""
        return gathered(self.representation_x(batch.x), self.representation_y(batch.y), batch.groups)

    def representations(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """What both networks make of the aligned pairs the projections are settled on, (m, k) each."""
        count = self.settings.refit_samples
        if count is not None and count < len(x):
            rows = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))[:count].to(x.device)
            x, y = x[rows], y[rows]
        return in_parts(self.representation_x, x), in_parts(self.representation_y, y)


class _Projected(_Towers):
    """Towers followed by CCA projections that are settled, not learned."""

    correlations: Tensor

    @dataclass(frozen=True)
    class Settings(_Towers.Settings):
        """``whitening``: how Σ^-1/2 is taken in the batch. ``weighting`` p: for retrieval each dimension of the settled
        projections is multiplied by its correlation to the power p."""

        whitening: Literal["symmetric", "cholesky"] = "symmetric"
        weighting: float = 0.0

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        self.register_buffer("weights_x", torch.zeros(self.settings.k, self.settings.k).fill_diagonal_(1))
        self.register_buffer("weights_y", torch.zeros(self.settings.k, self.settings.k).fill_diagonal_(1))
        self.register_buffer("correlations", torch.zeros(self.settings.k))

    @torch.no_grad()
    def settle(self, x: Tensor, y: Tensor) -> None:
        s = self.settings
        fit = canonical_projections(*self.representations(x, y), s.r, s.r, s.k)
        for name in ("mean_x", "mean_y", "weights_x", "weights_y", "correlations"):
            getattr(self, name).copy_(getattr(fit, name))
        self.weights_x *= self.correlations**s.weighting
        self.weights_y *= self.correlations**s.weighting


class CCALayer(_Projected):
    name = "cca_layer"
    title = "CCA layer"

    @dataclass(frozen=True)
    class Settings(_Projected.Settings):
        """``margin``: α of Eq. 8. ``both_directions``: rank from y to x too."""

        margin: float = 0.5
        reduction: Literal["mean", "sum"] = "mean"
        both_directions: bool = False

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        s = self.settings
        x, y, groups = self._gathered(batch)
        x, y, _ = cca_layer(x, y, s.r, s.k, s.whitening)
        return _ranking(x, y, groups, s)


class DCCA(_Projected):
    name = "dcca"
    title = "DCCA"

    @dataclass(frozen=True)
    class Settings(_Projected.Settings):
        """``reduction``: minus the mean of T's singular values, or minus their sum (Eq. 7)."""

        reduction: Literal["mean", "sum"] = "mean"

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        s = self.settings
        x, y, _ = self._gathered(batch)
        _, _, correlations = cca_layer(x, y, s.r, s.k, s.whitening)
        return {"trace_norm": -(correlations.mean() if s.reduction == "mean" else correlations.sum())}


class LearnedRanking(_Towers):
    name = "learned_ranking"
    title = "Learned projections"

    @dataclass(frozen=True)
    class Settings(_Towers.Settings):
        """As the CCA layer's; both directions by default. ``r`` and ``refit_samples`` only say on what the centre is settled."""

        margin: float = 0.5
        reduction: Literal["mean", "sum"] = "mean"
        both_directions: bool = True

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        k = self.settings.k
        bound = math.sqrt(3 / k)
        self.weights_x = nn.Parameter(torch.empty(k, k).uniform_(-bound, bound))
        self.weights_y = nn.Parameter(torch.empty(k, k).uniform_(-bound, bound))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        x, y, groups = self._gathered(batch)
        x, y = (x - x.mean(0)) @ self.weights_x, (y - y.mean(0)) @ self.weights_y
        return _ranking(x, y, groups, self.settings)

    @torch.no_grad()
    def settle(self, x: Tensor, y: Tensor) -> None:
        x, y = self.representations(x, y)
        self.mean_x.copy_(x.mean(0))
        self.mean_y.copy_(y.mean(0))


def _ranking(x: Tensor, y: Tensor, groups: Tensor, settings: CCALayer.Settings | LearnedRanking.Settings) -> dict[str, Tensor]:
    scores = F.normalize(x, dim=1) @ F.normalize(y, dim=1).T
    parts = {"ranking_x_to_y": ranking_loss(scores, groups, settings.margin, settings.reduction)}
    if settings.both_directions:
        parts["ranking_y_to_x"] = ranking_loss(scores.T, groups, settings.margin, settings.reduction)
    return parts
