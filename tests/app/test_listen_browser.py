"""The Listen page in Chromium: sounds, a cursor that moves, results that follow a click on a staff, and what people bring."""

import io

import numpy as np
import pytest
import soundfile
from PIL import Image

from engine.data import tunes

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


def test_reasons_show_both_sides(page):
    page.get_by_text("Show what raises the first result's score").click()
    page.get_by_role("img", name="Model A: a snippet of the score").wait_for()
    page.get_by_role("img", name="Model A: 3.2 seconds of sound").wait_for()


def test_a_recording_is_followed_by_two_cursors(page):
    page.get_by_role("radio", name="Follow a recording").click()
    page.get_by_text("of the time within one note").first.wait_for()
    page.locator(".sheet").first.click(position={"x": 500, "y": 40})  # moves the sound there
    for cursor in (page.locator(".cursor:not(.truth):visible"), page.locator(".truth:visible")):
        cursor.first.wait_for()
        assert 300 < float(cursor.first.evaluate("cursor => cursor.style.left").removesuffix("px")) < 700


def test_recordings_and_sheets_of_ones_own(page):
    take = io.BytesIO()
    soundfile.write(take, tunes.collection("test").played(7)[: 4 * 22050], 22050, format="FLAC")
    page.get_by_role("radio", name="Your own recording").click()
    files = _files(page, "A recording")
    files.set_input_files({"name": "take.flac", "mimeType": "audio/flac", "buffer": b"no sound at all"})
    page.get_by_text("is no recording that can be read").first.wait_for()
    files.set_input_files({"name": "take.flac", "mimeType": "audio/flac", "buffer": take.getvalue()})
    page.get_by_text("Best of 11,039 places").first.wait_for()
    page.get_by_role("radio", name="Your own sheet").click()
    line = io.BytesIO()
    Image.fromarray(np.pad(255 - tunes.collection("test").staff(7)[:, :1500], 40, constant_values=255)).save(line, "PNG")
    files = _files(page, "A picture of one line")
    files.set_input_files({"name": "white.png", "mimeType": "image/png", "buffer": _png(np.full((90, 400), 255, np.uint8))})
    page.get_by_text("There is no staff to be found").first.wait_for()
    files.set_input_files({"name": "line.png", "mimeType": "image/png", "buffer": line.getvalue()})
    page.get_by_text("Best of").first.wait_for()
    page.get_by_text("Your line of music").first.wait_for()


def _files(page, label):
    """The input of the upload with this label: another one may still be there while the page is made anew."""
    return page.get_by_test_id("stFileUploader").filter(has_text=label).locator("input[type=file]")


def _png(grey: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "PNG")
    return buffer.getvalue()
