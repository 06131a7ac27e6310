"""From a folder of 300 photos to a linear CCA that answers a question, in Chromium, as a person would do it: seconds, and how often the person acts.

Bars: 60 s on two cores with a local encoder, five acts. The server is warm, and nothing is kept of the photos; the clock runs from the page's first
word to the first answer.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from PIL import Image
from playwright.sync_api import Browser, Page

from app.frame.warm import LAST
from benchmarks import browser
from benchmarks.measure import Row, at_most
from engine.data import load
from engine.data.flickr8k import INFO
from engine.paths import checkpoints_dir

PHOTOS, SIZE = 300, (768, 576)
QUESTION = "a dog runs on the beach"


@dataclass
class Person:
    """Whoever sits before the page: what they did, and when what they waited for was there, in seconds."""

    page: Page
    began: float = field(default_factory=perf_counter)
    acts: int = 0
    marks: dict[str, float] = field(default_factory=dict)

    def act(self, do) -> None:
        do()
        self.acts += 1

    def sees(self, what: str, there) -> None:
        there.wait_for()
        self.marks[what] = perf_counter() - self.began


def run(root: Path, rounds: int) -> list[Row]:
    if INFO.missing(root):
        return []
    with TemporaryDirectory() as temporary, browser.chromium() as chromium:
        lay_out(root, Path(temporary) / "holiday")
        trips = []
        for number in range(rounds):
            with served(chromium, Path(temporary) / str(number)) as address:
                trips.append(trip(chromium, address, Path(temporary) / "holiday"))
    best = min(trips, key=lambda person: person.marks["answer"])
    note = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in best.marks.items())
    return [
        at_most(f"folder of {PHOTOS} photos to an answer in the browser", best.marks["answer"], 60, "s", note),
        at_most("acts of the person on that way", best.acts, 5, "acts"),
    ]


@contextmanager
def served(chromium: Browser, place: Path) -> Iterator[str]:
    """A server that has loaded the engine, and keeps nothing of an earlier round."""
    (place / "checkpoints").mkdir(parents=True)
    for shipped in checkpoints_dir().iterdir():  # as somebody has it who has installed Twoview
        (place / "checkpoints" / shipped.name).symlink_to(shipped)
    environment = {name: str(place / part) for name, part in (("TWOVIEW_CHECKPOINTS", "checkpoints"), ("TWOVIEW_OWN", "own"), ("TWOVIEW_CACHE", "cache"))}
    journal = place / "journal"
    with browser.app(environment | {"TWOVIEW_LOG": str(journal)}) as running:
        page = chromium.new_page()
        page.set_default_timeout(150_000)
        page.goto(f"{running.address}/yours")
        page.get_by_role("textbox", name="A folder on this computer").wait_for()
        page.close()
        while f"{LAST[-1]} is loaded" not in journal.read_text(encoding="utf-8"):
            sleep(0.2)
        yield running.address


def trip(chromium: Browser, address: str, folder: Path) -> Person:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(300_000)
    page.goto(f"{address}/yours")
    path = page.get_by_role("textbox", name="A folder on this computer")
    path.wait_for()
    person = Person(page)

    def bring() -> None:
        path.fill(str(folder))
        path.press("Enter")

    person.act(bring)
    person.sees("rows", page.get_by_text(f"{PHOTOS} pictures with"))
    person.act(page.get_by_role("tab", name="Train").click)
    train = page.get_by_role("button", name="Train 1 model")
    person.sees("train", train)
    person.act(train.click)
    retrieve = page.get_by_test_id("stMain").get_by_role("button", name="Retrieve")
    person.sees("trained", retrieve)
    person.act(retrieve.click)
    ask = page.get_by_role("searchbox", name="Ask in words")
    person.sees("retrieve", ask)

    def question() -> None:
        ask.fill(QUESTION)
        ask.press("Enter")

    person.act(question)
    page.wait_for_url("**q=*")
    person.sees("answer", page.locator("section.A button img").first)
    context.close()
    return person


def lay_out(root: Path, folder: Path) -> None:
    """Photos at the size that a camera's export has, and a spreadsheet of their sentences."""
    data = load("flickr8k", "test", root)
    folder.mkdir(parents=True)
    names = {}
    for row in range(PHOTOS):
        names[int(data.x.groups[row])] = data.x.ids[row]
        data.x.items[row].resize(SIZE, Image.Resampling.BICUBIC).save(folder / data.x.ids[row], quality=90)
    with (folder / "captions.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "caption"])
        writer.writerows([names[int(group)], text] for group, text in zip(data.y.groups, data.y.items, strict=True) if int(group) in names)
