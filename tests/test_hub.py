"""The real command line against a hub on the loopback address: models come from it, and checkpoints go to it and come back."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.encoders.small_models import open_clip_folder, siglip_folder
from tests.small_hub import hub

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture
def served(tmp_path):
    """A hub with two models, pictures with sentences, and the surroundings that a command runs in."""
    repositories = tmp_path / "repositories"
    open_clip_folder(repositories / "someone" / "tiny-clip")
    siglip_folder(repositories / "someone" / "tiny-siglip")
    photos = tmp_path / "photos"
    photos.mkdir()
    for n, colour in enumerate(("red", "green", "blue", "white")):
        Image.new("RGB", (48, 40), colour).save(photos / f"{n}.png")
    (photos / "captions.csv").write_text("image,caption\n" + "".join(f"{n}.png,a dog in the snow number {n}\n" for n in range(4)))
    with hub(repositories) as address:
        yield tmp_path, {
            **os.environ, "HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": "t",
            "TWOVIEW_CHECKPOINTS": str(tmp_path / "checkpoints"), "TWOVIEW_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1",
        }  # fmt: skip


COMMANDS = """
import json, sys
from typer.testing import CliRunner
from engine.cli import app
done = [CliRunner().invoke(app, arguments) for arguments in json.loads(sys.argv[1])]
print(json.dumps([{"code": d.exit_code, "out": d.stdout, "err": d.stderr, "failed": repr(d.exception)} for d in done]))
"""


def run(environment, *commands):
    """Several commands in one process that has never known another hub; what each gave."""
    told = json.dumps([[str(part) for part in command] for command in commands])
    done = subprocess.run([sys.executable, "-c", COMMANDS, told], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_models_are_fetched_and_measured(served):
    folder, environment = served
    bring = ("bring", "--data", folder / "photos", "--split", "all", "--json", "--model")
    clip, siglip, absent = run(
        environment, (*bring, "someone/tiny-clip", "clip"), (*bring, "someone/tiny-siglip", "siglip"), (*bring, "someone/nothing", "other")
    )
    assert clip["code"] == siglip["code"] == 0, (clip, siglip)
    clip, siglip = (json.loads(result["out"]) for result in (clip, siglip))
    assert clip["encoders"]["x"]["id"] == "open_clip:hf-hub:someone/tiny-clip"
    assert siglip["encoders"]["y"]["id"] == "transformers_text:someone/tiny-siglip" and siglip["logits"]["bias"] == -10
    assert absent["code"] == 2 and "could not be downloaded" in absent["err"]
