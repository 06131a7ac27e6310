"""Measures on the validation split that decide when training stops and which weights are kept. Larger is better."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.evaluation.correlation import sum_of_correlations
from engine.evaluation.retrieval import answerable, mean_average_precision, mean_reciprocal_rank, ranks
from engine.models.base import EmbeddingModel, PairwiseModel, TwoViewModel, comparable
from engine.training.batches import PairTensors

MONITORS = ("mrr_x_to_y", "mrr_y_to_x", "mrr", "mean_average_precision", "correlation_sum")
BLOCK = 2048


class Monitor:
    """Measures ``name`` (one of MONITORS) of a model on one split. Raises TwoviewError when the split can't answer it."""

    def __init__(self, name: str, data: PairedData, device: torch.device):
        if name not in MONITORS:
            raise TwoviewError(f"There is no validation measure {name!r}. Choose one of: {', '.join(MONITORS)}.")
        self.name, self.tensors = name, PairTensors.of(data, device)
        if name == "mean_average_precision":
            if data.x.labels is None or data.y.labels is None:
                raise TwoviewError(f"Mean average precision needs class labels in both views, and {data.name}/{data.split} has none. Monitor mrr instead.")
            self.keys_x, self.keys_y = data.x.labels, data.y.labels
        else:
            self.keys_x, self.keys_y = data.x.groups, data.y.groups

    @torch.no_grad()
    def __call__(self, model: TwoViewModel) -> float:
        """The measure of ``model``, which is in eval mode and settled."""
        t = self.tensors
        if self.name == "correlation_sum":
            x, y = _embeddings(model, t.x, t.y)
            i, j = t.pairs.T
            return sum_of_correlations(x.numpy(force=True)[i], y.numpy(force=True)[j])
        both = {"x_to_y": (t.x, t.y, self.keys_x, self.keys_y), "y_to_x": (t.y, t.x, self.keys_y, self.keys_x)}
        asked = [name for name in both if self.name.endswith(name)] or list(both)
        scores = score_all(model, t.x, t.y)
        return float(np.mean([self._one_way(scores if name == "x_to_y" else scores.T, *both[name][2:]) for name in asked]))

    def _one_way(self, scores: Tensor, query_keys: np.ndarray, candidate_keys: np.ndarray) -> float:
        rows = answerable(query_keys, candidate_keys)
        keys, scores = np.asarray(query_keys)[rows], scores[torch.as_tensor(rows, device=scores.device)]
        blocks = ((slice(a, a + BLOCK), scores[a : a + BLOCK]) for a in range(0, len(rows), BLOCK))
        if self.name == "mean_average_precision":
            return mean_average_precision(blocks, keys, candidate_keys)
        return mean_reciprocal_rank(ranks(blocks, keys, candidate_keys))


def score_all(model: TwoViewModel, x: Tensor, y: Tensor) -> Tensor:
    """Scores (n, m) of every x (n, …) with every y (m, …), larger = more alike."""
    if isinstance(model, PairwiseModel):
        return model.score(x, y)
    a, b = _embeddings(model, x, y)
    if model.similarity == "euclidean":
        return -torch.cdist(a, b)
    return comparable(a, model.similarity) @ comparable(b, model.similarity).T


def _embeddings(model: TwoViewModel, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    if not isinstance(model, EmbeddingModel):
        raise TwoviewError(f"{model.title} scores pairs and has no embeddings to correlate. Monitor mrr instead.")
    return torch.cat(list(_chunked(model.embed_x, x))), torch.cat(list(_chunked(model.embed_y, y)))


def _chunked(embed, items: Tensor) -> Iterator[Tensor]:
    return (embed(items[a : a + BLOCK]) for a in range(0, len(items), BLOCK))
