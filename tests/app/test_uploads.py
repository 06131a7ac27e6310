"""Malformed files sent through the uploader of the running app: each gets a sentence, none becomes active, the server goes on."""

import pytest

from tests.app.browsing import settle
from tests.app.test_browser import CARD, png
from tests.data.malformed import NAMES, SORTS, malformed

pytestmark = pytest.mark.browser
TYPES = ("image/png", "image/svg+xml", "text/html")  # as a browser may call it, whatever it is
HOSTILE_NAME = "<img src=x onerror='window.struck = true'>.png"


def test_one_of_each_sort_is_refused_and_the_question_stays(server, chromium):
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(150_000)
    errors, dialogs = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{server}/retrieve?q=a+puppy&n=6")
    page.wait_for_selector(CARD)
    for place, (sort, content) in enumerate(malformed(len(SORTS))):
        name = HOSTILE_NAME if place == 0 else NAMES[place % len(NAMES)]
        page.locator("input[type=file]").set_input_files({"name": name, "mimeType": TYPES[place % len(TYPES)], "buffer": content})
        page.get_by_text("Your question is unchanged").wait_for()
        settle(page)
        assert page.locator(CARD).count() == 6 and "q=a+puppy" in page.url, sort
        page.get_by_label("Ask in words").fill("a puppy" + "!" * (place + 1))
        page.keyboard.press("Enter")
        page.get_by_text("Your question is unchanged").wait_for(state="detached")
        settle(page)
    assert page.evaluate("window.struck === undefined") and not dialogs and not errors
    assert not page.locator("iframe, object, embed, svg script").count()
    page.locator("input[type=file]").set_input_files({"name": "mine.png", "mimeType": "image/png", "buffer": png()})
    page.wait_for_selector("section.A ol.sentences")
    context.close()
