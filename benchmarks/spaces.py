"""Layouts and measures of spaces: UMAP beside umap-learn's default, aligned maps beside separate ones, all measures at once."""

from itertools import combinations

import numpy as np
from scipy.spatial import procrustes

from benchmarks.measure import Row, at_most, seconds
from engine.checkpoints import storage as checkpoints
from engine.checkpoints.storage import encoder_ids
from engine.data import load
from engine.encoders.cache import encode_pairs
from engine.spaces import atlas, layouts, measures
from engine.spaces.aligned import aligned_layouts

MODELS = ("cca", "cca_layer", "clip_loss", "muc2m")


def run(rounds: int) -> list[Row]:
    spaces, data = scenes()
    return [*umap(rounds), *aligned(spaces), measured(spaces, data, rounds)]


def scenes() -> tuple[list[atlas.Space], object]:
    """The shipped models' spaces of 1,000 pictures and 5,000 sentences."""
    data = load("scenes", "test")
    opened = [checkpoints.load(checkpoints.checkpoint_folder(f"scenes/{name}")) for name in MODELS]
    return [atlas.space_of(one, encode_pairs(data, *encoder_ids(one))) for one in opened], data


def clustered(n: int, d: int, seed: int = 0) -> np.ndarray:
    """Points (n, d) in a hundred clusters, as embeddings lie."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(100, d))[rng.integers(100, size=n)] + 0.7 * rng.normal(size=(n, d))).astype(np.float32)


def umap(rounds: int) -> list[Row]:
    """10,000 × 64, warm: what numba compiles is compiled."""
    from umap import UMAP

    points = clustered(10_000, 64)
    layouts.umap_layout(points[:500])
    made: list[np.ndarray] = []
    (took,) = seconds(lambda: made.append(layouts.umap_layout(points)), rounds=rounds)
    (theirs,) = seconds(lambda: made.append(UMAP(metric="cosine", random_state=0, n_jobs=1).fit_transform(points)), rounds=1)
    ours, default = (float(measures.trustworthiness(points, layout, 15).mean()) for layout in (made[0], made[-1]))
    note = f"trustworthiness {ours:.4f}; umap-learn's default {default:.4f}"
    return [
        Row("UMAP of 10,000 × 64, warm", took, theirs, "s", took, 10, higher=False, note=note),
        at_most("trustworthiness below umap-learn's default", default - ours, 0.01, "", note),
    ]


def aligned(spaces: list[atlas.Space]) -> list[Row]:
    """How far the same point moves between two maps, on average over the pairs of maps."""
    points = [space.points for space in spaces]
    aligned_layouts([p[:500] for p in points])
    together: list[list[np.ndarray]] = []
    (took,) = seconds(lambda: together.append(aligned_layouts(points)), rounds=1)
    apart = [layouts.umap_layout(p) for p in points]
    moved = [float(np.mean([layouts.movement(a, b) for a, b in combinations(maps, 2)])) for maps in (together[0], apart)]
    # What remains when separate maps are at least turned and scaled onto each other.
    turned = float(np.mean([layouts.movement(*procrustes(a, b)[:2]) for a, b in combinations(apart, 2)]))
    faithful = [np.mean([measures.trustworthiness(p, m).mean() for p, m in zip(points, maps, strict=True)]) for maps in (together[0], apart)]
    note = f"4 × {len(points[0]):,} points in {took:.0f} s; trustworthiness {faithful[0]:.4f}, separate {faithful[1]:.4f}"
    return [
        Row("movement between maps: aligned, separate UMAPs", moved[0], moved[1], "", moved[1] / moved[0], 3, higher=True, note=note),
        Row("the same, separate UMAPs turned onto each other", moved[0], turned, "", turned / moved[0], 3, higher=True),
    ]


def measured(spaces: list[atlas.Space], data, rounds: int) -> Row:
    """Everything the page's table shows of two models, their maps included."""
    a, b = spaces[0], spaces[2]
    maps = [layouts.pca_layout(space.points) for space in (a, b)]

    def all_of_them() -> None:
        for space, layout in zip((a, b), maps, strict=True):
            atlas.measure(space, data)
            atlas.measure_layout(space, layout)
            atlas.class_cohesion(space, data)
        atlas.measure_two(a, b)

    (took,) = seconds(all_of_them, rounds=rounds)
    return at_most(f"all measures of two models × {len(a.points):,} points", took, 5, "s", f"{len(atlas.OF_ONE)} of each, {len(atlas.OF_LAYOUT)} of each map, {len(atlas.OF_TWO)} between")
