"""A corpus built in shards is the gallery in memory: by one process or a cluster, whoever is killed when, however often it is asked for."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from engine.checkpoints import storage
from engine.checkpoints.cards import EncoderCard, EncodersCard
from engine.checkpoints.history import History
from engine.cli import app
from engine.data import load
from engine.data.base import paired_arrays
from engine.distributed.corpora import Elsewhere, build
from engine.distributed.on_ray import IN_FLIGHT, OnRay
from engine.encoders import open_encoder, weights_hash
from engine.encoders.cache import encode_pairs
from engine.errors import TwoviewError
from engine.models.base import Training, comparable
from engine.models.cca import CCA
from engine.search import building
from engine.search.asking import OTHER, Asker
from engine.search.building import table
from engine.search.corpus import Filter
from engine.search.indexed import Indexed
from engine.search.lance import LanceCorpus
from engine.search.record import read_record
from tests.distributed.conftest import COUNT, killed_in_the_middle

ROWS, K = 4, 8
ENCODERS = ("scenes-cnn", "minilm")
encoder_of = cache(open_encoder)


@pytest.fixture
def asker(album, tmp_path, monkeypatch):
    """A model with weights of chance that reads the album, over all of it."""
    pytest.importorskip("lancedb", reason="LanceDB is not installed (requirements-scale.txt)")
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    made_with = {view: EncoderCard(id=id, weights_hash=weights_hash(id), dim=encoder_of(id).dim) for view, id in zip("xy", ENCODERS, strict=True)}
    model = CCA((made_with["x"].dim,), (made_with["y"].dim,), CCA.Settings(k=K))
    generator = torch.Generator().manual_seed(0)
    for weights in (model.weights_x, model.weights_y):
        weights.normal_(generator=generator)
    model.correlations.fill_(1.0)
    learned = replace(paired_arrays(np.zeros((2, 2)), np.zeros((2, 2))), name=str(album))
    card = storage.card_for("album/cca", "CCA", model, {"train": learned}, EncodersCard(**made_with), Training(), 0, "cpu", History())
    storage.save(tmp_path / "checkpoints" / "album" / "cca", model, card, History())
    return over("all")


def over(split):
    checkpoint = storage.load(storage.checkpoint_folder("album/cca"))
    return Asker(checkpoint, load(checkpoint.card.data.name, split), encoder_of)


def opened(asker, address, view):
    return LanceCorpus.open(str(address), table(view, asker.checkpoint))


def rows_of(corpus):
    return corpus._table.search().select(["id", "split", "label", "vector"]).to_arrow().to_pylist()


def assert_holds(asker, address, split="all"):
    """Each item of the gallery once, with the embedding that the gallery in memory has."""
    for view, encoder in zip(OTHER, ENCODERS, strict=True):
        items, corpus = getattr(asker.gallery, view), opened(asker, address, view)
        rows = {row["id"]: row for row in rows_of(corpus) if row["split"] == split}
        assert corpus.count(Filter(split)) == len(rows) == len(items) and rows.keys() == {*items.ids}
        assert [rows[name]["label"] for name in items.ids] == [str(group) for group in items.groups]
        features = torch.cat([encoder_of(encoder)([items.items[row]]) for row in range(len(items))])
        embeddings = comparable(asker.embed(view, features), asker.model.similarity).float()
        np.testing.assert_allclose([rows[name]["vector"][:K] for name in items.ids], embeddings, atol=1e-5)


def told(built):
    return {view: [(shard.start, shard.new) for shard in sorted(made.shards, key=lambda shard: shard.start)] for view, made in built.items()}


def test_two_nodes_and_workers_killed_while_they_work_and_after_they_wrote(asker, ray_here, tmp_path):
    ray_here()
    address, died, killed = str(tmp_path / "corpus"), tmp_path / "died", []
    where = Elsewhere.of(asker, "all", None, address, "cpu")

    def dying(view, start, stop):
        """The worker of the second shard dies once, after its rows are in the corpus and before anybody knows."""
        written = where(view, start, stop)
        if (view, start) == ("x", 4) and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return written

    def run(tasks):
        for written in OnRay()(tasks):
            if not killed and written.worker != os.getpid():
                killed.append(written.worker)
                os.kill(written.worker, signal.SIGKILL)
            yield written

    built = build(asker, "all", address, run=run, elsewhere=dying, rows=ROWS)
    assert killed and died.exists()
    assert {(4, False)} < {*told(built)["x"]}, "what a dead worker wrote is there"
    assert len({shard.worker for made in built.values() for shard in made.shards} - {os.getpid()}) > 1
    assert_holds(asker, address)
    again = build(asker, "all", address, rows=ROWS)  # by this process alone, it is the same
    assert {new for shards in told(again).values() for _, new in shards} == {False}
    found = Indexed.beside(asker.checkpoint, asker.gallery, "all")
    assert found is not None and found.ask("y", asker.gallery.y.ids[3], top=3).candidates == COUNT


@pytest.mark.parametrize("on", [[], ["--on", "ray", "--workers", "1"]], ids=["here", "on Ray"])
def test_the_command_killed_by_the_system_does_what_is_left(asker, tmp_path, on):
    if on:
        pytest.importorskip("ray", reason="Ray is not installed (requirements-scale.txt)").shutdown()
    address, shards = tmp_path / "corpus", COUNT // 2
    arguments = ["index", "album/cca", "--split", "all", "--out", str(address), "--rows", "2", *on, "--json"]
    killed_in_the_middle(arguments)
    there = len(rows_of(opened(asker, address, "x"))) // 2
    assert 3 <= there <= 3 + IN_FLIGHT < shards
    assert read_record(asker.checkpoint.folder) is None
    again = subprocess.run([sys.executable, "-m", "engine", *arguments], stdout=subprocess.PIPE, text=True, check=True)
    views = json.loads(again.stdout)["views"]
    assert views["x"]["shards"] == views["y"]["shards"] == views["y"]["written_now"] == shards
    assert shards - 3 - IN_FLIGHT <= views["x"]["written_now"] <= shards - there  # a worker may have written its last while its driver died
    assert_holds(asker, address)


def test_features_that_are_kept_are_not_encoded_again(asker, tmp_path, monkeypatch):
    encode_pairs(asker.gallery, *ENCODERS)

    monkeypatch.setattr(building, "encode_once", lambda *told: pytest.fail("features that are kept are encoded again"))
    built = build(asker, "all", str(tmp_path / "corpus"), block=5)
    assert [rows for rows, _ in told(built)["x"]] == [0, 5, 10, 15, 20]
    assert_holds(asker, tmp_path / "corpus")


@pytest.mark.parametrize("change", ["picture", "sentence", "removed"])
def test_only_what_changed_is_written_and_what_is_gone_goes(asker, album, tmp_path, change):
    address = str(tmp_path / "corpus")
    build(asker, "all", address, rows=ROWS)
    lines = (album / "album.csv").read_text().splitlines()
    if change == "picture":
        (album / "5.png").write_bytes((album / "6.png").read_bytes())
        os.utime(album / "5.png", ns=(0, 0))
    elif change == "sentence":
        lines[6] = "5.png,something else"
    else:
        lines = lines[:-1]
    (album / "album.csv").write_text("\n".join(lines))
    now = over("all")
    written = told(build(now, "all", address, rows=ROWS))
    assert {view: [start for start, new in shards if new] for view, shards in written.items()} == {
        "picture": {"x": [4], "y": []}, "sentence": {"x": [], "y": [4]}, "removed": {"x": [20], "y": [20]},
    }[change]  # fmt: skip
    assert_holds(now, address)


def test_other_splits_stay_and_lose_what_is_of_this_one_now(asker, tmp_path):
    address = str(tmp_path / "corpus")
    train, test = over("train"), over("test")
    for asked, split in ((train, "train"), (test, "test")):
        build(asked, split, address, rows=ROWS)
    assert_holds(train, address, "train")
    assert_holds(test, address, "test")
    assert {*read_record(asker.checkpoint.folder).splits} == {"train", "test"}
    build(asker, "all", address, rows=ROWS)
    assert_holds(asker, address)
    assert {*read_record(asker.checkpoint.folder).splits} == {"all"}, "what lost its items is not answered from"
    assert all(len(opened(asker, address, view)) == COUNT for view in OTHER)


WRITES = """
import sys
from engine.checkpoints import storage
from engine.data import load
from engine.search.asking import Asker
from engine.search.building import Writer
from engine.search.lance import LanceCorpus
LanceCorpus.holds = lambda corpus, name: 0
checkpoint = storage.load(storage.checkpoint_folder("album/cca"))
writer = Writer(Asker(checkpoint, load(checkpoint.card.data.name, "all")), "all", sys.argv[1])
for start in range(0, 24, 4):
    for view in "xy":
        writer(view, start, start + 4)
"""


def test_what_several_processes_wrote_at_the_same_moment_is_there_once(asker, tmp_path):
    """As if each had looked before any other wrote."""
    address = str(tmp_path / "corpus")
    for view in OTHER:
        LanceCorpus.create(address, table(view, asker.checkpoint), K, asker.model.similarity)
    writers = [subprocess.Popen([sys.executable, "-c", WRITES, address]) for _ in range(3)]
    assert [writer.wait(300) for writer in writers] == [0, 0, 0]
    assert len(opened(asker, address, "x")) == 3 * COUNT
    built = build(asker, "all", address, rows=ROWS)
    assert {new for shards in told(built).values() for _, new in shards} == {True}
    assert_holds(asker, address)


def test_somebody_who_goes_on_writing_is_told(asker, tmp_path, monkeypatch):
    write = LanceCorpus.write_shard

    def twice(*shard):
        write(*shard)
        with monkeypatch.context() as blind:
            blind.setattr(LanceCorpus, "holds", lambda corpus, name: 0)
            write(*shard)

    monkeypatch.setattr(LanceCorpus, "write_shard", twice)
    with pytest.raises(TwoviewError, match="Another process writes all to this corpus"):
        build(asker, "all", str(tmp_path / "corpus"), rows=COUNT)
    assert read_record(asker.checkpoint.folder) is None


def test_a_corpus_made_before_there_were_shards_is_gone_on_with(asker, tmp_path):
    address = str(tmp_path / "corpus")
    test = over("test")
    build(test, "test", address)
    build(asker, "all", address, rows=ROWS)
    for view in OTHER:
        corpus = opened(asker, address, view)
        corpus.write(["of another split"], torch.ones(1, K), ["other"], ["0"])
        corpus._table.drop_columns(["shard"])
        assert opened(asker, address, view).vectors_of(getattr(asker.gallery, view).ids[:2]).shape == (2, K)
    built = build(asker, "all", address, rows=ROWS)
    assert {new for shards in told(built).values() for _, new in shards} == {True}
    assert_holds(asker, address)
    assert all(opened(asker, address, view).count(Filter("other")) == 1 for view in OTHER)


def test_a_worker_that_finds_other_data_says_so(asker, tmp_path):
    where = replace(Elsewhere.of(asker, "all", None, str(tmp_path / "corpus"), "cpu"), items="others")
    with pytest.raises(TwoviewError, match="Keep both on a disk that all of them share"):
        where("x", 0, 4)


def test_the_command_line_does_it_on_this_machine(asker, tmp_path):
    ray = pytest.importorskip("ray", reason="Ray is not installed (requirements-scale.txt)")
    ray.shutdown()
    arguments = ["index", "album/cca", "--split", "all", "--rows", "8"]
    done = CliRunner().invoke(app, [*arguments, "--on", "ray", "--workers", "1", "--json"])
    ray.shutdown()
    assert done.exit_code == 0, done.output
    views = json.loads(done.stdout)["views"]
    assert {view: (made["items"], made["shards"], made["written_now"]) for view, made in views.items()} == {"x": (COUNT, 3, 3), "y": (COUNT, 3, 3)}
    assert_holds(asker, json.loads(done.stdout)["corpus"])
    again = CliRunner().invoke(app, [*arguments, "--json"])
    assert {made["written_now"] for made in json.loads(again.stdout)["views"].values()} == {0}
