"""The Ground page in Chromium: phrases, places and words that are touched, keys, links and what is taken away; no overflow on a phone."""

import pytest
from PIL import Image

pytestmark = pytest.mark.browser
STANDS = """before => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].map(host => host.shadowRoot)
    .some(shown => shown?.querySelector('rect.best') && shown.querySelector('.stage img').alt !== before)"""
READS_ELSE = """before => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].map(host => host.shadowRoot?.querySelector('.sentence'))
    .some(line => line && line.innerText !== before)"""
SENTENCE = "data=Scenes%3A+phrases+and+regions&item=y%3Atest-00003%230"


@pytest.fixture
def page(server, chromium):
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    opened = context.new_page()
    opened.set_default_timeout(150_000)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(f"{server}/ground?{SENTENCE}")
    opened.locator(".stage rect.best").first.wait_for(state="attached")
    yield opened
    context.close()
    assert not errors


def test_a_phrase_and_a_place_are_looked_at(page):
    assert page.locator(".stage img").first.get_attribute("alt")
    all_of_them = page.locator(".A rect.best").count()
    assert all_of_them == page.locator("[role=button].phrase").count() > 1 and not page.locator("rect.truth").count()
    page.locator("[role=button].phrase").first.click()
    page.locator("[role=button].phrase[aria-pressed=true]").wait_for()
    assert page.locator(".A rect.best").count() == 1 and page.locator(".A rect.next").count() == 5 and page.locator(".A rect.truth").count() == 2
    assert "phrase=1" in page.url
    page.locator(".A rect.best").first.click(force=True)  # its middle; the page may be drawn anew meanwhile
    page.get_by_text("Model A finds here: 1").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.fixture
def desk(server, chromium):
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    opened.set_default_timeout(150_000)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert not errors


def stands(page, before: str = "") -> str:
    """The picture's alternative text, once there are regions on another than ``before``."""
    page.wait_for_function(STANDS, arg=before)
    return page.locator(".stage img").first.get_attribute("alt")


def test_keys_lead_to_the_next_picture_and_back_and_into_a_phrase(desk, server):
    desk.goto(f"{server}/ground?{SENTENCE}")
    first = stands(desk)
    desk.keyboard.press("ArrowRight")
    second = stands(desk, first)
    desk.keyboard.press("ArrowLeft")
    assert stands(desk, second) == first
    desk.locator("[role=button].phrase").first.focus()
    desk.keyboard.press("Enter")
    desk.locator("[role=button].phrase[aria-pressed=true]").wait_for()


def test_the_link_restores_the_phrase_that_was_touched(desk, server):
    desk.goto(f"{server}/ground?{SENTENCE}&phrase=2")
    desk.locator("[role=button].phrase[aria-pressed=true]").wait_for()
    assert desk.locator("[role=button].phrase[aria-pressed=true]").count() == 1 and desk.locator(".A rect.next").count() == 5


def test_the_next_phrase_that_only_a_finds(desk, server):
    desk.goto(f"{server}/ground?{SENTENCE}&a=Similarity+network%2C+tuned&b=Linear+CCA")
    stands(desk)
    sentence = desk.locator(".sentence").inner_text()
    desk.get_by_role("button", name="Only A is right").click()
    desk.wait_for_function(READS_ELSE, arg=sentence)
    a, b = (desk.locator(f".{letter} li").all_inner_texts() for letter in "AB")
    assert any("Right" in one and "Wrong" in other for one, other in zip(a, b, strict=True))


def test_words_of_the_sentence_are_selected_and_looked_for(desk, server):
    desk.goto(f"{server}/ground?{SENTENCE}")
    stands(desk)
    phrase = desk.locator("[role=button].phrase").first
    wanted = phrase.evaluate("phrase => phrase.lastChild.textContent")
    phrase.evaluate("phrase => phrase.getRootNode().getSelection().selectAllChildren(phrase)")
    desk.get_by_role("button", name=f"Look for “{wanted}”").click()
    desk.wait_for_function("() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].some(host => host.shadowRoot?.querySelectorAll('.phrase').length === 1)")
    assert desk.get_by_role("textbox", name="Look for something else").input_value() == wanted and "find=" in desk.url


def test_the_picture_is_taken_away_with_its_regions(desk, server):
    desk.goto(f"{server}/ground?{SENTENCE}")
    stands(desk)
    with desk.expect_download() as started:
        desk.get_by_role("button", name="PNG of A").click()
    with Image.open(started.value.path()) as picture:
        assert picture.format == "PNG" and min(picture.size) >= 100


def test_compare_draws_the_leaderboard_of_regions(desk, server):
    desk.goto(f"{server}/compare?data=Scenes%3A+phrases+and+regions")
    desk.get_by_text("B alone").wait_for()
    desk.locator("[data-testid=stHtml] [role=img]").first.wait_for()
