"""The first minute: what a visitor sees, and when, on a server just started and on a warm one, beside an empty Streamlit page."""

import asyncio
from collections.abc import Callable
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from playwright.sync_api import Browser, Page
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks import visitors
from benchmarks.browser import app, beside_empty, chromium, empty_page, empty_stands, seconds_until
from benchmarks.measure import Row, at_most

BAR = 1.5  # seconds of a warm visit above an empty page
CROWD = 20


def cards(number: int) -> Callable[[Page], object]:
    """Waits until this many pictures of cards are there to be seen."""

    def ready(page: Page) -> None:
        page.locator("section img").nth(number - 1).wait_for()
        page.locator("section img").first.evaluate("image => image.decode()")

    return ready


def frame(page: Page) -> None:
    """Waits for the navigation and the bar."""
    page.get_by_role("link", name="Compare").first.wait_for()
    page.locator("[data-testid=stSelectbox]").nth(3).wait_for()


def findings(page: Page) -> None:
    """Waits until the three findings of the start page stand: the light on a picture, the chart, both models' answers."""
    page.locator("[data-testid=stImage] img").nth(1).wait_for()
    cards(2)(page)


def maps(page: Page) -> None:
    page.get_by_role("button", name="Maps as PNG").wait_for()


def spaces(page: Page) -> None:
    page.get_by_role("button", name="Maps as HTML").wait_for()


def leaderboard(page: Page) -> None:
    """Waits until both charts and the table of the leaderboard are drawn."""
    page.locator("[data-testid=stHtml] [role=img]").nth(1).wait_for()
    page.locator("[data-testid=stDataFrame] canvas").first.wait_for()


def data(page: Page) -> None:
    page.locator("[data-testid=stDataFrame] canvas").first.wait_for()


def listen(page: Page) -> None:
    """Waits for both models' answers: the true place's rank is told."""
    page.get_by_text("True match at rank").nth(1).wait_for()


def ground(page: Page) -> None:
    """Waits until regions are drawn on the picture."""
    page.locator(".stage rect.best").first.wait_for(state="attached")


def yours(page: Page) -> None:
    page.get_by_role("textbox", name="A folder on this computer").wait_for()


WARM = {
    "start": ("", findings),
    "retrieve, the gallery": ("retrieve", cards(12)),
    "retrieve, a question's results": ("retrieve?q=a+puppy", cards(24)),
    "compare, the leaderboard": ("compare", leaderboard),
}
AFTER_START = {
    "Retrieve": cards(12), "Look": maps, "Spaces": spaces, "Compare": leaderboard, "Listen": listen, "Ground": ground, "Your data": yours,
    "Data and models": data,
}  # fmt: skip


def run(rounds: int) -> list[Row]:
    rows = [*fresh(rounds), *crowded()]
    with chromium() as browser, empty_page() as empty, app() as ours:
        for what, (path, ready) in WARM.items():
            nothing, something = beside_empty(browser, empty, f"{ours.address}/{path}", ready, rounds)
            note = f"warm server; ours {something:.2f} s, an empty page {nothing:.2f} s, medians of {rounds}"
            rows.append(at_most(f"first useful screen: {what}, beyond an empty page", something - nothing, BAR, "s", note))
    return rows


def fresh(rounds: int) -> list[Row]:
    """A server just started, its cache empty: Start as the first page, then every other page for the first time, at once."""
    healthy, drawn, complete, nothing = [], [], [], []
    others: dict[str, list[float]] = {title: [] for title in AFTER_START}
    with chromium() as browser, empty_page() as empty:
        for _ in range(rounds):
            nothing.append(seconds_until(browser, empty, empty_stands))
            with TemporaryDirectory() as cache, app({"TWOVIEW_CACHE": cache}) as server:
                healthy.append(server.healthy)
                visit = _first_visit(browser, server.address)
            drawn.append(visit.pop("frame"))
            complete.append(visit.pop("findings"))
            for title, took in visit.items():
                others[title].append(took)
    beside = f"an empty page takes {median(nothing):.2f} s; medians of {rounds}, fresh server and cache"
    return [
        at_most("server started until healthy", median(healthy), 2.5, "s", beside),
        at_most("first visit of Start: navigation and bar", median(drawn), 2.5, "s", beside),
        at_most("first visit of Start: all findings", median(complete), 8.0, "s", beside),
        *(at_most(f"first visit of {title} after that", median(took), 3.0, "s", beside) for title, took in others.items()),
    ]


def _first_visit(browser: Browser, address: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(150_000)
    start = perf_counter()
    page.goto(address, wait_until="commit")
    took = {}
    for what, ready in (("frame", frame), ("findings", findings)):
        ready(page)
        took[what] = perf_counter() - start
    for title, ready in AFTER_START.items():
        start = perf_counter()
        page.get_by_role("link", name=title).first.click()
        page.get_by_role("heading", name="Ask two models the same question").wait_for(state="detached")
        ready(page)
        took[title] = perf_counter() - start
    context.close()
    return took


def crowded() -> list[Row]:
    """Everybody at once on a server just started: the slowest visitor's frame, and the slowest complete first page."""
    with chromium() as browser, app() as server:
        files = visitors.files_of(browser, server.address, findings)
    with TemporaryDirectory() as cache, app({"TWOVIEW_CACHE": cache}) as server:
        drawn, complete = zip(*asyncio.run(visitors.crowd(server.address, CROWD, files, [_frame_sent, _page_sent])), strict=True)
    note = f"{CROWD} visitors at once, each of {len(files)} files and a page, on the server's cores; median {median(drawn):.1f} and {median(complete):.1f} s"
    return [
        at_most(f"{CROWD} at once on a fresh server: the slowest frame", max(drawn), 3.0, "s", note),
        at_most(f"{CROWD} at once on a fresh server: the slowest first page", max(complete), 10.0, "s", note),
    ]


def _frame_sent() -> visitors.Seen:
    """Yes once the navigation and the four menus of the bar were sent."""
    sent: list[str] = []

    def seen(message: ForwardMsg) -> bool:
        kind = message.WhichOneof("type")
        sent.append("selectbox" if kind == "delta" and message.delta.new_element.WhichOneof("type") == "selectbox" else str(kind))
        return "navigation" in sent and sent.count("selectbox") == 4

    return seen


def _page_sent() -> visitors.Seen:
    """Yes once the page's script has ended well."""
    return lambda message: message.WhichOneof("type") == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
