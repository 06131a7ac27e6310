"""The app on 1,000,000 pictures with sentences of one's own, and an index: a typed sentence, memory, and the first answer of a server just started.

The pictures are tiny and lie in one Arrow file; their embeddings are drawn between those of real sentences, which is where a learned space has its pictures. What a
sentence costs is taken in a process that asks as the page does (``app.asking.from_index``), encoding included; the page, memory and the start in a real server.
"""

import asyncio
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from urllib.parse import urlencode

import numpy as np
import torch
from PIL import Image
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks import browser
from benchmarks.beside_training import took
from benchmarks.measure import Row, at_least, at_most, memory_of, peak_memory
from benchmarks.text_query import NOUNS, PLACES, VERBS
from benchmarks.visitors import connected

ITEMS, WIDTH, K, TOP = 1_000_000, 384, 256, 10
BLOCK, NOISE = 50_000, 0.02
NAME, SPLIT = "gallery", "test"
QUESTIONS = [f"{noun} {verb} {place}" for noun in NOUNS for verb in VERBS for place in PLACES]
TYPED = [f"{noun} or {other} {verb} {place}" for noun, other in zip(NOUNS, NOUNS[::-1], strict=True) for verb in VERBS for place in PLACES]  # sentences of nobody


def run(rounds: int, items: int = ITEMS) -> list[Row]:
    with TemporaryDirectory(dir=os.environ.get("TWOVIEW_BENCHMARKS")) as temporary:
        folder = Path(temporary)
        surroundings = {"TWOVIEW_CHECKPOINTS": f"{folder}/checkpoints", "TWOVIEW_CACHE": f"{folder}/cache", "TWOVIEW_OWN": f"{folder}/own", "TWOVIEW_LOG": f"{folder}/log"}
        made = told(folder, "make", str(items), **surroundings)
        asked = told(folder, "ask", **surroundings)
        with browser.app(surroundings) as server:
            stands = server.healthy + asyncio.run(visit(server.address, TYPED[:1]))
            first = server.healthy + took(folder / "log")[0] / 1000
            asyncio.run(visit(server.address, TYPED[1:]))
            memory = memory_of(server.pid)
        page = np.percentile(took(folder / "log")[1:], [50, 95])
    where = f"{items:,} × {K}"
    return [
        at_most("a typed sentence among very many, 95th percentile", asked["p95"], 60, "ms", f"{where}; median {asked['median']:.0f} ms, of which the sentence's encoding {asked['encoding']:.0f}; first 48 and bounds of ranks"),
        at_least("share of the true first ten", asked["recall"], 0.99, "", f"{len(TYPED)} sentences of nobody; it says: {asked['said']}"),
        at_most("memory of the server", memory, 2000, "MB", f"{where}, at most, after {len(TYPED)} questions"),
        at_most("server started until a linked question is answered", first, 3, "s", f"healthy after {server.healthy:.1f} s, the menus and the question's field sent after {stands:.1f}; the gallery and its index opened in {asked['opened']:.1f} s in a process that had imported what it needs"),
        at_most("the whole page of a question, 95th percentile", float(page[1]), 300, "ms", f"in the server; median {page[0]:.0f} ms. Read for the first time in {made['read']:.0f} s, embeddings written and indexed in {made['indexed']:.0f} s"),
    ]  # fmt: skip


def told(folder: Path, what: str, *more: str, **surroundings: str) -> dict:
    """What a process of its own has to say."""
    command = [sys.executable, "-m", "benchmarks.large_gallery", what, str(folder), *more]
    return json.loads(subprocess.run(command, env=os.environ | surroundings, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1])


def lay_out(folder: Path, items: int) -> Path:
    """Pictures and sentences in one Arrow file, all of the test split."""
    import pyarrow as pa

    path = folder / "data" / f"{NAME}.arrow"
    path.parent.mkdir()
    fields = pa.schema([("image", pa.binary()), ("caption", pa.string()), ("split", pa.string())])
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, fields) as table:
        for start in range(0, items, BLOCK):
            rows = range(start, min(start + BLOCK, items))
            columns = [[_picture(row) for row in rows], [f"{QUESTIONS[row % len(QUESTIONS)]} nr {row}" for row in rows], [SPLIT] * len(rows)]
            table.write_batch(pa.record_batch([pa.array(column) for column in columns], fields))
    return path


def _picture(row: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2), (row % 256, row // 256 % 256, row // 65_536)).save(buffer, "PNG")
    return buffer.getvalue()


def make(folder: Path, items: int) -> dict[str, float]:
    from engine.checkpoints import storage
    from engine.checkpoints.cards import EncoderCard, EncodersCard
    from engine.checkpoints.history import History
    from engine.data import load
    from engine.data.base import PairedData, View
    from engine.encoders import open_encoder
    from engine.models.base import Training
    from engine.models.cca import CCA
    from engine.paths import checkpoints_dir
    from engine.scoring import embed
    from engine.search.building import QUESTIONS as MEASURED
    from engine.search.building import table
    from engine.search.corpus import Filter
    from engine.search.lance import LanceCorpus
    from engine.search.record import SplitRecord, default_address, keep_record, made_of

    path, start = lay_out(folder, items), perf_counter()
    gallery = load(str(path), SPLIT)
    read, start = perf_counter() - start, perf_counter()
    minilm, generator = open_encoder("minilm"), torch.Generator().manual_seed(0)
    model = CCA((WIDTH,), (minilm.dim,), CCA.Settings(k=K))
    for weights in (model.weights_x, model.weights_y):
        weights.normal_(generator=generator)
    model.correlations.fill_(1.0)
    features = PairedData(gallery.name, SPLIT, View("vector", np.zeros((1, WIDTH), np.float32), ["0"], np.zeros(1, int)), View("vector", np.zeros((1, minilm.dim), np.float32), ["0"], np.zeros(1, int)))
    made_with = EncodersCard(y=EncoderCard(id=minilm.id, weights_hash=minilm.weights_hash, dim=minilm.dim))
    where = checkpoints_dir() / NAME / "cca"
    storage.save(where, model, storage.card_for(f"{NAME}/cca", "CCA", model, {"train": features}, made_with, Training(), 0, "cpu", History()), History())
    checkpoint = storage.load(where)
    corpora = {view: LanceCorpus.create(default_address(where), table(view, checkpoint), K, model.similarity) for view in "xy"}
    known = torch.nn.functional.normalize(embed(model, minilm(QUESTIONS).numpy(), "y"))
    for view, corpus in corpora.items():
        ids, groups = getattr(gallery, view).ids, getattr(gallery, view).groups
        for begin in range(0, items, BLOCK):
            rows = slice(begin, min(begin + BLOCK, items))
            corpus.write(ids[rows], _between(known, rows.stop - begin, generator), [SPLIT] * (rows.stop - begin), [str(group) for group in groups[rows]])
    asked = _between(known, MEASURED, generator)
    corpora["x"].build_index(asked, {SPLIT: asked})
    indexed = [view for view, corpus in corpora.items() if corpus.recall(Filter(SPLIT))]
    keep_record(where, checkpoint.card, default_address(where), SPLIT, SplitRecord(items=made_of(gallery), indexed=indexed))
    return {"read": read, "indexed": perf_counter() - start}


def _between(known: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
    """Points between three of the known ones each, and a little beside."""
    of = torch.randint(len(known), (count, 3), generator=generator)
    shares = torch.empty(count, 3).exponential_(generator=generator)
    mixed = torch.einsum("nc,nck->nk", shares / shares.sum(1, keepdim=True), known[of])
    return mixed + NOISE * torch.randn(mixed.shape, generator=generator)


def ask(folder: Path) -> dict[str, float | str]:
    """Milliseconds of typed sentences as the page asks them, and the share of the true first ten."""
    from app.asking import answering, catalogue, from_index, galleries
    from app.frame.query import Query
    from engine.paths import checkpoints_dir
    from engine.search.corpus import Filter

    entry = catalogue.usable_at(checkpoints_dir() / NAME / "cca")
    answering.encoder("minilm")
    from_index.ready()
    start = perf_counter()
    from_index.answer(entry, SPLIT, Query("text", text="warm up"))
    opened = perf_counter() - start
    waited, encoding, found = [], [], []
    for sentence in TYPED:
        start = perf_counter()
        answer, problem = from_index.answer(entry, SPLIT, Query("text", text=sentence))
        waited.append(1000 * (perf_counter() - start))
        assert not problem, problem
        found.append({*answer.rows[:TOP].tolist()})
        start = perf_counter()
        answering.encoder("minilm")([f"{sentence} again"])
        encoding.append(1000 * (perf_counter() - start))
    exact = [{*from_index.answer(entry, SPLIT, Query("text", text=sentence), exact=True)[0].rows[:TOP].tolist()} for sentence in TYPED[::4]]
    recall = float(np.mean([len(one & other) / TOP for one, other in zip(found[::4], exact, strict=True)]))
    corpus = from_index._opened(str(entry.path), entry.made, from_index.indexes.recorded(entry), SPLIT).corpora["x"]
    assert len(galleries.gallery(entry.card.data.name, SPLIT).x) == len(corpus)
    return {
        "opened": opened, "median": float(np.median(waited)), "p95": float(np.percentile(waited, 95)), "encoding": float(np.median(encoding)), "recall": recall,
        "said": str(corpus.recall(Filter(SPLIT))), "memory": peak_memory(),
    }  # fmt: skip


async def visit(address: str, sentences: list[str]) -> float:
    """Ask each of these on the page Retrieve, as a browser does that draws nothing; seconds until the question's field of the first was sent."""
    sent: list[float] = []
    async with connected(address) as line:
        start = perf_counter()
        for sentence in sentences:
            asked = BackMsg()
            asked.rerun_script.page_name = "retrieve"
            asked.rerun_script.query_string = urlencode({"data": NAME, "split": SPLIT, "q": sentence})
            await line.send(asked.SerializeToString())
            async for message in line:
                told = ForwardMsg.FromString(message) if isinstance(message, bytes) else ForwardMsg()
                if not sent and told.delta.new_element.WhichOneof("type") == "text_input":
                    sent.append(perf_counter() - start)
                if told.WhichOneof("type") == "script_finished":
                    break
    return sent[0]


if __name__ == "__main__":
    what, where, *more = sys.argv[1:]
    print(json.dumps(make(Path(where), *map(int, more)) if what == "make" else ask(Path(where))))
