"""What raises the score of two arrays that convolutional networks read from their pixels, such as a snippet of a score and a spectrogram's excerpt.

LayerCAM (Jiang et al., LayerCAM: Exploring hierarchical class activation maps for localization, 2021) at the maps that go into the second pooling,
of half the input's size: the networks of music end in maps of 2 × 6 places, too coarse to tell notes apart.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from engine.errors import TwoviewError
from engine.models.base import TwoViewModel
from engine.models.convolutional import ConvolutionalTower
from engine.saliency.maps import enlarged
from engine.saliency.scores import similarity

POOLING = 2  # whose input is looked at


def array_maps(model: TwoViewModel, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where x (h, w) and where y (h', w') raise what the model ranks by: two maps of their sizes, ≥ 0, in units of the score.

    Raises TwoviewError when the model's networks read no arrays from their pixels.
    """
    towers = [tower for view in "xy" if isinstance(tower := getattr(model, f"net_{view}", None), ConvolutionalTower)]
    if len(towers) < 2:
        raise TwoviewError(f"{model.title} was given features here, not pixels: there is nothing to point at. Choose a model with convolutional networks.")
    from engine.saliency.cams import CAMS  # seconds, the first time

    model.eval()
    with torch.enable_grad(), _caught(_fine(towers[0])) as of_x, _caught(_fine(towers[1])) as of_y:
        inputs = [torch.as_tensor(array, dtype=torch.float32)[None].requires_grad_() for array in (x, y)]
        score = similarity(model)(*inputs).sum()
        gradients = torch.autograd.grad(score, [of_x[0], of_y[0]])
    drawn = []
    for array, (maps,), gradient in zip((x, y), (of_x, of_y), gradients, strict=True):
        cam = CAMS["layercam"](model, [])  # no layer to hook into: it is given what was caught
        found = np.maximum(cam.get_cam_image(maps, None, [], maps.detach().numpy(), gradient.numpy(), False), 0)
        drawn.append(enlarged(found, array.shape)[0])
    return drawn[0], drawn[1]


def _fine(tower: ConvolutionalTower) -> nn.Module:
    """The layer whose output goes into the network's second pooling."""
    pools = [place for place, layer in enumerate(tower.maps) if isinstance(layer, nn.MaxPool2d)]
    return tower.maps[pools[POOLING - 1] - 1]


@contextmanager
def _caught(layer: nn.Module) -> Iterator[list[Tensor]]:
    """What the layer puts out while this lasts."""
    caught: list[Tensor] = []
    handle = layer.register_forward_hook(lambda module, inputs, output: caught.append(output))
    try:
        yield caught
    finally:
        handle.remove()
