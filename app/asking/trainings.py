"""The queue of trainings as pages show it: what can be trained, what waits and runs, how far it is, and which models came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from app.asking import catalogue
from engine.checkpoints.cards import STATE
from engine.checkpoints.history import Epoch
from engine.encoders import ENCODERS, is_here
from engine.models import MODELS
from engine.recipes import jobs, worker
from engine.recipes.jobs import Job
from engine.recipes.plan import FALLBACKS, SENSIBLE, plan

__all__ = ["SENSIBLE", "Epoch", "Job"]

UNTRAINED = ("identity",)  # there is nothing to train


@dataclass(frozen=True)
class Wish:
    """What is to be trained: models by name on a data set, with encoders of its views (None: vectors) and changed settings."""

    models: tuple[str, ...]
    data: str
    x: str | None = None
    y: str | None = None
    changes: tuple[tuple[str, Any], ...] = ()
    epochs: int | None = None
    skip_bad: bool = False


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
    local = {id: Encoder(id, id, "Weights of your own.", True) for id in FALLBACKS[kind] if id not in offered and is_here(id)}
    return sorted([*local.values(), *offered.values()], key=lambda encoder: not encoder.here)


def train(wish: Wish) -> tuple[str, ...]:
    """Put the trainings into the queue; what was decided in them that nobody asked for, in sentences.

    Raises TwoviewError when one of them cannot be trained; then none is.
    """
    plans = [plan(model, wish.data, wish.x, wish.y, None, dict(wish.changes), wish.epochs, wish.skip_bad) for model in wish.models]
    for made in plans:
        jobs.add(made.recipe)
    worker.start()
    return tuple(dict.fromkeys(sentence for made in plans for sentence in made.decided))


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


def curve(job: Job) -> list[Epoch]:
    """The epochs done so far: empty while it encodes, and for what is fitted in closed form."""
    from engine.training.state import epochs_of

    return epochs_of(job.folder / STATE)


def best_other(entries: Mapping[str, catalogue.Entry], name: str) -> catalogue.Entry | None:
    """The best of the other models, by the reciprocal rank of search on the test split."""
    others = [entry for folder, entry in entries.items() if folder != name]
    return max(others, key=_mrr, default=None)


def _mrr(entry: catalogue.Entry) -> float:
    return next((m.value for m in entry.card.metrics if (m.measure, m.direction) == ("mean_reciprocal_rank", "y_to_x")), -1.0)


def newest_first(entries: Mapping[str, catalogue.Entry]) -> Sequence[catalogue.Entry]:
    return sorted(entries.values(), key=lambda entry: entry.card.created, reverse=True)
