"""What the engine computes on an accelerator is what it computes on the CPU, for every accelerator that is here."""

import copy

import numpy as np
import pytest
import torch
from torch.nn.functional import cosine_similarity

from engine.data.base import paired_arrays
from engine.encoders import open_encoder
from engine.errors import TwoviewError
from engine.evaluation.retrieval import ranks
from engine.models import MODELS, settings_of
from engine.models.base import Training
from engine.models.linear_algebra import canonical_projections
from engine.scoring import PairScores
from engine.search.exact import ExactIndex
from engine.training.batches import PairTensors
from engine.training.loop import create, train

torch.set_num_threads(1)
ACCELERATORS = [
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")),
    pytest.param("mps", marks=pytest.mark.skipif(not torch.backends.mps.is_available(), reason="there is no MPS device")),
]
NETWORKS = {"dcca": {"k": 4}, "cca_layer": {"k": 4}, "soft_cca": {"k": 4, "hidden": [16]}, "muc2m": {"k": 4, "hidden": [16]}, "clip_loss": {"k": 8, "hidden": 16, "dropout": 0.0}}


@pytest.fixture
def data():
    generator = np.random.default_rng(0)
    latent = generator.normal(size=(300, 5))
    return paired_arrays(*(latent @ generator.normal(size=(5, d)) + generator.normal(size=(300, d)) for d in (12, 9)))


@pytest.mark.parametrize("device", ACCELERATORS)
@pytest.mark.parametrize("name", NETWORKS)
def test_losses_and_gradients_are_the_cpus(device, name, data):
    model = create(MODELS[name], data, settings_of(MODELS[name], NETWORKS[name]))
    found = []
    for place in ("cpu", device):
        here = copy.deepcopy(model).to(place)
        loss = torch.stack(list(here.losses(PairTensors.of(data, torch.device(place)).everything()).values())).sum()
        loss.backward()
        found.append((loss.detach().cpu(), {key: p.grad.cpu() for key, p in here.named_parameters() if p.grad is not None}))
    torch.testing.assert_close(found[1][0], found[0][0], rtol=1e-3, atol=1e-5)
    for key, gradient in found[0][1].items():
        scale = float(gradient.abs().max()) + 1e-6
        torch.testing.assert_close(found[1][1][key], gradient, rtol=1e-2, atol=5e-3 * scale)


@pytest.mark.parametrize("device", ACCELERATORS)
def test_canonical_correlations_are_the_cpus(device, data):
    x, y = (torch.as_tensor(np.asarray(view.items), dtype=torch.float32) for view in (data.x, data.y))
    here, there = (canonical_projections(x.to(place), y.to(place), 0.0, 0.0, 4) for place in ("cpu", device))
    torch.testing.assert_close(there.correlations.cpu(), here.correlations, rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(there.weights_x.cpu(), here.weights_x, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("device", ACCELERATORS)
@pytest.mark.parametrize("similarity", ["cosine", "dot", "euclidean", "correlation"])
@pytest.mark.parametrize("queries", [1, 30])
def test_search_finds_the_cpus_neighbours(device, similarity, queries):
    generator = torch.Generator().manual_seed(0)
    items, asked = torch.randn(20_000, 64, generator=generator), torch.randn(queries, 64, generator=generator)
    here, there = (ExactIndex(items.to(place), similarity).search(asked, 10) for place in ("cpu", device))
    torch.testing.assert_close(there.scores.cpu(), here.scores, rtol=1e-4, atol=1e-4)
    assert (there.rows.cpu() == here.rows).float().mean() > 0.99  # neighbours whose scores are alike to rounding may change places


@pytest.mark.parametrize("device", ACCELERATORS)
def test_ranks_are_counted_from_scores_on_the_device(device, data):
    model = create(MODELS["cca"], data, settings_of(MODELS["cca"], {"k": 4}))
    train(model, data)
    x, y = (np.asarray(view.items, np.float32) for view in (data.x, data.y))
    keys = np.arange(len(x))
    here, there = (ranks(PairScores(copy.deepcopy(model).to(place), x, y).blocks("x_to_y"), keys, keys) for place in ("cpu", device))
    assert np.mean(here == there) > 0.98


@pytest.mark.parametrize("device", ACCELERATORS)
def test_an_encoders_features_are_the_cpus(device):
    try:
        here, there = (open_encoder("scenes-cnn", place) for place in ("cpu", device))
    except TwoviewError as error:
        pytest.skip(str(error))
    pixels = torch.randn(4, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected, found = (encoder.pool(encoder.maps(pixels.to(encoder.device))).cpu() for encoder in (here, there))
    assert cosine_similarity(expected, found).min() > 0.9999


@pytest.mark.parametrize("device", [pytest.param("cpu"), *ACCELERATORS])
@pytest.mark.parametrize("name", NETWORKS)
def test_half_precision_learns_what_single_does(device, name, data):
    losses = []
    for precision in ("32-true", "bf16-mixed"):
        model = create(MODELS[name], data, settings_of(MODELS[name], NETWORKS[name]))
        history = train(model, data, training=Training(epochs=3, batch_size=100), device=device, precision=precision)
        losses.append(sum(history.epochs[-1].losses.values()))
        assert all(p.dtype == torch.float32 for p in model.parameters())
    assert losses[1] == pytest.approx(losses[0], rel=0.05) and losses[0] != losses[1]


@pytest.mark.parametrize("device", ACCELERATORS)
def test_compiled_losses_are_the_same(device, data):
    losses = []
    for compiled in (False, True):
        model = create(MODELS["soft_cca"], data, settings_of(MODELS["soft_cca"], NETWORKS["soft_cca"]))
        history = train(model, data, training=Training(epochs=3, batch_size=100), device=device, compiled=compiled)
        losses.append(sum(history.epochs[-1].losses.values()))
    assert losses[1] == pytest.approx(losses[0], rel=0.01)
