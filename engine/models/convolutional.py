"""The convolutional network of the CCA layer paper's sheet music experiments (Dorfer et al. 2018, Sec. 5.2, Table 7).

Four blocks of two 3 × 3 convolutions, each with batch norm and ELU, and 2 × 2 max pooling, of 16, 32, 64 and 64 maps; then a 1 × 1
convolution to k maps with batch norm, and their mean over the whole picture. Not verified: whether the paper's "2 × Conv … BN-ELU" has one
batch norm for both convolutions (here each has its own), and its first weights (here He's for what feeds an ELU).
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from engine.errors import TwoviewError

MAPS = (16, 32, 64, 64)
ROWS = 512  # pictures at once where no gradient is asked for: the first block's maps of a spectrogram take 0.9 MB each


class ConvolutionalTower(nn.Module):
    """Pictures (n, height, width), or the same in rows (n, height · width), to (n, k). Raises TwoviewError on pictures too small to be pooled four times."""

    def __init__(self, shape: tuple[int, ...], k: int):
        super().__init__()
        if len(shape) != 2 or min(shape) < 2 ** len(MAPS):
            raise TwoviewError(f"Convolutional networks need pictures or spectrograms of 16 × 16 or more, but items have the shape {shape}.")
        self.shape = shape
        layers: list[nn.Module] = []
        for before, after in pairwise((1, *MAPS)):
            layers += [*_convolution(before, after), *_convolution(after, after), nn.MaxPool2d(2)]
        self.maps = nn.Sequential(*layers, nn.Conv2d(MAPS[-1], k, 1, bias=False), nn.BatchNorm2d(k))
        self.maps.to(memory_format=torch.channels_last)  # twice as fast on the CPU

    def forward(self, pictures: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            return self.features(pictures)
        return torch.cat([self.features(part) for part in pictures.split(ROWS)])

    def features(self, pictures: Tensor) -> Tensor:
        maps = pictures.reshape(-1, *self.shape, 1).permute(0, 3, 1, 2)  # laid out with the channels last
        return self.maps(maps).mean(dim=(2, 3))


def _convolution(before: int, after: int) -> list[nn.Module]:
    convolution = nn.Conv2d(before, after, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(convolution.weight)
    return [convolution, nn.BatchNorm2d(after), nn.ELU(inplace=True)]
