"""The one training loop: stages, epochs, early stopping with refinement, and a state that survives being killed.

Every epoch draws its mini-batches and its random numbers from (seed, stage, epoch) alone, so a run that is killed and
resumed goes the way an unbroken one goes: on the CPU it ends with identical weights.
"""

import math
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from engine.checkpoints.history import Epoch, History
from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.models.base import Training, TwoViewModel
from engine.models.gathering import share_batch_norms
from engine.models.precision import full_precision_outputs
from engine.training import processes
from engine.training.batches import PairTensors, draw
from engine.training.monitor import Monitor
from engine.training.state import Position, load_state, run_hash, save_state

Progress = Callable[[int, int, str], None]
Precision = Literal["32-true", "bf16-mixed"]
DEFAULT_MONITOR = "mrr_x_to_y"


def create(cls: type[TwoViewModel], data: PairedData, settings: Any = None, seed: int = 0) -> TwoViewModel:
    """A new model for features shaped like ``data``'s, its first weights drawn from ``seed``."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return cls(np.shape(data.x.items)[1:], np.shape(data.y.items)[1:], settings)


def train(
    model: TwoViewModel,
    data: PairedData,
    validation: PairedData | None = None,
    training: Training | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
    resume_from: Path | None = None,
    progress: Progress | None = None,
    precision: Precision = "32-true",
    compiled: bool = False,
    tensors: Callable[[PairedData, torch.device], PairTensors] = PairTensors.of,
) -> History:
    """Train ``model`` in place on the matching pairs of ``data`` (vector views); it ends on the CPU in eval mode.

    ``training``: by default the class's. ``validation``: measured after every epoch by ``training.monitor``, or by MRR
    from x to y where the monitor is None and the last weights count. ``resume_from``: a file for the run's state,
    written after each epoch; if it is there, the run goes on from it. ``progress(done, total, what)`` counts epochs.
    ``precision``: "bf16-mixed" computes the networks' products in half precision; weights, losses and decompositions stay in float32.
    ``compiled``: losses go through ``torch.compile``; worth its minute where steps are many and small.
    ``tensors``: what batches are drawn from, where pairs alone are not enough (``engine.grounding.sampling``).
    Raises TwoviewError on views that are not vectors, a monitor without validation data, missing labels, a state of
    another run, or a loss that is no number any more.
    """
    training = training or type(model).paper_training
    device = processes.own_device(torch.device(device))
    processes.require_spread(model, compiled)
    if model.needs_labels and data.x.labels is None and data.y.labels is None:
        raise TwoviewError(f"{model.title} learns from class labels, and {data.name} has none. Choose a model that needs none.")
    if training.monitor and validation is None and not model.closed_form:
        raise TwoviewError(f"Early stopping by {training.monitor} needs validation data. Give some, or set monitor to None.")
    monitor = None if validation is None else Monitor(training.monitor or DEFAULT_MONITOR, model, validation, device)
    if training.schedule == "cosine" and not 0 <= training.warm_up < 1:
        raise TwoviewError(f"The warm-up is a share of the training from 0 to below 1, but {training.warm_up} came.")
    pairs = tensors(data, device)
    cuda = [device.index or 0] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        if model.closed_form:
            history = _fit(model.to(device), pairs, monitor)
        else:
            model.to(device).prepare(pairs.x, pairs.y)
            state_hash = run_hash(model, data, training, seed) if resume_from else ""
            share_batch_norms(model, processes.count() > 1)
            with full_precision_outputs(model) if precision != "32-true" else nullcontext():
                history = _Run(model, pairs, monitor, training, seed, resume_from, state_hash, progress, precision, compiled).go()
    share_batch_norms(model, False)
    model.cpu().eval()
    return history


def _fit(model: TwoViewModel, pairs: PairTensors, monitor: Monitor | None) -> History:
    """Closed-form models: one step, recorded as one epoch."""
    start, everything = time.perf_counter(), pairs.everything()
    torch.manual_seed(0)
    model.fit_closed_form(everything.x, everything.y, everything.labels)
    model.eval()
    model.settle(everything.x, everything.y)
    seconds = time.perf_counter() - start
    measured = {monitor.name: monitor()} if monitor else {}
    return History(epochs=[Epoch(stage=model.stages[0], epoch=1, losses={}, validation=measured, learning_rate=0.0, seconds=seconds)])


class _Run:
    """One run of the loop: where it stands is in ``position``, everything else follows from the arguments."""

    def __init__(
        self, model: TwoViewModel, pairs: PairTensors, monitor: Monitor | None, training: Training, seed: int,
        state_path: Path | None, state_hash: str, progress: Progress | None, precision: Precision, compiled: bool,
    ):  # fmt: skip
        self.model, self.pairs, self.monitor, self.training, self.seed = model, pairs, monitor, training, seed
        self.state_path, self.state_hash, self.progress, self.compiled = state_path, state_hash, progress, compiled
        self.fabric = processes.fabric(pairs.x.device, precision)
        self.position = Position(learning_rate=training.learning_rate)
        self.best: dict[str, Tensor] | None = None

    def go(self) -> History:
        state = load_state(self.state_path, self.state_hash) if self.state_path and self.state_path.exists() else None
        if state:
            self.position = state.position
        for stage in range(self.position.stage, len(self.model.stages)):
            torch.manual_seed(self._seed(stage, 0))
            self.model.begin_stage(self.model.stages[stage])
            if state:
                self.model.load_state_dict(state.weights)
                self.best = state.best
            elif stage:
                self.position, self.best = self.position.next_stage(self.training.learning_rate), None
            self._optimise()
            if state:
                _load_optimizer(self.optimizer, state.optimizer)
                state = None
            while not self.position.finished(self.training):
                self._epoch()
            if self.best is not None:
                self.model.load_state_dict(self.best)
            self._settle()
        return self.position.history

    def _epoch(self) -> None:
        position, training = self.position, self.training
        start = time.perf_counter()
        losses = self._descend()
        measured = {}
        if self.monitor:
            self._settle()
            measured = {self.monitor.name: self.fabric.broadcast(self.monitor())}  # one verdict for all processes
        what, rate = self.model.stages[position.stage], self.optimizer.param_groups[0]["lr"]
        seconds = time.perf_counter() - start
        record = Epoch(
            stage=what, epoch=position.epoch + 1, losses=losses, validation=measured, learning_rate=rate, seconds=seconds
        )
        verdict = position.observe(record, training)
        if verdict.improved:
            self.best = {name: value.clone() for name, value in self.model.state_dict().items()}
        if verdict.refine and self.best is not None:
            self.model.load_state_dict(self.best)
        if verdict.refine or verdict.reset_momentum:
            self._optimise()
        if self.state_path and processes.is_first():
            save_state(self.state_path, self.state_hash, position, self.model, self.best, self.optimizer)
        if self.progress and processes.is_first():
            told = ", ".join(f"{name} {value:.4g}" for name, value in (losses | measured).items())
            self.progress(position.epoch, training.epochs, f"{what}: {told}")

    def _descend(self) -> dict[str, float]:
        """One pass over an epoch's batches; the mean of each loss part."""
        epoch_seed = self._seed(self.position.stage, self.position.epoch + 1)
        torch.manual_seed(epoch_seed + processes.rank())  # dropout falls on each process's rows by itself
        self.model.train()
        sums: dict[str, Tensor] = {}
        count = 0
        batches = list(draw(self.pairs.pairs, self.training, epoch_seed))
        for step, rows in enumerate(batches):
            done = (self.position.epoch + (step + 0.5) / len(batches)) / self.training.epochs
            for group in self.optimizer.param_groups:
                group["lr"] = self.position.learning_rate * rate_at(done, self.training)
            with self.fabric.autocast():
                parts = self.losses(self.pairs.batch(processes.own_share(rows)))
            self.optimizer.zero_grad(set_to_none=True)
            self.fabric.backward(torch.stack(list(parts.values())).sum())
            self.optimizer.step()
            for name, value in parts.items():
                sums[name] = sums.get(name, 0) + value.detach()
            count += 1
        losses = {name: float(value) / count for name, value in sums.items()}
        broken = [name for name, value in losses.items() if not np.isfinite(value)]
        if broken:
            raise TwoviewError(
                f"{self.model.title}'s loss ({', '.join(broken)}) is no finite number any more in epoch {self.position.epoch + 1}. "
                f"Lower the learning rate ({self.position.learning_rate:g}) or look for extreme features."
            )
        return losses

    @torch.no_grad()
    def _settle(self) -> None:
        self.model.eval()
        if type(self.model).settle is not TwoViewModel.settle:
            everything = self.pairs.everything()
            self.model.settle(everything.x, everything.y)

    def _optimise(self) -> None:
        """A new optimiser, with empty buffers, over what the stage leaves trainable."""
        parameters = [p for p in self.model.parameters() if p.requires_grad]
        optimizer = _optimizer(parameters, self.training, self.position.learning_rate)
        self.module, self.optimizer = self.fabric.setup(self.model, optimizer)
        self.module.mark_forward_method("losses")
        self.losses = torch.compile(self.module.losses) if self.compiled else self.module.losses

    def _seed(self, stage: int, epoch: int) -> int:
        """A seed for what is random in this epoch: independent streams for all (seed, stage, epoch)."""
        return int(np.random.SeedSequence((self.seed, stage, epoch)).generate_state(1)[0])


def rate_at(done: float, training: Training) -> float:
    """What the learning rate is multiplied by when this share of a stage's steps is ``done``; see ``Training.schedule``."""
    if training.schedule == "constant":
        return 1.0
    if done < training.warm_up:
        return done / training.warm_up
    return (1 + math.cos(math.pi * (done - training.warm_up) / (1 - training.warm_up))) / 2


def _optimizer(parameters: list, training: Training, rate: float) -> torch.optim.Optimizer:
    """Adam and SGD in one pass over the weights (``fused``), which on the CPU is several times faster than operation by operation."""
    decay = training.weight_decay
    if training.optimizer == "adamw":  # what is no matrix (biases, scales, temperatures) has no reason to be small
        groups = [{"params": [p for p in parameters if (p.ndim > 1) == matrix], "weight_decay": decay * matrix} for matrix in (True, False)]
        return torch.optim.AdamW([group for group in groups if group["params"]], rate, training.betas, fused=True)
    if training.optimizer == "adam":
        return torch.optim.Adam(parameters, rate, training.betas, weight_decay=decay, fused=True)
    if training.optimizer == "sgd":
        return torch.optim.SGD(parameters, rate, training.momentum, nesterov=training.nesterov, weight_decay=decay, fused=True)
    return torch.optim.RMSprop(parameters, rate, momentum=training.momentum, weight_decay=decay)


def _load_optimizer(optimizer: Any, buffers: dict[int, dict[str, Tensor]]) -> None:
    state = optimizer.state_dict()
    state["state"] = buffers
    optimizer.load_state_dict(state)
