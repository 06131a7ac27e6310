"""Guided examples: questions that each end in a finding, found in the data and the two models at hand."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from app import lab, suggestions
from app.query import Query
from app.results import noun

TRIED = 32  # questions looked at to find a telling one


@dataclass(frozen=True)
class Example:
    """``finding`` is one or two sentences about what ``letter``'s answer to ``query`` shows."""

    title: str
    finding: str
    query: Query
    letter: str


@st.cache_resource(max_entries=32, show_spinner=False)
def find(_models: dict[str, lab.Entry], identity: tuple[str, ...], data: str, split: str) -> list[Example]:
    """Up to three examples. ``identity`` names the models and when they were made, for the cache."""
    pairs = lab.gallery(data, split)
    words = lab.view_of(pairs, "text")
    made = [_disagreement(_models, data, split, view) for view in ("y", "x")] if words else [_disagreement(_models, data, split, "x")]
    if words:
        made.append(_unheard(data, split, words))
    return [example for example in made if example]


def _disagreement(models: dict[str, lab.Entry], data: str, split: str, view: str) -> Example | None:
    """The question on which the ranks of the true match lie furthest apart, one model being right."""
    asking = getattr(lab.gallery(data, split), view)
    told = [row for row in np.linspace(0, len(asking) - 1, TRIED).astype(int) if asking.kind != "text" or len(asking.items[row]) <= 90]
    best: tuple[float, Query, dict[str, int]] | None = None
    for row in told:
        query = Query("item", view=view, id=asking.ids[row])
        ranks = {letter: lab.answer(entry, split, query).true_ranks[:1] for letter, entry in models.items()}
        if not all(ranks.values()):
            continue
        first = {letter: found[0] for letter, found in ranks.items()}
        apart = np.log(max(first.values()) / min(first.values())) - 2 * (min(first.values()) > 1)
        if best is None or apart > best[0]:
            best = (apart, query, first)
    if best is None:
        return None
    _, query, first = best
    here, there = noun(asking), noun(getattr(lab.gallery(data, split), lab.other(view)))
    ahead, behind = min(first, key=lambda letter: first[letter]), max(first, key=lambda letter: first[letter])
    title = f"From a {here} to its {there}"
    finding = f"Model {ahead} finds the right {there} at rank **{first[ahead]:,}**"
    if first[ahead] != first[behind]:
        finding += f", model {behind} only at rank **{first[behind]:,}**. What did it prefer?"
    else:
        finding += ", and so does the other model." if len(first) > 1 else "."
    return Example(title, finding, query, ahead)


def _unheard(data: str, split: str, view: str) -> Example | None:
    """A question in a word that no sentence of the gallery uses."""
    texts = lab.shelf(data, split).rows_of_text[view]
    heard = {word.strip(".,!?") for text in texts for word in text.split()}
    for text in suggestions.free(data):
        unheard = [word for word in text.split() if word not in heard]
        if unheard:
            number = len(getattr(lab.gallery(data, split), view))
            finding = f"“{unheard[0]}” stands in none of the {number:,} sentences here. The sentence encoder has read it elsewhere: see how far that carries."
            return Example("Words it was never shown", finding, Query("text", text=text), "A")
    return None
