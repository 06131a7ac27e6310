"""Maps over pictures, a row for each prompt or model, with the facts and the words under each.

One message to the browser: a JSON head, then the pictures' encoded bytes, each once. A row's cross asks to remove it.
"""

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "twoview_map_grid",
    css=(_HERE / "map_grid.css").read_text(encoding="utf-8"),
    js=(_HERE / "map_grid.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Cell:
    """One map. ``picture``: encoded bytes, ``alt`` what they show. ``facts``: short lines, the first one in bold.

    ``words``: (word, contribution), drawn as bars against the largest. ``letter``: the model's on every page. ``problem``
    replaces the map.
    """

    title: str
    picture: bytes = b""
    alt: str = ""
    letter: str | None = None
    facts: Sequence[str] = ()
    words: Sequence[tuple[str, float]] = ()
    problem: str | None = None


@dataclass(frozen=True)
class Row:
    """``id`` comes back when the row is removed; None: it stays."""

    title: str
    cells: Sequence[Cell]
    note: str = ""
    id: str | None = field(default=None)


def map_grid(rows: Sequence[Row], label: str, key: str, on_remove: Callable[[str], None] | None = None) -> None:
    """Show the rows. ``on_remove(id)`` runs before the next rerun."""

    def removed() -> None:
        id = st.session_state[key].get("removed")
        if on_remove is not None and isinstance(id, str):
            on_remove(id)

    _mount(data=message(rows, label), key=key, on_removed_change=removed)


def message(rows: Sequence[Row], label: str) -> bytes:
    """Length of the head (4 bytes, little-endian), the head (JSON), the pictures' bytes one after the other."""
    pictures: dict[str, bytes] = {}
    drawn = []
    for row in rows:
        cells = []
        for cell in row.cells:
            name = sha256(cell.picture).hexdigest()[:24] if cell.picture else None
            if name:
                pictures[name] = cell.picture
            cells.append({k: v for k, v in asdict(cell).items() if k != "picture"} | {"picture": name})
        drawn.append({"title": row.title, "note": row.note, "id": row.id, "cells": cells})
    places, start = {}, 0
    for name, encoded in pictures.items():
        places[name] = (start, len(encoded))
        start += len(encoded)
    head = json.dumps({"label": label, "rows": drawn, "pictures": places}).encode()
    return b"".join([struct.pack("<I", len(head)), head, *pictures.values()])
