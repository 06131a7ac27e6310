"""Models that were made elsewhere, brought as checkpoints: by their embeddings, or a pretrained dual encoder by the worker."""

from dataclasses import dataclass
from pathlib import Path

from app.asking import catalogue
from app.frame.work import Note, worker
from engine.data import DATASETS
from engine.data.own import brought
from engine.encoders import kind_of
from engine.recipes import bring


def data_sets(pictures_with_sentences: bool = False) -> dict[str, str]:
    """Title -> name of the data sets that are here. ``pictures_with_sentences``: without built-in ones that hold something else; of a
    person's own that is known when they are read."""
    built_in = {name: info for name, info in DATASETS.items() if not catalogue.missing(info)}
    if pictures_with_sentences:
        built_in = {name: info for name, info in built_in.items() if [id and kind_of(id) for id in info.encoders] == ["image", "text"]}
    own = {entry.about.title: entry.name for entry in brought.listed() if entry.about}
    return own | {title: name for title, name in catalogue.short_titles(built_in).items()}


def bring_embeddings(name: str, data: str, x: str, y: str, similarity: str, split: str) -> tuple[catalogue.Entry, list[str]]:
    """Vectors made elsewhere as a model of a data set, and what of them belongs to no item.

    Raises TwoviewError, with nothing written, when they do not belong to its items.
    """
    made = bring.bring(name.strip(), data, x.strip(), y.strip(), similarity, split.strip())
    return catalogue.usable_at(made.folder), bring.left_over(made, data, split.strip())


# --- a whole model --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Wish:
    """A pretrained dual encoder (``source``: see ``engine.encoders.dual``) to be kept as ``name`` and measured on a split of ``data``."""

    name: str
    data: str
    source: str
    prompt: str
    split: str


@dataclass(frozen=True)
class Bringing:
    """What ``share`` of the items is encoded, and in words."""

    share: float
    told: str


def start(wish: Wish) -> None:
    """Also again, where it was tried before."""
    worker().forget(_job(wish))
    worker().start(_job(wish), bring_whole, wish, worker().note(_job(wish)))


def state(wish: Wish) -> catalogue.Entry | Bringing | str:
    """The model; how far it is; or why it could not be brought."""
    job = _job(wish)
    if worker().seconds(job) is not None:
        done, total, what = worker().note(job).read() or (0, 0, "")
        return Bringing(done / total, f"{what}: {done:,} of {total:,}") if total else Bringing(0.0, "Opening the model")
    if (folder := worker().result(job)) is None:
        return worker().problem(job) or "It is not known any more whether it was brought. Bring it again."
    try:
        return catalogue.usable_at(Path(folder))
    except catalogue.TwoviewError as problem:
        return str(problem)


def cancel(wish: Wish) -> None:
    worker().cancel(_job(wish))


def _job(wish: Wish) -> str:
    return f"bring {wish}"


def bring_whole(wish: Wish, note: Note) -> str:
    """Where the model is kept. Runs in the worker's process."""
    made = bring.bring_dual_encoder(wish.name, wish.data, wish.source, wish.prompt or None, wish.split, progress=note)
    return str(made.folder)
