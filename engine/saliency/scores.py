"""Scores to explain, as small callables.

A score takes aligned features x (n, dim_x) and y (n, dim_y) and gives one number per row, (n,). Row i of the result
depends on row i of x and y alone, so that one backward pass explains n pairs at once.
"""

from collections.abc import Callable
from typing import Literal

from torch import Tensor, eye

from engine.errors import TwoviewError
from engine.models.base import EmbeddingModel, PairwiseModel, TwoViewModel, comparable
from engine.models.muc2m import MUC2M, common_score, individual_score

PairScore = Callable[[Tensor, Tensor], Tensor]
FeatureScore = Callable[[Tensor], Tensor]  # of one view's features (n, dim), the other view's being given

COMMON_FORMS: dict[str, Literal["product", "cosine", "norm"]] = {"common": "product", "cosine": "cosine", "norm": "norm"}
SCORES = (*COMMON_FORMS, "individual_x", "individual_y", "distance", "similarity")


def similarity(model: TwoViewModel) -> PairScore:
    """What the model ranks by: its embeddings' similarity, or the learned score of a pairwise model."""
    if isinstance(model, PairwiseModel):
        return lambda x, y: model.score(x, y).diagonal()
    assert isinstance(model, EmbeddingModel)
    if model.similarity == "euclidean":
        return lambda x, y: -(model.embed_x(x) - model.embed_y(y)).square().sum(1)
    return lambda x, y: (comparable(model.embed_x(x), model.similarity) * comparable(model.embed_y(y), model.similarity)).sum(1)


def score(model: TwoViewModel, name: str = "common") -> PairScore:
    """The score ``name`` of a model.

    "common": cosine × inner product of the embeddings (MUC2M, Eq. 4), for any embedding model; "cosine" and "norm": its
    two alternatives of MUC2M's Table 4; "individual_x", "individual_y": r of Sec. 3.2, what a view has alone (MUC2M
    only); "distance": ½‖z_x − z_y‖², what tells the two apart, not from the paper; "similarity": what the model ranks by,
    the only one for pairwise models. Raises TwoviewError otherwise.
    """
    if name not in SCORES:
        raise TwoviewError(f"There is no score '{name}'. There are: {', '.join(SCORES)}.")
    if name == "similarity":
        return similarity(model)
    if not isinstance(model, EmbeddingModel):
        raise TwoviewError(f"{model.title} has no shared space, so only its own learned score can be explained: ask for 'similarity', not '{name}'.")
    if name in COMMON_FORMS:
        form = COMMON_FORMS[name]
        return lambda x, y: common_score(model.embed_x(x), model.embed_y(y), form)
    if name == "distance":
        return lambda x, y: (model.embed_x(x) - model.embed_y(y)).square().sum(1) / 2
    if not isinstance(model, MUC2M):
        raise TwoviewError(f"Only MUC2M learns what a view has alone; {model.title} has no individual component. Ask for 'common' or 'similarity'.")
    individual = model.individual_x if name == "individual_x" else model.individual_y
    return lambda x, y: individual_score(individual(x if name == "individual_x" else y), model.embed_x(x), model.embed_y(y))


def has_individual(model: TwoViewModel) -> bool:
    """Whether the model learned what each view has alone."""
    return isinstance(model, MUC2M) and model.settings.individual


def beside_others(first: PairScore, y: Tensor) -> FeatureScore:
    """What tells each of n ≥ 2 sentences y (n, dim_y) from the others for a picture: s(x, yᵢ) − mean over j ≠ i of s(x, yⱼ).

    A function of x (n, dim_x), row i for sentence i. What raises the score of any sentence cancels.
    """
    n = len(y)
    weights = eye(n) - (1 - eye(n)) / max(n - 1, 1)
    return lambda x: (first(x.repeat_interleave(n, 0), y.repeat(n, 1)).view(n, n) * weights.to(x.device)).sum(1)


def difference(first: PairScore, x_better: Tensor, x_worse: Tensor) -> FeatureScore:
    """Why A above B: s(A, q) − s(B, q) as a function of the query's features y (n, dim_y); A and B are (1, dim_x)."""
    return lambda y: first(x_better.expand(len(y), -1), y) - first(x_worse.expand(len(y), -1), y)
