"""The parts without a page: cards on the wire, questions, words around results."""

import json
import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.asking import galleries
from app.asking.answering import Answer
from app.asking.galleries import Gallery, Rows, plain
from app.components.cards import Card, Column, message
from app.data import measures
from app.frame import explain, items, query
from engine.data import load
from engine.data.base import PairedData, View
from engine.metric import Metric
from engine.models import MODELS


def test_a_message_holds_its_head_and_every_picture_once():
    pictures = {"a": b"\xff\xd8one", "b": b"RIFFtwo!"}
    column = Column([Card("x:1", "a dog", "a", match=True), Card("x:2", "a cat", "b")], "A", "CCA")
    wire = message([column, column], pictures, "Results")
    size = struct.unpack("<I", wire[:4])[0]
    head, body = json.loads(wire[4 : 4 + size]), wire[4 + size :]
    assert [len(shown["cards"]) for shown in head["columns"]] == [2, 2]
    assert body == b"".join(pictures.values())
    for name, (start, length) in head["pictures"].items():
        assert body[start : start + length] == pictures[name]


@given(st.lists(st.sampled_from([0.5, 0.25, -1.0, 2.0]), min_size=1, max_size=30))
def test_ranks_count_ties_against_the_item(scores):
    scores = np.array(scores)
    rows = np.argsort(-scores, kind="stable")
    answer = Answer("x", rows, scores[rows])
    assert [answer.rank_of(row) for row in range(len(scores))] == [int((scores >= score).sum()) for score in scores]


@given(st.text(max_size=2000))
def test_any_text_becomes_a_short_line_or_nothing(words):
    asked = query.text(words)
    if asked is None:
        assert not any(c.isalnum() for c in words)
    else:
        assert asked.text == asked.text.strip() and "\n" not in asked.text and 0 < len(asked.text) <= query.LONGEST


@given(st.text(max_size=100))
def test_any_link_is_an_item_or_nothing(link):
    asked = query.item(link)
    assert asked is None or (asked.view in ("x", "y") and f"{asked.view}:{asked.id}" == link)


def test_an_item_and_a_sentence_survive_the_link():
    for asked in (query.text("a dog & a cat"), query.item("x:test-00012"), query.item("y:photo.jpg#3")):
        linked = query.link(asked)
        assert asked in (query.text(linked.get("q", "")), query.item(linked.get("item", "")))


def test_markdown_in_a_sentence_is_shown_as_it_is():
    assert items.escaped("a *dog* :red[x] [y](z)") == r"a \*dog\* \:red\[x\] \[y\]\(z\)"


def test_sentences_are_compared_without_case_space_and_full_stop():
    assert plain("  A dog\truns . ") == plain("a DOG runs")


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_explained_in_plain_words(name):
    assert explain.MODELS[name].endswith(".")


@pytest.mark.parametrize(
    ("measure", "value", "low", "high", "shown"),
    [
        ("recall_at_1", 0.1834, 0.1722, 0.196, "18.3  (17.2–19.6)"),
        ("median_rank", 8.0, 7.0, 8.0, "8  (7–8)"),
        ("median_rank", 3.0, 2.0, 3.0, "3  (2–3)"),
        ("median_rank", 1.5, 1.0, 2.0, "1.5  (1.0–2.0)"),
        ("recall_at_10", 0.5, None, None, "50.0"),
    ],
)
def test_figures_carry_their_interval_and_no_idle_digits(measure, value, low, high, shown):
    metric = Metric(measure=measure, direction="y_to_x", split="test", value=value, low=low, high=high, queries=5, candidates=5)
    assert measures.figure(metric) == shown


def test_a_half_digit_is_drawn_as_ink_on_white():
    digits = load("digits", "test", Path("."))
    picture = np.asarray(Image.open(BytesIO(Gallery(digits).picture("x", 3))))
    half = digits.x.items[3].reshape(8, 4)
    scale = len(picture) // 8
    middle = picture[scale // 2 :: scale, picture.shape[1] // 4 + scale // 2 :: scale][:, :4]
    assert picture.shape[0] == picture.shape[1]
    np.testing.assert_array_equal(middle, np.round(255 * (1 - half)))
    assert digits.x.take(np.arange(3)).visible


def small(texts: list[str]) -> PairedData:
    """Pairs of sentences whose ids are letters."""
    ids = [chr(97 + row) for row in range(len(texts))]
    return PairedData("few", "test", View("text", texts, ids, np.arange(len(texts))), View("text", texts[::-1], ids, np.arange(len(texts))))


def test_rows_are_found_by_name_though_hashes_are_alike(monkeypatch):
    names = [str(number) for number in range(500)]
    rows = Rows(names, galleries.sorted_hashes(names))
    assert {**rows} == {name: row for row, name in enumerate(names)} and len(rows) == 500
    assert "500" not in rows and rows.get("500") is None and rows.get("499") == 499
    monkeypatch.setattr(galleries, "_hash", lambda _: 1)
    alike = Rows(names, galleries.sorted_hashes(names))
    assert [alike[name] for name in names] == list(range(500)) and "500" not in alike


@pytest.mark.parametrize("groups", [[0, 1, 1, 1, 4, 7, 7], [7, 1, 4, 1, 0, 7, 1]])
def test_partners_are_those_of_the_same_group_whatever_their_order(groups):
    view = View("text", [*"abcdefg"], [*"abcdefg"], np.array(groups))
    gallery = Gallery(PairedData("few", "test", view, View("text", ["h", "i"], ["h", "i"], np.array([1, 5]))))
    assert [gallery.partners("y", row).tolist() for row in range(2)] == [[row for row, group in enumerate(groups) if group == 1], []]
    assert gallery.partners("x", groups.index(1)).tolist() == [0]


def test_where_sentences_stand_is_kept_for_the_next_server_until_they_change(monkeypatch, tmp_path):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path))
    monkeypatch.setattr(galleries, "MANY", 3)
    monkeypatch.setattr(galleries, "made_of", lambda pairs: repr(pairs.x.items))
    counted, hashed = [], galleries.sorted_hashes
    monkeypatch.setattr(galleries, "sorted_hashes", lambda texts: counted.append(len(held := [*texts])) or hashed(held))
    texts = ["A dog.", "a  cat", "A  DOG"]
    for _ in range(2):
        gallery = Gallery(small(texts))
        assert gallery.rows_of_text("x", "a dog") == [0, 2] and gallery.rows_of_text("x", "A cat .") == [1] and gallery.rows_of_text("y", "bird") == []
    assert counted == [3, 3]
    assert Gallery(small([*texts, "bird"])).rows_of_text("x", "bird") == [3] and counted == [3, 3, 4]
    for file in (tmp_path / "hashes").iterdir():
        file.write_bytes(b"damaged")
    assert Gallery(small(texts)).rows_of_text("x", "a cat") == [1] and len(counted) == 4
