"""How a picture becomes an encoder's square input: resize, crop, normalise."""

from dataclasses import dataclass
from math import floor
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

Triple = tuple[float, float, float]
FILTERS = {
    "bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR, "lanczos": Image.Resampling.LANCZOS,
    "nearest": Image.Resampling.NEAREST, "box": Image.Resampling.BOX, "hamming": Image.Resampling.HAMMING,
}  # fmt: skip


@dataclass(frozen=True)
class Preprocessing:
    """``fit``: "shortest" keeps the proportions and cuts the longer side's ends, "squash" shows the whole picture in a square.

    ``crop``: the part of the resized side that the central crop keeps. ``mean``, ``std``: of pixels in [0, 1], per channel.
    """

    size: int = 224
    mean: Triple = (0.485, 0.456, 0.406)
    std: Triple = (0.229, 0.224, 0.225)
    fit: Literal["shortest", "squash"] = "shortest"
    crop: float = 1.0
    interpolation: str = "bicubic"

    def __call__(self, picture: Image.Image, size: int | None = None) -> Tensor:
        """An RGB picture as input (3, size, size), float32."""
        square = self.square(picture, size or self.size)
        pixels = torch.from_numpy(np.array(square, dtype=np.float32)).permute(2, 0, 1) / 255
        return (pixels - torch.tensor(self.mean).view(3, 1, 1)) / torch.tensor(self.std).view(3, 1, 1)

    def square(self, picture: Image.Image, size: int) -> Image.Image:
        """The part of the picture that the encoder sees, ``size`` × ``size`` pixels."""
        new, left, top = self._placed(picture.size, size)
        if new != picture.size:
            picture = picture.resize(new, FILTERS[self.interpolation])
        return picture.crop((left, top, left + size, top + size)) if new != (size, size) else picture

    def window(self, picture: tuple[int, int], size: int | None = None) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of that part, in pixels of a picture of this width and height."""
        size = size or self.size
        new, left, top = self._placed(picture, size)
        across, down = picture[0] / new[0], picture[1] / new[1]
        return left * across, top * down, (left + size) * across, (top + size) * down

    def _placed(self, picture: tuple[int, int], size: int) -> tuple[tuple[int, int], int, int]:
        """Width and height that a picture is resized to, and where in it the square begins."""
        width, height = picture
        scaled = floor(size / self.crop)
        if self.fit == "squash":
            new = (scaled, scaled)
        elif width <= height:
            new = (scaled, int(scaled * height / width))
        else:
            new = (int(scaled * width / height), scaled)
        return new, round((new[0] - size) / 2), round((new[1] - size) / 2)
