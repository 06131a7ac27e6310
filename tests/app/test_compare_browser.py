"""The Compare page in Chromium: tabs and filters in the link, a failure chosen and followed to other pages, the report offline."""

import pytest

from tests.app.browsing import FITS, settle

pytestmark = pytest.mark.browser
GRID = "[data-testid=stDataFrame] canvas"
PLOT = ".js-plotly-plot .main-svg"
DRAWING = "[data-testid=stHtml] [role=img]"


@pytest.fixture(scope="module")
def visit(server, chromium):
    """Open a page of the app; its errors are collected and must stay empty."""
    contexts, errors = [], []

    def open(path: str, width: int = 1440, height: int = 900):
        context = chromium.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(240_000)  # the first visit waits for torch, and perhaps for measuring
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{server}/{path}")
        page.wait_for_selector("[data-testid=stTabs]")
        settle(page)
        return page

    yield open
    for context in contexts:
        context.close()
    assert not errors


def test_the_leaderboard_stands_and_tabs_go_into_the_link(visit):
    page = visit("compare")
    page.locator(DRAWING).nth(1).wait_for()
    page.locator(GRID).first.wait_for()
    page.get_by_text("Quality against cost").click()
    page.locator(f"[data-testid=stExpander] {DRAWING}").nth(1).wait_for()
    page.get_by_role("tab", name="A against B").click()
    page.get_by_text("From a sentence to its picture").wait_for()
    page.wait_for_url("**compare=A*against*B**")
    page.get_by_role("radio", name="picture → sentence").click()
    page.wait_for_url("**direction=**")
    settle(page)
    again = visit(page.url.split("/", 3)[3])
    again.get_by_text("From a sentence to its picture").wait_for()
    assert again.get_by_role("tab", name="A against B").get_attribute("aria-selected") == "true"
    assert again.get_by_role("radio", name="picture → sentence").get_attribute("aria-checked") == "true"


def test_a_failure_is_chosen_and_followed_to_retrieve_look_and_spaces(visit):
    page = visit("compare?compare=Failures&kind=B+right%2C+A+wrong&a=MUC2M&b=CCA+layer")
    page.locator(GRID).first.wait_for()
    page.get_by_role("heading", name="Why").wait_for()
    settle(page)
    page.locator("[data-testid=stDataFrame]").first.click(position={"x": 20, "y": 38 + 35 * 2 + 17})  # the third row's circle
    page.wait_for_url("**item=y**")
    settle(page)
    item = page.url.partition("item=")[2].partition("&")[0]
    address = page.url.split("/", 3)[3]
    page.get_by_role("link", name="Retrieve with it").click()
    page.locator("section.A button").first.wait_for()
    page.wait_for_url(f"**/retrieve?**item={item}**")

    again = visit(address)
    again.get_by_role("heading", name="Why").wait_for()
    settle(again)
    assert f"item={item}" in again.url and "kind=" in again.url
    again.get_by_role("link", name="Look at it").click()
    again.wait_for_url("**/look?**prompt=**")
    assert "picture=" in again.url

    third = visit(address)
    third.get_by_role("button", name="Find it in the spaces").click()
    third.get_by_text("6 selected", exact=False).wait_for()
    assert "/spaces" in third.url and "a=MUC2M" in third.url, "model A is still the one that was chosen"


def test_the_report_opens_offline_with_its_charts(visit, chromium, tmp_path):
    page = visit("compare?compare=Report")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Report as HTML").click()
    waiting.value.save_as(tmp_path / "report.html")
    context = chromium.new_context(offline=True)
    report, asked, errors = context.new_page(), [], []
    report.on("request", lambda request: asked.append(request.url))
    report.on("pageerror", lambda error: errors.append(str(error)))
    report.goto((tmp_path / "report.html").as_uri())
    report.locator(PLOT).nth(5).wait_for()
    places, drawn = report.locator("[data-chart]").count(), report.locator("[data-chart].js-plotly-plot").count()
    context.close()
    assert places == drawn > 10 and not errors
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked), asked


@pytest.mark.parametrize("tab", ["Leaderboard", "A against B", "Failures", "Audit", "Report"])
def test_no_tab_is_wider_than_a_phone(visit, tab):
    page = visit(f"compare?compare={tab.replace(' ', '+')}", 390, 844)
    page.wait_for_timeout(1000)
    assert page.evaluate(FITS)
    wide = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stPlotlyChart], [data-testid=stDataFrame], [data-testid=stMarkdown], [data-testid=stBidiComponentRegular]')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.dataset.testid)"""
    )
    assert not wide
