"""The Look page without a browser, on the models that ship."""

import json
import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.asking import galleries, saliency
from app.frame.work import Note
from app.look import ask as look_ask
from app.look import choice
from engine.checkpoints.storage import list_checkpoints
from tests.app.test_pages import MAIN, words


@pytest.fixture
def app(monkeypatch):
    names = {entry.card.name for entry in list_checkpoints() if entry.card}
    if not {"scenes-objects/muc2m", "scenes-pairs/muc2m"} <= names:
        pytest.skip("the models for looking at scenes are not here")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    def open(**link) -> AppTest:
        test = AppTest.from_file(str(MAIN), default_timeout=120)
        test.query_params.update(link)
        test.run().switch_page("look/page.py")
        test.query_params.update(link)
        return test.run()

    return open


def maps(test: AppTest) -> list[dict]:
    """The rows of the page's maps."""
    for component in test.get("bidi_component"):
        wire = component.proto.bytes
        head = json.loads(wire[4 : 4 + struct.unpack("<I", wire[:4])[0]])
        if "rows" in head:
            return head["rows"]
    return []


def test_the_page_begins_with_maps_of_what_is_in_a_picture(app):
    test = app()
    assert not test.exception
    rows = maps(test)
    assert len(rows) == 2
    for row in rows:
        assert len(row["cells"]) >= 2 and all(cell["picture"] and cell["alt"] for cell in row["cells"])
        assert "even map" in row["cells"][0]["facts"][0]
        assert [word for word, _ in row["cells"][0]["words"]] == row["title"].strip("“”").split()
    assert "picture" in test.query_params and "prompt" in test.query_params


def test_a_prompt_in_any_alphabet_becomes_a_row_and_can_be_removed(app):
    test = app(prompt=["a house"])
    for text in ("Ein großes 🏠, ‮xyz‬ <script>alert(1)</script>", "家" * 600):
        test.text_input(key="new_prompt").input(text).run()
        assert not test.exception
    rows = maps(test)
    assert len(rows) == 3 and rows[0]["title"] == "“a house”"
    assert "<script>" in rows[1]["title"], "shown as text"
    assert len(rows[2]["id"]) == 600
    assert test.text_input(key="new_prompt").value == ""


def test_the_link_restores_picture_prompts_and_drawing(app):
    name = galleries.gallery("scenes", "test").x.ids[5]
    test = app(picture=name, prompt=["a tree", "the sky"], opacity="30", control="true")
    assert not test.exception
    assert test.query_params["picture"] == name and [row["id"] for row in maps(test)] == ["a tree", "the sky"]
    assert test.slider(key="opacity").value == 30
    assert maps(test)[0]["cells"][-1]["title"].endswith("random weights")


def test_common_individual_and_difference_are_columns(app):
    test = app(a="MUC2M", b="No second model", also="None", prompt=["a tree", "the sky"], parts=["Common", "Individual", "Difference"])
    assert not test.exception
    for row in maps(test):
        assert [cell["title"] for cell in row["cells"]] == ["MUC2M: common", "MUC2M: individual", "MUC2M: difference"]
        assert all(cell["picture"] for cell in row["cells"]) and not row["cells"][1]["words"]


def test_a_sentence_tells_which_of_two_pictures_fits_better_and_why(app):
    test = app(look="Two pictures", a="MUC2M", b="No second model", sentence="a house with a tree")
    assert not test.exception
    row = maps(test)[0]
    assert row["title"] == "“a house with a tree”" and "fits better" in row["note"]
    assert [cell["title"] for cell in row["cells"]] == ["MUC2M, left", "MUC2M, right"]
    assert [word for word, _ in row["cells"][0]["words"]] == ["a", "house", "with", "a", "tree"]


def test_a_job_tells_how_far_it_is(tmp_path):
    note = Note(tmp_path / "note")
    assert note.read() is None
    note(3, 24, "channels of the picture")
    assert note.read() == (3, 24, "channels of the picture")


def test_a_picture_of_another_gallery_is_replaced_with_a_word(app):
    test = app(picture="train-99999")
    assert not test.exception and "not in this gallery" in words(test)
    assert maps(test)


def test_two_pictures_show_every_kind_of_map_and_say_what_was_found(app):
    test = app(look="Two pictures")
    assert not test.exception
    next(button for button in test.button if button.label.startswith("both: ")).click().run()
    (row, *_) = maps(test)
    assert [cell["title"] for cell in row["cells"]] == [f"{part}, {side}" for part in saliency.PAIR_PARTS for side in ("left", "right")]
    assert "Both show" in row["note"] and "of the common maps lies there" in row["note"]


def test_a_link_keeps_which_maps_of_a_pair_are_shown(app):
    (row, *_) = maps(app(look="Two pictures", **{"pair-parts": saliency.APART}))
    assert [cell["title"] for cell in row["cells"]] == ["Apart, left", "Apart, right"]


def test_data_without_pictures_are_answered_with_a_sentence(app, monkeypatch):
    pairs = galleries.gallery("scenes", "test")
    monkeypatch.setattr(galleries, "gallery", lambda data, split: type(pairs)(pairs.name, pairs.split, pairs.y, pairs.y))
    test = app()
    assert not test.exception and "no pictures" in words(test)


def test_prompts_are_cleaned_and_bounded():
    many = tuple(f"  thing   {n}\n" for n in range(20))
    assert choice.cleaned((*many, "", " ", "thing 19")) == tuple(f"thing {n}" for n in range(12, 20))


@pytest.mark.parametrize("prompt, label", [("A Red tree!", "tree"), ("two pine trees", "pine tree"), ("a street", None), ("", None)])
def test_objects_are_found_by_whole_words(prompt, label):
    here = [saliency.ObjectAnnotation(name, (0, 0, 1, 1)) for name in ("tree", "pine tree", "dog", "tree")]
    assert saliency.labels(saliency.named(prompt, here)) == ([label] if label else [])


def test_maps_are_kept_as_numbers():
    stored = np.load(BytesIO(look_ask.archive({"MUC2M/a “tree”": np.eye(3)})), allow_pickle=False)
    assert list(stored) == ["MUC2M/a “tree”"]
    np.testing.assert_array_equal(stored["MUC2M/a “tree”"], np.eye(3))


def test_a_sheet_holds_all_maps():
    square = saliency.jpeg(Image.new("RGB", (448, 448), "olive"))
    assert Image.open(BytesIO(look_ask.png([[square, square], [square, square]]))).size == (904, 904)
