"""One's own models in Chromium: two by their embeddings, whose shared components are counted on Compare; a dual encoder by its folder."""

import csv

import numpy as np
import pytest
from playwright.sync_api import TimeoutError, expect

from benchmarks import browser
from engine.data import load
from tests.app.browsing import FITS, settle
from tests.app.test_yours_faults_browser import by_path, opened
from tests.app.test_yours_page import picture
from tests.encoders.small_models import open_clip_folder

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLOT = ".js-plotly-plot .main-svg"
TIMES_OPENED, A_LIST = 20, 5000  # how often a list is opened, and how long its option is waited for in ms


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two thousand pairs whose views share three of six dimensions, embeddings of both by a model that kept these and one that lost
    them; forty pictures with sentences, and a tiny dual encoder."""
    folder, rng = tmp_path_factory.mktemp("own"), np.random.default_rng(0)
    shared, x, y = (rng.normal(size=(2000, d)) for d in (3, 6, 6))
    x[:, :3], y[:, :3] = shared + 0.5 * x[:, :3], shared + 0.5 * y[:, :3]
    np.savez(folder / "pairs.npz", x=x, y=y)
    pairs = load(str(folder / "pairs.npz"), "all")
    for name, kept in (("three", 1.0), ("none", 0.0)):
        for view in ("x", "y"):
            items = getattr(pairs, view)
            noise = rng.normal(size=items.items.shape)
            np.savez(folder / f"{name}-{view}.npz", ids=np.array(items.ids), vectors=kept * items.items + (1 - kept) * noise)
    open_clip_folder(folder / "clip")
    (folder / "photos").mkdir()
    with open(folder / "photos" / "captions.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "caption"])
        for number in range(40):
            (folder / "photos" / f"{number}.png").write_bytes(picture(number))
            writer.writerow([f"{number}.png", f"thing number {number}"])
    return folder


@pytest.fixture(scope="module")
def page(chromium, folder):
    places = {f"TWOVIEW_{name.upper()}": str(folder / name) for name in ("checkpoints", "own", "cache")}
    with browser.app(places) as running:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        page = opened(context, running.address)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        context.close()
        assert not errors


def bring_data(page, path, said: str) -> None:
    page.get_by_role("link", name="Your data").click()
    page.get_by_role("heading", name="Your data").wait_for()
    settle(page)
    something_new(page)
    by_path(page, path)
    page.get_by_text(said).first.wait_for()
    settle(page)
    something_new(page)


def something_new(page) -> None:
    choice = page.get_by_role("combobox", name="Data", exact=True)
    if choice.count():
        choice.click()
        page.get_by_role("option", name="Bring something new").click()
        settle(page)


def unfold(page, title: str, data: str):
    """The form of this title, for a data set."""
    form = page.get_by_test_id("stExpander").filter(has_text=title)
    form.get_by_text(title).click()
    choice = form.get_by_role("combobox", name="Data set")
    if choice.input_value() != data:
        choose(page, choice, data)
    expect(choice).to_have_value(data)
    return form


def choose(page, choice, name: str) -> None:
    """An open list is closed by scrolling, which unfolding a form may still do: then it is opened again."""
    option = page.get_by_role("option", name=name, exact=True)
    for _ in range(TIMES_OPENED):
        choice.click()
        try:
            return option.click(timeout=A_LIST)
        except TimeoutError:
            continue
    raise AssertionError(f"{name} could not be chosen in a list that was opened {TIMES_OPENED} times")


def fill(form, **fields: str) -> None:
    for label, value in fields.items():
        form.get_by_role("textbox", name=label.replace("_", " "), exact=True).fill(str(value))


def test_shared_components_are_counted_on_compare(page, folder):
    bring_data(page, folder / "pairs.npz", "2,000")
    form = unfold(page, "I have embeddings", "pairs")
    for name in ("none", "three"):
        fill(form, Vectors_of_the_first_view=folder / f"{name}-x.npz", Vectors_of_the_second_view=folder / f"{name}-y.npz", Name=name)
        form.get_by_role("button", name="Bring the model").click()
        form.get_by_text(f"{name} can be asked now").wait_for()
        settle(page)
    form.get_by_role("button", name="Compare").click()
    page.get_by_role("tab", name="Audit").click()
    page.get_by_text("3 of 6 components correlate by more than chance: 0.8").wait_for()
    page.get_by_text("B · none: 0 of 6 components").wait_for()
    settle(page)
    chart = page.locator("[data-testid=stPlotlyChart]", has_text="held-out correlation")
    chart.locator(PLOT).first.wait_for()
    assert chart.get_by_text("A: three, 3 real").count() and chart.get_by_text("B: none, 0 real").count()
    assert page.get_by_text("bands are 95 % bootstrap intervals").count() and not page.get_by_text("Something went wrong").count()
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(FITS)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_dual_encoder_is_brought_by_its_folder_and_asked(page, folder):
    bring_data(page, folder / "photos", "40 pictures with 40 sentences")
    form = unfold(page, "I have a model that reads", "photos")
    fill(form, Model=folder / "clipp", Single_words_are_read_as=" a photo of a {}", Name="clip", Part_to_measure_it_on="all")
    form.get_by_role("button", name="Bring the model").click()
    form.get_by_text("There is no clipp").wait_for()
    fill(form, Model=folder / "clip")
    form.get_by_role("button", name="Bring the model").click()
    form.get_by_text("clip can be asked now").wait_for()
    settle(page)
    form.get_by_role("button", name="Retrieve").click()
    page.get_by_label("Ask in words").fill("thing")
    page.keyboard.press("Enter")
    page.locator("section.A button").first.wait_for()
    settle(page)
    assert "data=photos" in page.url and page.locator("section.A").get_by_text("clip").count() and not page.get_by_text("Something went wrong").count()
