"""Losses over the whole batch when its rows are spread over processes: rows are gathered, with their gradients.

Every process computes the same loss of the same gathered rows. The derivative of gathering is the sum over processes of what each says of
the rows, so gradients averaged over processes, as data-parallel training does, are those of one process with the whole batch: also for
batch statistics, in-batch negatives, and parameters used after gathering.
"""

from typing import Any

import torch
from torch import Tensor, distributed, nn


def gathered(*rows: Tensor) -> tuple[Tensor, ...]:
    """Each of ``rows`` (n, …) with those of all processes, in the processes' order, (N, …); as they are where there is one process."""
    if not _spread():
        return rows
    return tuple(_Gather.apply(part) for part in rows)


def _spread() -> bool:
    return distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, rows: Tensor) -> Tensor:
        counts = torch.zeros(distributed.get_world_size(), dtype=torch.long, device=rows.device)
        counts[distributed.get_rank()] = len(rows)
        distributed.all_reduce(counts)
        ends = counts.cumsum(0)
        context.stop = int(ends[distributed.get_rank()])
        context.start = context.stop - len(rows)
        whole = rows.new_zeros(int(ends[-1]), *rows.shape[1:])  # each process fills in its own: shares may differ in length
        whole[context.start : context.stop] = rows
        distributed.all_reduce(whole)
        return whole

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:  # type: ignore[override]
        gradient = gradient.contiguous().clone()
        distributed.all_reduce(gradient)
        return gradient[context.start : context.stop]


class _Sum(torch.autograd.Function):
    """The sum over processes; its derivative is the sum as well, for every process uses it."""

    @staticmethod
    def forward(context: Any, values: Tensor) -> Tensor:
        values = values.clone()
        distributed.all_reduce(values)
        return values

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:  # type: ignore[override]
        gradient = gradient.contiguous().clone()
        distributed.all_reduce(gradient)
        return gradient


class SharedBatchNorm(nn.BatchNorm1d):
    """Batch normalisation (n, c) or (n, c, length) by the mean and variance of the rows of all processes, on every device."""

    def forward(self, values: Tensor) -> Tensor:
        if not self.training:
            return super().forward(values)
        axes = [axis for axis in range(values.ndim) if axis != 1]
        shape = [-1 if axis == 1 else 1 for axis in range(values.ndim)]
        count = _Sum.apply(values.new_tensor(float(values.numel() // values.shape[1])))
        mean = _Sum.apply(values.sum(axes)) / count
        centred = values - mean.view(shape)
        variance = _Sum.apply(centred.square().sum(axes)) / count
        if self.track_running_stats and self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None:
            self.num_batches_tracked += 1
            share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
            with torch.no_grad():
                self.running_mean.lerp_(mean, share)
                self.running_var.lerp_(variance * count / (count - 1), share)
        normalised = centred * (variance + self.eps).rsqrt().view(shape)
        return normalised if self.weight is None else normalised * self.weight.view(shape) + self.bias.view(shape)


def share_batch_norms(model: nn.Module, shared: bool) -> None:
    """Let the model's batch normalisations take their statistics over all processes, or each over its own rows again.

    Only the way they compute is exchanged: parameters, running statistics and the state dict stay what they are.
    """
    for module in model.modules():
        if type(module) in (nn.BatchNorm1d, SharedBatchNorm):
            module.__class__ = SharedBatchNorm if shared else nn.BatchNorm1d
