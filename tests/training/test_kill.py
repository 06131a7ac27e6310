"""A training command that is killed at random moments, again and again, ends with the numbers of an unbroken one."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file

from tests.outcome import outcome

SCRIPT = """
import sys, time
from pathlib import Path
import torch
torch.set_num_threads(1)
from engine.recipes.base import Recipe
from engine.recipes.checkpoint import train_checkpoint
plan = Recipe(
    name="digits/cca_layer", title="", model="cca_layer", data="digits", settings={"k": 4, "hidden_y": [32]},
    training={"epochs": 40, "batch_size": 100, "monitor": "mrr_x_to_y", "patience": 20, "refinements": 2, "refinement_patience": 10},
    validation="validation",
)
def slowly(done, total, what):
    print(what, flush=True)
    time.sleep(float(sys.argv[2]))
train_checkpoint(plan, Path(sys.argv[1]), seed=3, resume=True, progress=slowly)
"""


def start(folder: Path, pause: float) -> subprocess.Popen:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder), str(pause)], stdout=subprocess.PIPE, text=True, env=environment)


@pytest.mark.slow
@pytest.mark.timeout(1500)  # a dozen processes that each import torch
def test_ten_kills(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert start(whole, 0).wait() == 0
    chance = random.Random(0)
    for _ in range(10):
        run = start(broken, 0.05)
        run.stdout.readline()  # the first epoch of this process is done
        time.sleep(chance.uniform(0, 0.1))
        run.send_signal(signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL, "the run was over before it could be killed"
    assert start(broken, 0).wait() == 0
    assert outcome(broken) == outcome(whole)
    assert load_file(whole / "model.safetensors").keys() == load_file(broken / "model.safetensors").keys()
    assert not (broken / "state.safetensors").exists()
