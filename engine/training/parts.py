"""Closed forms fitted part by part: rows are read where they lie, their moments added up, the model solved once.

Memory holds one part and the moments, whatever the number of rows. Rows that come later are added to the moments of those
before, which are not read again.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.models.base import TwoViewModel
from engine.models.closed_form import ClosedForm, sample
from engine.models.moments import Moments, joined
from engine.training.batches import as_tensor

Progress = Callable[[int, int, str], None]
ROWS = 65_536  # of a part: 256 MB of two views of 512 numbers each


@dataclass(frozen=True)
class Part:
    """Pairs ``start`` … ``stop`` of the data: what one worker does, and what is done again when it dies."""

    model: ClosedForm
    data: PairedData
    start: int
    stop: int

    def __call__(self) -> Moments:
        return self.model.moments(*rows_of(self.data, self.data.pairs[self.start : self.stop]))


Run = Callable[[Sequence[Callable[[], Any]]], Iterable[Any]]


def one_by_one(tasks: Sequence[Callable[[], Any]]) -> Iterable[Any]:
    """Each task's result in order, done here."""
    return (task() for task in tasks)


def fit_in_parts(
    model: TwoViewModel, data: PairedData, before: Moments | None = None, rows: int = ROWS, run: Run = one_by_one, progress: Progress | None = None,
    part: Callable[[ClosedForm, PairedData, int, int], Callable[[], Moments]] = Part,
) -> Moments:  # fmt: skip
    """Fit ``model`` in place on the matching pairs of ``data`` (vector views, which may be mapped from disk); the moments it was solved from.

    ``before``: the moments that an earlier fit of this very model gave; those rows are not needed again. ``run`` does the parts, here or
    elsewhere; ``part`` makes one, for workers that had better read the data themselves. Raises TwoviewError when the model is no closed form, the views are no vectors, or nothing matches.
    """
    if not isinstance(model, ClosedForm):
        raise TwoviewError(f"{model.title} is trained batch by batch and cannot be solved from sums. Choose a closed form: cca, rcca, pls or gma.")
    if data.x.kind != "vector" or data.y.kind != "vector":
        raise TwoviewError(f"Models take feature vectors, but {data.name} holds {data.x.kind}s and {data.y.kind}s. Encode it first.")
    count = len(data.pairs)
    if not count:
        raise TwoviewError(f"No item of x shares a group with an item of y in {data.name}/{data.split}: there is nothing to learn from.")
    if before is None:
        model.begin(*rows_of(data, data.pairs[sample(count)])[:2])
    tasks = [part(model, data, start, min(start + rows, count)) for start in range(0, count, rows)]
    moments = joined(_counted(run(tasks), len(tasks), progress))
    moments = moments if before is None else before + moments
    model.fit_moments(moments)
    model.eval()
    return moments


def rows_of(data: PairedData, pairs: np.ndarray) -> tuple[Tensor, Tensor, Tensor | None]:
    """The items of these pairs (n, 2), aligned, float32, and their labels, from whichever view has them."""
    i, j = pairs.T
    x, y = (as_tensor(view.items[rows], torch.device("cpu")) for view, rows in ((data.x, i), (data.y, j)))
    labels = data.x.labels[i] if data.x.labels is not None else None if data.y.labels is None else data.y.labels[j]
    return x, y, None if labels is None else torch.as_tensor(np.asarray(labels, dtype=np.int64))


def _counted(parts: Iterable[Moments], total: int, progress: Progress | None) -> Iterable[Moments]:
    for done, part in enumerate(parts, start=1):
        if progress:
            progress(done, total, "Summing up")
        yield part
