"""Blocks of scores against the whole matrix, for both kinds of model."""

import numpy as np
import pytest
import torch

from engine import scoring
from engine.errors import TwoviewError
from engine.models.base import EmbeddingModel, PairwiseModel
from engine.scoring import PairScores, score_blocks, similarities


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)



class Projected(EmbeddingModel):
    name, title, paper = "projected", "Projected", "none"

    def __init__(self, similarity):
        super().__init__((5,), (4,))
        torch.manual_seed(0)
        self.similarity = similarity
        self.a, self.b = torch.nn.Linear(5, 3), torch.nn.Linear(4, 3)

    def embed_x(self, x):
        return self.a(x)

    def embed_y(self, y):
        return self.b(y)


class Distance(PairwiseModel):
    name, title, paper = "distance", "Distance", "none"

    def score(self, x, y):
        return -torch.cdist(x[:, :4], y)


def features(generator):
    return torch.randn(7, 5, generator=generator).numpy(), torch.randn(11, 4, generator=generator).numpy()


def whole(blocks, n, m):
    result = torch.full((n, m), torch.nan)
    for rows, scores in blocks:
        assert result[rows].isnan().all()
        result[rows] = scores
    return result.numpy()


def reference(model, x, y):
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    if model.kind == "pairwise":
        return model.score(x, y).numpy()
    a, b = model.embed_x(x).detach().numpy(), model.embed_y(y).detach().numpy()
    if model.similarity == "correlation":
        return np.corrcoef(a, b)[:7, 7:]
    if model.similarity == "euclidean":
        return -((a[:, None] - b) ** 2).sum(axis=2)
    scale = np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1) if model.similarity == "cosine" else 1
    return a @ b.T / scale


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("model", [*map(Projected, ("cosine", "dot", "euclidean", "correlation")), Distance((5,), (4,))], ids=lambda m: getattr(m, "similarity", m.name))
def test_blocks_make_up_the_matrix_in_both_directions(model, kept, generator, monkeypatch):
    if not kept:
        monkeypatch.setattr(scoring, "KEPT_NUMBERS", 0)
    x, y = features(generator)
    expected = reference(model, x, y)
    scores = PairScores(model, x, y)
    np.testing.assert_allclose(whole(scores.blocks("x_to_y", numbers=25), 7, 11), expected, atol=1e-5)
    np.testing.assert_allclose(whole(scores.blocks("y_to_x", numbers=25), 11, 7), expected.T, atol=1e-5)
    rows = np.array([4, 0, 9])
    np.testing.assert_allclose(whole(scores.blocks("y_to_x", rows=rows, numbers=8), 3, 7), expected.T[rows], atol=1e-5)
    np.testing.assert_allclose(whole(score_blocks(model, x, y), 7, 11), expected, atol=1e-5)


def test_a_view_against_itself_needs_a_space(generator):
    x, y = features(generator)
    model = Projected("cosine")
    own = whole(PairScores(model, x, y).blocks("y_to_y", numbers=30), 11, 11)
    np.testing.assert_allclose(np.diag(own), 1, atol=1e-6)
    with pytest.raises(TwoviewError, match="has no space of its own"):
        list(PairScores(Distance((5,), (4,)), x, y).blocks("y_to_y"))


def test_features_mapped_from_disk_are_taken(generator, tmp_path):
    x, y = features(generator)
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    model = Projected("cosine")
    np.testing.assert_array_equal(whole(score_blocks(model, mapped, y), 7, 11), whole(score_blocks(model, x, y), 7, 11))


def test_distance_of_a_point_to_itself_is_nearly_nothing(generator):
    points = 5 * torch.randn(20, 6, generator=generator)
    assert similarities(points, points, "euclidean").diagonal().abs().max() < 1e-3
