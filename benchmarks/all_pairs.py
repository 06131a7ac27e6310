"""DRSL's scores of 1,000 × 5,000 pairs, against concatenating every pair."""

import torch
from torch import Tensor

from benchmarks.measure import Row, at_most, faster, seconds
from engine.models.drsl import DRSL

PAIRS_AT_ONCE = 50_000


def concatenated(model: DRSL, x: Tensor, y: Tensor) -> Tensor:
    """All pairs' scores as the paper writes them: both representations joined for every pair, then the relation network."""
    a, b = model.net_x(x), model.net_y(y)
    rows = max(1, PAIRS_AT_ONCE // len(b))
    strips = []
    for part in a.split(rows):
        pairs = torch.cat([part.repeat_interleave(len(b), dim=0), b.repeat(len(part), 1)], dim=1)
        strips.append(model.rest(model.first(pairs)).view(len(part), len(b)))
    return torch.cat(strips)


@torch.no_grad()
def run(rounds: int) -> list[Row]:
    torch.manual_seed(0)
    model = DRSL((1280,), (384,)).eval()
    x, y = torch.randn(1000, 1280), torch.randn(5000, 384)
    (ours,) = seconds(lambda: model.score(x, y), rounds=rounds)
    reference: list[Tensor] = []
    (theirs,) = seconds(lambda: reference.append(concatenated(model, x, y)), rounds=1)  # 6 TFLOP: a minute on two cores
    difference = float((model.score(x, y) - reference[0]).abs().max())
    return [
        faster("DRSL, 1,000 × 5,000 pairs, concatenated pairs", ours, theirs, 10, "the paper's network, 600-1024-1"),
        at_most("DRSL, largest difference of a score", difference, 1e-4, ""),
    ]
