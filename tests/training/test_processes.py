"""Two and three processes learn what one does: the same weights from the same batches, and a lost worker costs an epoch at most."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.errors import TwoviewError
from engine.models import MODELS
from engine.models.gathering import SharedBatchNorm, gathered, share_batch_norms
from engine.paths import PROJECT
from engine.training.processes import require_spread

SMALL = {
    "cca_layer": {"k": 4, "hidden_y": [8]}, "dcca": {"k": 4, "hidden_y": [8]}, "learned_ranking": {"k": 4, "hidden_y": [8]},
    "soft_cca": {"k": 3, "hidden": [8], "standardize": True}, "sdcca": {"k": 3, "hidden": [8]}, "dccae": {"k": 3, "hidden": [8]},
    "two_branch": {"k": 4, "hidden": 8, "dropout": 0.0}, "clip_loss": {"k": 4, "hidden": 8, "dropout": 0.0}, "siglip_loss": {"k": 4, "hidden": 8, "dropout": 0.0},
}  # fmt: skip
# Batches of 50 do not divide by 3; SGD's first steps are the gradients themselves, where Adam would hide their scale.
SCRIPT = """
import json, sys
import numpy as np, torch
from safetensors.torch import save_file
torch.set_num_threads(1)
from engine.data.base import paired_arrays
from engine.models import MODELS, settings_of
from engine.models.base import Training
from engine.training.loop import create, train
from engine.training.processes import is_first
generator = np.random.default_rng(0)
latent = generator.normal(size=(120, 3))
x, y = (latent @ generator.normal(size=(3, d)) + generator.normal(size=(120, d)) for d in (6, 5))
data = paired_arrays(x.astype(np.float32), y.astype(np.float32), groups=np.arange(120) // 2)
weights = {}
for name, settings in json.loads(sys.argv[2]).items():
    model = create(MODELS[name], data, settings_of(MODELS[name], settings))
    history = train(model, data, data, Training(epochs=2, batch_size=50, optimizer="sgd", learning_rate=0.05, drop_last=False, monitor="mrr"))
    weights |= {f"{name}/{key}": value.contiguous().clone() for key, value in model.state_dict().items()}
    weights[f"{name}/losses"] = torch.tensor([sum(epoch.losses.values()) for epoch in history.epochs])
if is_first():
    save_file(weights, sys.argv[1])
"""
KILLED = """
import os, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from engine.recipes.base import Recipe
from engine.recipes.checkpoint import train_checkpoint
from engine.training import loop
recipe = Recipe(name="digits/clip_loss", title="", model="clip_loss", data="digits", settings={"k": 4, "hidden": 16, "dropout": 0.0},
    training={"epochs": 4, "batch_size": 200}, validation="validation")
folder, mark = Path(sys.argv[1]), Path(sys.argv[1] + ".died")
descend, epochs = loop._Run._descend, []
def dying(run):
    epochs.append(0)
    if os.environ["RANK"] == "1" and len(epochs) == 3 and sys.argv[2] == "kill" and not mark.exists():
        mark.touch()
        os._exit(9)
    return descend(run)
loop._Run._descend = dying
train_checkpoint(recipe, folder, seed=3, resume=True)
"""


def torchrun(processes: int, script: str, *arguments: str, restarts: int = 0) -> None:
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", f"--max-restarts={restarts}", "--no-python", sys.executable]
    done = subprocess.run(
        [sys.executable, *launcher, "-c", script, *arguments], cwd=PROJECT, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stderr[:6000]}\n…\n{done.stderr[-3000:]}"  # what a worker said comes first


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    path = tmp_path_factory.mktemp("alone") / "weights"
    subprocess.run([sys.executable, "-c", SCRIPT, str(path), json.dumps(SMALL)], cwd=PROJECT, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    return load_file(path)


def test_every_model_that_spreads_is_here():
    assert set(SMALL) == {name for name in MODELS if MODELS[name].spreads}


@pytest.mark.slow
@pytest.mark.parametrize("processes", [2, 3])
def test_several_processes_end_with_the_weights_of_one(processes, alone, tmp_path):
    torchrun(processes, SCRIPT, str(tmp_path / "weights"), json.dumps(SMALL))
    together = load_file(tmp_path / "weights")
    assert together.keys() == alone.keys()
    for name, value in alone.items():
        torch.testing.assert_close(together[name].double(), value.double(), rtol=2e-3, atol=2e-5, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.slow
def test_a_lost_worker_costs_no_more_than_its_epoch(tmp_path):
    for what, restarts in (("whole", 0), ("kill", 3)):  # a start after a kill may fail for reasons of the machine, too
        torchrun(2, KILLED, str(tmp_path / what), what, restarts=restarts)
    assert (tmp_path / "kill.died").exists()
    whole, killed = (load_file(tmp_path / what / "model.safetensors") for what in ("whole", "kill"))
    for name, value in whole.items():
        torch.testing.assert_close(killed[name], value, rtol=1e-5, atol=1e-6)
    histories = [json.loads(Path(tmp_path / what / "history.json").read_text())["epochs"] for what in ("whole", "kill")]
    assert len(histories[0]) == len(histories[1]) == 4


def test_what_cannot_be_spread_is_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(TwoviewError, match="without torchrun"):
        require_spread(MODELS["drsl"]((6,), (5,)), compiled=False)
    with pytest.raises(TwoviewError, match="one process"):
        require_spread(MODELS["clip_loss"]((6,), (5,)), compiled=True)


def test_alone_nothing_is_gathered_and_norms_come_back():
    rows = torch.ones(3, 2)
    assert gathered(rows)[0] is rows
    model = MODELS["soft_cca"]((6,), (5,))
    state = {name: value.clone() for name, value in model.state_dict().items()}
    share_batch_norms(model, True)
    assert sum(isinstance(module, SharedBatchNorm) for module in model.modules()) == 2
    share_batch_norms(model, False)
    assert not any(isinstance(module, SharedBatchNorm) for module in model.modules())
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
