"""Shards on Ray are what one process encodes: on a cluster of two nodes, with a worker killed in the middle, and after a broken-off run."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from typer.testing import CliRunner

from engine.cli import app
from engine.data import load
from engine.distributed.on_ray import IN_FLIGHT, OnRay
from engine.distributed.shards import encode_in_shards
from engine.encoders import open_encoder
from engine.encoders.cache import encode_view, is_kept
from engine.errors import TwoviewError
from engine.paths import cache_dir
from tests.distributed.conftest import COUNT, killed_in_the_middle

ROWS = 4
ENCODERS = ("scenes-cnn", "minilm")


def expected(album):
    """Each item encoded alone."""
    return [torch.cat([open_encoder(id)([view.items[row]]) for row in range(len(view))]).numpy() for view, id in zip((album.x, album.y), ENCODERS, strict=True)]


def found(album):
    return [encode_view(view, open_encoder(id)) for view, id in zip((album.x, album.y), ENCODERS, strict=True)]


def test_two_nodes_and_a_killed_worker_give_what_one_process_gives(album, ray_here):
    ray_here()
    data = load(str(album), "all")
    killed, seen = [], []

    def watched(run):
        def go(tasks):
            for part in run(tasks):
                if not killed and part.worker != os.getpid():
                    killed.append(part.worker)
                    os.kill(part.worker, signal.SIGKILL)
                seen.append(part.worker)
                yield part

        return go

    done = encode_in_shards(data, *ENCODERS, rows=ROWS, run=watched(OnRay()))
    assert killed and len(set(seen)) > 1
    assert {view: len(parts) for view, parts in done.items()} == {"x": COUNT // ROWS, "y": COUNT // ROWS}
    assert all(is_kept(view, id) for view, id in zip((data.x, data.y), ENCODERS, strict=True))
    for ours, theirs in zip(found(data), expected(data), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_driver_that_is_killed_leaves_what_is_done(album):
    data = load(str(album), "all")

    def dying(tasks):
        for place, task in enumerate(tasks):
            if place == 4:
                raise KeyboardInterrupt
            yield task()

    with pytest.raises(KeyboardInterrupt):
        encode_in_shards(data, *ENCODERS, rows=ROWS, run=dying)
    done = encode_in_shards(data, *ENCODERS, rows=ROWS)
    assert [part.new for part in done["x"]] == [False] * 4 + [True] * 2
    for ours, theirs in zip(found(data), expected(data), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert not encode_in_shards(data, *ENCODERS, rows=ROWS)  # the cache has them now


@pytest.mark.parametrize("on", [[], ["--on", "ray", "--workers", "1"]], ids=["here", "on Ray"])
def test_a_driver_killed_by_the_system_costs_what_was_not_written(album, on):
    """The command, on a Ray of its own or without, stands still in the middle and is killed as the system kills: again, it does what is left."""
    if on:
        pytest.importorskip("ray", reason="Ray is not installed (requirements-scale.txt)")
    arguments = ["encode", "--data", str(album), "--split", "all", "--x", ENCODERS[0], "--y", ENCODERS[1], "--rows", "2", *on, "--json"]
    killed_in_the_middle(arguments)
    kept, shards_of_x = len(list(cache_dir("shards").glob("*.npy"))), COUNT // 2
    assert 3 <= kept <= 3 + IN_FLIGHT < shards_of_x
    again = subprocess.run([sys.executable, "-m", "engine", *arguments], stdout=subprocess.PIPE, text=True, check=True)
    views = json.loads(again.stdout)["views"]
    assert views["x"]["shards"] == views["y"]["shards"] == views["y"]["encoded_now"] == shards_of_x
    assert shards_of_x - 3 - IN_FLIGHT <= views["x"]["encoded_now"] <= shards_of_x - kept  # a worker may have written its last while its driver died
    data = load(str(album), "all")
    for ours, theirs in zip(found(data), expected(data), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_the_command_line_does_it_on_this_machine(album):
    ray = pytest.importorskip("ray", reason="Ray is not installed (requirements-scale.txt)")
    ray.shutdown()
    arguments = ["encode", "--data", str(album), "--split", "train", "--x", "scenes-cnn", "--y", "minilm", "--rows", "8", "--on", "ray", "--workers", "1", "--json"]
    told = CliRunner().invoke(app, arguments)
    ray.shutdown()
    assert told.exit_code == 0, told.output
    views = json.loads(told.stdout)["views"]
    assert views["x"]["encoded_now"] == views["x"]["shards"] > 1
    again = json.loads(CliRunner().invoke(app, [*arguments[:-5], "--json"]).stdout)["views"]
    assert again["x"]["shards"] == 0


def test_sums_are_taken_on_the_workers(tmp_path, monkeypatch):
    ray = pytest.importorskip("ray", reason="Ray is not installed (requirements-scale.txt)")
    ray.shutdown()
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    told = {}
    for name, more in (("here", []), ("there", ["--on", "ray"])):
        done = CliRunner().invoke(app, ["fit", "cca", "--data", "digits", "--set", "k=5", "--rows", "200", "--name", f"digits/{name}", *more, "--json"])
        assert done.exit_code == 0, done.output
        told[name] = load_file(tmp_path / "checkpoints" / "digits" / name / "model.safetensors")
    ray.shutdown()
    for key, value in told["here"].items():
        np.testing.assert_allclose(told["there"][key], value, rtol=1e-6, atol=1e-7)


def test_what_cannot_be_is_said(album, monkeypatch):
    for arguments, sentence in ((["--workers", "2"], "belongs to --on ray"), (["--on", "spark"], "this machine or ray://")):
        told = CliRunner().invoke(app, ["encode", "--data", str(album), *arguments])
        assert told.exit_code == 2 and sentence in told.output.replace("\n", " "), told.output
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(TwoviewError, match="requirements-scale"):
        OnRay()
