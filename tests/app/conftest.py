"""What the app's tests stand on: the checkpoints that ship, and a server for those that drive a browser."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.frame import warm
from benchmarks import browser
from engine.checkpoints.storage import list_checkpoints
from engine.paths import checkpoints_dir


@pytest.fixture(scope="session", autouse=True)
def no_leisure() -> Iterator[None]:
    """In the tests' own process nothing is loaded seconds after a page: pytest goes through all loggers before each test, and breaks where an import in another thread makes one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warm, "LAST", ())
        yield


@pytest.fixture(scope="session")
def shipped() -> Path:
    """The folder of checkpoints, with two models of scenes in it or more."""
    usable = [entry for entry in list_checkpoints() if entry.card and entry.card.data.name == "scenes"]
    if len(usable) < 2:
        pytest.skip(f"fewer than two checkpoints of scenes in {checkpoints_dir()}")
    return checkpoints_dir()


@pytest.fixture(scope="session")
def in_a_clone(shipped) -> Callable[[Path], bool]:
    """Says of a checkpoint's folder whether it is one that ships."""
    listed = subprocess.run(["git", "ls-files", "checkpoints/*/*/card.json"], cwd=browser.PROJECT, capture_output=True, text=True, check=False).stdout.split()
    cards = {browser.PROJECT / card for card in listed}
    return lambda folder: folder.resolve() / "card.json" in cards


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
