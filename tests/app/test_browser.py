"""The app in Chromium, on the models that ship: what a visitor does, with mouse, keyboard, links and files."""

from io import BytesIO

import pytest
from PIL import Image

from tests.app.browsing import FITS, settle

pytestmark = pytest.mark.browser
CARD = "section.A button"


@pytest.fixture(scope="module")
def visit(server, chromium):
    """Open a page of the app; its errors are collected and must stay empty."""
    contexts, errors = [], []

    def open(path: str, width: int = 1440, height: int = 900):
        context = chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(150_000)  # the first visit waits for torch to be imported
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{server}/{path}")
        page.wait_for_selector("[data-testid=stMainBlockContainer] h1, [data-testid=stTextInput]")
        settle(page)
        return page

    yield open
    for context in contexts:
        context.close()
    assert not errors


def png(mode: str = "RGB", size: tuple[int, int] = (640, 480)) -> bytes:
    buffer = BytesIO()
    Image.new(mode, size, "olive").save(buffer, "PNG")
    return buffer.getvalue()


def test_a_sentence_a_click_and_the_link(visit):
    page = visit("retrieve")
    page.get_by_label("Ask in words").fill("a puppy")
    page.keyboard.press("Enter")
    page.wait_for_selector(CARD)
    assert "q=a+puppy" in page.url
    assert page.locator(CARD).count() == page.locator("section.B button").count() == 12
    assert page.locator(f"{CARD} img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0

    chosen = page.locator(CARD).nth(2).get_attribute("data-id")
    page.locator(CARD).nth(2).click()
    page.wait_for_selector("section.A ol.sentences")
    assert "q=" not in page.url and "item=" in page.url
    assert page.locator("section.A .match").count() == 5, "the true sentences are all shown"

    again = visit(page.url.split("/", 3)[3])
    again.wait_for_selector("section.A ol.sentences")
    assert chosen.replace(":", "%3A") in again.url or chosen in again.url
    assert again.locator(CARD).first.get_attribute("data-id") == page.locator(CARD).first.get_attribute("data-id")


def test_the_link_restores_models_and_number_of_results(visit):
    page = visit("retrieve?q=a+house+at+night&n=6&b=No+second+model")
    page.wait_for_selector(CARD)
    assert page.locator(CARD).count() == 6
    assert page.locator("section.B").count() == 0


def test_the_question_is_kept_from_page_to_page(visit):
    page = visit("retrieve?q=a+puppy&n=6")
    page.wait_for_selector(CARD)
    page.get_by_role("link", name="Data and models").click()
    page.wait_for_selector("h1:has-text('Data and models')")
    page.get_by_role("link", name="Retrieve").click()
    page.wait_for_selector(CARD)
    assert "q=a+puppy" in page.url


def test_keyboard_alone(visit):
    page = visit("retrieve?q=a+red+car")
    page.wait_for_selector(CARD)
    page.locator(CARD).first.focus()
    page.keyboard.press("ArrowRight")
    focused = "document.activeElement.shadowRoot?.activeElement?.dataset.id"
    assert page.evaluate(focused) == page.locator(CARD).nth(1).get_attribute("data-id")
    page.keyboard.press("Enter")
    page.wait_for_selector("section.A ol.sentences")
    page.wait_for_function("document.activeElement.shadowRoot?.activeElement?.tagName === 'H3'")


@pytest.mark.parametrize(("name", "content"), [("cut.png", png()[:200]), ("page.png", b"<script>alert(1)</script>")])
def test_a_bad_file_leaves_the_question(visit, name, content):
    page = visit("retrieve?q=a+puppy&n=6")
    page.wait_for_selector(CARD)
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": content})
    page.get_by_text("Your question is unchanged").wait_for()
    assert page.locator(CARD).count() == 6 and "q=a+puppy" in page.url


def test_a_picture_of_ones_own(visit):
    page = visit("retrieve")
    page.locator("input[type=file]").set_input_files({"name": "mine.png", "mimeType": "image/png", "buffer": png()})
    page.wait_for_selector("section.A ol.sentences")
    assert page.get_by_text("Your picture").first.is_visible()


@pytest.mark.parametrize("path", ["", "retrieve", "retrieve?q=a+puppy", "data"])
def test_no_page_is_wider_than_a_phone(visit, path):
    page = visit(path, 390, 844)
    page.wait_for_timeout(500)
    wide = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stMainBlockContainer] *')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('[data-testid=stDataFrame], [overflow]'))
            .filter(e => { for (let p = e.parentElement; p; p = p.parentElement)
                if (/auto|scroll|hidden|clip/.test(getComputedStyle(p).overflowX) && p.dataset.testid !== 'stMain' && p.dataset.testid !== 'stApp') return false; return true; })
            .map(e => e.tagName + ' ' + e.className).slice(0, 5)"""
    )
    assert page.evaluate(FITS) and not wide
