"""Every page checked by axe-core in the browser, in both themes and at phone width; none depends on colour alone to be read."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.app.browsing import settle

pytestmark = pytest.mark.browser
PAGES = ("", "retrieve", "retrieve?q=a+puppy", "look", "spaces", "compare", "data")
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
# What Streamlit's own widgets do and an app cannot change without injecting markup: each is listed by rule and element.
FRAME = {"color-contrast": '<span title="'}  # a multiselect's tags: white on the accent, whatever the accent is


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 1440, 900), ("dark", 390, 844)])
def test_axe_finds_nothing(server, chromium, path, scheme, width, height):
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(150_000)
    page.goto(f"{server}/{path}")
    page.wait_for_selector("[data-testid=stMainBlockContainer] h1, [data-testid=stTextInput], [data-testid=stButtonGroup]")
    settle(page)
    page.wait_for_timeout(500)
    found = [
        f"{violation['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for violation in Axe().run(page, options=RULES).response["violations"] for node in violation["nodes"]
        if FRAME.get(violation["id"], "\0") not in node["html"]
    ]  # fmt: skip
    context.close()
    assert not found, "\n".join(found)
