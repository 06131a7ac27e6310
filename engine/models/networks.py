"""Small networks and layers that several models share."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

PART = 2048  # items through a network at once


def mlp(sizes: Sequence[int], activation: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    """Fully connected layers from ``sizes[0]`` to ``sizes[-1]`` with ``activation`` between them, none after the last."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), activation()]
    return nn.Sequential(*layers[:-1])


@torch.no_grad()
def in_parts(network: Callable[[Tensor], Tensor], items: Tensor) -> Tensor:
    """What a network makes of all items (n, …), without gradients: of ``PART`` at once, written where it stays, so that the most that is held is little more than that."""
    made: Tensor | None = None
    for start in range(0, len(items), PART):
        part = network(items[start : start + PART])
        if made is None:
            made = part.new_empty(len(items), *part.shape[1:])
        made[start : start + PART] = part
    return network(items) if made is None else made


class SideBySide(nn.Module):
    """A network and a linear map of the same input, added: what is linear in the answer need not pass through hidden units."""

    def __init__(self, network: nn.Module, inputs: int, outputs: int):
        super().__init__()
        self.network, self.linear = network, nn.Linear(inputs, outputs)

    def forward(self, items: Tensor) -> Tensor:
        return self.network(items) + self.linear(items)


def scaler(width: int, standardize: bool) -> nn.Module:
    """Features (n, width) to mean 0 and variance 1 each, by the batch while training and by running statistics after; or as they are."""
    return nn.BatchNorm1d(width, affine=False) if standardize else nn.Identity()


def signed_root(values: Tensor) -> Tensor:
    """The square root of each value with its sign, which tames features that are counts or pooled activations (Arandjelović and
    Zisserman, Three things everyone should know to improve object retrieval, 2012). Its derivative at 0 is taken as 0."""
    return values.sign() * values.abs().clamp(min=1e-12).sqrt()
