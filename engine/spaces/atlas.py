"""Several models' spaces of the same items: embedded, measured one by one and two by two, laid out and kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.evaluation.correlation import effective_rank, held_out_correlations
from engine.models.base import EmbeddingModel, comparable
from engine.paths import atomic_write, cache_dir, checkpoints_dir
from engine.search.scoring import embed
from engine.spaces import layouts, measures
from engine.spaces.neighbours import nearest_neighbours
from engine.training.checkpoints import Checkpoint

Method = Literal["pca", "umap", "aligned"]
METHODS: tuple[Method, ...] = ("pca", "umap", "aligned")
K = 10  # neighbours, for change, hubness and faithfulness
MOST_FOR_PAIRS = 20_000  # uniformity compares all pairs of points: more are sampled


@dataclass(frozen=True)
class Space:
    """One model's embeddings of one split, comparable by ``metric``: ``x`` (n_x, k), ``y`` (n_y, k)."""

    name: str
    title: str
    metric: Literal["cosine", "euclidean"]
    x: np.ndarray
    y: np.ndarray

    @property
    def points(self) -> np.ndarray:
        """Both views' items, x first: (n_x + n_y, k)."""
        return np.concatenate([self.x, self.y])


def space_of(checkpoint: Checkpoint, features: PairedData) -> Space:
    """The checkpoint's embeddings of encoded data. Raises TwoviewError for a pairwise model: it has no space."""
    model, card = checkpoint.model, checkpoint.card
    if not isinstance(model, EmbeddingModel):
        raise TwoviewError(f"{card.title} scores pairs directly and has no space to map. Choose a model that embeds.")
    checkpoint.check(features)
    x, y = (comparable(embed(model, view.items, side), model.similarity).cpu().numpy() for side, view in (("x", features.x), ("y", features.y)))
    return Space(card.name, card.title, "euclidean" if model.similarity == "euclidean" else "cosine", x, y)


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
}  # fmt: skip
OF_TWO = {
    "linear_cka": Explained("Linear CKA", "How alike the two spaces are up to rotation and scale: 1 = the same.", "Kornblith et al. 2019"),
    "procrustes_distance": Explained("Procrustes distance", "What remains after the best shift, scale and rotation: 0 = the same shape.", "Gower 1975"),
    "neighbourhood_change": Explained("Neighbourhood change", f"Of a point's {K} nearest in either space, the mean share that the other does not have.", "Jaccard distance"),
}  # fmt: skip


def held_out_spectrum(space: Space, data: PairedData) -> np.ndarray:
    """Canonical correlations (k,) between the views' matching outputs, each half of the groups measured with the
    projection fitted on the other half: no training data needed, and redundant outputs count once."""
    i, j = data.pairs.T
    return held_out_correlations(space.x[i], space.y[j], data.x.groups[i])


def measure(space: Space, data: PairedData) -> dict[str, float]:
    """All measures of ``OF_ONE`` for one space; ``data`` gives groups and pairs."""
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
    }


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


def layout_key(spaces: Sequence[Space], method: Method, seed: int = 0) -> str:
    """What kept layouts are called: equal exactly when the embeddings and the way to lay them out are."""
    digest = sha256(f"1 {method} {seed} {layouts.N_NEIGHBOURS} {layouts.EPOCHS}".encode())
    for space in spaces:
        digest.update(f"{space.metric}{space.points.shape}".encode())
        # Rounded: the last bits of an embedding differ between machines and must not cost a new layout.
        digest.update(np.round(space.points.astype(np.float64), 3).astype(np.float32).tobytes())
    return digest.hexdigest()[:32]


def kept_layouts(spaces: Sequence[Space], method: Method, data_name: str, seed: int = 0) -> list[np.ndarray] | None:
    """The layouts of these spaces if they ship with the checkpoints or were computed before, else None."""
    name = f"{layout_key(spaces, method, seed)}.safetensors"
    for folder in (checkpoints_dir() / data_name / "maps", cache_dir("maps")):
        if (folder / name).is_file():
            try:
                stored = load_file(folder / name)
                return [stored[f"{place}"] for place in range(len(spaces))]
            except (SafetensorError, KeyError, OSError):
                continue  # damaged: as if it had not been kept
    return None


def lay_out(
    spaces: Sequence[Space], method: Method, data_name: str, seed: int = 0, folder: Path | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> list[np.ndarray]:  # fmt: skip
    """One (n, 2) layout per space, kept in ``folder`` (the user's cache by default).

    "pca" and "umap" treat each space alone; "aligned" holds the same point near the same place in all of them.
    Raises TwoviewError for an unknown method.
    """
    if method not in METHODS:
        raise TwoviewError(f"There is no layout '{method}'. There are: {', '.join(METHODS)}.")
    kept = kept_layouts(spaces, method, data_name, seed)
    if kept is not None:
        return kept
    if method == "aligned":
        made = layouts.aligned_layouts([s.points for s in spaces], seed)
    else:
        made = []
        for space in spaces:
            made.append(layouts.pca_layout(space.points, space.metric) if method == "pca" else layouts.umap_layout(space.points, seed, space.metric))
            if progress:
                progress(len(made), len(spaces), "maps")
    if method != "pca":
        with atomic_write((folder or cache_dir("maps")) / f"{layout_key(spaces, method, seed)}.safetensors") as temporary:
            save_file({f"{place}": np.ascontiguousarray(layout, np.float32) for place, layout in enumerate(made)}, temporary)
    return made
