"""Algorithm 1's batches and their loss against plain loops over triplets and pairs."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.data.regions import PhraseRegion
from engine.errors import TwoviewError
from engine.grounding import measures
from engine.grounding.sampling import Sampling
from engine.grounding.training import train_on_regions
from engine.models import replaced
from engine.models.similarity_network import SimilarityNetwork
from engine.models.two_branch import TwoBranch
from engine.training.loop import create
from tests.grounding.conftest import PICTURES, PROPOSALS

NEAR, FAR = 0.7, 0.3  # the paper's


def row_of(rows, one):
    """Where a row stands among others, exactly."""
    found = (rows == one).all(1).nonzero()[:, 0].tolist()
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("neighbours", [False, True])
@pytest.mark.parametrize("augmented", [False, True])
def test_the_loss_equals_a_loop_over_triplets(data, augmented, neighbours):
    sampling = Sampling(augmented=augmented, neighbours=neighbours, candidates=PROPOSALS)
    tensors = sampling(data, torch.device("cpu"))
    torch.manual_seed(0)
    pairs = tensors.pairs[np.random.default_rng(0).permutation(len(tensors.pairs))[:10]]
    batch = tensors.batch(pairs)
    model = create(TwoBranch, data, TwoBranch.Settings(hidden=8, k=4, hardest=3, batch_norm="none", dropout=0.0, weight_x_to_y=1.0, weight_y_to_x=4.0, weight_y=0.0)).eval()
    x, y = model.embed_x(batch.x).detach(), model.embed_y(batch.y).detach()

    def distance(a, b):
        return float(((x[a] - y[b]).square().sum() + 1e-4).sqrt())

    overlaps, count, entity = data.overlaps(), len(pairs), pairs[:, 0]
    all_regions = torch.cat([tensors.x, tensors.proposals.flatten(0, 1).float()])
    where = [row_of(all_regions, one) - len(tensors.x) for one in batch.x]  # < 0: the true region of entity + e
    chain = [int(data.entity[row_of(tensors.y, one)]) for one in batch.y[: count]] + [int(data.entity[row_of(tensors.y, one)]) for one in batch.y[count:]]
    assert chain[:count] == entity.tolist()
    for row in range(count):  # what stands for the true region does match
        if where[row] >= 0:
            assert augmented and overlaps[entity[row], where[row] % PROPOSALS] >= NEAR and where[row] // PROPOSALS == data.picture[entity[row]]
    forward, backward = [], []
    for a, b in batch.links.x_to_y.T.tolist():
        hinges = sorted((max(0.1 + distance(a, b) - distance(a, c), 0) for c in range(len(y)) if chain[c] != chain[b]), reverse=True)
        forward += (hinges + [0] * 3)[:3]
    for b, a in batch.links.y_to_x.T.tolist():
        far = [PROPOSALS * data.picture[chain[b]] + p for p in range(PROPOSALS) if overlaps[chain[b], p] < FAR]
        apart = ((model.embed_x(all_regions[len(tensors.x) + torch.tensor(far)]) - y[b]).square().sum(1) + 1e-4).sqrt().tolist()
        hinges = sorted((max(0.1 + distance(a, b) - d, 0) for d in apart), reverse=True)
        backward += (hinges + [0] * 3)[:3]
    parts = {name: part.detach() for name, part in model.losses(batch).items()}
    assert float(parts["x_to_y"]) == pytest.approx(np.mean(forward), abs=1e-5)
    assert float(parts["y_to_x"]) == pytest.approx(4 * np.mean(backward), abs=1e-5)
    seconds = sum(1 for row in range(count) if (data.entity == entity[row]).sum() > 1)
    assert batch.links.x_to_y.shape[1] == count + (seconds if neighbours else 0)


def test_neighbours_are_other_matches_of_the_same_target(data):
    tensors = Sampling(candidates=PROPOSALS)(data, torch.device("cpu"))
    overlaps = data.overlaps()
    for seed in range(20):
        torch.manual_seed(seed)
        pairs = tensors.pairs[np.random.default_rng(seed).permutation(len(tensors.pairs))[:8]]
        links = (batch := tensors.batch(pairs)).links
        for a, b in links.x_to_y.T.tolist()[8:]:
            assert not torch.equal(batch.y[b], batch.y[a]) and data.entity[row_of(tensors.y, batch.y[b])] == pairs[a, 0]
        regions = torch.cat([tensors.x, tensors.proposals.flatten(0, 1).float()])
        for b, a in links.y_to_x.T.tolist()[8:]:
            place = row_of(regions, batch.x[a]) - len(tensors.x)
            assert not torch.equal(batch.x[a], batch.x[b])
            assert place + len(tensors.x) == pairs[b, 0] if place < 0 else overlaps[pairs[b, 0], place % PROPOSALS] >= NEAR


@pytest.mark.parametrize("foreign", [False, True])
@pytest.mark.parametrize("augmented", [False, True])
def test_signed_pairs_match_or_lie_apart(data, augmented, foreign):
    tensors = Sampling(signed=True, augmented=augmented, foreign=foreign)(data, torch.device("cpu"))
    torch.manual_seed(1)
    pairs = tensors.pairs[:9]
    batch, overlaps = tensors.batch(pairs), data.overlaps()
    regions = torch.cat([tensors.x, tensors.proposals.flatten(0, 1).float()])
    expected = sum(1 + (int((overlaps[e] >= NEAR).sum()) if augmented else 0) for e in pairs[:, 0])
    assert batch.positives.shape[1] == expected
    for a, b in batch.positives.T.tolist():
        place = row_of(regions, batch.x[a]) - len(tensors.x)
        assert place + len(tensors.x) == pairs[b, 0] if place < 0 else overlaps[pairs[b, 0], place % PROPOSALS] >= NEAR
    for a, b in batch.negatives.T.tolist()[:expected]:
        place = row_of(regions, batch.x[a]) - len(tensors.x)
        assert overlaps[pairs[b, 0], place % PROPOSALS] < FAR and place // PROPOSALS == data.picture[pairs[b, 0]]
    assert batch.negatives.shape[1] == expected * (2 if foreign else 1)


def test_constraints_act_in_an_epoch_of_their_own(data):
    model = create(TwoBranch, data, TwoBranch.Settings(hidden=8, k=4, batch_norm="none", weight_x=0.1, weight_y=0.1))
    training = replaced(TwoBranch.paper_training, {"epochs": 2, "batch_size": 8, "batches": "all_pairs", "milestones": ()}, "it")
    history = train_on_regions(model, data, Sampling(), training)
    assert [epoch.stage for epoch in history.epochs] == ["all", "all", "constraints"]
    assert [set(epoch.losses) for epoch in history.epochs] == [{"x_to_y", "y_to_x"}] * 2 + [{"x_to_y", "y_to_x", "x_to_x", "y_to_y"}]


@pytest.mark.parametrize("cls", [TwoBranch, SimilarityNetwork])
def test_what_is_learned_ranks_the_true_region_first(data, cls, rng):
    """Features that say how much a proposal overlaps an entity, and phrases that say which entity is meant."""
    overlaps = data.overlaps().reshape(PICTURES, 2, PROPOSALS)
    data.regions.features[:, :, 0], data.regions.features[:, :, 1] = overlaps[:, 0], overlaps[:, 1]
    data.x.items[0::2, :2], data.x.items[1::2, :2] = [1, 0], [0, 1]
    data.y.items[:, 0] = data.entity % 2 * 4 - 2
    model = create(cls, data, cls.Settings(hidden=32, k=8, dropout=0.0))
    before = measures.values(data, measures.scorer(model, data))
    training = replaced(cls.paper_training, {"epochs": 60, "batch_size": 12, "batches": "all_pairs", "optimizer": "adam", "learning_rate": 1e-2, "milestones": ()}, "it")
    train_on_regions(model, data, Sampling(signed=cls is SimilarityNetwork), training)
    after = measures.values(data, measures.scorer(model, data))
    assert after[:, 0].mean() > max(before[:, 0].mean(), 0.8)
    found = {metric.measure: metric.value for metric in measures.metrics(data, after)}
    assert found["region_recall_at_1"] == pytest.approx(after[:, 0].mean()) and found["region_upper_bound"] == 1.0


def test_presence_is_the_chance_that_an_own_phrase_scores_higher(data):
    of_picture = data.picture[data.entity]
    phrases = [PhraseRegion(0, int(p), 0, 1, "a", (0,), (f"thing of {p}",), (0, 0, 1, 1)) for p in of_picture]
    data = replace(data, phrases=phrases)
    noise = np.random.default_rng(0).normal(size=(PICTURES, len(phrases), PROPOSALS))

    def score(picture, rows):
        return noise[picture, rows] + (of_picture[rows] == picture)[:, None]

    asked = []
    measures.presence(data, lambda picture, rows: asked.append((picture, rows)) or score(picture, rows))
    best = [(of_picture[row] == picture, noise[picture, row].max() + (of_picture[row] == picture)) for picture, rows in asked for row in rows]
    own, foreign = ([value for mine, value in best if mine == side] for side in (True, False))
    expected = np.mean([[a > b for b in foreign] for a in own])
    assert len(foreign) == len(own) and measures.presence(data, score).value == pytest.approx(expected)


def test_pairs_without_proposals_are_a_sentence():
    from engine.data.base import paired_arrays

    with pytest.raises(TwoviewError, match="proposals"):
        Sampling()(paired_arrays(np.zeros((3, 2)), np.zeros((3, 2))), torch.device("cpu"))
