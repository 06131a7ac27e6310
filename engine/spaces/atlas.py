"""Several models' spaces of the same items: embedded, and measured one by one and two by two."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import numpy as np

from engine.checkpoints.storage import Checkpoint
from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.evaluation.correlation import effective_rank, held_out_correlations
from engine.models.base import EmbeddingModel, comparable
from engine.scoring import embed
from engine.spaces import measures
from engine.spaces.neighbours import nearest_neighbours

K = 10  # neighbours, for change, hubness and faithfulness
MOST_FOR_PAIRS = 20_000  # uniformity compares all pairs of points: more are sampled


@dataclass(frozen=True)
class Space:
    """One model's embeddings of one split, comparable by ``metric``: ``x`` (n_x, k), ``y`` (n_y, k).

    ``identity`` says what they were made from: equal for the same weights and the same items, on every machine.
    """

    name: str
    title: str
    metric: Literal["cosine", "euclidean"]
    x: np.ndarray
    y: np.ndarray
    identity: str

    @property
    def points(self) -> np.ndarray:
        """Both views' items, x first: (n_x + n_y, k)."""
        return np.concatenate([self.x, self.y])


def embedded(checkpoint: Checkpoint, view: str, features: np.ndarray) -> np.ndarray:
    """Features (n, …) of view "x" or "y" as points (n, k) of the checkpoint's space. Raises TwoviewError for a pairwise model."""
    model = checkpoint.model
    if not isinstance(model, EmbeddingModel):
        raise TwoviewError(f"{checkpoint.card.title} scores pairs directly and has no space to map. Choose a model that embeds.")
    return comparable(embed(model, features, view), model.similarity).numpy(force=True)


def space_of(checkpoint: Checkpoint, features: PairedData) -> Space:
    """The checkpoint's embeddings of encoded data. Raises TwoviewError for a pairwise model: it has no space."""
    card = checkpoint.card
    checkpoint.check(features)
    x, y = (embedded(checkpoint, side, view.items) for side, view in (("x", features.x), ("y", features.y)))
    identity = sha256(f"{card.model.weights_hash} {features.content_hash}".encode()).hexdigest()
    return Space(card.name, card.title, "euclidean" if getattr(checkpoint.model, "similarity", "") == "euclidean" else "cosine", x, y, identity)


@dataclass(frozen=True)
class Explained:
    """A measure as people read it: what it says, from where, and whether more or less of it is better ("" = neither)."""

    title: str
    text: str
    source: str
    better: Literal["higher", "lower", ""] = ""


OF_ONE = {
    "modality_gap": Explained("Modality gap", "Distance between the centres of the two views on the unit sphere, 0 to 2.", "Liang et al. 2022", "lower"),
    "view_separability": Explained("Views told apart", "How often a straight cut tells which view a point is from; 50 % means the views are mixed.", "Liang et al. 2022", "lower"),
    "alignment": Explained("Alignment", "Mean squared distance between a picture and its own sentence on the unit sphere.", "Wang & Isola 2020", "lower"),
    "uniformity_x": Explained("Uniformity, first view", "How evenly the points fill the sphere, as a logarithm; more negative is more even.", "Wang & Isola 2020", "lower"),
    "uniformity_y": Explained("Uniformity, second view", "How evenly the points fill the sphere, as a logarithm; more negative is more even.", "Wang & Isola 2020", "lower"),
    "hubness_y_to_x": Explained("Hubness of the first view", f"Skewness of how often an item is among the {K} answers to items of the other view; a few hubs that answer everything raise it.", "Radovanović et al. 2010", "lower"),
    "hubness_x_to_y": Explained("Hubness of the second view", f"Skewness of how often an item is among the {K} answers to items of the other view; a few hubs that answer everything raise it.", "Radovanović et al. 2010", "lower"),
    "effective_rank": Explained("Effective rank", "Over how many directions the points are really spread, of all the dimensions.", "participation ratio"),
    "canonical_sum": Explained("Canonical correlations, sum", "What the two views share, counted once: fitted on half of the groups, measured on the other half.", "Hotelling 1936", "higher"),
    "cohesion": Explained("Cohesion of kinds", "Mean cosine within a kind minus the mean cosine to everything else, over the kinds that are named.", "after Rousseeuw 1987", "higher"),
}  # fmt: skip
OF_TWO = {
    "linear_cka": Explained("Linear CKA", "How alike the two spaces are up to rotation and scale: 1 = the same.", "Kornblith et al. 2019"),
    "procrustes_distance": Explained("Procrustes distance", "What remains after the best shift, scale and rotation: 0 = the same shape.", "Gower 1975"),
    "neighbourhood_change": Explained("Neighbourhood change", f"Of a point's {K} nearest in either space, the mean share that the other does not have.", "Jaccard distance"),
}  # fmt: skip


OF_LAYOUT = {
    "trustworthiness": Explained("Trustworthiness of the map", f"Are a point's {K} neighbours on the map its neighbours in the space? 1 = all of them.", "Venna & Kaski 2001", "higher"),
    "continuity": Explained("Continuity of the map", f"Are a point's {K} neighbours in the space still its neighbours on the map? 1 = all of them.", "Venna & Kaski 2001", "higher"),
}  # fmt: skip


def held_out_spectrum(space: Space, data: PairedData) -> np.ndarray:
    """Canonical correlations (k,) between the views' matching outputs, each half of the groups measured with the
    projection fitted on the other half: no training data needed, and redundant outputs count once."""
    i, j = data.pairs.T
    return held_out_correlations(space.x[i], space.y[j], data.x.groups[i])


def measure(space: Space, data: PairedData) -> dict[str, float]:
    """All measures of ``OF_ONE`` for one space; ``data`` gives groups, pairs and labels (without labels, cohesion is nan)."""
    i, j = data.pairs.T
    answers = {
        "hubness_y_to_x": (space.y, space.x),
        "hubness_x_to_y": (space.x, space.y),
    }
    found = {name: measures.hubness(occurrence(queries, candidates, space.metric)) for name, (queries, candidates) in answers.items()}
    rng = np.random.default_rng(0)
    some = [v if len(v) <= MOST_FOR_PAIRS else v[rng.choice(len(v), MOST_FOR_PAIRS, replace=False)] for v in (space.x, space.y)]
    return {
        "modality_gap": measures.modality_gap(space.x, space.y),
        "view_separability": measures.view_separability(space.x, space.y, data.x.groups, data.y.groups),
        "alignment": measures.alignment(space.x[i], space.y[j]),
        "uniformity_x": measures.uniformity(some[0]),
        "uniformity_y": measures.uniformity(some[1]),
        **found,
        "effective_rank": effective_rank(space.points),
        "canonical_sum": float(held_out_spectrum(space, data).sum()),
        "cohesion": float(np.mean(list(cohesion.values()))) if (cohesion := class_cohesion(space, data)) else float("nan"),
    }


def class_cohesion(space: Space, data: PairedData) -> dict[str, float]:
    """Per named class of the items of both views, its cohesion in the space; empty when nothing is named."""
    named = [np.full(len(view), -1) if view.labels is None else np.asarray(view.labels) for view in (data.x, data.y)]
    found = measures.class_cohesion(space.points, np.concatenate(named))
    return {data.label_names[label]: value for label, value in found.items() if label < len(data.label_names)}


def measure_layout(space: Space, layout: np.ndarray, most: int = 2_000) -> dict[str, float]:
    """All measures of ``OF_LAYOUT`` for one map (n, 2), the mean over at most ``most`` points spread over all."""
    if len(layout) <= 2 * K:  # too few for ten neighbours to say anything
        return dict.fromkeys(OF_LAYOUT, float("nan"))
    rows = np.unique(np.linspace(0, len(layout) - 1, min(most, len(layout))).astype(int))
    faithful = (measures.trustworthiness, measures.continuity)
    return {name: float(of(space.points, layout, K, space.metric, rows).mean()) for name, of in zip(OF_LAYOUT, faithful, strict=True)}


def occurrence(queries: np.ndarray, candidates: np.ndarray, metric: str) -> np.ndarray:
    """How often each candidate (m,) is among the ``K`` answers to the queries."""
    return measures.k_occurrence(nearest_neighbours(queries, K, metric, candidates), len(candidates))


def change(a: Space, b: Space) -> np.ndarray:
    """Per point of both views, x first: neighbourhood change between two models (n_x + n_y,)."""
    return measures.neighbourhood_change(*(nearest_neighbours(s.points, K, s.metric) for s in (a, b)))


def measure_two(a: Space, b: Space) -> dict[str, float]:
    """All measures of ``OF_TWO``."""
    return {
        "linear_cka": measures.linear_cka(a.points, b.points),
        "procrustes_distance": measures.procrustes_distance(a.points, b.points),
        "neighbourhood_change": float(change(a, b).mean()),
    }
