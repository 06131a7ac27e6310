"""scenes-cnn — a small convolutional network of our own, trained from scratch on the drawn scenes' training split.

A residual network (He et al., 2016) without the parts that cost most and serve drawings least: pictures are read in 4 × 4
patches, and nothing is downsampled below 14 × 14 for a 224 input, so that saliency maps stay fine. The maps are pooled by
their generalised mean (Radenović et al., 2019), which keeps small objects from being averaged away.
``python -m engine train scenes-cnn`` trains it (``scenes_training``); half a million weights ship in ``checkpoints/encoders/scenes-cnn``.
"""

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from engine.encoders.base import ImageEncoder
from engine.encoders.preprocessing import Preprocessing
from engine.encoders.references import Reference, file_hash, shipped_file
from engine.errors import TwoviewError

CHANNELS = 384
PREPROCESSING = Preprocessing(size=224, mean=(0.5,) * 3, std=(0.25,) * 3, fit="squash", interpolation="bilinear")


def weights_hash(reference: Reference) -> str:
    path = shipped_file("scenes-cnn", "model.safetensors")
    if not path.is_file():
        raise TwoviewError(f"scenes-cnn has no weights in {path.parent}. Train it: python -m engine train scenes-cnn.")
    return file_hash(path)


def open(reference: Reference) -> "ScenesCNN":
    """Raises TwoviewError when the network was not trained yet or its weights are damaged."""
    fingerprint = weights_hash(reference)
    path = shipped_file("scenes-cnn", "model.safetensors")
    network = Network()
    try:
        network.load_state_dict({name: value.float() if value.is_floating_point() else value for name, value in load_file(path).items()})
    except Exception as error:
        raise TwoviewError(f"{path} does not hold the weights of scenes-cnn. Train it again: python -m engine train scenes-cnn.") from error
    return ScenesCNN(reference.id, fingerprint, network)


def convolution(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Sequential:
    """Convolution, batch norm, ReLU."""
    padding = 0 if size == stride else size // 2
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, stride, padding, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Residual(nn.Module):
    """A 3 × 3 convolution added to its input."""

    def __init__(self, channels: int):
        super().__init__()
        self.body = convolution(channels, channels, 3)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class Network(nn.Sequential):
    """Pixels (n, 3, s, s) to maps (n, 384, s/16, s/16), ≥ 0."""

    def __init__(self) -> None:
        super().__init__(
            convolution(3, 32, 4, 4),
            convolution(32, 64, 3, 2), Residual(64),
            convolution(64, 128, 3, 2), Residual(128), Residual(128),
            convolution(128, CHANNELS, 1),
        )  # fmt: skip


def generalised_mean(maps: Tensor) -> Tensor:
    """Maps (n, c, h, w), ≥ 0, to (n, c): the cube root of the mean cube, between the mean and the maximum."""
    return maps.clamp(min=1e-4).pow(3).mean((2, 3)).pow(1 / 3)


class ScenesCNN(ImageEncoder):
    input_size = PREPROCESSING.size
    preprocess_with = PREPROCESSING
    dim = CHANNELS

    def __init__(self, id: str, weights_hash: str, network: Network):
        super().__init__()
        self.id, self.weights_hash = id, weights_hash
        self.network = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def maps(self, pixels: Tensor) -> Tensor:
        return self.network(pixels)

    def pool(self, maps: Tensor) -> Tensor:
        return generalised_mean(maps)
