"""Cards of pictures and sentences in one or two aligned columns; a click on a card makes it the next query.

Everything a visit shows goes to the browser in one message: a JSON head, then the pictures' encoded bytes, each once
even where both columns show it. The browser keeps pictures it has by their key.
"""

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "twoview_cards",
    css=(_HERE / "cards.css").read_text(encoding="utf-8"),
    js=(_HERE / "cards.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Card:
    """``id`` comes back when the card is picked. ``picture`` names one of the pictures, or None for a sentence.

    ``text`` is the sentence, or what a picture shows for those who can't see it. ``elsewhere``: its rank by the
    other model, with that model's letter first: ("B", "14").
    """

    id: str
    text: str
    picture: str | None = None
    rank: str | None = None
    score: str | None = None
    elsewhere: tuple[str, str] | None = None
    match: bool = False


@dataclass(frozen=True)
class Column:
    """``summary`` stands under the title, ``note`` smaller under it; ``beyond`` are cards further down than ``cards``; ``problem`` replaces both.
    ``wide``: the pictures are 5 to 2, not square."""

    cards: Sequence[Card] = ()
    letter: str | None = None
    title: str | None = None
    summary: str | None = None
    note: str | None = None
    beyond: Sequence[Card] = field(default=())
    problem: str | None = None
    wide: bool = False


def cards(
    columns: Sequence[Column], pictures: Mapping[str, bytes], label: str, key: str, on_pick: Callable[[str], None] | None = None
) -> None:
    """Show the columns. ``pictures``: encoded bytes by the keys the cards name. ``on_pick(id)`` runs before the next rerun."""

    def picked() -> None:
        choice = st.session_state[key].get("picked")
        if on_pick is not None and isinstance(choice, str):
            on_pick(choice)

    _mount(data=message(columns, pictures, label), key=key, on_picked_change=picked)


def message(columns: Sequence[Column], pictures: Mapping[str, bytes], label: str) -> bytes:
    """Length of the head (4 bytes, little-endian), the head (JSON), the pictures' bytes one after the other."""
    places, start = {}, 0
    for name, encoded in pictures.items():
        places[name] = (start, len(encoded))
        start += len(encoded)
    head = json.dumps({"label": label, "columns": [asdict(column) for column in columns], "pictures": places}).encode()
    return b"".join([struct.pack("<I", len(head)), head, *pictures.values()])
