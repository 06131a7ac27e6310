"""Staves that can be read, listened to and clicked: each is one line of a score with a window marked, and a sound that plays through it.

One message, as cards send theirs: a JSON head, then the pictures' and sounds' bytes, each once. Nothing plays by itself.
"""

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "twoview_staves",
    css=(_HERE / "staves.css").read_text(encoding="utf-8"),
    js=(_HERE / "staves.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Staff:
    """``picture``: PNG of ``height`` 80; ``alt``: what it shows. ``window``: (from, to) marked, in its pixels. ``notes``: (column, seconds in
    the sound, id) of what is played, in order; a click gives the id of the nearest, or where nothing is picked, moves the sound to it. ``truth``:
    (column, seconds) of where the sound truly is, for a second cursor. ``sound``: an encoded file, empty for none."""

    title: str
    alt: str
    picture: bytes
    window: tuple[float, float] | None = None
    notes: Sequence[tuple[float, float, str]] = ()
    sound: bytes = b""
    match: bool = False
    truth: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Column:
    """``letter``: a model's, or None for what is asked; ``problem`` replaces the staves."""

    staves: Sequence[Staff] = ()
    letter: str | None = None
    title: str = ""
    summary: str = ""
    problem: str | None = None


def staves(columns: Sequence[Column], label: str, key: str, on_pick: Callable[[str], None] | None = None) -> None:
    """Show the columns side by side. ``on_pick(id)`` runs before the next rerun when a note is clicked."""

    def picked() -> None:
        choice = st.session_state[key].get("picked")
        if on_pick is not None and isinstance(choice, str):
            on_pick(choice)

    _mount(data=message(columns, label, on_pick is not None), key=key, on_picked_change=picked)


def message(columns: Sequence[Column], label: str, pickable: bool = True) -> bytes:
    """Length of the head (4 bytes, little-endian), the head (JSON), the files' bytes one after the other."""
    files: dict[bytes, tuple[int, int]] = {}
    start = 0

    def placed(content: bytes) -> tuple[int, int] | None:
        nonlocal start
        if content and content not in files:
            files[content] = (start, len(content))
            start += len(content)
        return files.get(content)

    told = []
    for column in columns:
        shown = [asdict(staff) | {"picture": placed(staff.picture), "sound": placed(staff.sound)} for staff in column.staves]
        told.append({"letter": column.letter, "title": column.title, "summary": column.summary, "problem": column.problem, "staves": shown})
    head = json.dumps({"label": label, "pickable": pickable, "columns": told}).encode()
    return b"".join([struct.pack("<I", len(head)), head, *files])
