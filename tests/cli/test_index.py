"""``index`` and ``search --corpus`` as a person runs them, on a shipped checkpoint."""

import json

import pytest
from typer.testing import CliRunner

from engine.cli import app

SENTENCE = "a puppy on the beach"


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_corpus_on_disk_answers_as_the_gallery_in_memory(tmp_path):
    pytest.importorskip("lancedb", reason="LanceDB is not installed (requirements-scale.txt)")
    empty = run("search", "scenes/cca", SENTENCE, "--corpus", tmp_path / "corpus")
    assert (empty.exit_code, "python -m engine index scenes/cca" in empty.stderr) == (2, True)
    for _ in range(2):  # written again, nothing doubles
        built = run("index", "scenes/cca", "--out", tmp_path / "corpus", "--json")
        assert built.exit_code == 0, built.output
    views = json.loads(built.stdout)["views"]
    gallery = json.loads(run("search", "scenes/cca", SENTENCE, "--json").stdout)
    assert views["x"]["items"] == gallery["candidates"]
    found = json.loads(run("search", "scenes/cca", SENTENCE, "--corpus", tmp_path / "corpus", "--exact", "--json").stdout)
    assert [r["id"] for r in found["results"]] == [str(r["id"]) for r in gallery["results"]]
    assert [r["score"] for r in found["results"]] == pytest.approx([r["score"] for r in gallery["results"]], abs=1e-5)


def test_exact_needs_a_corpus():
    refused = run("search", "scenes/cca", SENTENCE, "--exact")
    assert refused.exit_code == 2
    assert "--corpus" in refused.stderr
