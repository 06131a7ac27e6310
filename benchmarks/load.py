"""Twenty visitors at once: real browser sessions on the running app, each with questions of its own, minutes on end.

Every answer is compared with what the engine alone answers, so that a session that saw another's state would be noticed.
The server's own journal gives times and failures; its memory is read while it runs.
"""

import asyncio
import os
import random
import re
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from playwright.async_api import Page, async_playwright

from benchmarks.browser import CHROMIUM, QUIET, Served, app
from benchmarks.measure import Row, at_most
from engine.checkpoints.storage import Entry, list_checkpoints
from engine.search.retriever import Retriever

SESSIONS = 20
QUESTIONS = 6  # of each session
PAUSE = (2.0, 6.0)  # seconds a visitor reads before the next step
ELSEWHERE = ("Look", "Data and models", "Start")
PATIENCE = 60_000  # milliseconds until a step counts as failed
WARM_UP = 0.25  # of the run: what happens before is not judged
THINGS = ("dog", "sheep", "red car", "boat", "cake", "tree", "bicycle", "rabbit", "house", "kite", "duck", "lamp", "apple", "tractor", "cow", "tent", "clock", "balloon", "fox", "bus")
PLACES = ("on the beach", "at night", "in the snow", "on a table", "beside a flower", "far away")

SHOWN = """([said, first]) => [...document.querySelectorAll('[data-testid=stHeading]')].some(heading => heading.textContent === said) &&
    [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].some(host => host.shadowRoot?.querySelector('section.A button')?.dataset.id === first)"""


@dataclass
class Seen:
    """What all visitors met: steps done by kind, and what went wrong in words."""

    steps: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)  # seconds since the start, MB


def run(minutes: int) -> list[Row]:
    checkpoint = first_of_scenes()
    expected = answers(Retriever.open(checkpoint.path))
    seen = Seen()
    with TemporaryDirectory() as folder:
        journal = Path(folder) / "journal"
        with app({"TWOVIEW_LOG": str(journal)}) as server:
            began = asyncio.run(crowd(server, expected, 60 * minutes, seen))
        lines = journal.read_text(encoding="utf-8").splitlines()
    warm = began + WARM_UP * 60 * minutes
    took = [float(found[1]) for line in lines if (found := re.search(r"INFO Retrieve took (\d+) ms", line)) and stamp(line) >= warm]
    failures = [line for line in lines if " ERROR " in line]
    grown, before, after = growth(seen.memory, WARM_UP * 60 * minutes)
    steps = ", ".join(f"{number} × {what}" for what, number in sorted(seen.steps.items()))
    for wrong in [*seen.wrong, *failures][:20]:
        print(wrong)
    return [
        at_most(f"load, {SESSIONS} sessions, {minutes} min: steps that failed or showed another's state", len(seen.wrong), 0, "", steps),
        at_most("load: failures in the server's journal", len(failures), 0, "", f"{len(lines)} page runs"),
        at_most("load: warm retrieval on the server, 95th percentile", float(np.percentile(took, 95)), 500, "ms", f"whole page runs; median {np.median(took):.0f} ms of {len(took)}"),
        at_most("load: growth of memory after warm-up", grown, 5, "%", f"server's resident memory {before:.0f} → {after:.0f} MB"),
    ]


def first_of_scenes() -> Entry:
    """The checkpoint that the app takes for model A when nothing is chosen."""
    return next(entry for entry in list_checkpoints() if entry.card and entry.card.data.name == "scenes")


def answers(retriever: Retriever) -> dict[str, str]:
    """For each question, the card that has to come first."""
    found = {}
    for thing, place in product(THINGS, PLACES):
        text = f"a {thing} {place}"
        ranking = retriever.rank_text(text)
        found[text] = f"{ranking.view}:{getattr(retriever.gallery, ranking.view).ids[ranking.rows[0]]}"
    return found


async def crowd(server: Served, expected: dict[str, str], seconds: float, seen: Seen) -> float:
    """All visitors come one after the other, then stay until the time is over. Returns when it began (since the epoch).

    The first sees every page, so that the server is warm: what it imports and computes once is not the crowd's to wait for.
    Visitors have processors of their own, which this machine has not: their browsers give way to the server.
    """
    os.nice(10)
    questions = list(expected)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        pages = []
        for number in range(SESSIONS):
            context = await browser.new_context(viewport={"width": 1440, "height": 900})
            page = await context.new_page()
            page.set_default_timeout(4 * PATIENCE)  # the first waits for torch to be imported
            page.on("pageerror", lambda error, number=number: seen.wrong.append(f"session {number}: {error}"))
            await page.goto(f"{server.address}/retrieve")
            await ask(page, questions[number * QUESTIONS], expected[questions[number * QUESTIONS]])
            if number == 0:
                for where in ELSEWHERE:
                    await away(page, where, questions[0], expected[questions[0]])
            page.set_default_timeout(PATIENCE)
            pages.append(page)
        began, end = time.time(), time.monotonic() + seconds
        visitors = [
            visitor(page, number, {q: expected[q] for q in questions[number * QUESTIONS : (number + 1) * QUESTIONS]}, end, seen)
            for number, page in enumerate(pages)
        ]
        await asyncio.gather(watch(server.pid, end, seen), *visitors)
        await browser.close()
    return began


async def visitor(page: Page, number: int, mine: dict[str, str], end: float, seen: Seen) -> None:
    """One person's visit: questions of their own, a result picked now and then, a look at other pages and back."""
    chance = random.Random(number)
    asked = next(iter(mine))
    while time.monotonic() < end:
        await asyncio.sleep(chance.uniform(*PAUSE))
        kind = chance.choices(("ask", "pick", "look", "away"), (6, 2, 1, 1))[0]
        if kind == "pick":
            await step(page, kind, number, pick(page), seen)
        elif kind in ("look", "away"):
            where = "Look" if kind == "look" else chance.choice(ELSEWHERE[1:])
            await step(page, kind, number, away(page, where, asked, mine[asked]), seen)
            continue
        asked = chance.choice(list(mine))
        await step(page, "ask", number, ask(page, asked, mine[asked]), seen)


async def step(page: Page, kind: str, number: int, act: Coroutine, seen: Seen) -> None:
    """Do something, and note whether it went as it should."""
    try:
        await act
        seen.steps[kind] = seen.steps.get(kind, 0) + 1
        if await page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count():
            seen.wrong.append(f"session {number}, {kind}: an error was shown")
    except Exception as error:
        seen.wrong.append(f"session {number}, {kind}: {str(error).splitlines()[0]} at {page.url}")


async def ask(page: Page, text: str, first: str) -> None:
    """Type a question; its own answer has to appear."""
    words = page.get_by_label("Ask in words")
    await words.fill(text)
    await words.press("Enter")
    await page.wait_for_function(SHOWN, arg=[f"“{text}”", first])


async def pick(page: Page) -> None:
    """Make a result the next question: a picture finds sentences, its own five among them."""
    await page.locator("section.A button").nth(1).click()
    await page.locator("section.A ol.sentences button").nth(4).wait_for()
    await page.locator("section.A .badge").first.wait_for()


async def away(page: Page, where: str, text: str, first: str) -> None:
    """Go to another page and come back: the question and its answer are still there."""
    await page.get_by_role("link", name=where, exact=True).first.click()
    await page.wait_for_function("title => document.title.startsWith(title)", arg=where)
    await page.wait_for_function("document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'")
    await page.get_by_role("link", name="Retrieve", exact=True).first.click()
    await page.wait_for_function(SHOWN, arg=[f"“{text}”", first])


async def watch(pid: int, end: float, seen: Seen) -> None:
    began = time.monotonic()
    while time.monotonic() < end:
        seen.memory.append((time.monotonic() - began, resident(pid)))
        await asyncio.sleep(2)


def resident(pid: int) -> float:
    """A process' resident memory in MB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def growth(memory: list[tuple[float, float]], warm: float) -> tuple[float, float, float]:
    """Percent between the first and the last third of what comes after warm-up, and both medians in MB."""
    after = np.array([size for moment, size in memory if moment >= warm])
    first, _, last = np.array_split(after, 3)
    return 100 * float(np.median(last) / np.median(first) - 1), float(np.median(first)), float(np.median(last))


def stamp(line: str) -> float:
    """A journal line's moment, in seconds since the epoch."""
    return time.mktime(time.strptime(line[:19], "%Y-%m-%d %H:%M:%S"))
