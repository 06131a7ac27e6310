"""What every frozen encoder (the papers' ψ) offers.

An encoder turns pictures or sentences into feature vectors, and can be cut in the middle: a picture's features are
``pool(maps(pixels))``, a sentence's are ``pool(states(embeddings(tokens)), tokens)``. Saliency differentiates at the cut.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from engine.encoders.preprocessing import Preprocessing


class Encoder(nn.Module, ABC):
    """Frozen: in eval mode, without gradients on its parameters.

    ``id`` is stable and enough to open the encoder again (``open_encoder(id)``); ``weights_hash`` is the SHA-256 of its
    weights, so that features and checkpoints can say what they were made with; ``dim`` is the feature's length.
    """

    kind: Literal["image", "text", "region"]
    id: str
    weights_hash: str
    dim: int

    @abstractmethod
    def forward(self, items: Sequence) -> Tensor:
        """Features (n, dim), float32, of n pictures or sentences, without gradients."""

    @property
    def device(self) -> torch.device:
        return next((p.device for p in self.parameters()), torch.device("cpu"))


class ImageEncoder(Encoder):
    kind = "image"
    input_size: int  # side of the square input, pixels
    preprocess_with: Preprocessing

    def preprocess(self, picture: Image.Image, size: int | None = None) -> Tensor:
        """An RGB picture as input (3, size, size); ``size`` defaults to ``input_size``."""
        return self.preprocess_with(picture, size or self.input_size)

    def square(self, picture: Image.Image, size: int | None = None) -> Image.Image:
        """The part of a picture that the encoder sees, in its own colours: what its maps lie on."""
        return self.preprocess_with.square(picture, size or self.input_size)

    @abstractmethod
    def maps(self, pixels: Tensor) -> Tensor:
        """Pixels (n, 3, s, s) to the last convolutional maps (n, channels, h, w). Differentiable."""

    @abstractmethod
    def pool(self, maps: Tensor) -> Tensor:
        """Maps (n, channels, h, w) to features (n, dim). Differentiable."""

    @torch.no_grad()
    def forward(self, items: Sequence[Image.Image]) -> Tensor:
        pixels = torch.stack([self.preprocess(picture) for picture in items]).to(self.device)
        return self.pool(self.maps(pixels)).float()


@dataclass(frozen=True)
class TokenBatch:
    """n sentences as tokens: ``ids`` and ``mask`` (n, t). ``spans[i][j]`` = characters (start, end) of token j, (0, 0) if none."""

    ids: Tensor
    mask: Tensor
    spans: Sequence[Sequence[tuple[int, int]]]


class TextEncoder(Encoder):
    kind = "text"

    @abstractmethod
    def tokens(self, sentences: Sequence[str]) -> TokenBatch: ...

    @abstractmethod
    def embeddings(self, tokens: TokenBatch) -> Tensor:
        """Input embeddings (n, t, width): where word saliency differentiates."""

    @abstractmethod
    def states(self, embeddings: Tensor, tokens: TokenBatch) -> Tensor:
        """Token states (n, t, width) from input embeddings. Differentiable."""

    @abstractmethod
    def pool(self, states: Tensor, tokens: TokenBatch) -> Tensor:
        """Sentence vectors (n, dim) from token states. Differentiable."""

    @torch.no_grad()
    def forward(self, items: Sequence[str]) -> Tensor:
        tokens = self.tokens(items)
        return self.pool(self.states(self.embeddings(tokens), tokens), tokens).float()


def as_numpy(features: Tensor) -> np.ndarray:
    return features.detach().cpu().numpy()
