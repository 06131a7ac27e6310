"""Seconds from asking for a page until it is useful, beyond what an empty Streamlit page takes in the same browser and run."""

from collections.abc import Callable

from playwright.sync_api import Page

from benchmarks.browser import APP, beside_empty, chromium, empty_page, served
from benchmarks.measure import Row, at_most

BAR = 1.5  # seconds


def cards(number: int) -> Callable[[Page], object]:
    """Waits until this many pictures of cards are there to be seen."""

    def ready(page: Page) -> None:
        page.locator("section img").nth(number - 1).wait_for()
        page.locator("section img").first.evaluate("image => image.decode()")

    return ready


def examples(page: Page) -> None:
    """Waits until the three examples of the start page stand: the light on a picture, the chart, both models' answers."""
    page.locator("[data-testid=stImage] img").nth(1).wait_for()
    cards(2)(page)


def leaderboard(page: Page) -> None:
    """Waits until both charts and the table of the leaderboard are drawn."""
    page.locator("[data-testid=stHtml] [role=img]").nth(1).wait_for()
    page.locator("[data-testid=stDataFrame] canvas").first.wait_for()


PAGES = {
    "start": ("", examples),
    "retrieve, the gallery": ("retrieve", cards(12)),
    "retrieve, a question's results": ("retrieve?q=a+puppy", cards(24)),
    "compare, the leaderboard": ("compare", leaderboard),
}


def run(rounds: int) -> list[Row]:
    rows = []
    with chromium() as browser, empty_page() as empty, served(APP) as ours:
        for what, (path, ready) in PAGES.items():
            nothing, something = beside_empty(browser, empty, f"{ours.address}/{path}", ready, rounds)
            note = f"warm server; ours {something:.2f} s, an empty page {nothing:.2f} s, medians of {rounds}"
            rows.append(at_most(f"first useful screen: {what}, beyond an empty page", something - nothing, BAR, "s", note))
    return rows
