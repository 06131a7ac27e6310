"""The ten best of 100,000 candidates of 256 dimensions, against faiss' flat index."""

import numpy as np
import torch

from benchmarks.measure import Row, faster, seconds
from engine.search.exact import ExactIndex


def run(rounds: int) -> list[Row]:
    import faiss

    faiss.omp_set_num_threads(torch.get_num_threads())
    generator = torch.Generator().manual_seed(0)
    items = torch.nn.functional.normalize(torch.randn(100_000, 256, generator=generator))
    asked = torch.nn.functional.normalize(torch.randn(100, 256, generator=generator))
    ours, theirs = ExactIndex(items, "cosine"), faiss.IndexFlatIP(256)
    theirs.add(items.numpy())
    one, many = asked[:1], asked
    rows = ours.search(many).rows.numpy()
    agree = float(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(rows, theirs.search(many.numpy(), 10)[1], strict=True)]))
    single = seconds(lambda: ours.search(one), lambda: theirs.search(one.numpy(), 10), rounds=5 * rounds)
    batch = seconds(lambda: ours.search(many), lambda: theirs.search(many.numpy(), 10), rounds=rounds)
    return [
        faster("exact search, 1 query, faiss flat", *single, 1 / 1.5, f"the same neighbours: {agree:.1%}"),
        faster("exact search, 100 queries at once, faiss flat", *batch, 3),
    ]
