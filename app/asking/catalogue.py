"""What can be asked: checkpoints by their cards, and data sets. Needs no torch, so that the bar is there at once.

Failures a person can mend arrive as TwoviewError; the pages show their sentence.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.frame import warm
from engine.checkpoints.cards import CARD, HISTORY, WEIGHTS, Card, list_cards, shortened, told_apart
from engine.checkpoints.cards import Entry as Listed
from engine.data import DATASETS, MUSIC, find
from engine.data.base import DatasetInfo
from engine.data.own import changed_at
from engine.errors import TwoviewError
from engine.models import MODELS
from engine.paths import checkpoints_dir, data_root

__all__ = ["Card", "DatasetInfo", "Entry", "TwoviewError"]


@dataclass(frozen=True)
class Entry:
    """A checkpoint that can be asked. ``title``: its card's without the data set it stands under, in one line, short enough for a heading,
    and unlike that of any other model of these data. Plain text."""

    path: Path
    card: Card
    title: str

    @property
    def made(self) -> str:
        """Another when it was trained again, or its data were changed: what is kept of its answers belongs to this."""
        return self.card.created + version(self.card.data.name)


def checkpoints() -> list[Listed]:
    """Every folder that claims to be a checkpoint: with a card, or with the sentence saying what is wrong.

    Listed again when a file was added, replaced or deleted. Not kept by Streamlit, which would hash all names and times for
    longer than reading them takes, and every page asks several times.
    """
    files = []
    for folder in (folder for data in _folders(str(checkpoints_dir())) for folder in _folders(data)):
        for file in (CARD, WEIGHTS, HISTORY):
            with suppress(OSError):  # no checkpoint, or one that was deleted just now
                files.append((f"{folder}/{file}", os.stat(f"{folder}/{file}").st_mtime_ns))
    return _listed(tuple(files), verified=not warm.is_loading())


def _folders(folder: str) -> list[str]:
    try:
        return sorted(entry.path for entry in os.scandir(folder) if entry.is_dir())
    except OSError:
        return []


@lru_cache(maxsize=2)
def _listed(files: tuple[tuple[str, int], ...], verified: bool) -> list[Listed]:
    """``files`` and when they were written. ``verified``: the weights' shapes are compared with the cards, which needs torch:
    until that is loaded the cards are believed."""
    if verified:
        from engine.checkpoints.storage import list_checkpoints

        return list_checkpoints()
    return list_cards()


def broken() -> dict[Path, str]:
    """The folders that cannot be used, and why."""
    return {entry.path: entry.problem or "" for entry in checkpoints() if entry.card is None}


def usable() -> list[Entry]:
    cards = {entry.path: entry.card for entry in checkpoints() if entry.card is not None}
    titles: dict[str, dict[str, str]] = {}  # by data set, then by folder: cards may lie, folders are unique
    for path, card in cards.items():
        titles.setdefault(card.data.name, {})[path.name] = shortened(card.title.removesuffix(f" on {title_of(card.data.name)}")) or path.name
    apart = {data: told_apart(own) for data, own in titles.items()}
    return [Entry(path, card, apart[card.data.name][path.name]) for path, card in cards.items()]


def by_title(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Models of several data sets by their titles, with where they lie added where these are alike."""
    folders = {f"{entry.path.parent.name}/{entry.path.name}": entry for entry in entries}
    return {title: folders[folder] for folder, title in told_apart({folder: entry.title for folder, entry in folders.items()}).items()}


def models(data: str) -> dict[str, Entry]:
    """The usable checkpoints of a data set, by their folder's name."""
    return {entry.path.name: entry for entry in usable() if entry.card.data.name == data}


def usable_at(folder: Path) -> Entry:
    """Raises TwoviewError when no usable checkpoint lies there."""
    found = next((entry for entry in usable() if entry.path == folder), None)
    if found is None:
        raise TwoviewError(f"There is no model {folder.parent.name}/{folder.name} any more. Choose another.")
    return found


def best_other(data: str, entry: Entry) -> Entry | None:
    """The best other model of a data set, by the reciprocal rank of search on the test split."""
    return next(iter(best_first(other for other in models(data).values() if other.path != entry.path)), None)


def best_first(entries: Iterable[Entry]) -> list[Entry]:
    """The best by the reciprocal rank of search on the test split, or of models of regions by how often the one that is found is right."""
    return sorted(entries, key=_found, reverse=True)


def _found(entry: Entry) -> float:
    return next((m.value for name in ("mean_reciprocal_rank", "region_recall_at_1") for m in entry.card.metrics if (m.measure, m.direction) == (name, "y_to_x")), -1.0)


def paper(model: str) -> str:
    """Where a model was published; empty for a name that is no model here, and while the engine, which knows it, is loading."""
    return "" if warm.is_loading() or model not in MODELS else MODELS[model].paper


def missing(info: DatasetInfo) -> Sequence[str]:
    """What the data root lacks for this data set."""
    return () if info.embedded else info.missing(data_root())


def data_sets() -> dict[str, DatasetInfo]:
    """The data sets that can be asked now: their files are here, and so is a model."""
    present = dict.fromkeys(entry.card.data.name for entry in usable())
    built_in = {name: info for name, info in DATASETS.items() if name in present and not missing(info)}
    return built_in | {name: info for name in present if name not in DATASETS and (info := own(name))}


def subject(data: str) -> str:
    """What a data set is about, for pages that are about one thing: ``music``, ``regions`` of pictures, or nothing in particular."""
    return "music" if data in MUSIC else "regions" if data.endswith("-phrases") else ""


def own(name: str) -> DatasetInfo | None:
    """A person's own data by the name or path that a card has; None when they are no longer there."""
    try:
        return _own(name, changed_at(name))
    except (OSError, TwoviewError):
        return None


def version(data: str) -> str:
    """Of a person's own data, another when they, or what was said of them, were changed; empty of those of the house, which stay."""
    try:
        return "" if data in DATASETS else f" {changed_at(data)}"
    except (OSError, TwoviewError):
        return ""


@lru_cache(maxsize=64)  # every title on a page asks, and a folder of thousands of pictures takes long to list
def _own(name: str, changed: tuple[int, ...]) -> DatasetInfo:
    return find(name)


def title_of(data: str) -> str:
    """Of a data set, also of one that is no longer there: never more of a path than its last part."""
    info = DATASETS.get(data) or own(data)
    return info.title if info else data.replace("\\", "/").rstrip("/").rpartition("/")[2]


def all_data_sets() -> dict[str, DatasetInfo]:
    return DATASETS


def short_titles(names: Mapping[str, DatasetInfo]) -> dict[str, str]:
    """Title, without what stands in brackets -> name. Own data of one title are numbered: their paths are nobody's business."""
    titles = {name: re.sub(r" \([^)]*\)", "", info.title) for name, info in names.items()}
    found: dict[str, str] = {}
    for name, title in titles.items():
        alike = sum(known == title or known.startswith(f"{title} (") for known in found)
        found[f"{title} ({alike + 1})" if alike else title] = name
    return found


def model_titles(data: str) -> dict[str, str]:
    """Title -> folder's name of the usable checkpoints of a data set."""
    return {entry.title: name for name, entry in models(data).items()}
