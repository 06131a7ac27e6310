"""Mini-batches of matching pairs, drawn anew each epoch from a seed, so that an epoch can be drawn again after a kill."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.data.base import PairedData
from engine.data.windows import Windows
from engine.errors import TwoviewError
from engine.models.base import Batch, Training


@dataclass(frozen=True)
class WindowTensor:
    """``Windows`` on a device: the strip (height, total) uint8 lies there, windows are cut and scaled to [0, 1] when they are asked for."""

    strip: Tensor
    starts: Tensor
    width: int

    @classmethod
    def of(cls, windows: Windows, device: torch.device) -> "WindowTensor":
        strip = torch.as_tensor(np.array(windows.strip)).to(device)  # a copy: a mapped strip is read-only
        return cls(strip, torch.as_tensor(windows.starts.astype(np.int64)).to(device), windows.width)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, rows: slice | Tensor) -> Tensor:
        """(n, height, width) float32."""
        columns = self.starts[rows][:, None] + torch.arange(self.width, device=self.starts.device)
        return self.strip[:, columns].movedim(0, 1).float() / 255

    @property
    def device(self) -> torch.device:
        return self.strip.device

    def take(self, rows: Tensor) -> "WindowTensor":
        return WindowTensor(self.strip, self.starts[rows], self.width)

    def split(self, size: int) -> Iterator[Tensor]:
        """As ``Tensor.split``, one part after the other."""
        return (self[start : start + size] for start in range(0, len(self), size))


@dataclass(frozen=True)
class PairTensors:
    """A split's features on the device, and its matching pairs.

    ``x`` (n_x, …), ``y`` (n_y, …), float32, or windows that are cut when they are asked for; ``pairs`` (n_pairs, 2) rows of x and y; ``groups`` and ``labels`` (n_x,),
    labels taken from whichever view has them.
    """

    x: Tensor  # or a WindowTensor, which does what is asked of it here
    y: Tensor
    pairs: np.ndarray
    groups: Tensor
    labels: Tensor | None

    @classmethod
    def of(cls, data: PairedData, device: torch.device) -> "PairTensors":
        """Raises TwoviewError when the views are not vectors, or no item of x matches one of y."""
        for name, view in (("x", data.x), ("y", data.y)):
            if view.kind != "vector":
                raise TwoviewError(f"Models take feature vectors, but view {name} of {data.name} holds {view.kind}s. Encode it first.")
        pairs = data.pairs
        if not len(pairs):
            raise TwoviewError(f"No item of x shares a group with an item of y in {data.name}/{data.split}: there is nothing to learn from.")
        labels = data.x.labels
        if labels is None and data.y.labels is not None:
            labels = np.full(len(data.x), -1)
            labels[pairs[:, 0]] = data.y.labels[pairs[:, 1]]
        return cls(
            as_tensor(data.x.items, device),
            as_tensor(data.y.items, device),
            pairs,
            torch.as_tensor(np.asarray(data.x.groups, dtype=np.int64), device=device),
            None if labels is None else torch.as_tensor(np.asarray(labels, dtype=np.int64), device=device),
        )

    def batch(self, rows: np.ndarray) -> Batch:
        """The pairs ``rows`` (n, 2) as aligned tensors."""
        i, j = torch.as_tensor(np.ascontiguousarray(rows.T), device=self.x.device)
        return Batch(self.x[i], self.y[j], self.groups[i], None if self.labels is None else self.labels[i])

    def everything(self) -> Batch:
        """All matching pairs, aligned; windows stay uncut. Not to be written to: rows that are aligned already are no copy."""
        if len(self.x) == len(self.y) == len(self.pairs) and np.array_equal(self.pairs[:, 0], self.pairs[:, 1]):
            return Batch(self.x, self.y, self.groups, self.labels)
        i, j = torch.as_tensor(np.ascontiguousarray(self.pairs.T), device=self.x.device)
        x, y = (items.take(rows) if isinstance(items, WindowTensor) else items[rows] for items, rows in ((self.x, i), (self.y, j)))
        return Batch(x, y, self.groups[i], None if self.labels is None else self.labels[i])  # type: ignore[arg-type]


def as_tensor(items: np.ndarray | Windows, device: torch.device) -> Tensor:
    if isinstance(items, Windows):
        return WindowTensor.of(items, device)  # type: ignore[return-value]
    array = np.asarray(items, dtype=np.float32)
    return torch.as_tensor(array if array.flags.writeable else array.copy()).to(device)  # features mapped from a cache are read-only


def draw(pairs: np.ndarray, training: Training, seed: int) -> Iterator[np.ndarray]:
    """One epoch's batches, each rows (n, 2) of x and y, as ``Training.batches``, ``neighbours`` and ``drop_last`` say.

    The items of the shorter view are the anchors: "pairs" draws for each of them ``neighbours`` random partners (one
    by default), "all_pairs" visits every pair. An anchor's partners are bundled by ``neighbours`` and a bundle is only
    torn by the end of a batch. The remainder is dropped unless it is all there is; a lone last pair is dropped always,
    for it has nothing to be contrasted with.
    """
    generator = np.random.default_rng(seed)
    anchor_column = 0 if len(np.unique(pairs[:, 0])) <= len(np.unique(pairs[:, 1])) else 1
    shuffled = generator.permutation(pairs)
    shuffled = shuffled[np.argsort(shuffled[:, anchor_column], kind="stable")]
    _, starts, counts = np.unique(shuffled[:, anchor_column], return_index=True, return_counts=True)
    turn = np.arange(len(shuffled)) - np.repeat(starts, counts)  # 0, 1, 2 … among its anchor's partners
    bundle = turn // training.neighbours
    if training.batches == "pairs":
        shuffled, bundle = shuffled[bundle == 0], bundle[bundle == 0]
    keys = shuffled[:, anchor_column] * (bundle.max() + 1) + bundle
    _, bundle = np.unique(keys, return_inverse=True)
    shuffled = shuffled[np.argsort(generator.permutation(bundle.max() + 1)[bundle], kind="stable")]

    size = min(training.batch_size, len(shuffled))
    for start in range(0, len(shuffled), size):
        rows = shuffled[start : start + size]
        if len(rows) == size or (not training.drop_last and len(rows) > 1):
            yield rows
