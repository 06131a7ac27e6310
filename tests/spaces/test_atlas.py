"""Spaces of several models: measured, laid out, kept."""

import numpy as np
import pytest
from scipy.stats import ortho_group

from engine.data.base import PairedData, View
from engine.errors import TwoviewError
from engine.spaces import atlas, layouts, measures
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
SPACE = Space("toy/a", "A", "cosine", X, Y)
TURN = ortho_group.rvs(K, random_state=0).astype(np.float32)
TURNED = Space("toy/b", "B", "cosine", X @ TURN, Y @ TURN)


def test_every_explained_measure_is_measured():
    assert set(atlas.measure(SPACE, DATA)) == set(atlas.OF_ONE)
    assert set(atlas.measure_two(SPACE, TURNED)) == set(atlas.OF_TWO)


def test_a_rotation_changes_no_measure():
    before, after = atlas.measure(SPACE, DATA), atlas.measure(TURNED, DATA)
    assert before == pytest.approx(after, abs=1e-3)
    two = atlas.measure_two(SPACE, TURNED)
    assert two["linear_cka"] == pytest.approx(1, abs=1e-5)
    assert two["procrustes_distance"] == pytest.approx(0, abs=1e-5)
    assert two["neighbourhood_change"] == pytest.approx(0, abs=1e-3)


def test_spectrum_of_matching_and_of_unrelated_views():
    assert atlas.held_out_spectrum(SPACE, DATA)[0] > 0.99
    strangers = Space("toy/c", "C", "cosine", X, rng.normal(size=Y.shape).astype(np.float32))
    assert atlas.held_out_spectrum(strangers, DATA).sum() < 1.5


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    return tmp_path


def test_layouts_are_kept_by_content(folders, monkeypatch):
    monkeypatch.setattr(layouts, "umap_layout", lambda points, seed, metric: points[:, :2] + seed)
    assert atlas.kept_layouts([SPACE], "umap", "toy") is None
    made = atlas.lay_out([SPACE, TURNED], "umap", "toy")
    monkeypatch.setattr(layouts, "umap_layout", lambda *_: pytest.fail("computed twice"))
    for kept, fresh in zip(atlas.lay_out([SPACE, TURNED], "umap", "toy"), made, strict=True):
        np.testing.assert_array_equal(kept, fresh)
    assert atlas.kept_layouts([TURNED, SPACE], "umap", "toy") is None
    assert atlas.kept_layouts([SPACE, TURNED], "umap", "toy", seed=1) is None


def test_a_damaged_layout_counts_as_none(folders, monkeypatch):
    monkeypatch.setattr(layouts, "umap_layout", lambda points, seed, metric: points[:, :2])
    atlas.lay_out([SPACE], "umap", "toy")
    (file,) = (folders / "cache" / "maps").iterdir()
    file.write_bytes(file.read_bytes()[:50])
    assert atlas.kept_layouts([SPACE], "umap", "toy") is None


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


def test_unknown_method_and_different_points_are_refused(folders):
    with pytest.raises(TwoviewError, match="aligned"):
        atlas.lay_out([SPACE], "magic", "toy")
    with pytest.raises(TwoviewError, match="same points"):
        layouts.aligned_layouts([X, Y])
    with pytest.raises(TwoviewError, match="at least 4"):
        layouts.umap_layout(X[:3])


@pytest.mark.slow
def test_umap_keeps_neighbourhoods():
    layout = layouts.umap_layout(SPACE.points)
    assert layout.shape == (N * (1 + EACH), 2)
    assert measures.trustworthiness(SPACE.points, layout, 5).mean() > 0.9
