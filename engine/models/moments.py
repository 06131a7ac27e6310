"""Sums and cross-products of aligned rows, part by part: all that a closed form needs to know of its training pairs.

Parts are centred on their own means and joined as in Chan, Golub and LeVeque (Updating formulae and a pairwise algorithm for computing
sample variances, 1979), in float64: no large numbers are ever subtracted, so means far from zero cost no digits, and the order of the parts
does not matter beyond rounding. n is limited by where the rows lie, not by memory.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.errors import TwoviewError
from engine.models.linear_algebra import Covariances
from engine.paths import atomic_write

BLOCK = 2048
UNLABELLED = -1


@dataclass(frozen=True)
class Moments:
    """Of n aligned rows x (n, d_x), y (n, d_y) in c classes: ``classes`` (c,), ascending, just [−1] where there are no labels;
    ``counts`` (c,); the classes' ``means_x`` (c, d_x), ``means_y`` (c, d_y); and the scatters around them summed over classes,
    ``xx`` (d_x, d_x), ``yy`` (d_y, d_y), ``xy`` (d_x, d_y). All float64 but ``classes``.
    """

    classes: Tensor
    counts: Tensor
    means_x: Tensor
    means_y: Tensor
    xx: Tensor
    yy: Tensor
    xy: Tensor

    @classmethod
    def of(cls, x: Tensor, y: Tensor, labels: Tensor | None = None, weights: Tensor | None = None) -> "Moments":
        """Of rows in memory; without rows there is nothing to take moments of. ``weights`` (n,), above 0: a row of weight 2 counts as two.

        Raises TwoviewError for rows that are not aligned.
        """
        if len(x) != len(y) or not len(x):
            raise TwoviewError(f"Moments are taken of aligned rows, one at least, but {len(x)} rows of x and {len(y)} of y came.")
        if x.device.type == "mps":  # has no float64
            x, y, labels, weights = x.cpu(), y.cpu(), None if labels is None else labels.cpu(), None if weights is None else weights.cpu()
        known = torch.full((len(x),), UNLABELLED, device=x.device) if labels is None else labels
        counted = torch.ones(len(x), dtype=torch.float64, device=x.device) if weights is None else weights.double()
        blocks = zip(x.split(BLOCK), y.split(BLOCK), known.split(BLOCK), counted.split(BLOCK), strict=True)
        return joined(cls._of_block(a.flatten(1).double(), b.flatten(1).double(), c, w) for a, b, c, w in blocks)

    @classmethod
    def _of_block(cls, x: Tensor, y: Tensor, labels: Tensor, weights: Tensor) -> "Moments":
        classes, of_row = labels.unique(return_inverse=True)
        member = torch.nn.functional.one_hot(of_row, len(classes)).double() * weights[:, None]
        counts = member.sum(0)
        means_x, means_y = member.T @ x / counts[:, None], member.T @ y / counts[:, None]
        x, y = x - means_x[of_row], y - means_y[of_row]
        a, b = (x.T * weights), (y.T * weights)
        return cls(classes, counts, means_x, means_y, a @ x, b @ y, a @ y)

    def __add__(self, other: "Moments") -> "Moments":
        """Of both parts' rows. Raises TwoviewError when the views' widths differ."""
        if self.xy.shape != other.xy.shape:
            raise TwoviewError(f"Only rows of equal width add up: {tuple(self.xy.shape)} and {tuple(other.xy.shape)} numbers of x and y came.")
        classes = torch.cat([self.classes, other.classes]).unique()
        (n, x, y), (m, u, v) = self._spread(classes), other._spread(classes)
        total = n + m
        share = n * m / total
        by_x, by_y = u - x, v - y
        xx, yy, xy = ((a.T * share) @ b for a, b in ((by_x, by_x), (by_y, by_y), (by_x, by_y)))
        weight = (m / total)[:, None]
        return Moments(classes, total, x + weight * by_x, y + weight * by_y, self.xx + other.xx + xx, self.yy + other.yy + yy, self.xy + other.xy + xy)

    def _spread(self, classes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Counts and means in the places of ``classes``, 0 where there is none of a class."""
        place = torch.searchsorted(classes, self.classes)
        counts, means_x, means_y = (new.new_zeros(len(classes), *new.shape[1:]) for new in (self.counts, self.means_x, self.means_y))
        counts[place], means_x[place], means_y[place] = self.counts, self.means_x, self.means_y
        return counts, means_x, means_y

    @property
    def n(self) -> int:
        return int(self.counts.sum())

    def without_classes(self) -> "Moments":
        """The same rows as one class."""
        share = self.counts / self.counts.sum()
        mean_x, mean_y = share @ self.means_x, share @ self.means_y
        by_x, by_y = self.means_x - mean_x, self.means_y - mean_y
        xx, yy, xy = ((a.T * self.counts) @ b for a, b in ((by_x, by_x), (by_y, by_y), (by_x, by_y)))
        one = self.classes.new_full((1,), UNLABELLED)
        return Moments(one, self.counts.sum()[None], mean_x[None], mean_y[None], self.xx + xx, self.yy + yy, self.xy + xy)

    def covariances(self) -> Covariances:
        """Σxx, Σyy, Σxy with 1/(n − 1), and both means."""
        whole = self.without_classes()
        scale = 1 / max(float(self.counts.sum()) - 1, 1)
        return whole.xx * scale, whole.yy * scale, whole.xy * scale, whole.means_x[0], whole.means_y[0]

    def save(self, path: Path, belongs_to: str) -> None:
        """``belongs_to``: what ``load`` has to be asked for, so that sums of other features are never added."""
        with atomic_write(path) as temporary:
            save_file({name: value.cpu().contiguous().clone() for name, value in vars(self).items()}, temporary, metadata={"belongs_to": belongs_to})

    @classmethod
    def load(cls, path: Path, belongs_to: str) -> "Moments":
        """Raises TwoviewError when the file is missing, damaged, or holds sums of something else."""
        try:
            with safe_open(path, "pt") as file:
                metadata = file.metadata() or {}
            moments = cls(**load_file(path))
        except (SafetensorError, OSError, TypeError) as error:
            raise TwoviewError(f"{path} holds no sums that can be gone on with ({type(error).__name__}). Fit the model again on all the data.") from None
        if metadata.get("belongs_to") != belongs_to:
            raise TwoviewError(f"The sums in {path} are of other features than these: {metadata.get('belongs_to')}, not {belongs_to}. Fit the model anew.")
        return moments


def joined(parts: Iterable[Moments]) -> Moments:
    """Of all parts' rows; there has to be one part at least."""
    return reduce(Moments.__add__, parts)
