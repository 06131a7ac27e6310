"""Data, a cluster and a command killed in the middle, for all that is done in shards."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

COUNT = 24


@pytest.fixture
def album(tmp_path, monkeypatch):
    """Pictures and sentences in a folder of one's own, and a cache that nobody has filled."""
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    generator, folder = np.random.default_rng(0), tmp_path / "album"
    folder.mkdir()
    lines = ["image,caption"]
    for row in range(COUNT):
        Image.fromarray(generator.integers(256, size=(40, 40, 3), dtype=np.uint8)).save(folder / f"{row}.png")
        lines.append(f"{row}.png,picture number {row} {'with more words ' * (row % 5)}")
    (folder / "album.csv").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def cluster():
    """Two nodes with one worker each."""
    ray = pytest.importorskip("ray", reason="Ray is not installed (requirements-scale.txt)")
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    nodes.add_node(num_cpus=1)
    yield nodes
    ray.shutdown()
    nodes.shutdown()


@pytest.fixture
def ray_here(cluster):
    import ray

    ray.shutdown()
    yield lambda: ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR", runtime_env={"env_vars": {"TWOVIEW_CACHE": os.environ["TWOVIEW_CACHE"], "OMP_NUM_THREADS": "1", "PYTHONPATH": os.getcwd()}})
    ray.shutdown()


STOPS = """
import sys, time
from engine.cli import app
from engine.distributed.on_ray import OnRay
from engine.training import parts
def stopping(run):
    def stopped(*args):
        for done, result in enumerate(run(*args), start=1):
            yield result
            if done == 3:
                print("in the middle", flush=True)
                time.sleep(600)
    return stopped
OnRay.__call__, parts.one_by_one = stopping(OnRay.__call__), stopping(parts.one_by_one)
app(sys.argv[1:])
"""


def killed_in_the_middle(arguments):
    """The command, on a Ray of its own or without, stands still after three shards and is killed as the system kills."""
    driver = subprocess.Popen([sys.executable, "-c", STOPS, *arguments], stdout=subprocess.PIPE, text=True)
    assert driver.stdout is not None and any("in the middle" in line for line in driver.stdout)
    driver.send_signal(signal.SIGKILL)
    assert driver.wait(60) == -signal.SIGKILL
