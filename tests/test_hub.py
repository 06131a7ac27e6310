"""The real command line against a hub on the loopback address: models come from it, and checkpoints go to it and come back."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from PIL import Image

from engine.checkpoints.cards import EncodersCard
from engine.checkpoints.hub import without_paths
from engine.checkpoints.storage import load as load_checkpoint
from tests.encoders.small_models import open_clip_folder, sentence_transformers_folder, siglip_folder
from tests.small_hub import hub

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture
def served(tmp_path):
    """A hub with two models, pictures with sentences, and the surroundings that a command runs in."""
    repositories = tmp_path / "repositories"
    open_clip_folder(repositories / "someone" / "tiny-clip")
    siglip_folder(repositories / "someone" / "tiny-siglip")
    sentence_transformers_folder(repositories / "sentence-transformers" / "tiny")
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
    clip, siglip, sentences, absent = run(
        environment, (*bring, "someone/tiny-clip", "clip"), (*bring, "someone/tiny-siglip", "siglip"), (*bring, "tiny", "sentences"), (*bring, "someone/nothing", "other")
    )
    assert clip["code"] == siglip["code"] == sentences["code"] == 0, (clip, siglip, sentences)
    clip, siglip, sentences = (json.loads(result["out"]) for result in (clip, siglip, sentences))
    assert sentences["encoders"]["x"]["id"] == "transformers:sentence-transformers/tiny"
    assert clip["encoders"]["x"]["id"] == "open_clip:hf-hub:someone/tiny-clip"
    assert siglip["encoders"]["y"]["id"] == "transformers_text:someone/tiny-siglip" and siglip["logits"]["bias"] == -10
    assert absent["code"] == 2 and "could not be downloaded" in absent["err"]


def test_a_checkpoint_goes_and_comes_back(served):
    folder, environment = served
    shutil.copytree(PROJECT / "checkpoints" / "scenes" / "cca", folder / "checkpoints" / "scenes" / "cca")
    pushed, taken, pulled, absent = run(
        environment, ("push", "scenes/cca", "someone/cca"), ("pull", "someone/cca"), ("pull", "someone/cca", "--name", "scenes/theirs"),
        ("pull", "someone/tiny-clip", "--name", "scenes/clip"),
    )  # fmt: skip
    assert pushed["code"] == pulled["code"] == 0, (pushed, pulled)
    assert taken["code"] == 2 and "already something" in taken["err"]
    assert absent["code"] == 2 and "No checkpoint could be fetched" in absent["err"]
    sent, kept = load_checkpoint(folder / "checkpoints" / "scenes" / "cca"), load_checkpoint(folder / "checkpoints" / "scenes" / "theirs")
    assert kept.card.name == "scenes/theirs" and kept.card.metrics == sent.card.metrics
    assert all(value.equal(sent.model.state_dict()[name]) for name, value in kept.model.state_dict().items())
    (index,) = yaml.safe_load((folder / "repositories" / "someone" / "cca" / "README.md").read_text().split("---")[1])["model-index"]
    told = {(metric["type"], metric["config"]): metric["value"] for result in index["results"] for metric in result["metrics"]}
    assert told == {(metric.measure, metric.direction): metric.value for metric in sent.card.metrics}


def test_a_pushed_card_tells_no_paths():
    card = load_checkpoint(PROJECT / "checkpoints" / "scenes" / "cca").card
    ids = {"open_clip:local-dir:/home/me/clip": "open_clip:local-dir:clip", "open_clip:ViT-B-32@/a/b/e.pt": "open_clip:ViT-B-32@e.pt", "minilm": "minilm"}
    for id, shown in ids.items():
        encoder = card.encoders.x.model_copy(update={"id": id})
        assert without_paths(card.model_copy(update={"encoders": EncodersCard(x=encoder)})).encoders.x.id == shown
