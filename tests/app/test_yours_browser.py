"""The whole way in Chromium: from a zip to Compare; and a broken zip, a table without a usable column."""

import csv
import io
import zipfile

import pytest

from benchmarks import browser
from tests.app.browsing import settle
from tests.app.test_yours_page import picture

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def packed(header: tuple[str, str] = ("Bild", "Beschreibung"), pictures: bool = True) -> bytes:
    """A zip as a file manager packs a folder: forty pictures and their table, with headings of any language."""
    buffer, table = io.BytesIO(), io.StringIO()
    writer = csv.writer(table, delimiter=";")
    writer.writerow(header)
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(40):
            if pictures:
                archive.writestr(f"holiday/{number}.png", picture(number))
            writer.writerow([f"{number}.png", f"a picture of thing {number}"] if pictures else [number, number])
        archive.writestr("holiday/table.csv", table.getvalue())
    return buffer.getvalue()


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory):
    folder = tmp_path_factory.mktemp("yours")
    with browser.app({"TWOVIEW_CHECKPOINTS": str(folder / "checkpoints"), "TWOVIEW_OWN": str(folder / "own")}) as running:
        context = chromium.new_context()
        page = context.new_page()
        page.set_default_timeout(150_000)
        page.goto(f"{running.address}/yours")
        page.get_by_role("heading", name="Your data").wait_for()
        settle(page)
        yield page
        context.close()


def upload(page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/zip", "buffer": content})
    page.get_by_role("button", name="Bring 1 file").click()


def test_what_cannot_be_read_is_a_sentence_and_is_not_kept(page):
    upload(page, "broken.zip", packed()[:2000])
    page.get_by_text("no zip that can be read").wait_for()
    settle(page)
    assert not page.get_by_role("combobox", name="Data", exact=True).count()


def test_from_a_zip_to_compare(page):
    upload(page, "holiday.zip", packed())
    page.get_by_text("40 pictures with 40 sentences").wait_for()
    page.get_by_text("found by what is in them").wait_for()
    page.get_by_role("tab", name="Train").click()
    settle(page)
    page.get_by_role("combobox", name="Models").click()
    page.get_by_role("option", name="Two-branch").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Train 2 models").click()
    page.get_by_role("button", name="Compare").nth(1).wait_for()
    settle(page)
    assert not page.locator(".st-key-workspace").is_visible(), "the bar chooses nothing here"
    page.get_by_role("button", name="Compare").first.click()
    page.get_by_role("tab", name="A against B").click()
    page.get_by_text("Where they differ").wait_for()
    assert page.locator(".st-key-workspace").is_visible()
    settle(page)
    assert not page.get_by_text("Something went wrong").count()
    assert "/compare" in page.url and "a=Two-branch+network" in page.url and "b=CCA" in page.url


def test_a_table_without_a_usable_column_says_what_it_needs(page):
    page.get_by_role("link", name="Your data").click()
    page.get_by_role("heading", name="Your data").wait_for()
    settle(page)
    if page.locator("input[type=file]").count() == 0:
        page.get_by_role("combobox", name="Data", exact=True).click()
        page.get_by_role("option", name="Bring something new").click()
    upload(page, "numbers.zip", packed(("eins", "zwei"), pictures=False))
    page.get_by_text("needs one column for the picture").wait_for()
    settle(page)
    assert page.get_by_text("Columns of the table").count()
