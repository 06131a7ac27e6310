"""``index`` and ``search`` as a person runs them, on a shipped checkpoint."""

import json
import os
import shutil
import sys

import pytest
from typer.testing import CliRunner

from engine.checkpoints.cards import read_card, write_card
from engine.cli import app
from engine.distributed.corpora import build
from engine.search import lance
from engine.search.corpus import Filter
from engine.search.indexed import Indexed
from engine.search.record import FILE, FOLDER
from engine.search.retriever import Retriever

SENTENCE = "a puppy on the beach"


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def lancedb(own_checkpoints):
    pytest.importorskip("lancedb", reason="LanceDB is not installed (requirements-scale.txt)")
    return own_checkpoints


def test_a_corpus_on_disk_answers_as_the_gallery_in_memory(lancedb, tmp_path):
    empty = run("search", "scenes/cca", SENTENCE, "--corpus", tmp_path / "corpus")
    assert (empty.exit_code, "python -m engine index scenes/cca" in empty.stderr) == (2, True)
    for _ in range(2):  # written again, nothing doubles
        built = run("index", "scenes/cca", "--out", tmp_path / "corpus", "--json")
        assert built.exit_code == 0, built.output
    views = json.loads(built.stdout)["views"]
    gallery = json.loads(run("search", "scenes/drsl", SENTENCE, "--json").stdout)
    assert views["x"]["items"] == gallery["candidates"]
    (lancedb / "scenes" / "cca" / FILE).rename(tmp_path / FILE)  # nothing is known of it: the gallery in memory
    gallery = json.loads(run("search", "scenes/cca", SENTENCE, "--exact", "--json").stdout)
    found = json.loads(run("search", "scenes/cca", SENTENCE, "--corpus", tmp_path / "corpus", "--exact", "--json").stdout)
    assert [r["id"] for r in found["results"]] == [str(r["id"]) for r in gallery["results"]]
    assert [r["score"] for r in found["results"]] == pytest.approx([r["score"] for r in gallery["results"]], abs=1e-5)


def test_a_checkpoint_knows_its_corpus_and_says_when_it_is_of_no_use(lancedb, monkeypatch):
    monkeypatch.setattr(lance, "LEAST_INDEXED", 500)
    folder = lancedb / "scenes" / "cca"
    built = run("index", "scenes/cca")
    assert built.exit_code == 0 and "x: 1,000 items of test, searched approximate: finds" in built.stdout, built.output
    assert (folder / FOLDER).is_dir() and "/" not in json.loads((folder / FILE).read_text())["address"], "moved with its checkpoint, it is found"

    def told(*options):
        answer = run("search", "scenes/cca", SENTENCE, "--json", *options)
        assert answer.exit_code == 0, answer.output
        return json.loads(answer.stdout)["found"], answer.stderr

    found, _ = told()
    assert "best of 1,000 (approximate: finds" in found and "items of test)" in found
    assert told("--exact") == ("best of 1,000 (exact)", "")

    card = read_card(folder)
    os.unlink(folder / "card.json")
    write_card(folder, card)
    record = (folder / FILE).read_text()
    (folder / FILE).write_text(record.replace(card.model.weights_hash, "0" * 64))
    found, said = told()
    assert found == "best of 1,000" and "before it was trained again" in said and "python -m engine index scenes/cca" in said
    (folder / FILE).write_text(record.replace(json.loads(record)["splits"]["test"]["items"], "other"))
    assert "The data have changed" in told()[1]
    (folder / FILE).write_text("{")
    assert "cannot be read" in told()[1]
    (folder / FILE).write_text(record)
    monkeypatch.setitem(sys.modules, "lancedb", None)
    assert "pip install -r requirements-scale.txt" in told()[1]
    monkeypatch.delitem(sys.modules, "lancedb")
    shutil.rmtree(folder / FOLDER)
    assert "There is no corpus of scenes/cca" in told()[1]


def test_broken_off_while_it_is_indexed_nothing_is_answered_from_it_until_it_is_built_again(lancedb, monkeypatch):
    monkeypatch.setattr(lance, "LEAST_INDEXED", 500)
    folder, told = lancedb / "scenes" / "cca", []
    retriever = Retriever.open(folder)
    build(retriever, "test", str(folder / FOLDER))

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(lance.LanceCorpus, "build_index", killed)
        build(retriever, "test", str(folder / FOLDER), block=400)
    assert Indexed.beside(retriever.checkpoint, retriever.gallery, "test") is None
    built = build(retriever, "test", str(folder / FOLDER), lambda *progress: told.append(progress), block=400)
    assert [len(made.corpus) for made in built.values()] == [len(retriever.gallery.x), len(retriever.gallery.y)]
    again = Indexed.beside(retriever.checkpoint, retriever.gallery, "test")
    assert again is not None and again.corpora["x"].recall(Filter("test"))
    assert [progress[:2] for progress in told][:3] == [(400, 1000), (800, 1000), (1000, 1000)] and told[-1][2].startswith("Indexing y")


def test_what_no_corpus_holds_is_told(own_checkpoints):
    refused = run("search", "scenes/drsl", SENTENCE, "--propose-by", "scenes/cca")
    assert refused.exit_code == 2 and "python -m engine index scenes/cca" in refused.stderr
