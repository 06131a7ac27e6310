"""The ten best of 10,000,000 candidates of 256 dimensions on the card, every one scored, beside one product and ``topk``."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from benchmarks.measure import Row, at_most, faster, seconds
from engine.search.exact import ExactIndex

ITEMS, DIMENSIONS, TOP, MANY = 10_000_000, 256, 10, 100
SMALL = 100_000  # without a card, where only the path is walked
BLOCK = 10  # queries that the plain way scores at once


def run(device: str, rounds: int = 5) -> list[Row]:
    cuda = torch.device(device).type == "cuda"
    count = ITEMS if cuda else SMALL
    generator = torch.Generator(device).manual_seed(0)
    index = ExactIndex(torch.cat([torch.randn(count // 10, DIMENSIONS, device=device, generator=generator) for _ in range(10)]))
    asked = normalize(torch.randn(MANY, DIMENSIONS, device=device, generator=generator))

    def ours(queries: Tensor) -> Tensor:
        return index.search(queries, TOP).rows.cpu()

    def plain(queries: Tensor) -> Tensor:
        return torch.cat([(block @ index.vectors.T).topk(TOP).indices for block in queries.split(BLOCK)]).cpu()

    same = float((ours(asked).sort().values == plain(asked).sort().values).float().mean())
    one = seconds(lambda: ours(asked[:1]), lambda: plain(asked[:1]), rounds=4 * rounds)
    many = seconds(lambda: ours(asked), lambda: plain(asked), rounds=rounds)
    where = f"{count:,} × {DIMENSIONS}, float32"
    rows = [
        faster("exact search, 1 query, product and topk", *one, 1 / 1.5, f"{where}; the same neighbours: {same:.2%}"),
        faster(f"exact search, {MANY} queries at once, product and topk", *many, 1, where),
        at_most("neighbours that differ", 1 - same, 1e-3, "", "the share of all neighbours; ties and rounding"),
    ]
    if cuda:
        rows.append(at_most("most memory of the card", torch.cuda.max_memory_allocated() / 2**30, 40, "GiB", where))
    return rows
