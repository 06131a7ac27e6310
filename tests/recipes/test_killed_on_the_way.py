"""From a zip to a model, killed ten times anywhere on the way: every list stays readable, and it ends as if it had not been."""

import io
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.checkpoints.storage import list_checkpoints
from engine.data import load
from engine.data.own import brought
from engine.paths import PROJECT
from engine.recipes import jobs
from tests.outcome import outcome

PAIRS, KILLS, WHILE_UNPACKING = 48, 10, 3
WAY = """
import sys, time
import engine.encoders.minilm, engine.encoders.timm_models, engine.recipes.checkpoint
from engine import archives
from engine.checkpoints.storage import list_checkpoints
from engine.data.own import brought
from engine.paths import checkpoints_dir
from engine.recipes import jobs, worker
from engine.recipes.plan import plan

archive, stop_at, copied, copy = sys.argv[1], int(sys.argv[2]), 0, archives.copy

def copy_or_wait_for_the_kill(*arguments):
    global copied
    copied += 1
    if copied == stop_at:
        print("unpacking", flush=True)
        time.sleep(600)
    return copy(*arguments)

archives.copy = copy_or_wait_for_the_kill
print("ready", flush=True)
if not brought.found("mine"):
    brought.bring(archive, "mine")
if not list_checkpoints(checkpoints_dir()):
    with jobs.lock():
        jobs.tidy()
    for job in jobs.jobs():
        jobs.resume(job.folder)
    if not jobs.jobs():
        changes = {"k": 4, "monitor": "mrr_x_to_y", "patience": 60, "schedule": "constant", "warm_up": 0}
        jobs.add(plan("clip_loss", "mine", "scenes-cnn", "minilm", changes=changes, epochs=60).recipe)
    worker.main()
"""


def photos(path: Path) -> Path:
    chance = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        rows = []
        for number in range(PAIRS):
            picture = io.BytesIO()
            Image.fromarray(chance.integers(0, 255, (48, 64, 3), dtype=np.uint8)).save(picture, "PNG")
            archive.writestr(f"{number}.png", picture.getvalue())
            rows.append(f"{number}.png,a {chance.choice(['red', 'old', 'small'])} thing of number {number}\n")
        archive.writestr("captions.csv", "image,caption\n" + "".join(rows))
    return path


def start(archive: Path, place: Path, stop_at: int = 0) -> subprocess.Popen:
    """The way from the archive to the model, in a process that stops at that file of the archive to be killed there (0: at none)."""
    names = {"TWOVIEW_OWN": "own", "TWOVIEW_CHECKPOINTS": "checkpoints", "TWOVIEW_CACHE": "cache"}
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TWOVIEW_THREADS": "1"} | {name: str(place / part) for name, part in names.items()}
    # The work ends when nobody holds its standard input any more.
    run = subprocess.Popen([sys.executable, "-c", WAY, str(archive), str(stop_at)], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    assert run.stdout and run.stdout.readline() == "ready\n"
    return run


@pytest.mark.slow
@pytest.mark.timeout(1500)  # a dozen processes that each import torch
def test_ten_kills_between_a_zip_and_its_model(tmp_path, monkeypatch):
    archive, whole, broken = photos(tmp_path / "mine.zip"), tmp_path / "whole", tmp_path / "broken"
    run, began = start(archive, whole), time.monotonic()
    assert run.wait() == 0
    unbroken = time.monotonic() - began
    monkeypatch.setenv("TWOVIEW_OWN", str(broken / "own"))
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(broken / "checkpoints"))
    chance, met = random.Random(0), []
    for number in range(KILLS):
        unpacking = number < WHILE_UNPACKING  # too short a part of the way for a clock to hit
        run = start(archive, broken, chance.randint(1, PAIRS) if unpacking else 0)
        if unpacking:
            assert run.stdout and run.stdout.readline() == "unpacking\n"
        else:
            time.sleep(chance.uniform(0, unbroken / 3))
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert all(each.about for each in brought.listed()) and all(entry.card for entry in list_checkpoints())
        assert all(len(load(each.name, "all").x) == PAIRS for each in brought.listed())
        met.append([job.status for job in jobs.jobs()] or [entry.name for entry in list_checkpoints()])
    run = start(archive, broken)
    assert run.wait() == 0 and not jobs.jobs()
    assert outcome(broken / "checkpoints" / "mine" / "clip_loss") == outcome(whole / "checkpoints" / "mine" / "clip_loss"), met
    assert [] in met and ["broken off"] in met, "killed on one part of the way only"
