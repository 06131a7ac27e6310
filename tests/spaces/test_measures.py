"""Measures of spaces against scikit-learn, SciPy, brute force and closed forms."""

import numpy as np
import pytest
from scipy.spatial import procrustes
from scipy.spatial.distance import cdist
from scipy.stats import ortho_group, skew
from sklearn.manifold import trustworthiness as reference_trustworthiness

from engine.spaces import measures, neighbours
from engine.spaces.neighbours import nearest_neighbours, neighbour_ranks

rng = np.random.default_rng(0)
POINTS = rng.normal(size=(120, 8)).astype(np.float32)
LAYOUT = POINTS[:, :2] + 0.5 * rng.normal(size=(120, 2)).astype(np.float32)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("block", [1, 999, 10**9])
def test_neighbours_equal_brute_force(metric, block, monkeypatch):
    monkeypatch.setattr(neighbours, "BLOCK_ELEMENTS", block)
    found = nearest_neighbours(POINTS, 7, metric)
    distances = cdist(POINTS, POINTS, metric)
    np.fill_diagonal(distances, np.inf)
    expected = np.argsort(distances, axis=1)[:, :7]
    np.testing.assert_array_equal(found.indices, expected)
    np.testing.assert_allclose(found.distances, np.take_along_axis(distances, expected, 1), atol=1e-5)


def test_neighbours_among_candidates_keep_identical_points():
    found = nearest_neighbours(POINTS[:5], 1, candidates=POINTS)
    np.testing.assert_array_equal(found.indices[:, 0], np.arange(5))


def test_k_is_cut_to_what_there_is():
    assert nearest_neighbours(POINTS[:4], 15).indices.shape == (4, 3)


def test_neighbour_ranks_invert_the_order():
    order = nearest_neighbours(POINTS, 119, "euclidean").indices
    ranks = neighbour_ranks(POINTS, order, "euclidean", np.arange(120))
    np.testing.assert_array_equal(ranks, np.tile(np.arange(1, 120), (120, 1)))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("k", [3, 15])
def test_trustworthiness_equals_scikit_learn(metric, k):
    ours = measures.trustworthiness(POINTS, LAYOUT, k, metric)
    assert ours.mean() == pytest.approx(reference_trustworthiness(POINTS, LAYOUT, n_neighbors=k, metric=metric), abs=1e-6)


def test_continuity_is_trustworthiness_reversed():
    ours = measures.continuity(POINTS, LAYOUT, 5, "euclidean")
    assert ours.mean() == pytest.approx(reference_trustworthiness(LAYOUT, POINTS, n_neighbors=5), abs=1e-6)


def test_faithfulness_of_some_rows_equals_those_rows():
    rows = np.array([7, 3, 100])
    np.testing.assert_allclose(
        measures.trustworthiness(POINTS, LAYOUT, 5, rows=rows), measures.trustworthiness(POINTS, LAYOUT, 5)[rows]
    )


def test_neighbourhood_change_equals_sets():
    a, b = (nearest_neighbours(p, 9) for p in (POINTS, LAYOUT))
    expected = [1 - len(set(i) & set(j)) / len(set(i) | set(j)) for i, j in zip(a.indices, b.indices, strict=True)]
    np.testing.assert_allclose(measures.neighbourhood_change(a, b), expected)
    assert not measures.neighbourhood_change(a, a).any()


def test_gap_and_separability_of_known_clouds():
    east, north = np.tile([[1.0, 0.0]], (30, 1)), np.tile([[0.0, 1.0]], (30, 1))
    assert measures.modality_gap(5 * east, north) == pytest.approx(np.sqrt(2))
    groups = np.arange(30)
    assert measures.view_separability(east, north, groups, groups) == 1.0
    same = measures.view_separability(POINTS, POINTS.copy(), np.arange(120), np.arange(120))
    assert same == pytest.approx(0.5, abs=0.12)


def test_alignment_and_uniformity_equal_all_pairs():
    assert measures.alignment(POINTS, 3 * POINTS) == pytest.approx(0, abs=1e-6)
    assert measures.alignment(POINTS, -POINTS) == pytest.approx(4, abs=1e-5)
    units = POINTS / np.linalg.norm(POINTS, axis=1, keepdims=True)
    pairs = cdist(units, units, "sqeuclidean")[~np.eye(120, dtype=bool)]
    assert measures.uniformity(POINTS) == pytest.approx(np.log(np.exp(-2 * pairs).mean()), abs=1e-5)


def test_hubness_equals_brute_force():
    found = nearest_neighbours(POINTS, 6, candidates=LAYOUT @ np.ones((2, 8), np.float32))
    counts = measures.k_occurrence(found, 120)
    assert counts.sum() == 120 * 6
    assert all(counts[j] == sum(j in row for row in found.indices) for j in range(120))
    assert measures.hubness(counts) == pytest.approx(skew(counts))
    assert measures.hubness(np.full(5, 3)) == 0


def test_cka_and_procrustes_ignore_rotation_scale_and_shift():
    turned = 3 * POINTS @ ortho_group.rvs(8, random_state=1) + 5
    assert measures.linear_cka(POINTS, turned) == pytest.approx(1)
    assert measures.procrustes_distance(POINTS, turned) == pytest.approx(0, abs=1e-6)


def test_cka_equals_gram_form_and_procrustes_equals_scipy():
    other = np.tanh(POINTS @ rng.normal(size=(8, 8)))
    centre = np.eye(120) - 1 / 120
    k, l = (centre @ (v @ v.T) @ centre for v in (POINTS.astype(float), other))
    assert measures.linear_cka(POINTS, other) == pytest.approx(np.sum(k * l) / np.sqrt(np.sum(k * k) * np.sum(l * l)))
    assert measures.procrustes_distance(POINTS, other) == pytest.approx(procrustes(POINTS, other)[2], abs=1e-6)
    padded = np.pad(LAYOUT, ((0, 0), (0, 6)))
    assert measures.procrustes_distance(POINTS, LAYOUT) == pytest.approx(procrustes(POINTS, padded)[2], abs=1e-6)


def test_cohesion_equals_all_pairs():
    labels = rng.integers(-1, 3, 120)
    units = POINTS / np.linalg.norm(POINTS, axis=1, keepdims=True)
    cosines = units @ units.T
    for label, value in measures.class_cohesion(POINTS, labels).items():
        inside = labels == label
        within = cosines[np.ix_(inside, inside)][~np.eye(inside.sum(), dtype=bool)].mean()
        assert value == pytest.approx(within - cosines[np.ix_(inside, ~inside)].mean(), abs=1e-6)
    assert -1 not in measures.class_cohesion(POINTS, labels)
