"""What every two-view model has to fulfil, whatever its paper. A new model is covered by its line in MODELS and one in SMALL."""

import copy
import os
from dataclasses import asdict

import numpy as np
import pytest
import torch

from engine.checkpoints import storage as checkpoints
from engine.compute import pick_device
from engine.data.base import paired_arrays
from engine.models import MODELS, replaced, settings_of
from engine.models.base import Batch
from engine.scoring import PairScores
from engine.training.batches import PairTensors
from engine.training.loop import create, train

torch.set_num_threads(1)
DEVICE = pick_device(os.environ.get("TWOVIEW_TEST_DEVICE", "cpu"))  # the sweep holds on every device
N, D_X, D_Y = 48, 6, 5
BRANCHES = {"k": 4, "hidden": 8, "dropout": 0.0}
SMALL = {
    "cca": {"k": 3, "regularisation": 1e-4},
    "cca_layer": {"k": 4, "hidden_y": [8]},
    "dcca": {"k": 4, "hidden_y": [8]},
    "learned_ranking": {"k": 4, "hidden_y": [8]},
    "drsl": {"k": 6, "hidden_x": [8], "hidden_y": [8], "relation": [16]},
    "two_way": {"hidden": [6, 4, 6], "dropout": "none"},
    "corrnet": {"k": 4},
    "soft_cca": {"k": 3, "hidden": [8]},
    "sdcca": {"k": 3, "hidden": [8]},
    "dccae": {"k": 3, "hidden": [8]},
    "rcca": {"k": 3, "features": 40},
    "pls": {"k": 3},
    "muc2m": {"k": 3, "hidden": [8], "decorrelation_k": 0},
    "two_branch": BRANCHES,
    "similarity_network": BRANCHES | {"fusion": [8]},
    "clip_loss": BRANCHES,
    "siglip_loss": BRANCHES,
    "gma": {"k": 3},
    "acmr": {"k": 4, "hidden": [8], "view_hidden": 4, "classes": 4},
    "identity": {},
    "ensemble": {"members": [["clip_loss", BRANCHES], ["cca_layer", {"k": 4, "hidden_y": [8]}]]},
}
ONE_SPACE = {"identity"}  # takes views of one width only
DRAWS = {"similarity_network", "acmr"}  # draw pairs or triplets within a batch: their loss depends on the order of rows
TURNED = {"acmr", "sdcca"}  # some gradients are turned around or cut by design: no derivative of the loss
LOOPED = [name for name in MODELS if not MODELS[name].closed_form]


def paired(x, y, labelled=True):
    labels = np.arange(len(x)) % 4 if labelled else None
    return paired_arrays(np.asarray(x, np.float32), np.asarray(y, np.float32), labels=labels)


@pytest.fixture
def data(request):
    d_y = D_X if request.node.callspec.params["name"] in ONE_SPACE else D_Y
    generator = np.random.default_rng(0)
    latent = generator.normal(size=(N, 3))
    return paired(
        latent @ generator.normal(size=(3, D_X)) + 0.1 * generator.normal(size=(N, D_X)),
        latent @ generator.normal(size=(3, d_y)) + 0.1 * generator.normal(size=(N, d_y)),
    )


def make(name, data, seed=0, **changes):
    cls = MODELS[name]
    return create(cls, data, settings_of(cls, SMALL[name] | changes), seed)


def fitted(name, data, seed=0, **training):
    model = make(name, data, seed)
    brief = {"epochs": 2, "batch_size": 16, "monitor": None, "neighbours": 1}
    training = replaced(type(model).paper_training, brief | training, "training")
    train(model, data, training=training, seed=seed, device=DEVICE)
    return model


def scores(model, x, y):
    return np.concatenate([block.numpy(force=True) for _, block in PairScores(model, x, y).blocks("x_to_y")])


def items(data):
    return as_features(data.x.items), as_features(data.y.items)


def as_features(array):
    return np.asarray(array, np.float32)


def loss_of(model, batch, seed=0):
    torch.manual_seed(seed)
    return torch.stack(list(model.losses(batch).values())).sum()


def test_every_model_is_swept():
    assert set(SMALL) == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_identity_is_told(name):
    cls = MODELS[name]
    assert cls.name == name and cls.title and cls.paper and cls.kind in ("embedding", "pairwise")
    settings = cls.Settings()
    assert settings_of(cls, checkpoints._plain(asdict(settings))) == settings


@pytest.mark.parametrize("name", MODELS)
def test_identical_views_are_found(name, data):
    """Trained on a view and itself, a model ranks an item's twin far above chance (with Adam, whatever the paper's optimiser)."""
    same = paired(data.x.items, data.x.items, labelled=MODELS[name].needs_labels)
    model = fitted(name, same, epochs=60, optimizer="adam", learning_rate=1e-2)
    x, y = items(same)
    found = scores(model, x, y)
    ranks = 1 + (found > np.diag(found)[:, None]).sum(1)
    assert np.mean(ranks) < N / 4, f"mean rank {np.mean(ranks)} of {N}"


@pytest.mark.parametrize("name", MODELS)
def test_permuted_items_permute_scores(name, data):
    model = fitted(name, data)
    x, y = items(data)
    p, q = np.random.default_rng(1).permutation(N), np.random.default_rng(2).permutation(N)
    np.testing.assert_allclose(scores(model, x[p], y[q]), scores(model, x, y)[p][:, q], atol=1e-4)


@pytest.mark.parametrize("name", [name for name in LOOPED if name not in DRAWS])
def test_loss_knows_no_order_of_rows(name, data):
    batch = PairTensors.of(data, DEVICE).everything()
    order = torch.randperm(N, generator=torch.Generator().manual_seed(3)).to(DEVICE)
    shuffled = Batch(batch.x[order], batch.y[order], batch.groups[order], batch.labels[order])
    model = make(name, data).to(DEVICE)
    torch.testing.assert_close(loss_of(copy.deepcopy(model), shuffled), loss_of(copy.deepcopy(model), batch), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_seed_decides(name, data):
    first, again, other = (fitted(name, data, seed) for seed in (1, 1, 2))
    pairs = list(zip(first.state_dict().items(), again.state_dict().values(), strict=True))
    assert all(torch.equal(value, same) for (_, value), same in pairs)
    if not type(first).closed_form:
        assert any(not torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_saved_and_loaded_is_the_same(name, data, tmp_path):
    model = make(name, data)
    training = replaced(type(model).paper_training, {"epochs": 1, "batch_size": 16, "monitor": None, "neighbours": 1}, "training")
    history = train(model, data, training=training, device=DEVICE)
    card = checkpoints.card_for("toy/model", "Toy", model, {"train": data}, checkpoints.EncodersCard(), training, 0, "cpu", history)
    checkpoints.save(tmp_path, model, card, history)
    loaded = checkpoints.load(tmp_path)
    x, y = items(data)
    assert np.array_equal(scores(loaded.model, x, y), scores(model, x, y))
    assert loaded.card.model.name == name and loaded.history == history


@pytest.mark.parametrize("name", [name for name in MODELS if hasattr(MODELS[name].Settings(), "standardize")])
def test_standardized_features_have_no_scale(name, data):
    """Features times 30 and plus 5 are the same features to a model that standardises them, in training and after."""
    other = paired(30 * data.x.items + 5, 30 * data.y.items - 5)
    extra = {"standardize": True} | ({"output": "linear"} if name == "corrnet" else {})
    model = make(name, data, **extra).to(DEVICE)
    other_model, batches = copy.deepcopy(model), [PairTensors.of(each, DEVICE).everything() for each in (data, other)]
    for _ in range(200):  # running statistics settle
        losses = [loss_of(each, batch) for each, batch in zip((model, other_model), batches, strict=True)]
    torch.testing.assert_close(losses[1], losses[0], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(scores(other_model.eval(), *items(other)), scores(model.eval(), *items(data)), atol=2e-3)


@pytest.mark.parametrize("name", LOOPED)
def test_loss_is_finite_on_constant_features(name):
    constant = paired(np.ones((N, D_X)), np.full((N, D_Y), 0.5))
    model = make(name, constant).to(DEVICE)
    loss = loss_of(model, PairTensors.of(constant, DEVICE).everything())
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert torch.isfinite(loss) and gradients and all(torch.isfinite(g).all() for g in gradients)


@pytest.mark.parametrize("name", MODELS)
def test_one_item_alone_is_scored_as_among_others(name, data):
    model = fitted(name, data)
    x, y = items(data)
    np.testing.assert_allclose(scores(model, x[:1], y[:1])[0, 0], scores(model, x, y)[0, 0], atol=1e-4)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("case", ["rank_deficient", "fewer_rows_than_features"])
def test_degenerate_features_are_survived(name, case, data):
    if case == "rank_deficient":
        hard = paired(np.repeat(data.x.items[:, :2], 3, axis=1), np.repeat(data.y.items[:, :1], data.y.items.shape[1], axis=1))
    else:
        hard = paired(data.x.items[:4], data.y.items[:4])
    model = fitted(name, hard)
    assert np.isfinite(scores(model, *items(hard))).all()


@pytest.mark.parametrize("name", [name for name in LOOPED if name not in TURNED])
def test_gradient_is_the_finite_difference(name, data):
    """Along a random direction of all parameters, in float64."""
    batch = PairTensors.of(data, DEVICE).everything()
    batch = Batch(batch.x[:12].double(), batch.y[:12].double(), batch.groups[:12], batch.labels[:12])
    model = make(name, data).to(DEVICE).double()
    generator = torch.Generator().manual_seed(5)
    directions = [torch.randn(p.shape, generator=generator, dtype=torch.float64).to(DEVICE) for p in model.parameters()]

    def along(step):
        moved = copy.deepcopy(model)
        with torch.no_grad():
            for p, d in zip(moved.parameters(), directions, strict=True):
                p += step * d
        return loss_of(moved, batch), moved

    loss, moved = along(0.0)
    loss.backward()
    analytic = sum((p.grad * d).sum() for p, d in zip(moved.parameters(), directions, strict=True) if p.grad is not None)
    numeric = (along(1e-6)[0] - along(-1e-6)[0]) / 2e-6
    torch.testing.assert_close(analytic, numeric.detach(), rtol=1e-4, atol=1e-6)


