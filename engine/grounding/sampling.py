"""Mini-batches of regions and phrases — Algorithm 1 of Learning Two-Branch Neural Networks for Image-Text Matching Tasks (Wang, Li & Lazebnik, 2018).

A batch begins with pairs of true regions and phrases in random order (100, Sec. 4.3), which the training loop draws.

- *Positive region augmentation*: the embedding network's true region is replaced by a random proposal with IoU ≥ 0.7, where there is one; the
  similarity network takes all of them beside the true region.
- *Triplets* (x, y, y'): y' are the batch's phrases of other coreference chains; (y, x, x'): x' are proposals of the same picture with IoU < 0.3.
  The loss keeps the K hardest of each pair.
- *Neighbourhood sampling*: every target gets a second match where the data have one: a region another phrase of its chain, a phrase another
  region of IoU ≥ 0.7. The neighbourhood constraints act among these.
- *Pairs* for the similarity network: for each positive pair one random proposal of the same picture with IoU < 0.3.

Three things are not the paper's: ``near`` and ``far`` may be others than 0.7 and 0.3, and ``hard`` prefers what overlaps (with 0.3 nothing teaches that half an object is wrong); a step looks at ``candidates`` random proposals of a picture instead of all, which costs a third at 64 of 200;
and ``foreign`` makes the regions that the batch's other phrases name negatives of a phrase too, nearly all of them in other pictures: the paper's scores
cannot tell whether a phrase is in a picture at all (Sec. 5.6).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.grounding.pairs import RegionPairs
from engine.models.base import Batch
from engine.models.links import LinkedBatch, Links, SignedBatch, within
from engine.training.batches import PairTensors

LEAST = 0.03  # added to an overlap: how likely a hard negative is that does not overlap


@dataclass(frozen=True)
class Sampling:
    """``signed``: pairs for the similarity network instead of triplets. ``augmented``, ``neighbours``, ``foreign``, ``candidates``: see above.

    ``hard``: a proposal is drawn as a negative the likelier, the more it overlaps.
    ``near``: IoU from which a proposal matches a phrase, ``far``: below which it does not.
    """

    signed: bool = False
    augmented: bool = True
    neighbours: bool = True
    foreign: bool = False
    candidates: int = 64
    near: float = 0.7
    far: float = 0.3
    hard: bool = False

    def __call__(self, data: PairedData, device: torch.device) -> "RegionTensors":
        """What the training loop draws batches from. Raises TwoviewError where there are no proposals."""
        if not isinstance(data, RegionPairs):
            raise TwoviewError(f"Algorithm 1 draws from the proposals of pictures, and {data.name}/{data.split} has none.")
        base = PairTensors.of(data, device)
        proposals, picture = torch.from_numpy(data.regions.features).to(device), torch.from_numpy(data.picture).to(device)
        overlaps = torch.from_numpy(data.overlaps().astype(np.float32)).to(device)
        return RegionTensors(base.x, base.y, base.pairs, base.groups, base.labels, self, proposals, picture, overlaps, chains(data.entity, device))


@dataclass(frozen=True)
class Chains:
    """The phrases of each entity: ``phrases`` (m,) in the order of entities, of which entity e has ``counts[e]`` from ``starts[e]`` on; ``place`` (m,):
    where each phrase stands among its entity's."""

    phrases: Tensor
    starts: Tensor
    counts: Tensor
    place: Tensor


def chains(entity: np.ndarray, device: torch.device) -> Chains:
    order = np.argsort(entity, kind="stable")
    counts = np.bincount(entity)
    starts = np.cumsum(counts) - counts
    place = np.empty(len(entity), dtype=np.int64)
    place[order] = np.arange(len(entity)) - np.repeat(starts, counts)
    return Chains(*(torch.from_numpy(part).to(device) for part in (order, starts, counts, place)))


@dataclass(frozen=True)
class RegionTensors(PairTensors):
    """Region–phrase pairs with ``proposals`` (pictures, r, d) float16 and their ``overlaps`` (entities, r) with the true boxes."""

    sampling: Sampling
    proposals: Tensor
    picture: Tensor
    overlaps: Tensor
    chains: Chains

    def batch(self, rows: np.ndarray) -> Batch | LinkedBatch | SignedBatch:  # type: ignore[override]
        """Algorithm 1 from the pairs ``rows`` (n, 2) of entities and phrases. Draws from torch's random numbers."""
        entity, phrase = torch.as_tensor(np.ascontiguousarray(rows.T), device=self.x.device)
        return self._signed(entity, phrase) if self.sampling.signed else self._triplets(entity, phrase)

    def _triplets(self, entity: Tensor, phrase: Tensor) -> LinkedBatch:
        n, device = len(entity), entity.device
        near = self.overlaps[entity] >= self.sampling.near
        first, drawn = self._first(entity, near)
        regions, phrases = [first], [phrase]
        pairs = torch.arange(n, device=device).expand(2, -1)
        x_to_y, y_to_x, named = pairs, pairs, entity
        if self.sampling.neighbours:
            second, has = self._second_region(entity, near, drawn)
            regions.append(second)
            y_to_x = torch.cat([y_to_x, torch.stack([has, n + torch.arange(len(has), device=device)])], dim=1)
            named = torch.cat([entity, entity[has]])
            other, has = self._second_phrase(entity, phrase)
            phrases.append(other)
            x_to_y = torch.cat([x_to_y, torch.stack([has, n + torch.arange(len(has), device=device)])], dim=1)
        owners, far = self._far(entity)
        x, y = torch.cat([*regions, far]), torch.cat(phrases)
        chain = torch.cat([entity, entity[has]]) if self.sampling.neighbours else entity
        not_x = torch.zeros(len(y), len(x), dtype=torch.bool, device=device)
        not_x[owners, len(named) + torch.arange(len(far), device=device)] = True
        if self.sampling.foreign:
            not_x[:, : len(named)] = chain[:, None] != named
        not_y = torch.zeros(len(x), len(y), dtype=torch.bool, device=device)
        not_y[: len(named)] = named[:, None] != chain
        alike_x, alike_y = named[:, None] == named, chain[:, None] == chain
        links = Links(x_to_y, y_to_x, not_y, not_x, within(alike_x), within(alike_y), ~alike_x, ~alike_y)
        return LinkedBatch(x, self.y[y], links)

    def _first(self, entity: Tensor, near: Tensor) -> tuple[Tensor, Tensor]:
        """The region (n, d) of each pair, and which proposal it is, −1 for the true region."""
        drawn = torch.full_like(entity, -1)
        if self.sampling.augmented:
            some = near.any(1).nonzero()[:, 0]
            drawn[some] = _one_of(near[some])
        return self._region(entity, drawn), drawn

    def _second_region(self, entity: Tensor, near: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """Another region of IoU ≥ 0.7 for each phrase that has one, the true one among them; (regions, rows of their pairs)."""
        choice = torch.cat([near, drawn[:, None] >= 0], dim=1)  # the last column is the true region
        taken = (drawn >= 0).nonzero()[:, 0]
        choice[taken, drawn[taken]] = False
        has = choice.any(1).nonzero()[:, 0]
        second = _one_of(choice[has])
        return self._region(entity[has], torch.where(second == near.shape[1], -1, second)), has

    def _second_phrase(self, entity: Tensor, phrase: Tensor) -> tuple[Tensor, Tensor]:
        """Another phrase of the chain for each region whose chain has one; (phrases, rows of their pairs)."""
        counts = self.chains.counts[entity]
        has = (counts > 1).nonzero()[:, 0]
        step = 1 + (torch.rand(len(has), device=entity.device) * (counts[has] - 1)).long()
        place = (self.chains.place[phrase[has]] + step) % counts[has]
        return self.chains.phrases[self.chains.starts[entity[has]] + place], has

    def _far(self, entity: Tensor) -> tuple[Tensor, Tensor]:
        """For each pair the proposals of its picture that do not match it: (pairs' rows, regions (·, d))."""
        looked_at = torch.randperm(self.overlaps.shape[1], device=entity.device)[: self.sampling.candidates]
        owners, column = (self.overlaps[entity][:, looked_at] < self.sampling.far).nonzero().T
        return owners, self.proposals[self.picture[entity[owners]], looked_at[column]].float()

    def _region(self, entity: Tensor, proposal: Tensor) -> Tensor:
        """The proposal of each entity's picture, or its true region where it is −1."""
        proposed = self.proposals[self.picture[entity], proposal.clamp(min=0)].float()
        return torch.where(proposal[:, None] < 0, self.x[entity], proposed)

    def _signed(self, entity: Tensor, phrase: Tensor) -> SignedBatch:
        near = torch.cat([self.overlaps[entity] >= self.sampling.near, torch.ones_like(entity[:, None], dtype=torch.bool)], dim=1)
        if not self.sampling.augmented:
            near[:, :-1] = False
        owners, proposal = near.nonzero().T
        regions = self._region(entity[owners], torch.where(proposal == near.shape[1] - 1, -1, proposal))
        shared = self.overlaps[entity[owners]]
        far = (shared < self.sampling.far) * (shared + LEAST if self.sampling.hard else 1.0)
        has = far.any(1).nonzero()[:, 0]
        against = self._region(entity[owners[has]], _one_of(far[has]))
        positives = torch.stack([torch.arange(len(owners), device=owners.device), owners])
        negatives = torch.stack([len(owners) + torch.arange(len(has), device=owners.device), owners[has]])
        if self.sampling.foreign:
            strangers = entity[owners][:, None] != entity
            has = strangers.any(1).nonzero()[:, 0]
            negatives = torch.cat([negatives, torch.stack([has, _one_of(strangers[has])])], dim=1)
        return SignedBatch(torch.cat([regions, against]), self.y[phrase], positives, negatives)


def _one_of(choices: Tensor) -> Tensor:
    """A random column (n,) of each row of weights (n, m), each of which needs one above 0."""
    return torch.multinomial(choices.float(), 1)[:, 0] if len(choices) else torch.zeros(0, dtype=torch.long, device=choices.device)
