"""Pictures cut from one long strip: n windows that overlap take no more memory than what they are cut from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Windows:
    """An array (n, height, width) of float32 in [0, 1] that is made when it is asked for.

    ``strip`` (height, total) uint8, in memory or mapped from a file; window i is its columns ``starts[i]`` to ``starts[i] + width``.
    """

    strip: np.ndarray
    starts: np.ndarray
    width: int

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.starts), len(self.strip), self.width

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(np.float32)

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, rows: Any) -> np.ndarray:
        starts = self.starts[rows]
        cut = self.strip[:, starts[..., None] + np.arange(self.width)]  # (height, …, width)
        return np.moveaxis(cut, 0, -2).astype(np.float32) / 255

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self[:].astype(dtype or np.float32, copy=False)

    def take(self, rows: np.ndarray) -> "Windows":
        """Some of the windows, in this order, of the same strip."""
        return Windows(self.strip, self.starts[rows], self.width)
