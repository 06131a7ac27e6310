"""A server that is killed takes the processes beside it along; the training that it was in is listed as broken off."""

import os
import signal
import subprocess
import sys

import pytest

from engine.recipes import jobs
from engine.recipes.plan import plan
from tests.waiting import until

EPOCHS = 400
SERVER = """
import os, time
from app.frame.work import Worker
from engine.recipes import worker

beside = Worker()
beside.start("who", os.getpid)
while (pid := beside.result("who")) is None:
    time.sleep(0.05)
beside.start("long", time.sleep, 600)
worker.start()
print(pid, worker._process.pid, flush=True)
time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    """Whether a process still works: one that has ended and that nobody has asked about does not."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as status:
        return status.read().rpartition(")")[2].split()[0] not in "ZX"


def ended(pid: int) -> bool:
    try:
        return not is_alive(pid)
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="processes are looked up in /proc")
def test_nothing_outlives_a_killed_server(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    changes = {"k": 4, "monitor": "mrr_x_to_y", "patience": EPOCHS, "schedule": "constant", "warm_up": 0}
    folder = jobs.add(plan("clip_loss", "digits", changes=changes, epochs=EPOCHS).recipe)
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    beside = [int(pid) for pid in server.stdout.readline().split()]
    until((folder / "state.safetensors").exists, 120)
    assert not any(map(ended, beside))
    server.send_signal(signal.SIGKILL)
    server.wait()
    until(lambda: all(map(ended, beside)), 120)
    (job,) = jobs.jobs()
    assert job.status == "broken off" and job.problem == jobs.BROKEN
    jobs.cancel(folder)
