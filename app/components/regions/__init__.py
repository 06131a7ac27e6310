"""A picture for each model with the regions that phrases of a sentence name, the phrases marked in their colours and numbers.

One message: a JSON head, then the picture's bytes. Touching a phrase shows its region alone with the next best; touching the picture
shows the phrases of that place; words that are selected can be looked for. Nothing is told by colour alone: regions and phrases carry numbers, verdicts are words.
"""

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "twoview_regions",
    css=(_HERE / "regions.css").read_text(encoding="utf-8"),
    js=(_HERE / "regions.js").read_text(encoding="utf-8"),
)
Box = tuple[float, float, float, float]  # left, top, right, bottom as shares of the picture


@dataclass(frozen=True)
class Marked:
    """A phrase: characters ``start:end`` of the sentence, and its true box where that is known."""

    start: int
    end: int
    truth: Box | None = None


@dataclass(frozen=True)
class Column:
    """``found``: of each phrase the best regions, best first; ``verdicts``: of each phrase, in words; ``problem`` replaces both."""

    letter: str
    title: str
    found: Sequence[Sequence[Box]] = ()
    verdicts: Sequence[str] = ()
    problem: str | None = None


def regions(
    picture: bytes, alt: str, sentence: str, phrases: Sequence[Marked], columns: Sequence[Column], chosen: int | None, key: str,
    on_pick: Callable[[int | None], None], on_select: Callable[[str], None],
) -> None:  # fmt: skip
    """``chosen``: the phrase that is looked at alone, None for all. Before the next rerun, ``on_pick`` runs when another is chosen, ``on_select``
    when words of the sentence are selected to be looked for."""

    def picked() -> None:
        choice = st.session_state[key].get("picked")
        if choice is not None:
            on_pick(int(choice) if int(choice) >= 0 else None)

    def selected() -> None:
        if words := st.session_state[key].get("selected"):
            on_select(str(words))

    _mount(data=message(picture, alt, sentence, phrases, columns, chosen), key=key, on_picked_change=picked, on_selected_change=selected)


def message(picture: bytes, alt: str, sentence: str, phrases: Sequence[Marked], columns: Sequence[Column], chosen: int | None) -> bytes:
    """Length of the head (4 bytes, little-endian), the head (JSON), the picture's bytes."""
    told = {"alt": alt, "sentence": sentence, "phrases": [asdict(one) for one in phrases], "columns": [asdict(one) for one in columns], "chosen": chosen}
    head = json.dumps(told).encode()
    return struct.pack("<I", len(head)) + head + picture
