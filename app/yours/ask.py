"""A person's own data as the page shows them: read in a thread of their own, row by row with small pictures, and what is wrong with them."""

import base64
import csv
import os
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO, StringIO
from itertools import count
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from typing import IO, Any

import numpy as np
import streamlit as st
from PIL import Image

from app.asking import catalogue, galleries, trainings
from app.frame import work
from app.frame.log import log
from engine.archives import PICTURES
from engine.checkpoints import packed
from engine.data import DATASETS, own
from engine.data.base import PairedData
from engine.data.images import open_picture
from engine.data.own import Columns, Problem, Reading, brought
from engine.data.own.brought import Brought
from engine.errors import TwoviewError
from engine.evaluation.doubts import Doubts, doubts, standing_out
from engine.evaluation.measured import measured
from engine.paths import slug
from engine.recipes.health import Case, Finding, cases_csv, health
from engine.scoring import PairScores
from engine.search.retriever import Retriever

__all__ = ["Brought", "Columns", "Doubts", "Finding", "Problem", "Reading", "cases_csv"]

ALLOWED = "TWOVIEW_BRING"
ICON = 96  # pixels of a picture in a table, on the longer side
_bringing = Lock()


def closed() -> str | None:
    """Why nothing can be brought here, in a sentence; None when it can."""
    if os.environ.get(ALLOWED, "") not in ("", "0"):
        return None
    address = st.get_option("server.address") or "0.0.0.0"
    if address in ("localhost", "127.0.0.1", "::1"):
        return None
    return (
        "Bringing data is off, because this server can be reached by others: whoever brings something makes it read folders and train models. "
        f"Whoever serves it can turn it on with `{ALLOWED}=1`."
    )


def first_answers() -> None:
    """Look which encoders are here: what opens them takes seconds to import, which whoever is about to train should not wait for."""
    for kind in ("image", "text"):
        trainings.encoders(kind)


# --- what was brought -----------------------------------------------------------------------------------------------------
def sets() -> dict[str, Brought]:
    """Title -> what was brought and can be used."""
    return {entry.about.title: entry for entry in brought.listed() if entry.about}


def unusable() -> list[Brought]:
    """What was brought and cannot be used any more; ``problem`` says why."""
    return [entry for entry in brought.listed() if entry.about is None]


def bring_path(where: Path) -> str | catalogue.Entry:
    """A folder, table or matrices on this computer, which stay where they are, or a zip, which is unpacked: the title they are known by.

    Of the zip of a model: the model. The same folder is brought once. Raises TwoviewError when there is nothing to be read.
    """
    if packed.is_packed(where):
        return catalogue.usable_at(packed.unpack(where))
    with _bringing:  # two tabs at once bring it once
        known = next((title for title, entry in sets().items() if entry.about and entry.about.source == str(where)), None)
        return known or _title(brought.bring(where, _free(where.stem)))


def bring_files(files: Mapping[str, IO[bytes]]) -> str | catalogue.Entry:
    """Uploaded files by their names, as ``bring_path``. Raises TwoviewError, with nothing kept, when they cannot be read."""
    main = next((name for name in files if Path(name).suffix.lower() not in PICTURES), next(iter(files)))
    if len(files) == 1 and packed.is_packed(files[main]):
        return catalogue.usable_at(packed.unpack(files[main]))
    return _title(brought.bring_files(files, _free(Path(main).stem)))


def _title(entry: Brought) -> str:
    assert entry.about is not None
    return entry.about.title


def _free(title: str) -> str:
    """The title, with a number where it is taken."""
    title = title[: brought.MAX_TITLE - 5] or "data"
    taken = {*DATASETS, *(info.title for info in DATASETS.values())} | {known for entry in brought.listed() for known in (entry.name, entry.about.title if entry.about else "")}
    return next(free for number in count(1) if not {free := title if number == 1 else f"{title} {number}", slug(free)} & taken)


def change(name: str, **changes: Any) -> None:
    """Replace what was said of a set: ``title``, ``columns``, ``skip_bad``. Raises TwoviewError when the title is taken."""
    brought.change(name, **changes)


def leave_out(name: str, ids: Sequence[str], again: bool = False) -> None:
    """Leave items of the first view out of whatever reads the set; with ``again``, take them back in."""
    brought.leave_out(name, x=ids, again=again)


def remove(name: str) -> None:
    brought.remove(name)


def columns_of(name: str) -> list[str]:
    try:
        return own.column_names(name)
    except (TwoviewError, OSError):
        return []


# --- reading ------------------------------------------------------------------------------------------------------------
@dataclass
class Read:
    """A reading under way, or done (``reading``), or impossible (``problem``, a sentence)."""

    began: float = field(default_factory=monotonic)
    done: int = 0
    total: int = 0
    reading: Reading | None = None
    problem: str | None = None
    ended: Event = field(default_factory=Event)

    def __call__(self, done: int, total: int, what: str) -> None:
        self.done, self.total = done, total

    @property
    def seconds(self) -> float:
        return monotonic() - self.began


@st.cache_resource(max_entries=8, show_spinner=False)
def _read(name: str, stamp: Hashable) -> Read:
    state = Read()

    def read() -> None:
        try:
            state.reading = own.check_own(name, state)
        except TwoviewError as problem:
            state.problem = str(problem)
        except Exception:
            log.exception("%s could not be read", name)
            state.problem = "These data could not be read, and the operator can read why."
        state.ended.set()

    Thread(target=read, name="reading", daemon=True).start()
    state.ended.wait(0.4)  # small ones are there at once
    return state


def reading(name: str) -> Read:
    """The data of a set: read again when their files, or what was said of their columns, have changed."""
    try:
        return _read(name, own.stamp(name))
    except (TwoviewError, OSError) as problem:
        return Read(problem=str(problem) if isinstance(problem, TwoviewError) else f"It can't be read: {problem.strerror}.")


# --- rows ---------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    """A row of the table: an item of the first view, and what belongs to it; pictures are data URLs, "" where there are none."""

    name: str
    picture: str
    item: str
    partner: str
    partners: str
    label: str
    split: str


@st.cache_resource(max_entries=8, show_spinner=False)
def _splits(_reading: Reading, key: tuple[str, int]) -> dict[int, str]:
    try:
        return {int(group): split for split, groups in _reading.splits().items() for group in groups}
    except TwoviewError:
        return {}


def split_sizes(name: str, found: Reading) -> dict[str, int]:
    """Items of the first view in each split; none where there are too few to be shared out."""
    splits = _splits(found, (name, id(found)))
    counted = Counter(splits[group] for group in found.data.x.groups.tolist() if group in splits)
    return {split: counted[split] for split in ("train", "validation", "test") if split in counted}


def rows(name: str, found: Reading, start: int, count: int) -> list[Shown]:
    """Items of the first view with their partners and split."""
    data, splits = found.data, _splits(found, (name, id(found)))
    made = []
    for row in range(start, min(start + count, len(data.x))):
        group, label = int(data.x.groups[row]), -1 if data.x.labels is None else int(data.x.labels[row])
        mates = [int(mate) for mate in np.flatnonzero(data.y.groups == group)]
        said = " · ".join(str(data.y.items[mate]) if data.y.kind == "text" else data.y.ids[mate] for mate in mates)
        item = str(data.x.items[row]) if data.x.kind == "text" else data.x.ids[row]
        partner = icon(data, mates[0], "y") if mates else ""
        made.append(Shown(data.x.ids[row], icon(data, row), item, partner, said, data.label_names[label] if label >= 0 else "", splits.get(group, "")))
    return made


def icon(data: PairedData, row: int, view: str = "x") -> str:
    """A picture of a view as a data URL, small enough for a table; "" where there are none."""
    chosen = getattr(data, view)
    if chosen.kind != "image":
        return ""
    try:
        return _icon(chosen.items.encoded(row))
    except TwoviewError:  # deleted since it was read
        return ""


@lru_cache(maxsize=512)
def _icon(encoded: bytes) -> str:
    image = Image.Image.convert(open_picture(encoded), "RGB")
    image.thumbnail((ICON, ICON))
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=70)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def problems_csv(problems: list[Problem]) -> str:
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["row", "problem"])
    writer.writerows((problem.row, problem.what) for problem in problems)
    return buffer.getvalue()


# --- health ------------------------------------------------------------------------------------------------------------
def examined(name: str, encoder: str | None) -> work.Sought:
    """The findings on the health of a set. Again when its files or what is left out of it change."""
    try:
        job = f"health {name} {encoder} {own.stamp(name)} {own.left_out(name)}"
    except (TwoviewError, OSError) as error:
        return work.Sought(problem=str(error))
    return work.sought(job, health, name, encoder)


def leave_spare_out(name: str, finding: Finding) -> None:
    """Leave out what a finding says."""
    brought.leave_out(name, finding.spare.get("x", ()), finding.spare.get("y", ()))


def take_all_in(name: str) -> None:
    out = brought.require(name).left_out
    brought.leave_out(name, out.get("x", ()), out.get("y", ()), again=True)


def case_pictures(data: PairedData, case: Case) -> list[str]:
    """Small pictures of the first two items of a case, or of what belongs to them; "" where there are none."""
    view = getattr(data, case.view)
    rows = [view.ids.index(id) for id in case.ids[:2] if id in view.ids]  # a picture that no row names is not among them
    if case.view == "y":
        rows = [int(np.flatnonzero(data.x.groups == view.groups[row])[0]) for row in rows]
    return [icon(data, row) for row in rows] + [""] * (2 - len(rows))


# --- doubts -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Doubt:
    """``row``: an item of the second view; ``partner``: of the first, what belongs to it; ``rival``: what the models put before that.
    ``ranks``: of the right answer, by the models' titles."""

    row: int
    partner: int
    rival: int
    ranks: dict[str, int]


def doubted(data: str, split: str) -> work.Sought:
    """The answers in which all models of a data set are doubtful (``these`` takes those of a kind): a split that nobody has measured is encoded first."""
    models = {entry.title: entry for entry in catalogue.models(data).values()}
    return work.sought(f"doubts {split} {[(str(entry.path), entry.made) for entry in models.values()]}", _doubted, list(models), [entry.path for entry in models.values()], split)


@dataclass(frozen=True)
class Doubted:
    """``titles`` of the models that were asked; ``rivals`` (n,): what the first of them puts before the right answer."""

    titles: list[str]
    doubts: Doubts
    rivals: np.ndarray


def _doubted(titles: list[str], paths: list[Path], split: str, progress: Callable[[int, int, str], None]) -> Doubted:
    """In the worker's process, which opens everything anew."""
    asked = [Retriever.open(path, split, progress=progress) for path in paths]
    answers = [measured(one.checkpoint, one.features).answers["y_to_x"] for one in asked]
    standing = [
        standing_out(PairScores(one.model, one.features.x.items, one.features.y.items).blocks("y_to_x", rows=of_one.rows)) for one, of_one in zip(asked, answers, strict=True)
    ]
    return Doubted(titles, doubts(answers, standing), answers[0].rivals)


def these(data: str, split: str, found: Doubted, kind: Callable[[Doubts], np.ndarray], most: int) -> list[Doubt]:
    """The first of a kind: ``Doubts.misplaced``, ``Doubts.missing`` or ``Doubts.unplaced``."""
    made = []
    for place in kind(found.doubts)[:most]:
        row, ranks = int(found.doubts.rows[place]), map(int, found.doubts.ranks[:, place])
        partner = galleries.partners(data, split, "y", row)[0]
        made.append(Doubt(row, int(partner), int(found.rivals[place]), dict(zip(found.titles, ranks, strict=True))))
    return made


def doubts_csv(data: str, split: str, found: Sequence[Doubt]) -> str:
    """With the items' ids, by which whoever cleans the table finds them."""
    pairs = galleries.gallery(data, split)
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["sentence id", "sentence", "picture id", "preferred", *(f"rank by {title}" for title in found[0].ranks)])
    for one in found:
        writer.writerow([pairs.y.ids[one.row], pairs.y.items[one.row] if pairs.y.kind == "text" else "", pairs.x.ids[one.partner], pairs.x.ids[one.rival], *one.ranks.values()])
    return buffer.getvalue()


def shown(data: str, split: str, view: str, row: int) -> str:
    """An item: a small picture, its sentence, or its name; "" where there is none."""
    pairs = galleries.gallery(data, split)
    return "" if row < 0 else icon(pairs, row, view) or galleries.described(pairs, view, row)
