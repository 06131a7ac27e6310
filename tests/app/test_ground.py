"""The Ground page without a browser: phrases and their regions, what is right in words, links, typed words."""

import json
import struct
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.asking import catalogue
from app.components.regions import Column, Marked, message
from app.ground import ask

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"


@pytest.fixture
def app(root, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(root))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    def open(**link: str) -> AppTest:
        test = AppTest.from_file(str(MAIN), default_timeout=120)
        test.query_params.update(link)
        test.run()
        return test.switch_page("ground/page.py").run()

    return open


def shown(test: AppTest) -> dict:
    (component,) = test.get("bidi_component")
    wire = component.proto.bytes
    return json.loads(wire[4 : 4 + struct.unpack("<I", wire[:4])[0]])


def bar(test: AppTest) -> list[str]:
    return [test.selectbox(key=key).value for key in ("data", "split", "a", "b")]


def go(test: AppTest, page: str) -> AppTest:
    return test.switch_page(f"{page}/page.py").run()


def test_whoever_has_chosen_nothing_sees_the_best_model_of_regions(app):
    test = app()
    opened = bar(test)
    assert opened[0] == "Scenes: phrases and regions" and opened[3] == "Linear CCA"
    assert catalogue.best_first(catalogue.models("scenes-phrases").values())[0].title.startswith(opened[2])
    usual = bar(go(test, "retrieve"))
    assert usual[0] == "Scenes"
    assert bar(go(test, "listen"))[0] == "Tunes" and bar(go(test, "ground")) == opened and bar(go(test, "spaces")) == usual


def test_a_choice_or_a_question_is_kept_on_the_way_here_and_back(app):
    test = go(app(), "retrieve")
    test.selectbox(key="a").set_value("MUC2M").run()
    assert bar(go(test, "ground"))[::2] == ["Scenes", "MUC2M"]  # chosen elsewhere
    test = app()
    test.selectbox(key="data").set_value("Scenes").run()
    assert bar(test.run())[0] == "Scenes" and bar(go(test, "look"))[0] == "Scenes"  # chosen here
    test = app()
    test.selectbox(key="a").set_value("Similarity network, tuned").run()
    assert bar(go(test, "compare"))[::2] == ["Scenes: phrases and regions", "Similarity network, tuned"]
    assert bar(app(item="y:test-00003#1", data="Scenes"))[0] == "Scenes"  # a question about it


def test_phrases_are_found_and_judged_in_words(app):
    test = app(data="Scenes: phrases and regions")
    assert not test.exception and not test.error
    head = shown(test)
    assert head["phrases"] and all(phrase["truth"] for phrase in head["phrases"])
    for column in head["columns"]:
        assert len(column["verdicts"]) == len(head["phrases"]) and all(v.startswith(("Right: IoU", "Wrong: IoU")) for v in column["verdicts"])
        for boxes in column["found"]:
            assert len(boxes) == 6 and all(0 <= left < right <= 1.001 and 0 <= top < bottom <= 1.001 for left, top, right, bottom in boxes)
    before = head["alt"]
    test.button[[button.label for button in test.button].index("Next")].click().run()
    assert not test.exception and shown(test)["alt"] != before and test.query_params["item"]


def test_words_can_be_typed_and_the_link_restores_them(app):
    test = app(data="Scenes: phrases and regions", item="y:test-00003#0", find="the sun, a tree", phrase="2")
    head = shown(test)
    assert head["chosen"] == 1
    assert head["sentence"] == "the sun, a tree" and len(head["phrases"]) == 2
    assert all("nobody has said" in verdict for column in head["columns"] for verdict in column["verdicts"])


def test_models_of_whole_pictures_are_asked_by_their_saliency(app):
    test = app(data="Scenes", a="CCA layer", b="MUC2M")
    assert bar(test)[2:] == ["CCA layer", "MUC2M"]
    assert not test.exception and all(column["problem"] is None and column["found"] for column in shown(test)["columns"])


def test_an_unknown_item_and_other_data_are_sentences(app):
    test = app(data="Scenes: phrases and regions", item="y:nowhere")
    assert not test.exception and any("nowhere" in warning.value for warning in test.warning)
    test = app(data="Digit halves")
    assert not test.exception and test.info and not test.get("bidi_component")


def test_typed_words_are_phrases_between_commas():
    words = "a red kite , , the tree on the left"
    assert [words[one.start : one.end] for one in ask.typed(words)] == ["a red kite", "the tree on the left"]


def test_a_message_holds_its_picture():
    sent = message(b"pixels", "alt", "a kite", [Marked(0, 6)], [Column("A", "Model", [[(0, 0, 1, 1)]], ["Right."])], None)
    size = struct.unpack("<I", sent[:4])[0]
    assert sent[4 + size :] == b"pixels" and json.loads(sent[4 : 4 + size])["phrases"] == [{"start": 0, "end": 6, "truth": None}]


def test_the_page_opens_where_the_models_find_most(app):
    test = app(data="Scenes: phrases and regions")
    (told,) = [caption.value for caption in test.caption if caption.value.startswith("The clearest of")]
    verdicts = [column["verdicts"] for column in shown(test)["columns"]]
    right = [sum(one.startswith("Right") for one in own) for own in verdicts]
    assert f"of {len(verdicts[0])} by A {right[0]} and B {right[1]}" in told and sum(right) > len(verdicts[0])
    assert not [caption for caption in app(data="Scenes: phrases and regions", item="y:test-00003#0").caption if caption.value.startswith("The clearest of")]


def test_other_pages_lead_here_with_the_same_picture_and_words(app):
    test = app(data="Scenes", item="y:test-00003#1").switch_page("retrieve/page.py").run()
    (link,) = [link for link in test.get("page_link") if link.proto.label == "Where in the picture"]
    assert "item=y%3Atest-00003%231" in link.proto.query_string
    test.query_params["q"] = "a clock, and a banana"
    test.run()
    (link,) = [link for link in test.get("page_link") if link.proto.label == "Where in the picture"]
    assert "item=x%3A" in link.proto.query_string and "find=a+clock+and+a+banana" in link.proto.query_string


def test_compare_has_their_leaderboard_beside_baselines(app):
    test = app(data="Scenes: phrases and regions").switch_page("compare/page.py").run()
    assert not test.exception and not test.warning
    assert [tab.label for tab in test.tabs] == ["Leaderboard", "Report"]
    models = set(test.dataframe[0].value.iloc[:, 0])
    assert {"A random region", "The largest region"} < models and any(name.startswith("A · ") for name in models)
    assert any("A alone finds" in one.value for one in test.markdown)
