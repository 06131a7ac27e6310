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


def run(environment, *arguments):
    return subprocess.run([sys.executable, "-m", "engine", *map(str, arguments)], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


def test_models_are_fetched_and_measured(served):
    folder, environment = served
    bring = ("bring", "--data", folder / "photos", "--split", "all", "--json", "--model")
    made = {name: run(environment, *bring, f"someone/{name}", name) for name in ("tiny-clip", "tiny-siglip")}
    assert all(result.returncode == 0 for result in made.values()), [r.stderr[-2000:] for r in made.values()]
    cards = {name: json.loads(result.stdout) for name, result in made.items()}
    assert cards["tiny-clip"]["encoders"]["x"]["id"] == "open_clip:hf-hub:someone/tiny-clip"
    assert cards["tiny-siglip"]["encoders"]["y"]["id"] == "transformers_text:someone/tiny-siglip"
    assert cards["tiny-siglip"]["logits"]["bias"] == -10
    absent = run(environment, *bring, "someone/nothing", "other")
    assert absent.returncode == 2 and "could not be downloaded" in absent.stderr and "Traceback" not in absent.stderr
    offline = run(environment | {"HF_HUB_OFFLINE": "1", "HF_ENDPOINT": "http://127.0.0.1:9"}, *bring, "someone/tiny-clip", "again")
    assert offline.returncode == 0, offline.stderr[-2000:]  # what was fetched is here
