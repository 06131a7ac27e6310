"""A corpus of 1,000,000 embeddings of 256 dimensions on disk: what a question costs, what the index finds, how much memory it takes.

Embeddings are drawn: 40 latent dimensions mixed into 256, with a little noise, which is about as much structure as learned spaces have; evenly spread
vectors of 256 dimensions have no neighbours worth the name. The questions are asked in a process of their own, so that memory is a server's.
"""

import json
import subprocess
import sys
import tempfile
from time import perf_counter

import numpy as np
import torch

from benchmarks.measure import Row, at_least, at_most, peak_memory

ITEMS, DIMENSIONS, LATENT, NOISE = 1_000_000, 256, 40, 0.1
QUESTIONS, TOP = 200, 10
BLOCK = 100_000


def drawn(count: int, seed: int) -> torch.Tensor:
    """Unit rows (count, DIMENSIONS)."""
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(LATENT, DIMENSIONS, generator=torch.Generator().manual_seed(0)) / LATENT**0.5
    rows = torch.randn(count, LATENT, generator=generator) @ mix
    return torch.nn.functional.normalize(rows.add_(torch.randn(count, DIMENSIONS, generator=generator), alpha=NOISE))


def build(folder: str, items: int) -> dict[str, float]:
    from engine.search.lance import LanceCorpus

    corpus, start = LanceCorpus.create(folder, "items", DIMENSIONS), perf_counter()
    for block, begin in enumerate(range(0, items, BLOCK)):
        count = min(BLOCK, items - begin)
        corpus.write([str(begin + row) for row in range(count)], drawn(count, block + 1))
    written = perf_counter() - start
    start = perf_counter()
    corpus.build_index(drawn(QUESTIONS, 10_001))
    return {"written": written, "indexed": perf_counter() - start}


def ask(folder: str) -> dict[str, float | str]:
    """Seconds of questions that the index was not measured on, one at a time, and the share of the true first ten found."""
    from engine.search.lance import LanceCorpus

    start = perf_counter()
    corpus = LanceCorpus.open(folder, "items")
    asked = drawn(QUESTIONS, 10_002)
    corpus.search(asked[:1], TOP)
    opened = perf_counter() - start
    seconds = []
    found = []
    for row in range(QUESTIONS):
        start = perf_counter()
        found.append(set(corpus.search(asked[row : row + 1], TOP).ids[0]))
        seconds.append(perf_counter() - start)
    memory = peak_memory()
    truly = corpus.search(asked, TOP, exact=True).ids
    recall = float(np.mean([len(a & set(b)) / TOP for a, b in zip(found, truly, strict=True)]))
    low, high = np.percentile(seconds, [50, 95])
    return {"opened": opened, "median": float(low), "p95": float(high), "recall": recall, "memory": memory, "said": str(corpus.recall())}


def run(rounds: int, items: int = ITEMS) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        built = build(folder, items)
        told = subprocess.run([sys.executable, "-m", "benchmarks.large_corpus", folder], capture_output=True, text=True, check=True).stdout
    asked = json.loads(told)
    where = f"{items:,} × {DIMENSIONS}"
    return [
        at_most("a question to the corpus, 95th percentile", 1000 * asked["p95"], 60, "ms", f"{where}; median {1000 * asked['median']:.1f} ms"),
        at_least("share of the true first ten", asked["recall"], 0.99, "", f"{QUESTIONS} questions that the index was not measured on; it says: {asked['said']}"),
        at_most("memory of the process that asks", asked["memory"], 2000, "MB", where),
        at_most("opening, and the first question", asked["opened"], 3, "s", f"written in {built['written']:.0f} s, indexed in {built['indexed']:.0f} s"),
    ]


if __name__ == "__main__":
    print(json.dumps(ask(sys.argv[1])))
