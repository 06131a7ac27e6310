"""Training on several processes or machines: ``torchrun --nproc-per-node 2 -m engine train …`` starts them, the loop does the rest.

Every process holds the features and a copy of the model, and takes its share of each batch. Models gather their rows before what looks at the
whole batch (``engine.models.gathering``), so the gradients are those of one process with the same batches.
"""

import os
from typing import Any

import numpy as np
import torch
from torch import distributed

from engine.errors import TwoviewError
from engine.models.base import TwoViewModel


def count() -> int:
    """How many processes train together, as torchrun says."""
    return int(os.environ.get("WORLD_SIZE") or 1)


def rank() -> int:
    return int(os.environ.get("RANK") or 0)


def is_first() -> bool:
    """Whether this process is the one that writes and speaks."""
    return rank() == 0


def own_device(device: torch.device) -> torch.device:
    """Of several cards the one that belongs to this process."""
    if device.type == "cuda" and count() > 1:
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK") or 0))
    return device


def own_share(rows: np.ndarray) -> np.ndarray:
    """This process's rows of a batch."""
    return np.array_split(rows, count())[rank()] if count() > 1 else rows


def require_spread(model: TwoViewModel, compiled: bool) -> None:
    """Raises TwoviewError when there are several processes and this model or run is for one."""
    if count() == 1 or model.closed_form:
        return
    if not model.spreads:
        raise TwoviewError(f"{model.title}'s loss looks at a batch in a way that several processes cannot share yet. Train it in one process, without torchrun.")
    if compiled:
        raise TwoviewError("Compiled losses are for one process. Leave out compiling, or torchrun.")


def _join(device: torch.device) -> None:
    """Meet the other processes. After a lost worker torchrun starts them all again beside the same store, where the addresses of those before
    still lie: each start has a part of it to itself."""
    if not distributed.is_initialized():
        store, own, others = next(distributed.rendezvous("env://"))
        part = distributed.PrefixStore(f"start {os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", store)
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", store=part, rank=own, world_size=others)


def fabric(device: torch.device, precision: str) -> Any:
    """Lightning Fabric, set up for the processes there are."""
    from lightning_fabric import (
        Fabric,  # here, for importing it takes seconds that closed forms and evaluation need not wait
    )
    from lightning_fabric.strategies import DDPStrategy

    if count() == 1:
        return Fabric(accelerator=device.type, devices=1, precision=precision)  # type: ignore[arg-type]
    _join(device)
    local = int(os.environ.get("LOCAL_WORLD_SIZE") or count())
    strategy = DDPStrategy(broadcast_buffers=False)
    made = Fabric(accelerator=device.type, devices=local, num_nodes=count() // local, strategy=strategy, precision=precision)  # type: ignore[arg-type]
    made.launch()
    return made
