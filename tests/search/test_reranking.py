"""Two stages: what is proposed is ordered as the pairwise model alone would order it; proposing everything is asking it alone."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from engine.checkpoints.storage import checkpoint_folder
from engine.cli import app
from engine.errors import TwoviewError
from engine.search.corpus import Filter, MemoryCorpus
from engine.search.reranking import Reranker
from engine.search.retriever import Retriever

SENTENCE = "a puppy on the beach"


@pytest.fixture(scope="module")
def retrievers():
    return [Retriever.open(checkpoint_folder(name)) for name in ("scenes/cca", "scenes/drsl")]


@pytest.fixture(scope="module")
def reranker(retrievers):
    proposer, judge = retrievers
    pictures = proposer.gallery.x
    vectors = proposer.embed("x", proposer.features.x.items)
    corpus = MemoryCorpus(vectors.shape[1], proposer.model.similarity)
    corpus.write([str(name) for name in pictures.ids], vectors, ["test"] * len(vectors))
    return Reranker(proposer, judge, corpus, "y")


def asked(retrievers):
    """The proposer's embedding of the sentence, the judge's features of it."""
    proposer, judge = retrievers
    return proposer.embed(*proposer.text_features(SENTENCE)), judge.text_features(SENTENCE)[1]


def test_proposing_everything_is_asking_the_second_alone(retrievers, reranker):
    judge, count = retrievers[1], len(retrievers[1].gallery.x)
    alone = judge.rank_text(SENTENCE)
    ranked = reranker.rank(*asked(retrievers), propose=count, top=20)
    np.testing.assert_allclose(ranked.scores, alone.scores[:20], atol=1e-5)
    assert ranked.ids[0] == str(judge.gallery.x.ids[alone.rows[0]]) and ranked.proposed == count


def test_only_what_is_proposed_is_ordered(retrievers, reranker):
    proposing, judging = asked(retrievers)
    ranked = reranker.rank(proposing, judging, propose=30, top=30)
    proposed = reranker.corpus.search(proposing, 30).ids[0]
    assert sorted(ranked.ids) == sorted(proposed) and ranked.scores == sorted(ranked.scores, reverse=True)
    assert [proposed[place - 1] for place in ranked.places] == ranked.ids
    assert "proposed 30 of" in ranked.told and "DRSL put them in order" in ranked.told
    assert reranker.rank(proposing, judging, only=Filter(split="nowhere")).ids == []
    assert reranker.cost(judging, 200) > 0


def test_two_of_a_kind_are_refused(retrievers, reranker):
    proposer, judge = retrievers
    with pytest.raises(TwoviewError, match="cannot propose"):
        Reranker(judge, judge, reranker.corpus, "y")
    with pytest.raises(TwoviewError, match="no second stage"):
        Reranker(proposer, proposer, reranker.corpus, "y")


def test_the_command_line_tells_both_stages(own_checkpoints, tmp_path):
    pytest.importorskip("lancedb", reason="LanceDB is not installed (requirements-scale.txt)")

    def run(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    assert run("index", "scenes/cca", "--out", tmp_path).exit_code == 0
    told = run("search", "scenes/drsl", SENTENCE, "--corpus", tmp_path, "--propose-by", "scenes/cca", "--propose", "50", "--json")
    assert told.exit_code == 0, told.output
    answer = json.loads(told.stdout)
    assert "proposed 50 of" in answer["found"] and len(answer["results"]) == 10 and "takes about" in told.stderr
    without = run("search", "scenes/drsl", SENTENCE, "--propose-by", "scenes/cca", "--propose", "50", "--json")  # the corpus that scenes/cca knows
    assert json.loads(without.stdout) == answer
