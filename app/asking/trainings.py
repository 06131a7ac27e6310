"""The queue of trainings as pages show it: what can be trained, what waits and runs, how far it is, and which models came of it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app.asking import catalogue
from app.frame import work
from engine.checkpoints.cards import CARD, STATE, write_card
from engine.checkpoints.history import Epoch, History
from engine.checkpoints.packed import pack
from engine.encoders import ENCODERS, is_here
from engine.models import MODELS
from engine.recipes import jobs, worker
from engine.recipes.jobs import Job, Progress
from engine.recipes.plan import FALLBACKS, SENSIBLE, plan
from engine.report.charts.base import Chart, Palette
from engine.report.charts.history import running_chart

__all__ = ["SENSIBLE", "Job", "Progress"]

UNTRAINED = ("identity",)  # there is nothing to train


@dataclass(frozen=True)
class Wish:
    """What is to be trained: models by name on a data set, with encoders of its views (None: vectors)."""

    models: tuple[str, ...]
    data: str
    x: str | None = None
    y: str | None = None


@st.cache_data(max_entries=1, show_spinner=False)
def models() -> dict[str, str]:
    """Name -> title of everything that can be trained, a sensible handful first."""
    return {name: MODELS[name].title for name in (*SENSIBLE, *(name for name in MODELS if name not in (*SENSIBLE, *UNTRAINED)))}


@dataclass(frozen=True)
class Encoder:
    """``here``: it can be opened without fetching anything; else ``megabytes`` are fetched under these ``terms``."""

    id: str
    title: str
    note: str
    here: bool
    megabytes: int = 0
    terms: str = ""


@st.cache_data(ttl=30, max_entries=4, show_spinner=False)
def encoders(kind: str) -> list[Encoder]:
    """Of pictures ("image") or sentences ("text"), those that are here first."""
    offered = {offer.id: Encoder(offer.id, offer.title, offer.note, is_here(offer.id), offer.megabytes, offer.terms) for offer in ENCODERS if offer.kind == kind}
    local = {id: Encoder(id, f"{id.partition(':')[2].partition('@')[0] or id}, weights of your own", "Read from the folder of weights.", True) for id in FALLBACKS[kind] if id not in offered and is_here(id)}
    return sorted([*local.values(), *offered.values()], key=lambda encoder: not encoder.here)


def said(what: str) -> str:
    """A phase as the engine tells it, with an encoder's title in place of its id."""
    encoder = next((encoder for kind in FALLBACKS for encoder in encoders(kind) if what.endswith(f" {encoder.id}")), None)
    return what.removesuffix(encoder.id) + encoder.title if encoder else what


def train(wish: Wish) -> None:
    """Put the trainings into the queue. Raises TwoviewError when one of them cannot be trained; then none is."""
    if work.worker().seconds(_preview(wish)) is not None:  # nobody waits for the estimate any more, and it takes a core
        work.worker().cancel(_preview(wish))
    plans = [plan(model, wish.data, wish.x, wish.y) for model in wish.models]
    for made in plans:
        jobs.add(made.recipe)
    worker.start()


def get_ready() -> None:
    """Load what a training needs, before somebody who is about to ask for one does."""
    worker.start(ready=True)


@dataclass(frozen=True)
class Preview:
    """Seconds that are left to encode and, at most, to train; and what was decided that nobody asked for. Without ``training`` it could not be measured."""

    encoding: float = 0.0
    training: float | None = None
    decided: tuple[str, ...] = ()


def preview(wish: Wish) -> Preview | str | None:
    """What a training will take: None as long as a process beside the server measures it, or why there can be none, in a sentence."""
    name = _preview(wish)
    beside = work.worker()
    beside.start(name, measured, wish)
    return Preview() if beside.problem(name) else beside.result(name)


def _preview(wish: Wish) -> str:
    """Measured again when the data have changed, or another model has come of them: what that encoded, the next does not."""
    return f"preview {wish}{catalogue.version(wish.data)} {[entry.made for entry in catalogue.models(wish.data).values()]}"


def measured(wish: Wish) -> Preview | str:
    """In the worker's process. What several models share is encoded once."""
    from engine.compute import use_threads
    from engine.recipes.estimate import estimate

    use_threads()
    try:
        plans = [plan(model, wish.data, wish.x, wish.y) for model in wish.models]
        found = [estimate(made.recipe) for made in plans]
    except catalogue.TwoviewError as problem:
        return str(problem)
    whose: dict[str, list[str]] = {}
    for made in plans:
        for sentence in made.decided:
            whose.setdefault(sentence, []).append(MODELS[made.recipe.model].title)
    decided = (sentence if len(titles) == len(plans) else f"{', '.join(titles)}: {sentence}" for sentence, titles in whose.items())
    return Preview(max(one.encoding for one in found), sum(one.training for one in found), tuple(decided))


def go_on() -> None:
    """See to it that what waits is worked off."""
    worker.start()


def queue() -> list[Job]:
    return jobs.jobs()


def resume(folder: Path) -> None:
    jobs.resume(folder)
    worker.start()


def cancel(folder: Path) -> None:
    jobs.cancel(folder)


def epochs(job: Job) -> list[Epoch]:
    """Those done so far; none while it encodes, and for what is fitted in closed form."""
    from engine.training.state import epochs_of

    return epochs_of(job.folder / STATE)


def curve(done: list[Epoch], palette: Palette) -> Chart:
    """Loss and validation measure of one epoch or more."""
    return running_chart(History(epochs=done), palette)


def rename(entry: catalogue.Entry, title: str) -> None:
    """Give a model another title. Raises TwoviewError when it is empty, or cannot be written."""
    title = " ".join("".join(c if c.isprintable() else " " for c in title).split())
    if not title:
        raise catalogue.TwoviewError("A model needs a title.")
    try:
        write_card(entry.path, entry.card.model_copy(update={"title": title}))
    except OSError as error:
        raise catalogue.TwoviewError(f"The new title can't be written: {error.strerror or error}.") from error


def packed(entry: catalogue.Entry) -> bytes:
    """A model as a zip, which is brought like data."""
    return pack(entry.path)


def delete(entry: catalogue.Entry) -> None:
    """Delete a checkpoint: its card first, so that no list shows half of it. Raises TwoviewError when it may not be."""
    try:
        (entry.path / CARD).unlink()
        shutil.rmtree(entry.path)
    except OSError as error:
        raise catalogue.TwoviewError(f"The model can't be deleted: {error.strerror or error}.") from error
