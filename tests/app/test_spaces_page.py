"""The Spaces page on the shipped models, without a browser."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.asking import galleries

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"


@pytest.fixture
def spaces(root, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(root))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    def open(**link: str) -> AppTest:
        test = AppTest.from_file(str(MAIN), default_timeout=240)
        test.run()
        test.query_params.update({"spaces-layout": "PCA"} | {name.replace("_", "-"): value for name, value in link.items()})
        return test.switch_page("spaces/page.py").run()

    return open


def headers(test: AppTest) -> list[dict]:
    """What each set of maps on the page tells the browser about itself."""
    found = []
    for component in test.get("bidi_component"):
        wire = component.proto.bytes
        if wire:
            found.append(json.loads(wire[4 : 4 + int.from_bytes(wire[:4], "little")]))
    return [header for header in found if "maps" in header]


def test_pairwise_models_have_no_map_and_the_rest_have_one_each(spaces):
    test = spaces()
    assert not test.exception and not test.error
    (header,) = headers(test)
    assert 2 <= len(header["maps"]) <= 4
    assert header["count"] == 6000 and header["sheet"] and len(header["texts"]) == 6000
    assert {"class", "view", "rank", "change", "partner"} <= {colour["key"] for colour in header["colours"]}
    assert all(map["title"] != "DRSL" for map in header["maps"])


def test_measures_are_taken_when_their_tab_is_open(spaces):
    test = spaces(spaces_tab="Measures")
    assert not test.exception and not test.error
    first, second = (table.value for table in test.table)
    assert any("Modality gap" in name for name in first.index) and any("Continuity" in name for name in first.index)
    assert any("Linear CKA" in name for name in second.columns) and len(second) == len(first.columns) * (len(first.columns) - 1) / 2
    assert len(test.dataframe[0].value) > 50, "the cohesion of every kind"


def test_a_link_brings_a_selection_back_and_a_wrong_one_does_not(spaces):
    test = spaces(spaces_selected="0.5")
    assert not test.exception and any("2 selected" in markdown.value for markdown in test.markdown)
    test = spaces(spaces_selected="99999999", spaces_colour="no-such")
    assert not test.exception and any("Click a point" in caption.value for caption in test.caption)


@pytest.mark.parametrize(("tab", "says"), [("Biggest movers", "differ most"), ("Hubs", "most questions"), ("Spectrum", "long shoulder")])
def test_what_stands_beside_the_maps(spaces, tab, says):
    test = spaces(spaces_tab=tab)
    assert not test.exception and not test.error
    assert any(says in caption.value for caption in test.caption)


def listings(test: AppTest) -> list[list[dict]]:
    """The columns of each set of cards on the page."""
    heads = [json.loads(wire[4 : 4 + int.from_bytes(wire[:4], "little")]) for component in test.get("bidi_component") if (wire := component.proto.bytes)]
    return [head["columns"] for head in heads if "columns" in head]


def pins(test: AppTest) -> list[list[dict]]:
    """What lies on the maps without being a point of the data, for each set of maps on the page."""
    found = []
    for component in test.get("bidi_component"):
        told = component.proto.json
        if told and "pins" in (data := json.loads(told)):
            found.append(data["pins"])
    return found


def test_a_sentence_is_put_on_every_map_beside_what_is_near_it(spaces):
    test = spaces()
    assert pins(test) == [[]]
    test.text_input(key="spaces-sentence").set_value("a puppy on the beach").run()
    assert not test.exception
    (placed,) = pins(test)
    (header,) = headers(test)
    assert len(placed) == len(header["maps"]) and all(len(pin["near"]) == 10 for pin in placed)
    assert any("a puppy on the beach" in caption.value and "are the same in all" in caption.value for caption in test.caption)
    next(button for button in test.button if button.label == "Take it off").click().run()
    assert pins(test) == [[]]


def test_a_picture_of_ones_own_is_put_on_every_map_and_its_neighbours_are_listed(spaces):
    test = spaces(spaces_tab="Neighbours")
    assert any("appears here" in caption.value for caption in test.caption)
    test.file_uploader[0].upload("bad.png", b"no picture", "image/png").run()
    assert pins(test) == [[]] and test.warning
    test.file_uploader[0].upload("own.png", galleries.picture("scenes", "test", "x", 40), "image/png").run()
    assert not test.exception and not test.warning
    (placed,) = pins(test)
    assert all(pin["near"][0] == 40 for pin in placed), "the same picture is nearest"
    assert any("Your picture lies" in caption.value for caption in test.caption)
    (listed,) = listings(test)
    assert listed[0]["cards"][0]["id"] == f"x:{galleries.gallery('scenes', 'test').x.ids[40]}"
    assert listed[0]["cards"][0]["score"] == " · ".join("1" for _ in placed)
    assert sum(len(column["cards"]) for column in listed) == len({row for pin in placed for row in pin["near"]})
