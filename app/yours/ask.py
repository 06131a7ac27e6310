"""A person's own data as the page shows them: read in a thread of their own, row by row with small pictures, and what is wrong with them."""

import base64
import csv
import os
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO, StringIO
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import numpy as np
import streamlit as st
from PIL import Image

from app.frame.log import log
from engine.data import own
from engine.data.base import PairedData
from engine.data.images import open_picture
from engine.data.own import Problem, Reading
from engine.errors import TwoviewError

__all__ = ["Problem", "Reading"]

ALLOWED = "TWOVIEW_BRING"
ICON = 96  # pixels of a picture in a table, on the longer side


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
def _read(name: str, stamp: object) -> Read:
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
    """The data at a path: read again when their files have changed."""
    try:
        return _read(name, own.stamp(name))
    except (TwoviewError, OSError) as problem:
        return Read(problem=str(problem) if isinstance(problem, TwoviewError) else f"It can't be read: {problem.strerror}.")


def title(name: str) -> str:
    return Path(name).stem


# --- rows ---------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    """A row of the table: an item of the first view, and what belongs to it."""

    picture: str
    name: str
    partners: str
    split: str


@st.cache_resource(max_entries=8, show_spinner=False)
def _splits(_reading: Reading, key: tuple[str, int]) -> dict[int, str]:
    try:
        return {int(group): split for split, groups in _reading.splits().items() for group in groups}
    except TwoviewError:
        return {}


def rows(name: str, found: Reading, start: int, count: int) -> list[Shown]:
    """Items of the first view with their partners and split."""
    data = found.data
    splits = _splits(found, (name, id(found)))
    made = []
    for row in range(start, min(start + count, len(data.x))):
        group = int(data.x.groups[row])
        mates = np.flatnonzero(data.y.groups == group)
        said = [str(data.y.items[int(mate)]) for mate in mates] if data.y.kind == "text" else [data.y.ids[int(mate)] for mate in mates]
        made.append(Shown(icon(data, row), data.x.ids[row], "\n".join(said), splits.get(group, "")))
    return made


def icon(data: PairedData, row: int) -> str:
    """A picture of the first view as a data URL, small enough for a table; "" where there are none."""
    if data.x.kind != "image":
        return ""
    try:
        return _icon(data.x.items.encoded(row))
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
