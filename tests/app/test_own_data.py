"""A person's own data, trained at the command line, on every page."""

import csv
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.asking import catalogue
from engine.paths import checkpoints_dir
from engine.recipes.checkpoint import train_checkpoint
from engine.recipes.plan import plan
from tests.app.test_pages import MAIN, shown, words

WORDS = ("red", "green", "blue", "grey")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Forty small pictures with a sentence each, two models trained on them."""
    folder = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(0)
    pictures = folder / "my holiday"
    pictures.mkdir()
    with open(pictures / "captions.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "caption"])
        for number in range(40):
            buffer = BytesIO()
            Image.fromarray(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)).save(buffer, "PNG")
            (pictures / f"{number}.png").write_bytes(buffer.getvalue())
            writer.writerow([f"{number}.png", f"picture {number} in {WORDS[number % 4]}"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWOVIEW_CHECKPOINTS", str(folder / "checkpoints"))
        patch.setenv("HF_HUB_OFFLINE", "1")
        for model in ("cca", "clip_loss"):
            recipe = plan(model, str(pictures), x="scenes-cnn", epochs=2).recipe
            train_checkpoint(recipe, checkpoints_dir() / recipe.name)
    return folder


@pytest.fixture
def app(own, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(own / "checkpoints"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    def open(page: str, **link: str) -> AppTest:
        test = AppTest.from_file(str(MAIN), default_timeout=240)
        test.query_params.update(link)
        test.run().switch_page(f"{page}/page.py")
        test.query_params.update(link)
        return test.run()

    return open


@pytest.mark.parametrize("page", ["start", "retrieve", "look", "compare", "data"])
def test_every_page_takes_own_data_and_shows_no_folder_of_the_server(app, own, page):
    test = app(page)
    assert not test.exception and not test.error
    assert test.selectbox(key="data").value == "my holiday"
    assert test.selectbox(key="a").options == ["CCA", "CLIP loss"]
    assert str(own) not in words(test)


def test_own_data_are_asked_and_the_true_match_is_known(app):
    test = app("retrieve", q="picture 3 in grey", split="all")
    assert not test.exception and not test.error
    ((a, b),) = shown(test)
    assert a["summary"].startswith("True match") and b["summary"].startswith("True match")


def test_data_that_were_moved_are_left_out(own, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(own / "checkpoints"))
    assert list(catalogue.data_sets()) == [str(own / "my holiday")]
    (own / "my holiday").rename(own / "elsewhere")
    try:
        assert not catalogue.data_sets() and catalogue.title_of(str(own / "my holiday")) == "my holiday"
    finally:
        (own / "elsewhere").rename(own / "my holiday")
