"""The page "Your data" without a browser: what it says of good and bad data, of trainings, and when it is closed."""

import csv
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from engine.recipes import jobs, worker
from engine.recipes.plan import plan
from tests.app.test_pages import MAIN, words


def picture(seed: int, size: tuple[int, int] = (64, 48)) -> bytes:
    buffer = BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (*size[::-1], 3), dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def photos(tmp_path):
    """Forty pictures with a sentence each, and a row whose picture is missing."""
    folder = tmp_path / "my holiday"
    folder.mkdir()
    with open(folder / "captions.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "caption"])
        for number in range(40):
            (folder / f"{number}.png").write_bytes(picture(number))
            writer.writerow([f"{number}.png", f"picture <b>{number}</b>"])
        writer.writerow(["absent.png", "nowhere"])
    return folder


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(worker, "start", lambda: None)

    def open(**link: str) -> AppTest:
        test = AppTest.from_file(str(MAIN), default_timeout=120)
        test.query_params.update(link)
        test.run().switch_page("yours/page.py")
        test.query_params.update(link)
        return test.run()

    return open


def test_without_data_it_says_what_to_do(app):
    test = app()
    assert not test.exception and not test.error
    assert "Name a folder" in words(test)


def test_rows_and_what_is_wrong_with_them(app, photos):
    test = app(mine=str(photos))
    assert not test.exception and not test.error
    assert "1 row cannot be used" in words(test)
    problems, rows = (frame.value for frame in test.dataframe)
    assert "absent.png" in problems["What is wrong"][0] and problems["Row"][0] == 42
    assert rows["Picture"][0].startswith("data:image/webp") and rows["Belongs to it"][0] == "picture <b>0</b>"
    assert set(rows["Split"]) <= {"train", "validation", "test"}


@pytest.mark.parametrize(("make", "said"), [
    (lambda folder: None, "no file or folder"),
    (lambda folder: folder.mkdir(), "no table of sentences"),
    (lambda folder: (folder.mkdir(), (folder / "t.csv").write_text("a,b\n1,2\n")), "needs one column"),
])  # fmt: skip
def test_what_cannot_be_read_is_a_sentence(app, tmp_path, make, said):
    make(tmp_path / "odd")
    test = app(mine=str(tmp_path / "odd"))
    assert not test.exception and not test.error
    assert said in words(test)


def test_a_training_is_queued_once_listed_and_cancelled(app, photos):
    test = app(mine=str(photos), step="Train")
    test.selectbox(key="train-x").set_value("scenes-cnn").run()
    next(button for button in test.button if button.label.startswith("Train 1 model, without 1 bad row")).click().run()
    assert not test.exception and not test.error
    (job,) = jobs.jobs()
    assert job.recipe.model == "cca" and job.recipe.encoders == ("scenes-cnn", "minilm") and "without bad rows" in job.recipe.data
    assert "**CCA on my holiday** · waiting" in words(test)
    next(button for button in test.button if button.label == "Cancel").click().run()
    assert not jobs.jobs() and "waiting" not in words(test)


def test_too_few_rows_are_a_sentence_and_queue_nothing(app, tmp_path):
    np.savez(tmp_path / "few.npz", x=np.eye(5), y=np.eye(5))
    test = app(mine=str(tmp_path / "few.npz"), step="Train")
    next(button for button in test.button if button.label.startswith("Train 1 model")).click().run()
    assert not test.exception and not jobs.jobs()
    assert "a model needs 10 or more" in words(test)


def test_what_was_broken_off_is_listed_and_goes_on(app, photos, monkeypatch):
    folder = jobs.add(plan("cca", str(photos), x="scenes-cnn", skip_bad=True).recipe)
    jobs.begin(folder)  # by a process that is gone
    test = app()
    assert "broken off" in words(test) and jobs.BROKEN in words(test).replace("\\", "")
    next(button for button in test.button if button.label == "Go on").click().run()
    assert jobs.next_job() == folder


def test_it_is_closed_where_others_reach_the_server(app, photos, monkeypatch):
    import streamlit as st

    asked = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else asked(name))
    test = app(mine=str(photos))
    assert "can be reached by others" in words(test) and not test.text_input and not test.dataframe
    monkeypatch.setenv("TWOVIEW_BRING", "1")
    assert app(mine=str(photos)).dataframe
