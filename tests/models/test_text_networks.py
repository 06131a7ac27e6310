"""The text networks: look-ups that equal a one-hot convolution, shapes of the tables, and bad tokens."""

import pytest
import torch
from torch.nn import functional as F

from engine.errors import TwoviewError
from engine.models.text_networks import MAPS, TextCNN, TextCNNRNN, TokenConvolution


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
