"""DRSL: all pairs by halves equal every pair fused on its own; the loss against brute force."""

import numpy as np
import pytest
import torch

from engine.errors import TwoviewError
from engine.models import drsl
from engine.models.base import Batch
from engine.models.drsl import DRSL

torch.set_num_threads(1)
FUSIONS = ["concatenation", "multiplication", "addition", "subtraction"]
NETWORKS = {"paper": {"relation": (16,)}, "inputs": {"batch_norm": "inputs"}, "public": {"relation": (16, 8), "batch_norm": "all"}, "branches": {"batch_norm": "branches"}}


def small(fusion="concatenation", **changes):
    torch.manual_seed(0)
    model = DRSL((12,), (7,), DRSL.Settings(k=6, hidden_x=(8,), hidden_y=(), fusion=fusion, **({"relation": (16,)} | changes)))
    for module in model.modules():  # batch norms that have seen something
        if isinstance(module, torch.nn.BatchNorm1d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return model.eval()


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("at_once", [1, 5, 1000])
def test_all_pairs_equal_each_pair_fused(fusion, network, at_once, monkeypatch):
    monkeypatch.setitem(drsl.PAIRS_AT_ONCE, "cpu", at_once)
    model, x, y = small(fusion, **NETWORKS[network]), torch.randn(9, 12), torch.randn(11, 7)
    each = model.score_aligned(x.repeat_interleave(11, 0), y.repeat(9, 1)).view(9, 11)
    torch.testing.assert_close(model.score(x, y), each, rtol=0, atol=1e-5)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_scores_of_the_papers_network_in_numpy(fusion):
    model, x, y = small(fusion), torch.randn(4, 12), torch.randn(5, 7)
    w = {name: value.numpy() for name, value in model.state_dict().items()}

    def relu(v):
        return np.maximum(v, 0)

    a = relu(relu(x.numpy() @ w["net_x.1.weight"].T + w["net_x.1.bias"]) @ w["net_x.3.weight"].T + w["net_x.3.bias"])
    b = relu(y.numpy() @ w["net_y.1.weight"].T + w["net_y.1.bias"])
    fuse = {"concatenation": lambda p, q: np.concatenate([p, q]), "multiplication": np.multiply, "addition": np.add, "subtraction": np.subtract}[fusion]
    expected = [[relu(w["first.weight"] @ fuse(p, q) + w["first.bias"]) @ w["rest.1.weight"][0] + w["rest.1.bias"][0] for q in b] for p in a]
    np.testing.assert_allclose(model.score(x, y).detach().numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("targets, expected", [("auto", "labels"), ("labels", "labels"), ("groups", "groups")])
def test_loss_is_the_squared_distance_to_s(targets, expected):
    model = small(targets=targets)
    groups, labels = [0, 1, 2, 2, 3, 4], [0, 0, 1, 1, -1, -1]
    batch = Batch(torch.randn(6, 12), torch.randn(6, 7), torch.tensor(groups), torch.tensor(labels))
    keys = labels if expected == "labels" else groups
    s = [[float(groups[i] == groups[j] or (keys[i] == keys[j] >= 0)) for j in range(6)] for i in range(6)]
    brute = ((model.score(batch.x, batch.y).detach().numpy() - np.array(s)) ** 2).sum() / np.sqrt(36)
    np.testing.assert_allclose(model.losses(batch)["relation"].item(), brute, rtol=1e-5)


def test_labels_that_are_missing_are_said():
    batch = Batch(torch.randn(3, 12), torch.randn(3, 7), torch.arange(3))
    assert torch.isfinite(small().losses(batch)["relation"])
    with pytest.raises(TwoviewError, match="Set targets to groups"):
        small(targets="labels").losses(batch)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_scores_are_differentiable(fusion):
    model, x = small(fusion).double(), torch.randn(2, 12, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: model.score(x, torch.ones(3, 7, dtype=torch.float64)), x)


def test_relation_network_has_a_hidden_layer():
    with pytest.raises(TwoviewError, match="at least one hidden layer"):
        DRSL((3,), (3,), DRSL.Settings(relation=()))
