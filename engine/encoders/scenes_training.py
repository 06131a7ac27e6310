"""Training scenes-cnn from scratch on the drawn scenes: what stands where, and what people say about it.

Two heads, thrown away afterwards, teach the network. Cell by cell of the 14 × 14 maps: which object is seen (or none) and its
attributes, from the annotations; so features bind a colour to its object and maps point at it. From the pooled features:
which words and pairs of neighbouring words the picture's sentences use; so features hold setting, light and counts too.
Small pictures first (4 times faster), full size in the end. The same data and seed give the same weights on the same machine.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from engine.data.base import PairedData
from engine.encoders.references import file_hash
from engine.encoders.scenes_cnn import CHANNELS, PREPROCESSING, Network, generalised_mean
from engine.encoders.tfidf import words
from engine.errors import TwoviewError
from engine.paths import atomic_write, checkpoints_dir

Progress = Callable[[int, int, str], None]
GRID = 14
NOTHING = "nothing"  # the label of a cell without an object
NOTHING_WEIGHT = 0.3  # most cells are empty
IGNORE = -100  # cross-entropy's mark for cells without a target


@dataclass(frozen=True)
class Plan:
    """Epochs at half and at full size; the learning rate rises over the first tenth of all steps and falls to zero."""

    small_epochs: int = 5
    full_epochs: int = 2
    batch_size: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    words_weight: float = 0.02  # of the words' loss, summed over words, beside the cells', averaged over cells


@dataclass(frozen=True)
class Vocabulary:
    """What the heads predict: the values of each attribute ("label" is the object's kind), and terms of sentences."""

    attributes: dict[str, list[str]]
    terms: list[str]

    @classmethod
    def of(cls, data: PairedData, least: float = 0.005) -> "Vocabulary":
        """All attributes' values, and the terms that at least this share of the pictures is described with."""
        values: dict[str, set[str]] = {"label": {NOTHING}}
        for thing in (thing for objects in data.x.objects or () for thing in objects):
            for name, value in {"label": thing.label, **thing.attributes}.items():
                values.setdefault(name, set()).add(value)
        counts = Counter(term for terms in picture_terms(data) for term in terms)
        return cls({name: sorted(seen) for name, seen in values.items()}, sorted(t for t, n in counts.items() if n >= least * len(data.x)))


def picture_terms(data: PairedData) -> list[set[str]]:
    """Per picture, the lemmas of its sentences and the pairs of neighbouring ones."""
    row_of = {group: row for row, group in enumerate(data.x.groups)}
    terms: list[set[str]] = [set() for _ in range(len(data.x))]
    for sentence, group in zip(data.y.items, data.y.groups, strict=True):
        lemmas = [lemma for lemma, _, _ in words(sentence)]
        terms[row_of[group]].update(lemmas, (f"{a} {b}" for a, b in pairwise(lemmas)))
    return terms


@dataclass(frozen=True)
class Lesson:
    """n pictures (n, 3, 224, 224) uint8, targets of their cells (n, attributes, 14, 14), and the terms they are described with (n, terms) bool."""

    pixels: Tensor
    cells: Tensor
    terms: Tensor

    @classmethod
    def of(cls, data: PairedData, vocabulary: Vocabulary, progress: Progress | None = None) -> "Lesson":
        """Raises TwoviewError when the pictures are not annotated."""
        if data.x.objects is None:
            raise TwoviewError(f"scenes-cnn learns from annotated pictures; {data.name} ({data.split}) has no annotations.")
        size, n = PREPROCESSING.size, len(data.x)
        pixels = np.empty((n, 3, size, size), dtype=np.uint8)
        cells = np.full((n, len(vocabulary.attributes), GRID, GRID), IGNORE, dtype=np.int16)
        place = {name: {value: i for i, value in enumerate(values)} for name, values in vocabulary.attributes.items()}
        for row, objects in enumerate(data.x.objects):
            pixels[row] = np.asarray(PREPROCESSING.square(data.x.items[row], size)).transpose(2, 0, 1)
            seen = np.stack([cover(thing.mask()) for thing in objects if thing.mask is not None] or [np.zeros((GRID, GRID))])
            best, covered = seen.argmax(0), seen.max(0) >= 0.25
            for column, name in enumerate(vocabulary.attributes):
                values = [{"label": thing.label, **thing.attributes}.get(name, "") for thing in objects]
                codes = np.array([place[name].get(value, IGNORE) for value in values] or [IGNORE])
                cells[row, column] = np.where(covered, codes[best], place["label"][NOTHING] if name == "label" else IGNORE)
            if progress is not None and (row + 1) % 100 == 0:
                progress(row + 1, n, f"Reading {data.split} pictures")
        column_of = {term: i for i, term in enumerate(vocabulary.terms)}
        terms = np.zeros((n, len(column_of)), dtype=bool)
        for row, found in enumerate(picture_terms(data)):
            terms[row, [column_of[term] for term in found if term in column_of]] = True
        return cls(torch.from_numpy(pixels), torch.from_numpy(cells), torch.from_numpy(terms))

    def batches(self, order: np.ndarray, size: int, batch_size: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Pixels (b, 3, size, size), normalised as the encoder does, with their targets; in this order of rows."""
        mean, std = (torch.tensor(values).view(1, 3, 1, 1) * 255 for values in (PREPROCESSING.mean, PREPROCESSING.std))
        for start in range(0, len(order), batch_size):
            rows = torch.from_numpy(order[start : start + batch_size])
            pixels = self.pixels[rows].float()
            if size != pixels.shape[-1]:
                pixels = F.interpolate(pixels, size=(size, size), mode="area")
            yield ((pixels - mean) / std).contiguous(memory_format=torch.channels_last), self.cells[rows].long(), self.terms[rows].float()


def cover(mask: np.ndarray) -> np.ndarray:
    """The share of each cell that a mask (224, 224) covers: (14, 14)."""
    return mask.reshape(GRID, mask.shape[0] // GRID, GRID, -1).mean((1, 3))


class Student(nn.Module):
    """The network with its two heads."""

    def __init__(self, vocabulary: Vocabulary):
        super().__init__()
        self.sizes = [len(values) for values in vocabulary.attributes.values()]
        self.network = Network()
        self.cells = nn.Conv2d(CHANNELS, sum(self.sizes), 1)
        self.terms = nn.Linear(CHANNELS, len(vocabulary.terms))
        self.label_weights = torch.tensor([NOTHING_WEIGHT if value == NOTHING else 1.0 for value in vocabulary.attributes["label"]])

    def forward(self, pixels: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """Logits of each attribute's values (n, values, 14, 14), and of the terms (n, terms)."""
        maps = self.network(pixels)
        cells = F.interpolate(self.cells(maps), size=(GRID, GRID), mode="bilinear", align_corners=False)
        return cells.split(self.sizes, dim=1), self.terms(generalised_mean(maps))


def loss_of(student: Student, pixels: Tensor, cells: Tensor, terms: Tensor, plan: Plan) -> Tensor:
    attributes, said = student(pixels)
    weights = [student.label_weights, *[None] * (len(attributes) - 1)]
    parts = [F.cross_entropy(logits, cells[:, i], weights[i], ignore_index=IGNORE) for i, logits in enumerate(attributes)]
    return sum(parts) + plan.words_weight * F.binary_cross_entropy_with_logits(said, terms, reduction="sum") / len(terms)


def train(
    data: PairedData, validation: PairedData, seed: int = 0, plan: Plan | None = None, progress: Progress | None = None, folder: Path | None = None
) -> Path:
    """Train on annotated pictures with sentences and keep network and card in ``folder`` (else ``checkpoints/encoders/scenes-cnn``).

    ``progress(step, steps, what)`` is called after each step. Gives the folder; nothing is written before the end.
    Raises TwoviewError when the pictures are not annotated.
    """
    plan, began = plan or Plan(), time.monotonic()
    vocabulary = Vocabulary.of(data)
    lesson, examination = (Lesson.of(part, vocabulary, progress) for part in (data, validation))
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    student = Student(vocabulary).to(memory_format=torch.channels_last)
    nn.init.zeros_(student.terms.weight)
    student.terms.bias.data = lesson.terms.float().mean(0).clamp(1e-3, 1 - 1e-3).logit()  # begin with how usual each term is
    optimizer = torch.optim.AdamW(student.parameters(), weight_decay=plan.weight_decay)
    full = PREPROCESSING.size
    sizes = [full // 2] * plan.small_epochs + [full] * plan.full_epochs
    steps, step = len(sizes) * -(-len(data.x) // plan.batch_size), 0
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, plan.learning_rate, total_steps=steps, pct_start=0.1)
    for epoch, size in enumerate(sizes, start=1):
        student.train()
        for batch in lesson.batches(rng.permutation(len(data.x)), size, plan.batch_size):
            loss = loss_of(student, *batch, plan)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            step += 1
            if progress is not None:
                progress(step, steps, f"Epoch {epoch} of {len(sizes)}, loss {loss.item():.2f}")
    card = {
        "name": "scenes-cnn", "data": {"name": data.name, "train": data.content_hash, "validation": validation.content_hash},
        "seed": seed, "plan": asdict(plan), "validation": measure(student, vocabulary, examination),
        "seconds": round(time.monotonic() - began), "torch": torch.__version__,
    }  # fmt: skip
    return _keep(folder or checkpoints_dir().joinpath("encoders", "scenes-cnn"), student.network, card)


@torch.no_grad()
def measure(student: Student, vocabulary: Vocabulary, lesson: Lesson) -> dict[str, float]:
    """The share of objects' cells whose attribute is right, per attribute; and the terms' mean average precision."""
    student.eval()
    right, all_, said = Counter[str](), Counter[str](), []
    for pixels, cells, _ in lesson.batches(np.arange(len(lesson.pixels)), PREPROCESSING.size, 50):
        attributes, terms = student(pixels)
        said.append(terms)
        nothing = vocabulary.attributes["label"].index(NOTHING)
        for i, (name, logits) in enumerate(zip(vocabulary.attributes, attributes, strict=True)):
            counted = (cells[:, i] != IGNORE) & (cells[:, 0] != nothing)
            right[name] += int((logits.argmax(1) == cells[:, i])[counted].sum())
            all_[name] += int(counted.sum())
    measured = {f"cells_{name}": round(right[name] / max(all_[name], 1), 4) for name in vocabulary.attributes}
    return measured | {"terms_mean_average_precision": round(_mean_average_precision(torch.cat(said), lesson.terms), 4)}


def _mean_average_precision(scores: Tensor, truth: Tensor) -> float:
    """Over the columns of (n, terms) that hold a truth."""
    truth = truth[:, truth.any(0)].float().gather(0, scores[:, truth.any(0)].argsort(0, descending=True))
    ranks = torch.arange(1, len(truth) + 1)[:, None]
    return float(((truth.cumsum(0) / ranks * truth).sum(0) / truth.sum(0)).mean())


def _keep(folder: Path, network: nn.Module, card: dict[str, Any]) -> Path:
    with atomic_write(folder / "model.safetensors") as temporary:
        save_file({name: value.contiguous() for name, value in network.state_dict().items()}, temporary)
    card["weights_hash"] = file_hash(folder / "model.safetensors")
    with atomic_write(folder / "encoder.json") as temporary:
        temporary.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return folder
