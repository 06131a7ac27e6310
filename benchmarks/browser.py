"""Pages timed in Chromium: a Streamlit script served, an empty page beside ours, seconds until there is something to see."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, sleep
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
APP = PROJECT / "app" / "main.py"
EMPTY = "import streamlit as st\nst.title('Empty')\n"
CHROMIUM = os.environ.get("TWOVIEW_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass(frozen=True)
class Served:
    """A running server: where, its process id, and the seconds until it was healthy."""

    address: str
    pid: int
    healthy: float


@contextmanager
def app(environment: dict[str, str] | None = None) -> Iterator[Served]:
    """Serve the app on a free port of this machine, as a person would start it."""
    port = free_port()
    with _running([sys.executable, "-m", "app", "--headless", "--port", str(port)], port, environment) as server:
        yield server


@contextmanager
def served(script: Path, environment: dict[str, str] | None = None, module: str = "streamlit") -> Iterator[Served]:
    """Serve a Streamlit script with the project's settings. ``module`` is what is run, Streamlit or what starts it."""
    port = free_port()
    with _running([sys.executable, "-m", module, "run", str(script), "--server.headless", "true", "--server.port", str(port)], port, environment) as server:
        yield server


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str] | None) -> Iterator[Served]:
    surroundings = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"} | (environment or {})
    process = subprocess.Popen(command, cwd=PROJECT, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address, start = f"http://localhost:{port}", monotonic()
    try:
        while not _healthy(address):
            if process.poll() is not None or monotonic() > start + 120:
                raise RuntimeError(f"{' '.join(command)} did not serve within two minutes.")
            sleep(0.05)
        yield Served(address, process.pid, monotonic() - start)
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def empty_page() -> Iterator[str]:
    """The address of a Streamlit page with nothing on it but a title."""
    with TemporaryDirectory() as folder:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY, encoding="utf-8")
        with served(script) as server:
            yield server.address


def _healthy(address: str) -> bool:
    try:
        return urlopen(f"{address}/_stcore/health", timeout=2).status == 200
    except (URLError, OSError):
        return False


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser: Debian's Chromium, or the one ``TWOVIEW_CHROMIUM`` names."""
    if CHROMIUM is None:
        raise RuntimeError("Chromium is not installed; name one in TWOVIEW_CHROMIUM.")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


def seconds_until(browser: Browser, address: str, ready: Callable[[Page], object]) -> float:
    """From asking for the address, with nothing cached in the browser, until ``ready(page)`` comes back."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(150_000)  # a server's first visit waits for torch to be imported
    start = perf_counter()
    page.goto(address)
    ready(page)
    took = perf_counter() - start
    context.close()
    return took


def beside_empty(browser: Browser, empty: str, ours: str, ready: Callable[[Page], object], rounds: int) -> tuple[float, float]:
    """Median seconds until an empty Streamlit page stands and until ``ready`` says ours does, in turn in every round.

    The server of ``ours`` is warm: one visit before counts for nothing.
    """
    seconds_until(browser, ours, ready)
    took = [(seconds_until(browser, empty, empty_stands), seconds_until(browser, ours, ready)) for _ in range(rounds)]
    nothing, something = zip(*took, strict=True)
    return median(nothing), median(something)


def empty_stands(page: Page) -> None:
    page.get_by_role("heading", name="Empty").wait_for()
