"""Retrieve where a checkpoint has an index: approximate and said to be, exact at a switch, in two stages for a model that scores pairs."""

import json
import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from app.asking import from_index, galleries
from engine.cli import app as command_line
from engine.paths import PROJECT
from engine.search import indexed, lance
from engine.search.record import FILE
from tests.app.test_pages import MAIN, shown, words


@pytest.fixture
def folder(own_checkpoints, monkeypatch):
    """Of scenes/cca, with an index of the test split."""
    pytest.importorskip("lancedb", reason="LanceDB is not installed (requirements-scale.txt)")
    monkeypatch.setattr(lance, "LEAST_INDEXED", 500)
    built = CliRunner().invoke(command_line, ["index", "scenes/cca"])
    assert built.exit_code == 0, built.output
    return own_checkpoints / "scenes" / "cca"


def retrieve(**link: str) -> AppTest:
    test = AppTest.from_file(str(MAIN), default_timeout=120)
    test.query_params.update(data="Scenes", **link)
    test.run()
    test = test.switch_page("retrieve/page.py").run()
    assert not test.exception and not test.error
    return test


def ids(column: dict) -> list[str]:
    return [card["id"] for card in column["cards"]]


def test_an_index_answers_says_how_much_it_finds_and_is_asked_exactly(folder, monkeypatch):
    sentences = galleries.gallery("scenes", "test").y
    sentence = sentences.items[77]
    test = retrieve(q=sentence, a="Linear CCA", b="Two-branch network")
    ((a, b),) = shown(test)
    assert a["note"].startswith("approximate: finds ") and "% of the true first ten" in a["note"] and b["note"] is None
    assert a["summary"].startswith("True match at rank ") and a["summary"].endswith("of 1,000"), "few enough to be counted"
    ranks = a["summary"]
    test.toggle(key="exact").set_value(True).run()
    assert not test.exception
    ((exact, _),) = shown(test)
    assert exact["note"].startswith("exact: all 1,000 scored") and exact["summary"] == ranks
    (folder / FILE).rename(folder / "elsewhere")
    ((memory, _),) = shown(retrieve(q=sentence, a="Linear CCA", b="Two-branch network"))
    assert memory["note"] is None and memory["summary"] == ranks and ids(memory) == ids(exact)
    (folder / "elsewhere").rename(folder / FILE)
    monkeypatch.setattr(indexed, "COUNTED", 0)
    ((bound, _),) = shown(retrieve(item=f"y:{sentences.ids[77]}", a="Linear CCA"))  # the same as an item: not answered before
    assert bound["summary"] == ranks.replace(" of 1,000", " or later of 1,000")
    assert all(card["rank"].startswith("≥ ") for card in bound["beyond"])


def test_an_item_asks_by_its_embedding_in_the_index(folder):
    pairs = galleries.gallery("scenes", "test")
    ((a, _),) = shown(retrieve(item=f"x:{pairs.x.ids[3]}", a="Linear CCA", b="CCA layer", exact="true"))
    (folder / FILE).unlink()
    ((memory, _),) = shown(retrieve(item=f"x:{pairs.x.ids[3]}", a="Linear CCA", b="CCA layer"))
    assert ids(a) == ids(memory) and a["summary"] == memory["summary"] and len(a["beyond"]) == len(memory["beyond"])


def test_a_model_that_scores_pairs_orders_what_another_proposes(folder, monkeypatch):
    sentence = galleries.gallery("scenes", "test").y.items[77]
    test = retrieve(q=sentence, a="DRSL", b="Linear CCA")
    ((a, _),) = shown(test)
    assert a["note"].startswith("proposed by Linear CCA, approximate: finds") and "scoring all: about" in a["note"]
    assert "of the 200 proposed" in a["summary"]
    test.toggle(key="exact").set_value(True).run()
    ((exact, _),) = shown(test)
    assert exact["note"] is None and exact["summary"].endswith("of 1,000")
    monkeypatch.setattr(from_index, "PROPOSED", 1)
    found = [shown(retrieve(item=f"y:{id}", a="DRSL", b="Linear CCA"))[0][0]["summary"] for id in galleries.gallery("scenes", "test").y.ids[:25:5]]
    assert "The true match is not among the 1 proposed of 1,000" in found


@pytest.mark.parametrize("harm", ["trained again", "data changed", "unreadable", "gone", "not installed"])
def test_an_index_of_no_use_is_told_and_memory_answers(folder, harm, monkeypatch):
    record = json.loads((folder / FILE).read_text())
    said = {
        "trained again": "before it was trained again", "data changed": "The data have changed", "unreadable": "cannot be read",
        "gone": "There is no corpus of scenes/cca", "not installed": "requirements-scale.txt",
    }[harm]  # fmt: skip
    if harm == "trained again":
        record["weights_hash"] = "0" * 64
    elif harm == "data changed":
        record["splits"]["test"]["items"] = "other"
    elif harm == "gone":
        record["address"] = "elsewhere"
    else:
        monkeypatch.setitem(sys.modules, "lancedb", None)
    (folder / FILE).write_text("{" if harm == "unreadable" else json.dumps(record))
    test = retrieve(q="a puppy", a="Linear CCA", b="Two-branch network")
    ((a, b),) = shown(test)
    assert a["problem"] is None and a["note"] is None and len(a["cards"]) == len(b["cards"]) == 12
    told = words(test).replace("\\", "")
    assert said in told and "Until then every item is scored, in memory" in told and str(folder) not in told


@pytest.mark.parametrize(("module", "absent"), [("app.asking.indexes", ("torch", "lancedb")), ("app.asking.from_index", ("lancedb",))])
def test_nothing_is_loaded_before_an_index_is_asked(module, absent):
    code = f"import sys, {module}; sys.exit(bool({{*sys.modules}} & {{*{absent!r}}}))"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0
