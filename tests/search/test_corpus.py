"""A corpus of embeddings: the same contract in memory and in LanceDB, against ordering everything."""

import subprocess
import sys

import pytest
import torch

from engine.errors import TwoviewError
from engine.models.base import comparable
from engine.scoring import similarities
from engine.search import lance
from engine.search.corpus import Filter, MemoryCorpus
from engine.search.lance import LanceCorpus

N, D = 300, 8


@pytest.fixture(params=["memory", "lance"])
def make(request, tmp_path):
    if request.param == "memory":
        return MemoryCorpus
    pytest.importorskip("lancedb", reason="LanceDB is not installed (requirements-scale.txt)")
    return lambda dimensions, similarity="cosine": LanceCorpus.create(str(tmp_path / "corpus"), "y", dimensions, similarity)


def filled(make, generator, similarity="cosine"):
    items = torch.randn(N, D, generator=generator)
    corpus = make(D, similarity)
    corpus.write([f"it's {i}" for i in range(N)], items, ["test" if i % 3 else "train" for i in range(N)], [f"label {i % 5}'" for i in range(N)])
    return corpus, items


@pytest.mark.parametrize("similarity", ["cosine", "dot", "euclidean", "correlation"])
def test_search_equals_ordering_everything(make, similarity, generator):
    corpus, items = filled(make, generator, similarity)
    asked = torch.randn(4, D, generator=generator)
    scores = similarities(comparable(asked, similarity), comparable(items, similarity), similarity)
    ids, found = corpus.search(asked, top=7)
    expected = scores.topk(7, dim=1)
    assert ids == [[f"it's {i}" for i in row] for row in expected.indices.tolist()]
    torch.testing.assert_close(torch.tensor(found), expected.values, atol=1e-4, rtol=1e-4)


def test_many_exact_questions_are_answered_in_one_pass(make, generator, monkeypatch):
    """As one by one, whatever the blocks, with a filter and with fewer items than asked for."""
    monkeypatch.setattr(lance, "RANK_BLOCK", 64)
    corpus, _ = filled(make, generator)
    asked = torch.randn(3 * lance.SCANNED, D, generator=generator)
    for only, top in ((Filter(), 7), (Filter("train"), 7), (Filter("test", "label 2'"), N)):
        together = corpus.search(asked, top, only, exact=True)
        alone = [corpus.search(row[None], top, only, exact=True) for row in asked]
        assert together.ids == [answer.ids[0] for answer in alone]
        torch.testing.assert_close(torch.tensor(together.scores), torch.tensor([answer.scores[0] for answer in alone]), atol=1e-5, rtol=1e-5)
    assert corpus.search(asked, 3, Filter("nowhere"), exact=True).ids == [[]] * len(asked)


def test_filters_by_split_and_label(make, generator):
    corpus, items = filled(make, generator)
    allowed = [i for i in range(N) if i % 3 and i % 5 == 2]
    scores = similarities(comparable(items[:1], "cosine"), comparable(items, "cosine"), "cosine")[0]
    expected = sorted(allowed, key=lambda i: -scores[i])
    ids, _ = corpus.search(items[:1], top=N, only=Filter("test", "label 2'"))
    assert ids == [[f"it's {i}" for i in expected]]
    assert corpus.count(Filter("test", "label 2'")) == len(allowed)


def test_written_again_replaces_and_deleted_is_gone(make, generator):
    corpus, items = filled(make, generator)
    corpus.write(["it's 3"], -items[3:4])
    assert len(corpus) == N
    assert corpus.search(-items[3:4], top=1).ids == [["it's 3"]]
    corpus.delete(["it's 3", "never there"])
    assert len(corpus) == N - 1
    assert "it's 3" not in corpus.search(items[3:4], top=N).ids[0]


def test_ranks_count_every_item_and_ties_stand_above(make, generator):
    corpus, items = filled(make, generator)
    corpus.write(["twin"], items[10:11])
    asked = torch.randn(3, D, generator=generator)
    every = torch.cat([items, items[10:11]])
    scores = similarities(comparable(asked, "cosine").double(), comparable(every, "cosine").double(), "cosine").float()
    expected = [1 + sum(scores[q, j] >= scores[q, 10] for j in range(N + 1) if j != 10).item() for q in range(3)]
    assert corpus.ranks(asked, [["it's 10"]] * 3) == expected
    with pytest.raises(TwoviewError, match="true match"):
        corpus.ranks(asked[:1], [["nobody"]])


@pytest.mark.parametrize(
    ("ids", "embeddings", "message"),
    [(["a"], torch.ones(1, D + 1), "dimensions"), (["a"], torch.full((1, D), torch.nan), "finite"), (["a", "a"], torch.ones(2, D), "more than once"), (["a"], torch.ones(2, D), "Each item")],
)  # fmt: skip
def test_bad_items_change_nothing(make, ids, embeddings, message):
    corpus = make(D)
    with pytest.raises(TwoviewError, match=message):
        corpus.write(ids, embeddings)
    assert len(corpus) == 0


def test_a_server_of_tables_is_still_to_be_had_though_nothing_imports_its_clients():
    pytest.importorskip("lancedb", reason="LanceDB is not installed (requirements-scale.txt)")
    lines = (
        "import sys", "from engine.search.lance import CLIENTS, library", "assert library().connect", "assert f'{CLIENTS}.models' in sys.modules",
        "assert f'{CLIENTS}.api' not in sys.modules", "from lance_namespace_urllib3_client import TableApi, DataApi", "assert TableApi.__module__.startswith(CLIENTS + '.api')",
    )  # fmt: skip
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, timeout=120)


def test_an_index_says_what_it_finds_and_exact_goes_past_it(tmp_path, generator, monkeypatch):
    pytest.importorskip("lancedb", reason="LanceDB is not installed (requirements-scale.txt)")
    monkeypatch.setattr(lance, "LEAST_INDEXED", 1000)
    items, asked = torch.randn(3000, 16, generator=generator), torch.randn(20, 16, generator=generator)
    corpus = LanceCorpus.create(str(tmp_path), "y", 16)
    corpus.write([str(i) for i in range(3000)], items)
    measured = corpus.build_index(asked)
    again = LanceCorpus.open(str(tmp_path), "y")
    assert again.recall() == measured
    truly = similarities(comparable(asked, "cosine"), comparable(items, "cosine"), "cosine").topk(10, dim=1).indices.tolist()
    assert again.search(asked, exact=True).ids == [[str(i) for i in row] for row in truly]
    found = again.search(asked).ids
    share = sum(len({str(i) for i in a} & set(b)) for a, b in zip(truly, found, strict=True)) / 200
    assert measured.value == pytest.approx(share)
    assert measured.value >= lance.ENOUGH and again._measured == corpus._measured  # it looks as far as it has to, and remembers


@pytest.mark.filterwarnings("error::UserWarning")
def test_a_corpus_written_again_and_again_does_not_grow_and_readers_go_on(tmp_path, generator, monkeypatch):
    """A reader opened long ago answers as one opened now, though the files that it had open are deleted."""
    pytest.importorskip("lancedb", reason="LanceDB is not installed (requirements-scale.txt)")
    monkeypatch.setattr(lance, "LEAST_INDEXED", 1000)
    ids, asked, bytes_taken = [str(i) for i in range(2000)], torch.randn(10, 16, generator=generator), []
    for time in range(4):
        corpus = LanceCorpus.open_or_create(str(tmp_path), "y", 16, "cosine")
        corpus.delete(ids[: 100 * time])
        for rows in (slice(0, 1000), slice(1000, 2000)):
            corpus.write(ids[rows], torch.randn(1000, 16, generator=generator))
        corpus.build_index(asked)
        bytes_taken.append(sum(file.stat().st_size for file in (tmp_path / "y.lance").rglob("*") if file.is_file()))
        if time == 0:
            reader = LanceCorpus.open(str(tmp_path), "y")
    assert max(bytes_taken) < 1.05 * bytes_taken[0]
    now = LanceCorpus.open(str(tmp_path), "y")
    with pytest.raises(RuntimeError, match=lance.GONE[0]):
        LanceCorpus._search.__wrapped__(reader, asked, 10, Filter(), True)
    for exact in (False, True):
        assert reader.search(asked[:3], exact=exact) == now.search(asked[:3], exact=exact)
    assert reader.recall() == now.recall() and reader._measured == now._measured
    torch.testing.assert_close(reader.vectors_of(ids[:5]), now.vectors_of(ids[:5]))
    assert reader.each_rank(asked[:1], ids[:5]) == now.each_rank(asked[:1], ids[:5])


@pytest.mark.parametrize("moment", ["between blocks", "between passes", "before"])
def test_ranks_are_of_one_state_while_another_process_writes_everything_anew(tmp_path, generator, monkeypatch, moment):
    """Never a target of the old items and a count of the new ones: what was there when it began, or, where its files are gone, what is there now."""
    pytest.importorskip("lancedb", reason="LanceDB is not installed (requirements-scale.txt)")
    monkeypatch.setattr(lance, "RANK_BLOCK", 100)
    ids, old, new = [str(i) for i in range(1000)], *torch.randn(2, 1000, D, generator=generator)
    asked, matches = torch.randn(5, D, generator=generator), [[str(7 * i), str(900 + i)] for i in range(5)]

    def truly(items):
        memory = MemoryCorpus(D)
        memory.write(ids, items)
        return memory.ranks(asked, matches)

    LanceCorpus.create(str(tmp_path), "y", D).write(ids, old)
    reader, blocks = LanceCorpus.open(str(tmp_path), "y"), []
    rewrite = f"""
import torch
from engine.search.lance import LanceCorpus
corpus = LanceCorpus.open({str(tmp_path)!r}, "y")
corpus.write({ids!r}, torch.load({str(tmp_path / "new.pt")!r}))
corpus.build_index(torch.ones(1, {D}))
"""
    torch.save(new, tmp_path / "new.pt")

    def rewritten():
        subprocess.run([sys.executable, "-c", rewrite], check=True, timeout=120)

    every = LanceCorpus._vectors

    def interrupted(corpus, only):
        for block in every(corpus, only):
            yield block
            blocks.append(len(block[0]))
            if len(blocks) == {"between blocks": 3, "between passes": 10}.get(moment):
                rewritten()
                reader._table.checkout_latest()  # as another thread's question does that found its files gone

    monkeypatch.setattr(LanceCorpus, "_vectors", interrupted)
    if moment == "before":
        rewritten()
    assert truly(old) != truly(new)
    assert reader.ranks(asked, matches) in (truly(old), truly(new))
    assert len(blocks) >= 20 and reader.ranks(asked, matches) == truly(new)


def test_recall_is_measured_with_each_filter_that_will_be_set(tmp_path, generator, monkeypatch):
    """Split b lies apart from split a, so that questions like a's look into partitions without it: what they find of b is told, not what they find of all."""
    pytest.importorskip("lancedb", reason="LanceDB is not installed (requirements-scale.txt)")
    monkeypatch.setattr(lance, "LEAST_INDEXED", 1000)
    monkeypatch.setattr(lance, "PROBES", (1, 4))
    items, splits = torch.randn(4100, 16, generator=generator), ["a"] * 2900 + ["b"] * 1100 + ["few"] * 100
    items[2900:4000, 0] += 6
    corpus = LanceCorpus.create(str(tmp_path), "y", 16)
    corpus.write([str(i) for i in range(4100)], items, splits)
    asked = torch.randn(20, 16, generator=generator)
    corpus.build_index(asked, {split: asked for split in ("a", "b", "few")})
    again = LanceCorpus.open(str(tmp_path), "y")
    for split, count in (("a", 2900), ("b", 1100)):
        only = Filter(split)
        truly, found = (again.search(asked, only=only, exact=exact).ids for exact in (True, False))
        share = sum(len({*t} & {*f}) for t, f in zip(truly, found, strict=True)) / 200
        assert again.recall(only).value == pytest.approx(share) and again.recall(only).items == count
        assert f"{count:,} items of {split})" in str(again.recall(only))
    for only in (Filter("few"), Filter("a", "")):  # few, or not measured: exact
        assert again.recall(only) is None and again.search(asked[:1], only=only) == again.search(asked[:1], only=only, exact=True)


def test_each_match_has_its_rank_and_score(make, generator):
    corpus, items = filled(make, generator)
    corpus.write(["twin"], items[10:11], ["test"])
    asked, names = torch.randn(1, D, generator=generator), ["it's 10", "twin", "it's 7", "it's 3"]
    every = torch.cat([items, items[10:11]])
    scores = similarities(comparable(asked, "cosine").double(), comparable(every, "cosine").double(), "cosine").float()[0]
    rows = [10, 300, 7, 3]
    assert corpus.scores_of(asked, names) == pytest.approx(scores[rows].tolist(), abs=1e-6)
    assert corpus.each_rank(asked, names) == [int((scores >= scores[row]).sum()) for row in rows]
    test = torch.tensor([row % 3 > 0 or row == 300 for row in range(301)])
    assert corpus.each_rank(asked, names[:3], Filter("test")) == [int((scores[test] >= scores[row]).sum()) for row in rows[:3]]
    with pytest.raises(TwoviewError, match="holds no item 'nobody'"):
        corpus.each_rank(asked, ["twin", "nobody"])


def test_without_lancedb_a_sentence_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "lancedb", None)
    with pytest.raises(TwoviewError, match=r"pip install -r requirements-scale\.txt"):
        LanceCorpus.open(str(tmp_path), "y")
