"""The Ground page in Chromium: a phrase alone with the next best and the truth, the phrases of a place, and no overflow on a phone."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def page(server, chromium):
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    opened = context.new_page()
    opened.set_default_timeout(150_000)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(f"{server}/ground?data=Scenes%3A+phrases+and+regions&item=y%3Atest-00003%230")
    opened.locator(".stage rect.best").first.wait_for(state="attached")
    yield opened
    context.close()
    assert not errors


def test_a_phrase_and_a_place_are_looked_at(page):
    assert page.locator(".stage img").first.get_attribute("alt")
    all_of_them = page.locator(".A rect.best").count()
    assert all_of_them == page.locator("button.phrase").count() > 1 and not page.locator("rect.truth").count()
    page.locator("button.phrase").first.click()
    page.locator("button.phrase[aria-pressed=true]").wait_for()
    assert page.locator(".A rect.best").count() == 1 and page.locator(".A rect.next").count() == 5 and page.locator(".A rect.truth").count() == 2
    assert "phrase=1" in page.url
    page.locator(".A rect.best").first.click(force=True)  # its middle; the page may be drawn anew meanwhile
    page.get_by_text("Model A finds here: 1").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
