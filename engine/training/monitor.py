"""Measures on the validation split that decide when training stops and which weights are kept. Larger is better."""

import numpy as np
import torch

from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.evaluation.correlation import sum_of_correlations
from engine.evaluation.retrieval import answerable, mean_average_precision, mean_reciprocal_rank, ranks
from engine.models.base import TwoViewModel
from engine.scoring import PairScores
from engine.training.batches import PairTensors

PAIRS = 1_000_000  # that a pairwise model scores at most: all of Flickr8k's validation pairs took three quarters of a training
MONITORS = {
    "mrr_x_to_y": ("x_to_y",),
    "mrr_y_to_x": ("y_to_x",),
    "mrr": ("x_to_y", "y_to_x"),
    "mean_average_precision": ("x_to_y", "y_to_x"),
    "correlation_sum": (),
}


class Monitor:
    """Measures ``name`` (one of MONITORS; the mean where it has two directions) of a model on one split.

    Pairwise models are asked with some of the split's groups where it has more than a million pairs, always the same ones.
    Raises TwoviewError when there is no such measure, or the split or the kind of model cannot answer it.
    """

    def __init__(self, name: str, model: TwoViewModel, data: PairedData, device: torch.device):
        if name not in MONITORS:
            raise TwoviewError(f"There is no validation measure {name!r}. Choose one of: {', '.join(MONITORS)}.")
        share = (PAIRS / (len(data.x) * len(data.y))) ** 0.5
        if model.kind == "pairwise" and share < 1:
            data = data.take_share(share, data.split)
        self.name, self.model, self.tensors = name, model, PairTensors.of(data, device)
        self.keys = {"x": data.x.groups, "y": data.y.groups}
        if name == "correlation_sum" and model.kind != "embedding":
            raise TwoviewError(f"{model.title} scores pairs and has no embeddings to correlate. Monitor mrr instead.")
        if name == "mean_average_precision":
            if data.x.labels is None or data.y.labels is None:
                raise TwoviewError(f"Mean average precision needs class labels in both views; {data.name}/{data.split} has none. Monitor mrr instead.")
            self.keys = {"x": data.x.labels, "y": data.y.labels}

    def __call__(self) -> float:
        """The measure of the model as it is now, settled."""
        scores = PairScores(self.model, self.tensors.x, self.tensors.y)
        if self.name == "correlation_sum":
            i, j = self.tensors.pairs.T
            x, y = (scores.embeddings[view].numpy(force=True) for view in "xy")
            return sum_of_correlations(x[i], y[j])
        return float(np.mean([self._one_way(scores, direction) for direction in MONITORS[self.name]]))

    def _one_way(self, scores: PairScores, direction: str) -> float:
        query_keys, candidate_keys = (self.keys[view] for view in direction.split("_to_"))
        rows = answerable(query_keys, candidate_keys)
        blocks = scores.blocks(direction, rows=rows)
        if self.name == "mean_average_precision":
            return mean_average_precision(blocks, query_keys[rows], candidate_keys)
        return mean_reciprocal_rank(ranks(blocks, query_keys[rows], candidate_keys))
