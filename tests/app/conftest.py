"""What the app's tests stand on: the checkpoints that ship, and a server for those that drive a browser."""

import shutil
from pathlib import Path

import pytest

from benchmarks import browser
from engine.checkpoints.storage import list_checkpoints
from engine.paths import checkpoints_dir


@pytest.fixture(scope="session")
def shipped() -> Path:
    """The folder of checkpoints, with two models of scenes in it or more."""
    usable = [entry for entry in list_checkpoints() if entry.card and entry.card.data.name == "scenes"]
    if len(usable) < 2:
        pytest.skip(f"fewer than two checkpoints of scenes in {checkpoints_dir()}")
    return checkpoints_dir()


@pytest.fixture(scope="session")
def root(shipped, tmp_path_factory) -> Path:
    """The shipped checkpoints, and beside those of scenes one whose weights are cut off."""
    folder = tmp_path_factory.mktemp("checkpoints")
    (folder / "scenes").mkdir()
    for path in shipped.iterdir():
        if path.name != "scenes":
            (folder / path.name).symlink_to(path)
    for path in (shipped / "scenes").iterdir():
        (folder / "scenes" / path.name).symlink_to(path)
    model = next(entry.path for entry in list_checkpoints(shipped) if entry.card and entry.card.data.name == "scenes")
    cut = folder / "scenes" / "cut-off"
    if not cut.is_symlink():
        shutil.copytree(model, cut)
        (cut / "model.safetensors").write_bytes((cut / "model.safetensors").read_bytes()[:4000])
    return folder


@pytest.fixture(scope="session")
def server(root) -> str:
    """The address of the app, served as a person would start it."""
    with browser.app({"TWOVIEW_CHECKPOINTS": str(root)}) as running:
        yield running.address


@pytest.fixture(scope="session")
def chromium():
    """A browser. Debian's Chromium, or the one ``TWOVIEW_CHROMIUM`` names."""
    if browser.CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with browser.chromium() as opened:
        yield opened
