"""The linked maps in Chromium: what a visitor does with pointer, lasso, keyboard, link and files, and what crosses the wire."""

import csv

import numpy as np
import pytest
from PIL import Image

from app.components.linked_map import Colour, pack, standalone
from tests.app.browsing import DONE, FITS

pytestmark = pytest.mark.browser
MAP = "canvas.over"
INK = """canvas => { const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let drawn = 0; for (let i = 3; i < pixels.length; i += 4) drawn += pixels[i] > 0; return drawn; }"""


@pytest.fixture(scope="module")
def visit(server, chromium):
    """Open the Spaces page; its errors are collected and must stay empty."""
    contexts, errors = [], []

    def open(path: str = "spaces", width: int = 1440, height: int = 900):
        context = chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(150_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.received = 0

        def count(frame) -> None:
            page.received += len(frame)

        page.on("websocket", lambda socket: socket.on("framereceived", count))
        page.goto(f"{server}/{path}")
        page.locator(MAP).first.wait_for()
        settle(page)
        return page

    yield open
    for context in contexts:
        context.close()
    assert not errors


def settle(page) -> None:
    page.wait_for_timeout(150)
    page.wait_for_function(DONE)


def lasso(page, place: int = 0, radius: float = 60) -> None:
    box = page.locator(MAP).nth(place).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.get_by_role("button", name="Lasso").click()
    page.mouse.move(x - radius, y - radius)
    page.mouse.down()
    for dx, dy in ((0, -1.2), (1, -1), (1.2, 0), (1, 1), (0, 1.2), (-1, 1)):
        page.mouse.move(x + dx * radius, y + dy * radius, steps=3)
    page.mouse.up()
    page.get_by_text("selected.").wait_for()
    settle(page)


def test_hovering_rings_the_same_point_on_every_map_and_shows_it(visit):
    page = visit()
    maps = page.locator(MAP)
    assert maps.count() == 4 and [maps.nth(m).evaluate(INK) for m in range(4)] == [0] * 4
    box = maps.first.bounding_box()
    for step in range(40):  # to wherever a point is within reach
        page.mouse.move(box["x"] + box["width"] * (0.2 + 0.015 * step), box["y"] + box["height"] * 0.5)
        if maps.first.evaluate(INK):
            break
    assert all(maps.nth(m).evaluate(INK) > 50 for m in range(4))
    page.locator(".card:not([hidden])").wait_for()
    assert page.locator(".card:not([hidden]) p").count() >= 2, "its sentences are told"


def test_a_lasso_fills_the_gallery_the_link_brings_it_back_and_the_maps_are_sent_once(visit):
    page = visit()
    before = page.received
    lasso(page)
    words = page.locator("p", has_text="selected.").inner_text()
    assert page.received - before < 600_000 < before, "pictures of the gallery, not the maps again"
    assert page.locator("section .pictures img").count() == 12 and page.locator("section .sentences button").count() == 12
    assert "spaces-selected=0%3A" in page.url

    again = visit(page.url.split("/", 3)[3])
    again.get_by_text("selected.").wait_for()
    assert again.locator("p", has_text="selected.").inner_text() == words
    again.locator(MAP).first.wait_for()
    for _ in range(50):  # the gallery may come before the maps do
        if drawn := again.locator(MAP).first.evaluate(INK) > 50:
            break
        again.wait_for_timeout(200)
    assert drawn, "its pair lines are drawn"
    again.get_by_role("button", name="Clear selection").click()
    again.get_by_text("Click a point, or draw").wait_for()
    settle(again)
    assert "spaces-selected" not in again.url


def test_the_keyboard_walks_and_selects(visit):
    page = visit()
    page.locator(MAP).nth(1).focus()
    told = []
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(200)
        told.append(page.locator("[aria-live=polite]").first.inner_text())
    assert len(set(told)) == 3 and all(told)
    page.keyboard.press("Enter")
    page.get_by_text("6 selected.").wait_for()
    settle(page)
    assert "spaces-selected=" in page.url
    page.locator(MAP).nth(1).focus()
    page.keyboard.press("Escape")
    page.get_by_text("Click a point, or draw").wait_for()


def test_colour_is_in_the_link_and_faithfulness_is_measured_when_asked_for(visit):
    page = visit("spaces?spaces-layout=PCA")
    colour = page.get_by_label("Colour by")
    colour.select_option(label="View")
    settle(page)
    page.wait_for_function("location.search.includes('spaces-colour=view')")
    page.get_by_label("Colour by").select_option(label="Faithfulness: how far to trust each point")
    page.locator(".legend .ramp").wait_for()
    assert visit("spaces?spaces-colour=rank").get_by_text("first result").is_visible()


def test_the_maps_are_taken_home_as_html_png_and_csv(visit, tmp_path, chromium):
    page = visit()
    with page.expect_download() as png:
        page.get_by_role("button", name="PNG").click()
    picture = Image.open(png.value.path()).convert("L")
    assert picture.width > 1000 and len(set(picture.resize((200, 60)).getdata())) > 20, "points are on it"
    with page.expect_download() as table:
        page.get_by_role("button", name="Points as CSV").click()
    rows = list(csv.DictReader(table.value.path().read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 6000 and any(name.endswith("rank of true match") for name in rows[0])
    with page.expect_download() as html:
        page.get_by_role("button", name="Maps as HTML").click()
    file = tmp_path / "maps.html"
    file.write_bytes(html.value.path().read_bytes())
    alone = chromium.new_context(offline=True).new_page()
    alone.goto(f"file://{file}")
    assert alone.locator(MAP).count() == 4 and alone.get_by_label("Colour by").is_visible()
    alone.context.close()


def test_movers_light_up_on_the_maps(visit):
    page = visit("spaces?spaces-tab=Biggest+movers")
    page.locator("section .sentences button").first.click()
    page.wait_for_function("location.search.includes('spaces-selected=')")
    page.wait_for_timeout(500)
    assert page.locator(MAP).first.evaluate(INK) > 10, "the pair's lines"


def test_on_a_phone_all_maps_are_seen_and_nothing_is_wider(visit):
    page = visit("spaces", 390, 844)
    assert page.evaluate(FITS)
    boxes = [page.locator(MAP).nth(m).bounding_box() for m in range(4)]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["width"] > 140 for box in boxes)


def test_very_many_points_are_a_density_with_names_from_far_and_points_from_near(chromium, tmp_path):
    rng, count = np.random.default_rng(0), 120_000
    kinds = rng.integers(3, size=count)
    layout = 10 * np.array([[0, 0], [1, 0], [0, 1]])[kinds] + rng.normal(size=(count, 2))
    colour = Colour("class", "Kind", kinds, ["apples", "pears", "quinces"])
    block, identity = pack([layout], ["One"], [""], np.arange(count) // 2, np.arange(count) % 2, [colour], ["● one", "▲ other"])
    (tmp_path / "maps.html").write_text(standalone(block, identity), encoding="utf-8")
    page = chromium.new_page(viewport={"width": 900, "height": 700})
    page.set_default_timeout(60_000)
    page.add_init_script("window.named = []; const fill = CanvasRenderingContext2D.prototype.fillText; CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) { window.named.push([text, ...rest]); return fill.call(this, text, ...rest); };")
    page.goto((tmp_path / "maps.html").as_uri())
    upper = page.locator(MAP)
    upper.wait_for()
    page.wait_for_function("window.named.length >= 3")
    density = upper.evaluate(INK)
    places = {name: (left, top) for name, left, top in page.evaluate("window.named")}
    assert {*places} == {"apples", "pears", "quinces"}
    assert places["pears"][0] > places["apples"][0] + 100 and places["quinces"][1] < places["apples"][1] - 100, "each name where its kind lies"
    box = upper.bounding_box()
    page.mouse.move(box["x"] + places["apples"][0], box["y"] + places["apples"][1])
    page.evaluate("HTMLCanvasElement.prototype.getContext.call(document.querySelector('canvas:not(.over)'), 'webgl2').drawElements = function (...rest) { window.drawn = rest[1]; };")
    for _ in range(12):
        page.mouse.wheel(0, -240)
    page.wait_for_function("window.drawn > 0")
    page.wait_for_timeout(500)  # until the map rests and all are drawn
    assert upper.evaluate(INK) < density / 10, "no density any more"
    assert 0 < page.evaluate("window.drawn") < count / 2, "only what lies in the window"
    page.close()
