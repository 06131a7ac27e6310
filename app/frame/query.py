"""The question being asked: a sentence, an item of the gallery, or a picture of one's own. Every page shares it.

It lives in the session and, except for a person's own picture, in the link (``q`` or ``item``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

NAMES = ("q", "item")  # of the link's parameters
LONGEST = 600  # characters of a sentence that are read


@dataclass(frozen=True)
class Query:
    """``text`` for kind "text"; ``view`` ("x" or "y") and ``id`` for "item"; ``picture`` (encoded bytes) for "picture"."""

    kind: Literal["text", "item", "picture"]
    text: str = ""
    view: str = ""
    id: str = ""
    picture: bytes = b""


def current() -> Query | None:
    """The session's query. A link that asks something else has the last word; one that asks nothing is completed."""
    known = st.session_state.get("query")
    linked = {name: st.query_params[name] for name in NAMES if name in st.query_params}
    if linked and linked != link(known):
        st.session_state.query = text(linked.get("q", "")) or item(linked.get("item", ""))
    ask(st.session_state.get("query"))
    return st.session_state.query


def ask(query: Query | None) -> None:
    """Make this the query, everywhere; None asks nothing."""
    st.session_state.query = query
    wanted = link(query)
    for name in NAMES:
        if name in wanted:
            st.query_params[name] = wanted[name]
        elif name in st.query_params:
            del st.query_params[name]


def link(query: Query | None) -> dict[str, str]:
    """The link's parameters that restore a query: none for a person's own picture."""
    if query is None or query.kind == "picture":
        return {}
    return {"q": query.text} if query.kind == "text" else {"item": f"{query.view}:{query.id}"}


def things(names: Sequence[str]) -> dict[str, str]:
    """The link's parameter that asks Ground for several things, which it tells apart by commas."""
    return {"find": ", ".join(name.replace(",", "") for name in names)[:LONGEST]}


def text(words: str) -> Query | None:
    """What was typed, in one line and no longer than is read; None when nothing is left of it."""
    words = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return Query("text", text=words[:LONGEST]) if words else None


def item(card_id: str) -> Query | None:
    """From a card's id, ``view:id``."""
    view, _, id = card_id.partition(":")
    return Query("item", view=view, id=id) if view in ("x", "y") and id else None
