"""Batches that are more than aligned pairs: which of their rows match, and which must not, is said by masks.

Phrases and regions are trained on such batches (Wang, Li and Lazebnik, 2018, Algorithm 1): most regions in them match no phrase and are there
as negatives of one phrase alone.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Links:
    """Of n rows of x and m rows of y. ``x_to_y`` (2, p): rows (x, y) of matching pairs whose target is the row of x, ``not_y`` (n, m) what its
    negatives are; ``y_to_x`` (2, q): rows (y, x), and ``not_x`` (m, n), likewise with targets in y.

    ``alike_x`` (2, ·), ``unlike_x`` (named, named): pairs and negatives within the first ``named`` rows of x, those that something in y names;
    ``alike_y`` (2, ·), ``unlike_y`` (m, m): within y.
    """

    x_to_y: Tensor
    y_to_x: Tensor
    not_y: Tensor
    not_x: Tensor
    alike_x: Tensor
    alike_y: Tensor
    unlike_x: Tensor
    unlike_y: Tensor

    @property
    def named(self) -> int:
        return len(self.unlike_x)

    @classmethod
    def aligned(cls, groups: Tensor) -> "Links":
        """Of n aligned pairs: row i of x and of y match, rows of other groups (n,) are negatives, both ways and within each view."""
        negative = groups[:, None] != groups[None, :]
        pairs = torch.arange(len(groups), device=groups.device).expand(2, -1)
        alike = within(~negative)
        return cls(pairs, pairs, negative, negative, alike, alike, negative, negative)


def within(same: Tensor) -> Tensor:
    """The pairs (2, ·) of different rows that are the same (n, n)."""
    return same.clone().fill_diagonal_(False).nonzero().T


@dataclass(frozen=True)
class LinkedBatch:
    """x (n, …), y (m, …) and how their rows are linked: what triplets are made of."""

    x: Tensor
    y: Tensor
    links: Links


@dataclass(frozen=True)
class SignedBatch:
    """x (n, …), y (m, …), and rows (x, y) of pairs that match, ``positives`` (2, p), and that do not, ``negatives`` (2, q)."""

    x: Tensor
    y: Tensor
    positives: Tensor
    negatives: Tensor
