"""Spaces of several models: measured and laid out."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ortho_group
from sklearn.manifold import trustworthiness as reference_trustworthiness

from engine.data.base import PairedData, View
from engine.errors import TwoviewError
from engine.spaces import atlas, layouts, measures
from engine.spaces.aligned import aligned_layouts
from engine.spaces.atlas import Space

rng = np.random.default_rng(0)
N, EACH, K = 60, 2, 6
CENTRES = rng.normal(size=(N, K))
GROUPS = np.repeat(np.arange(N), EACH)
X = CENTRES.astype(np.float32)
Y = (CENTRES[GROUPS] + 0.05 * rng.normal(size=(N * EACH, K))).astype(np.float32)
DATA = PairedData(
    "toy", "test",
    View("vector", X, [f"x{i}" for i in range(N)], np.arange(N)),
    View("vector", Y, [f"y{i}" for i in range(N * EACH)], GROUPS),
)  # fmt: skip
SPACE = Space("toy/a", "A", "cosine", X, Y, "a")
TURN = ortho_group.rvs(K, random_state=0).astype(np.float32)
TURNED = Space("toy/b", "B", "cosine", X @ TURN, Y @ TURN, "b")


def test_every_explained_measure_is_measured():
    assert set(atlas.measure(SPACE, DATA)) == set(atlas.OF_ONE)
    assert set(atlas.measure_two(SPACE, TURNED)) == set(atlas.OF_TWO)
    assert set(atlas.measure_layout(SPACE, SPACE.points[:, :2])) == set(atlas.OF_LAYOUT)


def test_a_layout_is_measured_as_scikit_learn_does():
    layout = layouts.pca_layout(SPACE.points)
    found = atlas.measure_layout(SPACE, layout)
    assert found["trustworthiness"] == pytest.approx(reference_trustworthiness(SPACE.points, layout, n_neighbors=atlas.K, metric="cosine"), abs=1e-6)
    units = measures.unit_rows(SPACE.points)
    assert found["continuity"] == pytest.approx(reference_trustworthiness(layout, units, n_neighbors=atlas.K), abs=1e-6)
    some = atlas.measure_layout(SPACE, layout, most=40)
    assert some == pytest.approx(found, abs=0.1) and some != found


def test_cohesion_is_taken_over_the_named_kinds():
    kinds = np.arange(N) % 3
    named = replace(DATA, x=replace(DATA.x, labels=kinds), y=replace(DATA.y, labels=kinds[GROUPS]), label_names=["a", "b", "c"])
    found = atlas.class_cohesion(SPACE, named)
    assert list(found) == ["a", "b", "c"] and atlas.measure(SPACE, named)["cohesion"] == pytest.approx(np.mean(list(found.values())))
    assert np.isnan(atlas.measure(SPACE, DATA)["cohesion"])


def test_a_rotation_changes_no_measure():
    before, after = atlas.measure(SPACE, DATA), atlas.measure(TURNED, DATA)
    assert before == pytest.approx(after, abs=1e-3, nan_ok=True)
    two = atlas.measure_two(SPACE, TURNED)
    assert two["linear_cka"] == pytest.approx(1, abs=1e-5)
    assert two["procrustes_distance"] == pytest.approx(0, abs=1e-5)
    assert two["neighbourhood_change"] == pytest.approx(0, abs=1e-3)


def test_spectrum_of_matching_and_of_unrelated_views():
    assert atlas.held_out_spectrum(SPACE, DATA)[0] > 0.99
    strangers = Space("toy/c", "C", "cosine", X, rng.normal(size=Y.shape).astype(np.float32), "c")
    assert atlas.held_out_spectrum(strangers, DATA).sum() < 1.5


def test_pca_shows_the_widest_directions_and_leaves_two_dimensions_alone():
    layout = layouts.pca_layout(SPACE.points, "euclidean")
    centred = SPACE.points - SPACE.points.mean(axis=0)
    spread = np.linalg.svd(centred, compute_uv=False)[:2]
    np.testing.assert_allclose(np.linalg.norm(layout, axis=0), spread, rtol=1e-4)
    np.testing.assert_array_equal(layouts.pca_layout(X[:, :2]), X[:, :2])


def test_movement_of_a_shifted_map():
    layout = rng.normal(size=(50, 2))
    assert layouts.movement(layout, layout) == 0
    spread = np.linalg.norm(layout - layout.mean(axis=0), axis=1).mean()
    assert layouts.movement(layout, layout + np.array([3, 4])) == pytest.approx(5 / spread)


def test_different_or_too_few_points_are_refused():
    with pytest.raises(TwoviewError, match="same points"):
        aligned_layouts([X, Y])
    with pytest.raises(TwoviewError, match="at least 4"):
        layouts.umap_layout(X[:3])


@pytest.mark.slow
def test_umap_keeps_neighbourhoods():
    layout = layouts.umap_layout(SPACE.points)
    assert layout.shape == (N * (1 + EACH), 2)
    assert measures.trustworthiness(SPACE.points, layout, 5).mean() > 0.9


@pytest.fixture(scope="module")
def crowd():
    """Twelve clusters in ten dimensions, and the same points with half of them somewhere else: (240, 10) each."""
    made = np.random.default_rng(1)
    centres = made.normal(size=(12, 10))
    before = centres[np.arange(240) % 12] + 0.1 * made.normal(size=(240, 10))
    stay = np.arange(240) % 12 < 6
    after = np.where(stay[:, None], before, before[made.permutation(240)])
    return before.astype(np.float32), after.astype(np.float32), stay


def test_aligned_maps_keep_neighbourhoods_and_points_in_place(crowd):
    before, after, stay = crowd
    turned = after @ ortho_group.rvs(10, random_state=2).astype(np.float32)
    first, second = aligned_layouts([before, turned])
    assert min(measures.trustworthiness(p, l, 5).mean() for p, l in ((before, first), (after, second))) > 0.9
    apart = [layouts.umap_layout(points) for points in (before, turned)]
    assert layouts.movement(first, second) < layouts.movement(*apart)
    moved = np.linalg.norm(first - second, axis=1)
    assert moved[stay].mean() < moved[~stay].mean() / 2, "who keeps its neighbours keeps its place"


def test_aligned_maps_are_the_same_for_a_seed_and_leave_two_dimensions_alone(crowd):
    before, after, _ = crowd
    flat = before[:, :2]
    first, given, second = aligned_layouts([before, flat, after], seed=3)
    np.testing.assert_array_equal(given, flat)
    again = aligned_layouts([before, after], seed=3)
    np.testing.assert_array_equal(first, again[0])
    np.testing.assert_array_equal(second, again[1])


def test_progress_of_aligned_maps_is_told(crowd):
    told = []
    aligned_layouts(crowd[:2], progress=lambda *step: told.append(step))
    assert told[-1][:2] == (layouts.EPOCHS, layouts.EPOCHS) and len(told) == layouts.EPOCHS
