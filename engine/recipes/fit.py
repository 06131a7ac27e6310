"""A closed form fitted part by part into a checkpoint that keeps its sums, so that later rows are added without the earlier ones."""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from engine.checkpoints.cards import EncodersCard
from engine.checkpoints.history import Epoch, History
from engine.checkpoints.storage import Checkpoint, card_for, save
from engine.data import find, load
from engine.data.base import PairedData
from engine.encoders.cache import Progress, encode_pairs
from engine.errors import TwoviewError
from engine.models import model_class, settings_of
from engine.models.base import TwoViewModel
from engine.models.closed_form import ClosedForm
from engine.models.moments import Moments
from engine.recipes.base import Recipe
from engine.recipes.checkpoint import encoder_cards
from engine.recipes.measures import measured
from engine.recipes.prepared import prepare
from engine.training.loop import create
from engine.training.parts import ROWS, Part, Run, fit_in_parts, one_by_one

MOMENTS = "moments.safetensors"
EVERYTHING = "all"  # the split that leaves nothing to measure with, and is read where it lies


@dataclass(frozen=True)
class ReadThere:
    """Some training pairs of the recipe, read where the work is done: a worker elsewhere is sent the recipe and the model, not the data."""

    recipe: Recipe
    root: Path | None
    model: ClosedForm
    start: int
    stop: int

    def __call__(self) -> Moments:
        recipe = self.recipe
        return Part(self.model, _read(recipe.data, recipe.train, recipe.encoders, self.root), self.start, self.stop)()


@lru_cache(maxsize=2)
def _read(data: str, split: str, encoders: tuple[str | None, str | None] | None, root: Path | None) -> PairedData:
    """A split with its features, once for all parts that one worker does."""
    return encode_pairs(load(data, split, root), *(encoders or find(data).encoders))


def fit_checkpoint(
    recipe: Recipe, folder: Path, onto: Checkpoint | None = None, root: Path | None = None, rows: int = ROWS, run: Run = one_by_one,
    progress: Progress | None = None,
) -> Checkpoint:  # fmt: skip
    """Fit the recipe's model on its training split, part by part, into ``folder``, with its test metrics in the card.

    ``onto``: a checkpoint fitted like this before, whose rows count as well. Raises TwoviewError when the model is no closed form, or
    ``onto`` is another model, of other features, or kept no sums.
    """
    cls = model_class(recipe.model)
    everything = recipe.train == EVERYTHING
    ready = prepare(replace(recipe, validation=None, test=recipe.train) if everything else recipe, root, progress=progress)
    data, encoders = ready.splits["train"], encoder_cards(ready)
    if onto is None:
        model, before = create(cls, data, settings_of(cls, recipe.settings)), None
    else:
        if onto.model.name != recipe.model:
            raise TwoviewError(f"{onto.card.name} is a {onto.model.title}, to which no rows of a {cls.title} can be added. Fit {onto.model.name}.")
        onto.check(data)
        model, before = onto.model, Moments.load(onto.folder / MOMENTS, _features(onto.model, encoders))
    there = replace(recipe, encoders=ready.ids)
    start = perf_counter()
    moments = fit_in_parts(model, data, before, rows, run, progress, Part if run is one_by_one else lambda model, _, *rows: ReadThere(there, root, model, *rows))
    seconds = perf_counter() - start
    history = History(epochs=[Epoch(stage=model.stages[0], epoch=1, losses={}, validation={}, learning_rate=0.0, seconds=seconds)])
    added = f" {len(data.pairs):,} of them were added to {onto.card.name}." if onto else ""
    notes = " ".join(filter(None, [recipe.note, f"Fitted on the sums of {moments.n:,} pairs.{added}"]))
    card = card_for(recipe.name, recipe.title, model, {"train": data}, encoders, cls.paper_training, 0, "cpu", history, notes)
    card.kind = recipe.kind
    if not everything:
        card.metrics = measured(recipe, model, ready.splits, ready.raw["test"], ready.ids, root, progress=progress)
    moments.save(folder / MOMENTS, _features(model, encoders))  # before the card, which makes the checkpoint whole
    card = save(folder, model, card, history)
    return Checkpoint(model, card, history, folder)


def _features(model: TwoViewModel, encoders: EncodersCard) -> str:
    """Equal where moments may be added: the model with its settings, and the encoders with their weights."""
    what = [model.name, vars(model.settings), model.shape_x, model.shape_y, encoders.model_dump()]
    return sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]
