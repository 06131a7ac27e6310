"""What to ask first: a few sentences that show something on each data set."""

import streamlit as st

from app.asking import catalogue, galleries

FREE = {"scenes": ("a limousine", "a feline on the sofa", "a yacht far away")}  # words the pictures' own sentences never use
FREE_ELSEWHERE = ("a puppy", "children having fun")
SHORT = 42  # characters that fit a button
LOOKED_AT = 20_000  # sentences, spread over all


def free(data: str) -> tuple[str, ...]:
    """Questions that nobody wrote about these pictures."""
    return FREE.get(data, FREE_ELSEWHERE)


def sentences(data: str, split: str, number: int = 5) -> list[str]:
    """Short sentences of the gallery, spread over it, then some in words of no gallery. Empty without sentences."""
    return _sentences(data, split, number, catalogue.version(data))


@st.cache_data(max_entries=32, show_spinner=False)
def _sentences(data: str, split: str, number: int, version: str) -> list[str]:
    pairs = galleries.gallery(data, split)
    view = galleries.view_of(pairs, "text")
    if view is None:
        return []
    texts = getattr(pairs, view).items
    short = [text for text in texts[:: max(1, len(texts) // LOOKED_AT)] if 16 <= len(text) <= SHORT]
    wanted = max(0, number - len(free(data)))
    known = [short[i * len(short) // wanted] for i in range(wanted)] if short else []
    return [text.strip().rstrip(" .") for text in known] + list(free(data))
