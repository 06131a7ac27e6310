"""Every page, run without a browser on the shipped models."""

import json
import struct
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.asking import answering, catalogue, galleries
from app.frame.query import Query

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"


@pytest.fixture
def app(root, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(root))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    def open(page: str, **link: str) -> AppTest:
        test = AppTest.from_file(str(MAIN), default_timeout=120)
        test.query_params.update(link)
        test.run()
        return test.switch_page(f"{page}/page.py").run()

    return open


def shown(test: AppTest) -> list[dict]:
    """The columns of each set of cards on the page."""
    heads = []
    for component in test.get("bidi_component"):
        wire = component.proto.bytes
        heads.append(json.loads(wire[4 : 4 + struct.unpack("<I", wire[:4])[0]])["columns"])
    return heads


def words(test: AppTest) -> str:
    return "\n".join(element.value for kind in (test.subheader, test.caption, test.warning, test.info, test.markdown) for element in kind)


def test_start_ends_three_examples_in_a_finding(app):
    test = app("start")
    assert not test.exception and not test.error
    assert len(test.subheader) == 3
    assert "of the light lies on" in words(test)
    ((a, b),) = shown(test)
    assert sum(card["match"] for column in (a, b) for card in column["cards"]) == 1, "only one of the two is right"
    assert f"rank **{max(int(card['elsewhere'][1]) for column in (a, b) for card in column['cards'] if card['match'])}**" in words(test)


def test_the_light_moves_with_the_word(app):
    test = app("start")
    asked = test.segmented_control(key="light")
    said = [value.value for value in test.markdown if "of the light" in value.value]
    asked.set_value(asked.options[1]).run()
    assert not test.exception and not test.error
    assert [value.value for value in test.markdown if "of the light" in value.value] != said


def test_retrieve_begins_with_the_gallery(app):
    test = app("retrieve")
    assert not test.exception and not test.error
    ((gallery,),) = shown(test)
    assert len(gallery["cards"]) == 36 and all(card["picture"] and card["text"] for card in gallery["cards"])


def test_a_known_sentence_shows_its_picture_and_rank_for_both_models(app):
    pairs = galleries.gallery("scenes", "test")
    test = app("retrieve", q=pairs.y.items[77])
    assert not test.exception and not test.error
    ((a, b),) = shown(test)
    for column in (a, b):
        assert column["summary"].startswith("True match")
        matches = [card for card in (*column["cards"], *column["beyond"]) if card["match"]]
        assert f"x:{pairs.x.ids[77 // 5]}" in [card["id"] for card in matches]
        assert len(column["cards"]) == 12


def test_a_match_further_down_stands_at_the_end_with_its_rank(app):
    pairs = galleries.gallery("scenes", "test")
    far = None
    for row in range(0, 400, 7):
        for entry in list(catalogue.models("scenes").values())[:1]:
            answer = answering.answer(entry, "test", Query("item", view="y", id=pairs.y.ids[row]))
            if answer.true_ranks[0] > 12:
                far = row, answer.true_ranks[0]
    if far is None:
        pytest.skip("the model has no such question among those tried")
    ((a, *_),) = shown(app("retrieve", item=f"y:{pairs.y.ids[far[0]]}"))
    assert [card["rank"] for card in a["beyond"]] == [f"{far[1]:,}"] and a["beyond"][0]["match"]


def test_a_picture_finds_its_five_sentences(app):
    pairs = galleries.gallery("scenes", "test")
    test = app("retrieve", item=f"x:{pairs.x.ids[3]}")
    assert not test.exception and not test.error
    ((a, b),) = shown(test)
    for column in (a, b):
        assert sum(card["match"] for card in (*column["cards"], *column["beyond"])) == 5
        assert all(card["picture"] is None for card in column["cards"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a puppy", "Your own words"),
        ("🎈🎈", "no word in it"),
        ("собака на пляже", "English"),
        ("a dog " * 400, "first 600 characters"),
    ],
)
def test_any_words_are_answered_and_cautioned_where_due(app, text, said):
    test = app("retrieve", q=text)
    assert not test.exception and not test.error
    assert said in words(test)
    ((a, b),) = shown(test)
    assert len(a["cards"]) == len(b["cards"]) == 12
    assert "nobody has said" in a["summary"] and a["problem"] is None


def test_blank_words_show_the_gallery(app):
    test = app("retrieve", q="   ")
    assert not test.exception and not test.error and len(shown(test)[0]) == 1


def test_an_item_that_is_not_there_is_told_and_the_gallery_shown(app):
    test = app("retrieve", item="x:nowhere")
    assert not test.exception and not test.error
    assert "nowhere" in words(test)
    assert len(shown(test)[0]) == 1


def picture(format: str) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (300, 200), "teal").save(buffer, format)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [("cut.png", picture("PNG")[:100]), ("page.png", b"<html><script>alert(1)</script>"), ("empty.jpg", b""), ("drawing.png", picture("GIF"))],
)
def test_a_bad_file_is_told_and_the_question_stays(app, name, content):
    test = app("retrieve", q="a puppy")
    test.file_uploader[0].upload(name, content, "image/png").run()
    assert not test.exception and not test.error
    assert "Your question is unchanged" in words(test) and "a puppy" in words(test)
    assert len(shown(test)[0][0]["cards"]) == 12


def test_a_picture_of_ones_own_finds_sentences(app):
    test = app("retrieve", q="a puppy")
    test.file_uploader[0].upload("mine.png", picture("PNG"), "image/png").run()
    assert not test.exception and not test.error
    assert "Your picture" in words(test)
    assert all(card["picture"] is None for card in shown(test)[0][0]["cards"])
    assert "q" not in test.query_params


def test_data_and_models_tells_what_is_broken(app):
    test = app("data")
    assert not test.exception and not test.error
    assert r"cut\-off** cannot be used" in words(test)
    assert len(test.dataframe) >= 1
    assert any("Hotelling" in element.value for element in test.markdown), "a model's card says where it was published"


def test_one_model_alone(app):
    test = app("retrieve", q="a puppy", b="No second model")
    assert not test.exception and not test.error
    assert len(shown(test)[0]) == 1


def test_no_checkpoint_at_all_is_a_sentence_not_a_failure(app, tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path))
    test = AppTest.from_file(str(MAIN), default_timeout=120).run()
    assert not test.exception and not test.error
    assert "no trained model" in words(test)


def test_a_page_about_music_offers_music_and_the_next_page_what_was_chosen_before(app):
    test = app("retrieve", data="Scenes", a="CCA layer")
    test.switch_page("listen/page.py").run()
    assert not test.exception and not test.error
    assert test.selectbox(key="data").options == ["Tunes"] and "The places in the scores" in words(test)
    test.switch_page("retrieve/page.py").run()
    assert (test.selectbox(key="data").value, test.selectbox(key="a").value) == ("Scenes", "CCA layer")
    test.selectbox(key="data").set_value("Tunes").run()
    test.switch_page("listen/page.py").run()
    test.switch_page("retrieve/page.py").run()
    assert test.selectbox(key="data").value == "Tunes", "chosen on purpose"
