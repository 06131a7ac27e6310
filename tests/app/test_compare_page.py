"""The Compare page on the models that ship, without a browser."""

import json
import struct
from io import BytesIO
from types import SimpleNamespace
from zipfile import ZipFile

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.asking import catalogue, components, galleries
from app.compare import ask, grids
from engine.evaluation.components import Components
from engine.evaluation.intervals import Interval
from engine.report.tables import Column, Number, Table
from tests.app.test_pages import MAIN, words


@pytest.fixture(scope="module")
def measured(root):
    """What the page would leave to the worker is measured before: all but the slowest are quick."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWOVIEW_CHECKPOINTS", str(root))
        patch.setenv("HF_HUB_OFFLINE", "1")
        for entry in catalogue.models("scenes").values():
            ask.measure(ask.asked(entry, "test"))


@pytest.fixture
def compare(root, measured, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(root))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    def open(**link: str) -> AppTest:
        test = AppTest.from_file(str(MAIN), default_timeout=240)
        test.query_params.update(link)
        test.run().switch_page("compare/page.py")
        test.query_params.update(link)
        return test.run()

    return open


def heads(test: AppTest) -> list[dict]:
    found = []
    for component in test.get("bidi_component"):
        wire = component.proto.bytes
        found.append(json.loads(wire[4 : 4 + struct.unpack("<I", wire[:4])[0]]))
    return found


def test_the_leaderboard_holds_every_model_with_a_chart_for_each_direction(compare):
    test = compare()
    assert not test.exception and not test.error
    frame = test.dataframe[0].value
    assert len(frame) == len(catalogue.models("scenes")) and sum("Best: " in chart.proto.body for chart in test.get("html")) == 2
    assert frame.iloc[:, 0].str.startswith("A · ").sum() == frame.iloc[:, 0].str.startswith("B · ").sum() == 1
    headings = [heading for _, heading in frame.columns]
    assert headings.count("R@1, %") == 2 and {"Parameters", "Training, s", "Memory, MB", "Σ canonical"} <= set(headings)
    recall = frame[("sentence → picture", "R@1, %")]
    entries = {entry.title: entry for entry in catalogue.models("scenes").values()}
    for title, value in zip(frame.iloc[:, 0].str.removeprefix("A · ").str.removeprefix("B · "), recall, strict=True):
        card = {(m.measure, m.direction, m.split): m.value for m in entries[title].card.metrics}
        assert value == pytest.approx(card["recall_at_1", "y_to_x", "test"], abs=1e-3)


def test_quality_stands_against_cost_and_every_row_says_how_it_was_trained(compare):
    test = compare()
    drawn = [one.proto.body for one in test.get("html") if "the frontier" in one.proto.body]
    assert len(drawn) == 2 and all("Linear CCA" in one for one in drawn)
    assert {"as published", "tuned"} >= set(test.dataframe[0].value[("", "Settings")])


def test_models_are_filtered_by_name_and_the_link_keeps_it(compare):
    test = compare(only="cca lay", by="MRR")
    assert not test.exception and not test.error
    assert len(test.dataframe[0].value) == 1
    test.text_input(key="only").input("nobody").run()
    assert not test.exception and "No model's name holds" in words(test)


def test_a_against_b_says_what_is_real_and_draws_every_chart(compare):
    test = compare(compare="A against B", first="1")
    assert not test.exception and not test.error
    assert "From a sentence to its picture" in words(test) and "sign test" in words(test)
    assert len(test.get("plotly_chart")) == 7, "recall, ranks, precision twice, by class, training, spectrum"
    assert len(test.dataframe) == 3
    test = compare(compare="A against B", direction="picture → sentence", parts="sentence length")
    assert not test.exception and "does not tell the sentence length" in words(test)


@pytest.mark.parametrize("link", [{"b": "No second model"}, {"a": "Linear CCA", "b": "Linear CCA"}])
def test_without_two_models_there_is_a_sentence(compare, link):
    test = compare(compare="A against B", **link)
    assert not test.exception and not test.error
    assert "second model" in words(test) or "same model" in words(test)


def test_failures_open_both_result_lists_and_why(compare):
    test = compare(compare="Failures", kind="A right, B wrong")
    assert not test.exception and not test.error
    table = test.dataframe[0].value
    assert (table["Rank by A"] == 1).all() and (table["Rank by B"] > 1).all()
    assert (np.diff((table["Rank by B"] - table["Rank by A"]).abs()) <= 0).all()
    cards, why = heads(test)
    assert [column["letter"] for column in cards["columns"]] == ["A", "B"]
    (row,) = why["rows"]
    assert row["title"].startswith("B:") and [cell["title"] for cell in row["cells"]] == ["Preferred, wrong", "Right"]
    assert row["cells"][0]["words"] and all(cell["picture"] and cell["alt"] for cell in row["cells"])
    links = {link.proto.page.partition("?")[0]: link.proto.query_string for link in test.get("page_link")}
    assert len(links) >= 2 and any("item=y" in query for query in links.values()) and any("picture=" in query and "prompt=" in query for query in links.values())


def test_a_picture_that_asks_shows_why_for_both_sentences(compare):
    test = compare(compare="Failures", failures="picture → sentence", kind="Both wrong")
    assert not test.exception and not test.error
    assert test.dataframe[0].value["Picture"].str.startswith("data:image/webp").all()
    _, why = heads(test)
    assert len(why["rows"]) == 2 and all(cell["words"] for row in why["rows"] for cell in row["cells"])


def test_the_link_restores_the_failure_that_is_looked_at(compare):
    id = galleries.gallery("scenes", "test").y.ids[77]
    test = compare(compare="Failures", item=f"y:{id}")
    assert not test.exception and not test.error
    assert test.query_params["item"] == f"y:{id}"
    assert galleries.gallery("scenes", "test").y.items[77].rstrip(".") in words(test).replace("\\", "")


def test_failures_are_found_by_words_and_none_is_a_sentence(compare):
    test = compare(compare="Failures", **{"with": "purple toy"})
    assert not test.exception and all("purple" in text.lower() for text in test.dataframe[0].value["Query"])
    test.text_input(key="with").input("zzz").run()
    assert not test.exception and "No query is of this kind" in words(test)


def test_the_audit_names_the_inflated_sum(compare):
    test = compare(compare="Audit")
    assert not test.exception and not test.error
    frame = test.dataframe[0].value
    assert set(frame.columns) >= {"Σ correlations", "Σ canonical", "Effective rank", "Verdict"}
    inflated = frame[frame["Σ canonical"] < 0.8 * frame["Σ correlations"]]
    assert inflated["Verdict"].str.startswith("Inflated").all()
    assert "sum of correlations" in words(test)


def test_the_audit_says_how_many_components_are_real(compare, monkeypatch):
    """Tested in the worker, whose place a thread takes here; a pairwise model has none to count."""
    done = []
    monkeypatch.setattr(components, "worker", lambda: SimpleNamespace(
        note=lambda job: SimpleNamespace(read=lambda: (20, 999, "Shuffling")), start=lambda *job: done.append(job), seconds=lambda job: 1.0, problem=lambda job: None,
    ))  # fmt: skip
    monkeypatch.setattr(components, "kept_components", lambda checkpoint, features: None)
    test = compare(compare="Audit")
    assert not test.exception and len({job[2] for job in done}) == 2
    assert [bar.proto.text for bar in test.get("progress")] == [f"Testing the components of {letter}, once: 20 of 999 shuffles" for letter in "AB"]
    told = Components([Interval(0.9 - 0.1 * i, 0.8 - 0.1 * i, 0.95 - 0.1 * i) for i in range(4)], [0.001, 0.001, 0.3, 0.9], 1000, 999)
    monkeypatch.setattr(components, "kept_components", lambda checkpoint, features: told)
    test = compare(compare="Audit")
    assert not test.exception and "2 of 4 components correlate by more than chance: 0.90 (0.80 to 0.95), 0.80 (0.70 to 0.85)." in words(test)
    monkeypatch.setattr(components, "kept_components", lambda checkpoint, features: None)
    monkeypatch.setattr(components, "worker", lambda: SimpleNamespace(
        note=lambda job: None, start=lambda *job: None, seconds=lambda job: None, problem=lambda job: "DRSL scores pairs and has no space.",
    ))  # fmt: skip
    assert "has no space" in " ".join(caption.value for caption in compare(compare="Audit").caption)


def test_the_report_is_made_from_what_is_chosen(compare, root, monkeypatch):
    test = compare(compare="Report")
    assert not test.exception and not test.error
    assert "python -m engine report scenes/" in test.code[0].value
    field = ask.field("scenes", "test")
    first, second = field.ready[0].name, field.ready[1].name
    page = ask.report_html(field.ready, first, second).decode()
    assert page.startswith("<!doctype html>") and f"A is {field.ready[0].title}" in page
    names = ZipFile(BytesIO(ask.report_tables(field.ready, first, second))).namelist()
    assert {"leaderboard.csv", "differences.csv", "audit.csv"} <= set(names)
    assert {f"{table['table']}.{ending}" for table in json.loads(ask.report_json(field.ready, first, second)) for ending in ("csv", "tex", "md")} == set(names)


def test_what_cannot_be_measured_is_told_and_the_rest_goes_on(compare, monkeypatch):
    honest = ask._measured

    def failing(one):
        if one.name == "cca":
            raise catalogue.TwoviewError("The weights are not those its card describes.")
        return honest(one)

    failing.clear = honest.clear
    monkeypatch.setattr(ask, "_measured", failing)
    test = compare(a="CCA layer", b="MUC2M")
    assert not test.exception and not test.error
    assert "is left out" in words(test) and len(test.dataframe[0].value) == len(catalogue.models("scenes")) - 1


def test_equal_numbers_with_other_intervals_keep_their_words():
    columns = [Column("model", "Model"), Column("r", "Rank", "rank", group="search")]
    rows = [{"model": "one", "r": Number(5, 4, 5)}, {"model": "two", "r": Number(5, 5, 6)}, {"model": "three", "r": None}]
    frame, texts = grids.frames(Table("t", "T", columns, rows), columns, {"two": "B"})
    assert list(frame.iloc[:, 0]) == ["one", "B · two", "three"]
    said = texts["search", "Rank"]
    assert [said[value] for value in frame.iloc[:2, 1]] == ["5 (4–5)", "5 (5–6)"] and np.isnan(frame.iloc[2, 1])
    assert frame.iloc[0, 1] == pytest.approx(frame.iloc[1, 1], abs=1e-12)
