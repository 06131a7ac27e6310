"""From a model's answer to what is shown of it: cards, summaries, and the words around them."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from app.asking import catalogue, galleries
from app.asking.answer import Answer, First
from app.asking.galleries import Gallery, noun
from app.components.cards import Card, Column
from app.frame.query import LONGEST, Query
from app.frame.words import asking, escaped

LETTERS = ("A", "B")


def wide(data: str) -> bool:
    """Whether its pictures are wider than high: staves and waveforms."""
    return catalogue.subject(data) == "music"


def shown_width(data: str) -> int:
    """Of the question's picture, pixels."""
    return 260 if wide(data) else 104


def plural_of(pairs: galleries.PairedData, view: str) -> str:
    """What a view holds, as a button says it; the views are told apart where both hold the same."""
    alike = noun(pairs, "x") == noun(pairs, "y")
    return noun(pairs, view, 2).capitalize() + ({"x": ", first view", "y": ", second view"}[view] if alike else "")


def columns(
    data: str, split: str, titles: Mapping[str, str], answers: Mapping[str, Answer | str], shown: int
) -> tuple[list[Column], dict[str, bytes]]:
    """One column per model, and the pictures they need by key. An answer may be a sentence saying why there is none.

    ``titles`` and ``answers`` by the model's letter. True matches beyond the ``shown`` results stand at the end.
    """
    items = galleries.shelf(data, split)
    pictures: dict[str, bytes] = {}
    drawn = []
    for letter, title in titles.items():
        found = answers[letter]
        if isinstance(found, str):
            drawn.append(Column(letter=letter, title=title, problem=found))
            continue
        rivals = {name: other for name, other in answers.items() if name != letter and isinstance(other, Answer)}
        first = [int(row) for row in found.rows[:shown]]
        later = [row for row in found.true_rows if row not in first]
        made = {row: _ranked_card(items, found, rivals, row, pictures) for row in [*first, *later]}
        note = found.told if isinstance(found, First) else None
        drawn.append(Column([made[row] for row in first], letter, title, summary(items.pairs, found), note, [made[row] for row in later], wide=wide(data)))
    return drawn, pictures


@st.cache_resource(max_entries=8, show_spinner=False)
def shuffled(count: int) -> np.ndarray:
    """All rows in an order that is always the same, without anything in common between neighbours."""
    return np.random.default_rng(7).permutation(count)


def gallery_column(data: str, split: str, view: str, rows: Sequence[int]) -> tuple[Column, dict[str, bytes]]:
    """Unranked cards of some items to pick from."""
    items = galleries.shelf(data, split)
    pictures: dict[str, bytes] = {}
    return Column([Card(*_shown(items, view, row, pictures)) for row in rows], wide=wide(data)), pictures


def pictures_of(data: str, split: str, columns: Sequence[Column]) -> dict[str, bytes]:
    """The pictures that cards made before need, by key."""
    items = galleries.shelf(data, split)
    found: dict[str, bytes] = {}
    for card in (card for column in columns for card in (*column.cards, *column.beyond)):
        if card.picture:
            view, _, id = card.id.partition(":")
            found[card.picture] = items.picture(view, items.row_of_id(view)[id])
    return found


def summary(pairs: galleries.PairedData, found: Answer) -> str:
    """Where the true matches are, in one sentence."""
    of, least = f"of {found.total:,}", ""
    if isinstance(found, First):
        of = f"of the {found.proposed:,} proposed" if found.proposed else of
        least = "" if found.counted else " or later"
    if not found.true_ranks:
        if isinstance(found, First) and found.lost:
            return f"{'The true match is' if found.lost == 1 else f'None of the {found.lost} true matches is'} not among the {found.proposed:,} proposed of {found.total:,}"
        return f"{found.total:,} {noun(pairs, found.view, found.total)} {'searched' if isinstance(found, First) else 'ranked'}; nobody has said which of them is right"
    if len(found.true_ranks) == 1:
        told = f"True match at rank {found.true_ranks[0]:,}{least} {of}"
    else:
        ranks = [f"{rank:,}" for rank in found.true_ranks[:8]]
        more = "" if len(found.true_ranks) <= 8 else f" and {len(found.true_ranks) - 8} more"
        told = f"True matches at ranks {', '.join(ranks)}{more}{least} {of}"
    return told + (f"; {found.lost} more not proposed" if isinstance(found, First) and found.lost else "")


def question(data: str, split: str, asked: Query, row: int | None) -> str:
    """The question as a heading, in plain Markdown."""
    if asked.kind == "picture":
        return "Your picture"
    if asked.kind == "text":
        return f"“{escaped(asked.text)}”"
    assert row is not None
    pairs = galleries.gallery(data, split)
    if getattr(pairs, asked.view).visible:
        return escaped(describe(data, split, asked.view, row)) if wide(data) else f"This {noun(pairs, asked.view)}"
    return f"“{escaped(describe(data, split, asked.view, row))}”"


def about(data: str, split: str, asked: Query) -> str:
    """Where the question comes from and what is known of its answer; a caution where the encoder cannot read it."""
    true = galleries.true_partners(data, split, asked)
    if asked.kind == "picture":
        return "Nobody has written about it, so there is no true match to rank. A link cannot carry it: it stays in this visit."
    if asked.kind == "item" or len(true):
        view = (galleries.view_of(galleries.gallery(data, split), "text") if asked.kind == "text" else asked.view) or ""
        pairs = galleries.gallery(data, split)
        return f"{asking(noun(pairs, view)).capitalize()} of the {split} gallery. {len(true):,} {noun(pairs, galleries.other(view), len(true))} belong{'s' if len(true) == 1 else ''} to it."
    cautions = []
    if len(asked.text) == LONGEST:
        cautions.append(f"Only the first {LONGEST} characters are read.")
    letters = [c for c in asked.text if c.isalpha()]
    if not letters:
        cautions.append("There is no word in it for the models to read, so the order says little.")
    elif sum(c < "\u0250" for c in letters) < len(letters) / 2:
        cautions.append("The sentence encoder learned from English: in another alphabet the order says little.")
    return " ".join(["Your own words: nobody has said which results are right.", *cautions])


def describe(data: str, split: str, view: str, row: int) -> str:
    """An item in words: a sentence itself, what was written about a picture, or a name."""
    return _described(galleries.shelf(data, split), view, row)


def _described(items: Gallery, view: str, row: int) -> str:
    chosen, partner = items.view(view), items.view(galleries.other(view))
    mates = items.partners(view, row)
    if chosen.kind == "image" and partner.kind == "text" and len(mates):
        return partner.items[int(mates[0])]
    return galleries.described(items.pairs, view, row)


def _shown(items: Gallery, view: str, row: int, pictures: dict[str, bytes]) -> tuple[str, str, str | None]:
    """Id, words and picture key of an item; its picture joins ``pictures``."""
    chosen = items.view(view)
    id = f"{view}:{chosen.ids[row]}"
    if not chosen.visible:
        return id, _described(items, view, row), None
    key = f"{items.pairs.name}/{items.pairs.split}/{id}"
    pictures[key] = items.picture(view, row)
    return id, _described(items, view, row), key


def _ranked_card(items: Gallery, found: Answer, rivals: Mapping[str, Answer], row: int, pictures: dict[str, bytes]) -> Card:
    rank, listed = found.rank_of(row), row in found.rows
    assert rank is not None
    least = "≥ " if isinstance(found, First) and not (found.counted or listed) else ""
    elsewhere = next(((letter, _rank(rival, row)) for letter, rival in rivals.items()), None)
    score = found.score_of(row)
    return Card(
        *_shown(items, found.view, row, pictures), rank=f"{least}{rank:,}", score=f"{score:.2f}" if abs(score) < 100 else f"{score:.0f}",
        elsewhere=elsewhere, match=row in found.true_rows,
    )


def _rank(found: Answer, row: int) -> str:
    """Where a model ranks an item; of what its index did not find, how far down at least."""
    rank = found.rank_of(row)
    return f">{len(found.rows):,}" if rank is None else f"{rank:,}"
