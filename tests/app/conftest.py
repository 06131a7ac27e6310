"""What the app's tests stand on: the checkpoints that ship, and a server for those that drive a browser."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from engine.paths import checkpoints_dir
from engine.training.checkpoints import list_checkpoints

PROJECT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("TWOVIEW_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"TWOVIEW_CHECKPOINTS": str(root), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless", "true", "--server.address", "127.0.0.1", "--server.port", str(port)]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address, end = f"http://127.0.0.1:{port}", monotonic() + 120
    while True:
        try:
            if urlopen(f"{address}/_stcore/health", timeout=2).status == 200:
                break
        except (URLError, OSError):
            assert process.poll() is None, "the server ended before it began"
            assert monotonic() < end, "the server did not begin within two minutes"
    yield address
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="session")
def chromium():
    """A browser. Debian's Chromium, or the one ``TWOVIEW_CHROMIUM`` names."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()
