"""Your data in Chromium when things go wrong: a full disk, two tabs that do the same at once."""

import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from benchmarks import browser
from tests.app.browsing import settle
from tests.app.test_yours_page import picture
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATH = "A folder on this computer"


@contextmanager
def small_disk(folder: Path, size: str):
    """A disk of a few bytes, as only the system's administrator can make one."""
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be made here: it takes an administrator's rights")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def pairs(tmp_path) -> Path:
    """A hundred pairs of vectors, in a file of their own."""
    rng = np.random.default_rng(0)
    (tmp_path / "pairs").mkdir()
    np.savez(tmp_path / "pairs" / "pairs.npz", x=rng.normal(size=(100, 200)), y=rng.normal(size=(100, 200)))
    return tmp_path / "pairs"


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock"))


def opened(context, address: str):
    page = context.new_page()
    page.set_default_timeout(150_000)
    page.goto(f"{address}/yours")
    page.get_by_role("heading", name="Your data").wait_for()
    settle(page)
    return page


def by_path(page, path: Path) -> None:
    page.get_by_role("textbox", name=PATH).fill(str(path))
    page.get_by_role("textbox", name=PATH).press("Enter")


def test_a_full_disk_is_a_sentence_and_nothing_is_half_written(chromium, tmp_path, pairs):
    with small_disk(tmp_path / "own", "600m") as own, small_disk(tmp_path / "models", "64k") as models:
        (own / "ballast").write_bytes(b"")
        with browser.app({"TWOVIEW_CHECKPOINTS": str(models), "TWOVIEW_OWN": str(own)}) as running:
            page = opened(chromium.new_context(), running.address)
            with (own / "ballast").open("wb") as file, pytest.raises(OSError, match="No space left"):
                while True:
                    file.write(b"0" * 2**20)
            page.locator("input[type=file]").set_input_files(
                [{"name": "t.csv", "mimeType": "text/csv", "buffer": b"image,text\n" + b"".join(b"%d.png,a\n" % n for n in range(40))}]
                + [{"name": f"{number}.png", "mimeType": "image/png", "buffer": picture(number, (640, 480))} for number in range(4)]
            )  # fmt: skip
            page.get_by_role("button", name="Bring 5 files").click()
            page.get_by_text("The disk is full: nothing was kept").wait_for()
            assert files(own) == ["ballast"]
            (own / "ballast").unlink()
            by_path(page, pairs)
            page.get_by_role("tab", name="Train").click()
            page.get_by_role("button", name="Train 1 model").click()
            page.get_by_text("is the disk full?").wait_for()
            assert set(files(models)) <= {"pairs/cca/job.json", "pairs/cca/progress.json"}
            page.get_by_role("button", name="Remove").first.click()
            page.get_by_text("is the disk full?").wait_for(state="detached")
            until(lambda: not files(models), 30)  # the process that trains sweeps what was removed, when it looks the next time
            assert not files(models) and not page.get_by_text("Something went wrong").count()


def test_two_tabs_that_do_the_same_at_once(chromium, tmp_path, pairs):
    own, models = tmp_path / "own", tmp_path / "models"
    with browser.app({"TWOVIEW_CHECKPOINTS": str(models), "TWOVIEW_OWN": str(own)}) as running:
        context = chromium.new_context()
        tabs = [opened(context, running.address) for _ in range(2)]
        for page in tabs:
            by_path(page, pairs)
        for page in tabs:
            page.get_by_text("100 items of 200 numbers with 100 items of 200 numbers").wait_for()
            page.get_by_role("tab", name="Train").click()
        assert files(own) == ["pairs/brought.json"], "the same folder is brought once"
        buttons = [page.get_by_role("button", name="Train 1 model") for page in tabs]
        for button in buttons:
            button.wait_for()
        for button in buttons:
            button.click(no_wait_after=True)
        are_trained(tabs, 2)
        assert all(page.get_by_text("CCA (cca-2)").count() and not page.get_by_text("Something went wrong").count() for page in tabs)
        buttons[1].click()  # while nothing is under way in the other tab, which sees what comes of it all the same
        are_trained(tabs, 3)
        whole = ["card.json", "history.json", "model.safetensors"]
        assert files(models) == sorted(f"pairs/{name}/{file}" for name in ("cca", "cca-2", "cca-3") for file in whole)


def are_trained(tabs: list, count: int) -> None:
    """Wait until every tab shows so many models."""
    for page in tabs:
        page.get_by_test_id("stMain").get_by_role("button", name="Compare").nth(count - 1).wait_for()
        settle(page)
