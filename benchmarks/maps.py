"""The linked maps in Chromium: until they stand, from the pointer to the rings, from the lasso to the gallery, a million points."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks import crowded
from benchmarks.browser import APP, app, beside_empty, chromium, empty_page, seconds_until, served
from benchmarks.measure import Row, at_least, at_most, family, held

HERE = Path(__file__).parent
MAPS = "canvas.over"
FRAME = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Rings are drawn with arc(); each map's latest one is noted, and when the pointer's event came.
WATCH = """() => {
  const arc = CanvasRenderingContext2D.prototype.arc;
  window.rings = new Map();
  CanvasRenderingContext2D.prototype.arc = function (...rest) { window.rings.set(this.canvas, performance.now()); return arc.apply(this, rest); };
  window.addEventListener("pointermove", (event) => { window.moved = event.timeStamp; }, true);
  window.addEventListener("pointerup", (event) => { window.lifted = event.timeStamp; }, true);
}"""
RINGED = "async () => { await " + FRAME + "; return [window.rings.size, performance.now() - window.moved, Math.max(0, ...window.rings.values()) - window.moved]; }"
# A map is dragged a little before each frame; the mean pace of the frames that the browser presents.
PACE = """async ([x, y]) => {
  const map = document.elementsFromPoint(x, y).map((e) => e.shadowRoot ?? e).map((e) => e.elementFromPoint?.(x, y) ?? e).find((e) => e.matches("canvas.over"));
  const send = (type, by) => map.dispatchEvent(new PointerEvent(type, { clientX: x + by, clientY: y + by, pointerId: 1, bubbles: true, button: 0, buttons: 1 }));
  map.setPointerCapture = () => {};
  send("pointerdown", 0);
  const times = [];
  for (let by = 1; by <= 120; by++) {
    send("pointermove", by);
    times.push(await new Promise(requestAnimationFrame));
  }
  send("pointerup", 120);
  return (1000 * (times.length - 1)) / (times.at(-1) - times[0]);
}"""
# The gallery stands when its cards are others than before the lasso; one that encloses nothing has no gallery.
GALLERY = """async (before) => {
  const roots = () => [...document.querySelectorAll("*")].map((e) => e.shadowRoot).filter(Boolean);
  const ids = () => roots().flatMap((r) => [...r.querySelectorAll("section button[data-id]")]).map((b) => b.dataset.id).join();
  const cleared = () => roots().some((r) => r.querySelector("[aria-live]")?.textContent === "Selection cleared");
  for (const end = performance.now() + 20000; performance.now() < end;) {
    await new Promise(requestAnimationFrame);
    if (cleared()) return [before, null];
    const now = ids();
    if (now && now !== before) return [now, performance.now() - window.lifted];
  }
  throw new Error("no gallery");
}"""


def run(rounds: int) -> list[Row]:
    with chromium() as browser, empty_page() as empty:
        return [*default_page(browser, empty, rounds), *a_crowd(browser, rounds), *a_million(browser, empty)]


def standing(number: int) -> Callable[[Page], object]:
    """Waits until so many maps are drawn."""

    def ready(page: Page) -> None:
        page.locator(MAPS).nth(number - 1).wait_for()
        page.evaluate(FRAME)

    return ready


def default_page(browser: Browser, empty: str, rounds: int) -> list[Row]:
    with app() as ours:
        nothing, something = beside_empty(browser, empty, f"{ours.address}/spaces", standing(4), rounds)
        page = opened(browser, f"{ours.address}/spaces", 4)
        took = lassoed(page, 10 * rounds)
        page.context.close()
    note = f"warm server; ours {something:.2f} s, an empty page {nothing:.2f} s, medians of {rounds}"
    return [
        at_most("4 maps × 6,000 points, beyond an empty page", something - nothing, 1.5, "s", note),
        at_most("lasso to gallery with pictures, 4 × 6,000 points, p95", float(np.percentile(took, 95)), 300, "ms", f"median {median(took):.0f} ms of {len(took)}"),
    ]


def a_crowd(browser: Browser, rounds: int) -> list[Row]:
    with TemporaryDirectory() as folder:
        crowded.checkpoints(Path(folder))
        with served(APP, {"TWOVIEW_CHECKPOINTS": folder, "TWOVIEW_CACHE": f"{folder}/cache"}, "benchmarks.crowded") as ours:
            address = f"{ours.address}/spaces?spaces-layout=PCA"
            seconds_until(browser, address, standing(2))
            page = opened(browser, address, 2)
            rings = hovered(page, 10 * rounds)
            took = lassoed(page, 10 * rounds)
            page.context.close()
    said = "2 maps × 100,000 points"
    return [
        at_most(f"hover to rings in all maps, {said}, p95", float(np.percentile(rings, 95)), 50, "ms", f"event to the frame after; median {median(rings):.0f} ms of {len(rings)}"),
        at_most(f"lasso to gallery, {said}, p95", float(np.percentile(took, 95)), 300, "ms", f"median {median(took):.0f} ms of {len(took)}"),
    ]


def a_million(browser: Browser, empty: str) -> list[Row]:
    with served(HERE / "million.py") as ours:
        nothing, something = beside_empty(browser, empty, ours.address, standing(1), 1)
        before = resident("chrom")
        page = opened(browser, ours.address, 1)
        box = page.locator(MAPS).first.bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        frames = []
        for step in range(10):
            start = perf_counter()
            page.mouse.wheel(0, -120 if step < 5 else 120)
            page.evaluate(FRAME)
            frames.append(1000 * (perf_counter() - start))
        page.mouse.down()
        for step in range(10):
            start = perf_counter()
            page.mouse.move(x + 8 * step, y + 5 * step)
            page.evaluate(FRAME)
            frames.append(1000 * (perf_counter() - start))
        page.mouse.up()
        pace = page.evaluate(PACE, [x, y])
        heap = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
        added = resident("chrom") - before
        page.context.close()
    note = f"shown {something - nothing:.1f} s after an empty page would be; slowest {max(frames):.0f} ms; drawn by the processor; a density from far"
    return [
        at_most("1,000,000 points in one map: a step of zoom or pan until drawn, median", median(frames), 300, "ms", note),
        at_least("1,000,000 points in one map, moved: frames a second in the browser's own clock", pace, 60, "", "the density that is shown from far; drawn by the processor"),
        at_most("1,000,000 points in one map: memory of the browser", added, 1500, "MB", f"all its processes beyond before; {heap:.0f} MB in the script's heap"),
    ]


def opened(browser: Browser, address: str, maps: int) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(150_000)
    page.goto(address)
    standing(maps)(page)
    page.wait_for_function("document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'")
    page.evaluate(WATCH)
    return page


def hovered(page: Page, times: int) -> list[float]:
    """Milliseconds from the pointer's event until every map with its ring has been presented."""
    box = page.locator(MAPS).first.bounding_box()
    assert box
    maps, took = page.locator(MAPS).count(), []
    rng = np.random.default_rng(0)
    while len(took) < times:
        x, y = rng.normal(0.5, 0.12, 2)
        page.evaluate("window.rings.clear()")
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
        drawn, presented, _ = page.evaluate(RINGED)
        if drawn == maps:  # else there was no point within reach, or the same one
            took.append(presented)
    return took


def lassoed(page: Page, times: int) -> list[float]:
    """Milliseconds from letting the pointer go until the gallery shows the new selection."""
    box = page.locator(MAPS).first.bounding_box()
    assert box
    page.get_by_role("button", name="Lasso").click()
    before, turn, took = None, False, []
    rng = np.random.default_rng(0)
    while len(took) < times + 1:
        side, turn = rng.uniform(0.28, 0.42), not turn  # left and right in turn, so that no selection is like the one before
        x, y = box["x"] + box["width"] * (side if turn else 1.1 - side), box["y"] + box["height"] * rng.uniform(0.4, 0.6)
        page.mouse.move(x + 40, y)
        page.mouse.down()
        for angle in np.linspace(0, 2 * np.pi, 24):
            page.mouse.move(x + 40 * np.cos(angle), y + 40 * np.sin(angle))
        page.mouse.up()
        before, waited = page.evaluate(GALLERY, before)
        if waited is not None:
            took.append(waited)
        page.wait_for_timeout(200)
    return took[1:]  # the first opens the gallery's lookups


def resident(name: str) -> float:
    """Memory (MB) of this process's descendants whose program's name contains ``name``, shared pages counted once."""
    return sum(held(pid) for pid in family(os.getpid()) if name in _program(pid))


def _program(pid: int) -> str:
    """"" when it has ended meanwhile."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""
