"""Algorithm 1's loss of one batch against a plain loop over its triplets, and how long a new picture and a new phrase take."""

import numpy as np
import torch
from torch import Tensor

from benchmarks.measure import Row, at_most, faster, seconds
from engine.checkpoints.storage import checkpoint_folder
from engine.checkpoints.storage import load as load_checkpoint
from engine.data import load
from engine.grounding.grounder import Grounder
from engine.models.links import Links, within
from engine.models.two_branch import TwoBranch, distances

PAIRS, PROPOSALS, CHAINS = 100, 150, 40  # of a batch, negatives of a picture, coreference chains


def links() -> Links:
    """A batch as Algorithm 1 makes it: 100 pairs, and 150 negatives of each phrase."""
    chain, n = torch.randint(CHAINS, (PAIRS,)), PAIRS * (1 + PROPOSALS)
    pairs, other = torch.arange(PAIRS).expand(2, -1), chain[:, None] != chain
    not_y, not_x = torch.zeros(n, PAIRS, dtype=torch.bool), torch.zeros(PAIRS, n, dtype=torch.bool)
    not_y[:PAIRS] = other
    not_x[torch.arange(PAIRS).repeat_interleave(PROPOSALS), torch.arange(PAIRS, n)] = True
    return Links(pairs, pairs, not_y, not_x, within(~other), within(~other), other, other)


def looped(x: Tensor, y: Tensor, linked: Links, settings: TwoBranch.Settings) -> Tensor:
    """The same loss, one positive pair after the other, one triplet after the other."""
    parts = []
    for weight, a, b, pairs, negative in (
        (settings.weight_x_to_y, x, y, linked.x_to_y, linked.not_y), (settings.weight_y_to_x, y, x, linked.y_to_x, linked.not_x),
    ):  # fmt: skip
        kept = []
        for target, match in pairs.T.tolist():
            positive = distances(a[target : target + 1], b[match : match + 1])[0, 0]
            others = negative[target].nonzero()[:, 0].tolist()
            hinges = [(settings.margin + positive - distances(a[target : target + 1], b[other : other + 1])[0, 0]).clamp(min=0) for other in others]
            kept += (sorted(hinges, reverse=True) + [torch.zeros(())] * settings.hardest)[: settings.hardest]
        parts.append(weight * torch.stack(kept).mean())
    return torch.stack(parts).sum()


def run(rounds: int) -> list[Row]:
    torch.manual_seed(0)
    settings = TwoBranch.Settings(hardest=30, weight_x_to_y=1.0, weight_y_to_x=4.0, weight_y=0.0)
    model, linked = TwoBranch((8,), (8,), settings), links()
    x, y = (torch.nn.functional.normalize(torch.randn(n, 128), dim=1) for n in (PAIRS * (1 + PROPOSALS), PAIRS))
    reference: list[Tensor] = []
    (ours,) = seconds(lambda: model.ranked(x, y, linked), rounds=rounds)
    (theirs,) = seconds(lambda: reference.append(looped(x, y, linked, settings)), rounds=1)
    difference = float((torch.stack(list(model.ranked(x, y, linked).values())).sum() - reference[0]).abs())
    grounder = Grounder(load_checkpoint(checkpoint_folder("scenes-phrases/similarity_network-tuned")))
    pictures = load("scenes", "test").x.items
    grounder.ground(pictures[0], ["a house"])
    rng, turn = np.random.default_rng(0), iter(range(1, 1000))
    new, known = seconds(lambda: grounder.ground(pictures[next(turn)], ["a red kite"]), lambda: grounder.ground(pictures[0], [f"the {rng.integers(10**6)} trees"]), rounds=rounds)
    return [
        faster(f"Algorithm 1, loss of {PAIRS} pairs and their triplets, plain loop", ours, theirs, 5, "embeddings given"),
        at_most("Algorithm 1, largest difference of the loss", difference, 1e-5, ""),
        at_most("A new picture grounded, 200 proposals", new, 1.5, "s"),
        at_most("A new phrase on a picture seen before", known, 0.15, "s"),
    ]
