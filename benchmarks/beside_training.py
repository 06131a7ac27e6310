"""Questions on Retrieve while a model trains: the server's time for an answer, beside its time on the same server before.

A training has two phases that ask for different things: photos are read and encoded, then epochs follow each other.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from unittest.mock import patch

import numpy as np
from playwright.sync_api import Locator, Page

from benchmarks import browser
from benchmarks.folder_to_answer import served
from benchmarks.load import SHOWN, answers, first_of_scenes
from benchmarks.measure import Row, at_most
from engine.data.flickr8k import INFO
from engine.recipes import jobs
from engine.recipes.base import Recipe
from engine.recipes.plan import plan
from engine.search.retriever import Retriever

BAR = 2.0  # times the time of an idle server
WARM_UP = 5  # questions
EPOCHS = 100_000  # more than a benchmark lasts
ENDLESS = {"patience": EPOCHS, "schedule": "constant", "warm_up": 0}


def run(root: Path) -> list[Row]:
    if INFO.missing(root):
        return []
    trainings = {"encodes photos": plan("clip_loss", "flickr8k").recipe, "goes through its epochs": plan("clip_loss", "digits", changes=ENDLESS, epochs=EPOCHS).recipe}
    expected = answers(Retriever.open(first_of_scenes().path))
    parts = np.array_split(list(expected), 1 + len(trainings))
    with TemporaryDirectory() as temporary, browser.chromium() as chromium:
        place = Path(temporary) / "served"
        with served(chromium, place) as address, patch.dict(os.environ, TWOVIEW_CHECKPOINTS=str(place / "checkpoints")):  # its trainings are this process' too
            os.nice(10)  # the browser has processors of its own, which this machine has not: it gives way to the server
            page = chromium.new_page()
            page.set_default_timeout(60_000)
            page.goto(f"{address}/retrieve")
            took = {"idle": asked(page, parts[0], expected, place / "journal")}
            for (phase, recipe), questions in zip(trainings.items(), parts[1:], strict=True):
                with training(chromium.new_page(), address, recipe):
                    took[phase] = asked(page, questions, expected, place / "journal")
    idle, *busy = (float(np.percentile(times, 95)) for times in took.values())
    return [
        at_most(f"an answer on Retrieve while a model {phase}, 95th percentile beside idle", slow / idle, BAR, "×", f"{slow:.0f} and {idle:.0f} ms; medians {np.median(took[phase]):.0f} and {np.median(took['idle']):.0f} of {len(took[phase])}")
        for phase, slow in zip(trainings, busy, strict=True)
    ]


@contextmanager
def training(page: Page, address: str, recipe: Recipe) -> Iterator[None]:
    """The training has begun when the block begins, and is cancelled when it ends; whoever asked for it has gone to another page."""
    folder = jobs.add(recipe)
    page.goto(f"{address}/yours")
    while not any(job.progress and job.progress.done for job in jobs.jobs()):
        sleep(0.2)
    page.close()
    yield
    if not any(job.status == "running" for job in jobs.jobs()):
        raise RuntimeError(f"{recipe.name} was over before the questions were.")
    jobs.cancel(folder)
    while jobs.is_held():
        sleep(0.2)


def asked(page: Page, questions: Sequence[str], expected: dict[str, str], journal: Path) -> list[float]:
    """Ask one after the other, as fast as they are answered. Milliseconds of each page run on the server, but the first few."""
    words = page.get_by_label("Ask in words")
    for text in questions[:WARM_UP]:
        ask(page, words, text, expected[text])
    before = len(took(journal))
    for text in questions[WARM_UP:]:
        ask(page, words, text, expected[text])
    return took(journal)[before:]


def ask(page: Page, words: Locator, text: str, first: str) -> None:
    words.fill(text)
    words.press("Enter")
    page.wait_for_function(SHOWN, arg=[f"“{text}”", first])


def took(journal: Path) -> list[float]:
    return [float(found[1]) for found in re.finditer(r"INFO Retrieve took (\d+) ms", journal.read_text(encoding="utf-8"))]
