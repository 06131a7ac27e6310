"""The text networks: look-ups that equal a one-hot convolution, shapes of the tables, and bad tokens."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from engine.data.base import paired_arrays
from engine.errors import TwoviewError
from engine.models.base import Training
from engine.models.cca_layer import CCALayer
from engine.models.text_networks import MAPS, TextCNN, TextCNNRNN, TokenConvolution
from engine.training.loop import create, train


def test_look_ups_equal_a_convolution_of_one_hot_tokens():
    torch.manual_seed(0)
    layer = TokenConvolution(11).double()
    tokens = torch.randint(1, 11, (3, 20))
    tokens[:, 15:] = 0
    one_hot = F.one_hot(tokens, 11).double().transpose(1, 2)
    one_hot[:, 0] = 0
    kernel = torch.stack([tap.weight.T for tap in layer.taps], dim=2)
    torch.testing.assert_close(layer(tokens), F.conv1d(one_hot, kernel, layer.bias, padding=1))


@pytest.mark.parametrize("network", [TextCNN, TextCNNRNN])
def test_shapes_and_gradients(network):
    net = network(vocabulary=50, outputs=64)
    tokens = torch.randint(0, 50, (4, 30)).float()  # as features come
    assert net.convolutions(tokens).shape == (4, MAPS, 6)
    out = net(tokens)
    assert out.shape == (4, 64)
    out.square().sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    assert net.convolutions[0].taps[0].weight.grad[0].abs().sum() == 0  # padding stays silent


@pytest.mark.parametrize("network", [TextCNN, TextCNNRNN])
def test_it_says_what_is_wrong_with_tokens(network):
    with pytest.raises(TwoviewError, match="15 tokens"):
        network(vocabulary=50, length=12)
    with pytest.raises(TwoviewError, match=r"0 … 49"):
        network(vocabulary=50)(torch.full((2, 30), 50))


@pytest.mark.parametrize("text", ["cnn", "cnn_rnn"])
def test_they_serve_the_cca_layer_as_its_text_branch(text):
    """Sentences whose words decide the features are found again after a few steps, better than by chance."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(1, 20, size=(64, 15))
    features = np.eye(20, dtype="f4")[tokens].mean(1)
    data = paired_arrays(features, tokens.astype("f4"))
    settings = CCALayer.Settings(k=4, text=text, vocabulary=20)
    model = create(CCALayer, data, settings)
    history = train(model, data, training=Training(epochs=4, batch_size=32, learning_rate=1e-3))
    losses = [epoch.losses["ranking_x_to_y"] for epoch in history.epochs]
    assert losses[-1] < losses[0]
    assert model.embed_y(torch.tensor(tokens)).shape == (64, 4)
