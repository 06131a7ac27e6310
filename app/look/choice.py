"""What is being looked at: one or two pictures, and the prompts. It lives in the session and, except for a person's own
pictures, in the link (``picture``, ``second``, ``prompt``)."""

from dataclasses import dataclass, replace

import streamlit as st

from app.frame import query

NAMES = ("picture", "second", "prompt")
MOST_PROMPTS = 8


@dataclass(frozen=True)
class Sight:
    """``picture`` and ``second``: ids of pictures of the gallery, or a person's own (encoded bytes); None: not chosen yet.

    ``prompts`` None: not chosen yet, which is not the same as all removed. ``picked``: the picture was chosen by a person, or
    by a link, not by the page.
    """

    picture: str | bytes | None = None
    second: str | bytes | None = None
    prompts: tuple[str, ...] | None = None
    picked: bool = False


def current() -> Sight:
    """The session's sight. A link that shows something else has the last word; one that shows nothing is completed."""
    known = st.session_state.get("sight", Sight())
    linked = {name: tuple(st.query_params.get_all(name)) for name in NAMES if name in st.query_params}
    if linked and linked != _link(known):
        known = Sight(
            linked["picture"][0] if "picture" in linked else known.picture,
            linked["second"][0] if "second" in linked else known.second,
            cleaned(linked["prompt"]) if "prompt" in linked else known.prompts,
            picked=True,
        )
    show(known)
    return known


def show(sight: Sight) -> None:
    """Make this what is looked at."""
    st.session_state.sight = sight
    wanted = _link(sight)
    for name in NAMES:
        if name in wanted:
            st.query_params[name] = list(wanted[name])
        elif name in st.query_params:
            del st.query_params[name]


def change(**changes) -> None:
    show(replace(st.session_state.get("sight", Sight()), **changes))


def add(prompt: str) -> None:
    """Ask for one thing more; the newest prompts are kept when they get too many."""
    known = st.session_state.get("sight", Sight()).prompts or ()
    change(prompts=cleaned((*known, prompt)))


def remove(prompt: str) -> None:
    change(prompts=tuple(p for p in st.session_state.sight.prompts or () if p != prompt))


def cleaned(prompts: tuple[str, ...]) -> tuple[str, ...]:
    """Each in one line and no longer than is read, each once, empty ones left out."""
    asked = (query.text(prompt) for prompt in prompts)
    return tuple(dict.fromkeys(q.text for q in asked if q))[-MOST_PROMPTS:]


def _link(sight: Sight) -> dict[str, tuple[str, ...]]:
    found = {name: (value,) for name in ("picture", "second") if isinstance(value := getattr(sight, name), str)}
    return found | ({"prompt": sight.prompts} if sight.prompts else {})
