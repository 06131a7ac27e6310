"""The Listen page in Chromium: sounds, a cursor that moves, and results that follow a click on a staff."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def page(server, chromium):
    context = chromium.new_context(viewport={"width": 1440, "height": 1400})
    opened = context.new_page()
    opened.set_default_timeout(150_000)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(f"{server}/listen?data=Tunes")
    opened.get_by_text("True match at rank").first.wait_for()
    yield opened
    context.close()
    assert not errors


def test_a_result_plays_when_asked_and_its_cursor_moves(page):
    assert page.locator("audio").count() >= 6 and not page.locator(".cursor:visible").count()  # nothing plays by itself
    assert all(alt for alt in page.locator(".sheet img").evaluate_all("images => images.map((image) => image.alt)"))
    page.locator(".play").nth(1).click()
    cursor = page.locator(".cursor:visible")
    cursor.wait_for()
    before = cursor.evaluate("cursor => cursor.style.left")
    page.wait_for_function("before => [...document.querySelectorAll('*')].some((host) => [...(host.shadowRoot?.querySelectorAll('.cursor') ?? [])].some((one) => !one.hidden && one.style.left !== before))", arg=before)


def test_a_click_on_the_staff_asks_again(page):
    before = page.locator(".A .title").all_text_contents()
    page.locator(".sheet").first.click(position={"x": 700, "y": 40})
    page.wait_for_function("before => { const now = [...document.querySelectorAll('*')].flatMap((host) => [...(host.shadowRoot?.querySelectorAll('.A .title') ?? [])].map((one) => one.textContent)); return now.length && now.join() !== before.join(); }", arg=before)


def test_a_place_in_a_score_finds_sounds(page):
    page.get_by_role("radio", name="A place in a score").click()
    page.get_by_role("heading", name="The sounds").wait_for()
