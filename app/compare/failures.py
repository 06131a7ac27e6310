"""The failures of two models, one by one: a table of queries, both result lists of one, and what made the difference."""

import base64
from collections.abc import Callable, Mapping
from io import BytesIO

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from app.asking import answering, catalogue, galleries, saliency
from app.compare import ask
from app.components.cards import cards
from app.components.map_grid import Cell, Row, map_grid
from app.frame import items, query, workspace
from app.frame.query import Query

MOST = 200  # queries in the table
SHOWN = {"image": 4, "text": 6, "vector": 6}  # results of each model
ICON = 56  # pixels of a picture in the table


def page(space: workspace.Workspace, asked: Mapping[str, ask.Asked], pairs: galleries.PairedData, direction: Callable) -> None:
    """The tab. ``direction(key)`` draws the choice of a direction."""
    a, b = asked["A"], asked["B"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = direction("failures")
        words = st.text_input("Only queries with", key="with", bind="query-params", max_chars=80, placeholder="Only queries with these words", width=260, label_visibility="collapsed")
    found = ask.failed(a, b, chosen)
    names = {name: kind for kind, name in ask.KINDS.items() if kind == "all" or kind in found.kinds}
    kind = names[st.segmented_control("Show", list(names), default=next(iter(names)), required=True, key="kind", bind="query-params", label_visibility="collapsed")]
    view = "x" if chosen == "x_to_y" else "y"
    places = _matching(space, view, found, kind, words)
    if not len(places):
        st.info("No query is of this kind. Choose another, or clear the words.", icon=":material/filter_alt_off:")
        return
    linked = query.current()
    row = _table(space, pairs, view, found, places, linked, f"failures-{a}-{b}-{chosen}-{kind}-{words}")
    _detail(space, pairs, view, row, found)
    with st.popover("What the kinds are", icon=":material/help:", type="tertiary"):
        st.markdown(KINDS)


KINDS = """
**Hub hit**: a model's first result is wrong and a hub, an item that is among the ten answers to far more queries than most (two standard
deviations above the mean; Radovanović et al. 2010).

**Many valid answers**: one of the models is wrong, but at least one in a hundred candidates would also do: pictures that show all kinds
of thing that the sentence names or, where that is not known, whatever is of the same class. The data only count the pairs they were made with.
"""


def _matching(space: workspace.Workspace, view: str, found: ask.Failures, kind: str, words: str) -> np.ndarray:
    places = found.of(kind)
    wanted = words.lower().split()
    if wanted:
        said = {int(found.rows[p]): items.describe(space.data, space.split, view, int(found.rows[p])).lower() for p in places}
        places = np.array([p for p in places if all(word in said[int(found.rows[p])] for word in wanted)], dtype=int)
    return places


def _table(space: workspace.Workspace, pairs: galleries.PairedData, view: str, found: ask.Failures, places: np.ndarray, linked: Query | None, key: str) -> int:
    """Draw the queries; the row of the one that is looked at: what was clicked, what the link names, or the first."""
    shown = places[:MOST]
    known = galleries.row_of_id(space.data, space.split, view)
    named = known.get(linked.id) if linked and linked.kind == "item" and linked.view == view else None
    at = next((place for place in places if found.rows[place] == named), None) if named is not None else None
    if at is not None and at not in shown:
        shown = np.concatenate([[at], shown[:-1]])
    start = int(np.flatnonzero(shown == at)[0]) if at is not None else 0
    rows = [int(found.rows[place]) for place in shown]
    frame = pd.DataFrame({"Rank by A": found.ranks_a[shown], "Rank by B": found.ranks_b[shown], "B − A": found.ranks_b[shown] - found.ranks_a[shown]})
    if getattr(pairs, view).visible:
        frame["Picture"] = [icon(space.data, space.split, view, row) for row in rows]
    frame["Query"] = [items.describe(space.data, space.split, view, row) for row in rows]
    if found.also_valid is not None:
        frame["Others that would do"] = found.also_valid[shown]
    state = st.dataframe(
        frame, hide_index=True, height=38 + 35 * 8, key=key, on_select=lambda: _picked(key, pairs, view, rows), selection_mode="single-row-required",
        selection_default={"selection": {"rows": [start]}}, row_height=ICON + 4 if "Picture" in frame else None,
        alt="Queries on which A and B differ most; choose one to see both result lists and why",
        column_config={
            **{name: st.column_config.NumberColumn(width=84) for name in ("Rank by A", "Rank by B", "B − A")},
            "Picture": st.column_config.ImageColumn(width="small"), "Query": st.column_config.TextColumn(width="large"),
            "Others that would do": st.column_config.NumberColumn(help="Candidates that do not belong to the query but would also do."),
        },
    )  # fmt: skip
    more = f"The {len(shown):,} with the largest difference of {len(places):,} queries. " if len(places) > len(shown) else f"{len(places):,} quer{'y' if len(places) == 1 else 'ies'}, the largest difference first. "
    st.caption(more + "Choose a row to see both result lists" + (", and why." if _explained(pairs) else "."))
    picked = state["selection"]["rows"]
    return rows[picked[0]] if picked and picked[0] < len(rows) else rows[start]


def _picked(key: str, pairs: galleries.PairedData, view: str, rows: list[int]) -> None:
    """What is chosen becomes the question of every page."""
    chosen = st.session_state[key]["selection"]["rows"]
    if chosen and chosen[0] < len(rows):
        query.ask(Query("item", view=view, id=getattr(pairs, view).ids[rows[chosen[0]]]))


def icon(data: str, split: str, view: str, row: int) -> str:
    """A picture of the gallery as a data URL, small enough for a table."""
    return _icon(data, split, view, row, catalogue.version(data))


@st.cache_data(max_entries=2048, show_spinner=False)
def _icon(data: str, split: str, view: str, row: int, version: str) -> str:
    image = Image.open(BytesIO(galleries.picture(data, split, view, row))).convert("RGB")
    image.thumbnail((2 * ICON, 2 * ICON))
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=70)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


# --- one query ----------------------------------------------------------------------------------------------------------
def _detail(space: workspace.Workspace, pairs: galleries.PairedData, view: str, row: int, found: ask.Failures) -> None:
    asked = Query("item", view=view, id=getattr(pairs, view).ids[row])
    place = int(np.flatnonzero(found.rows == row)[0])
    with st.container(horizontal=True, vertical_alignment="center"):
        if getattr(pairs, view).visible:
            st.image(galleries.picture(space.data, space.split, view, row), width=items.shown_width(space.data), alt=items.describe(space.data, space.split, view, row))
        with st.container(gap="xxsmall"):
            st.subheader(items.question(space.data, space.split, asked, row), anchor=False)
            st.caption(f"Right answer at rank {found.ranks_a[place]:,} by A and {found.ranks_b[place]:,} by B, of {len(getattr(pairs, galleries.other(view))):,}.")
    _ways_on(space, pairs, asked, row)
    answers: dict[str, answering.Answer | str] = {}
    for letter, entry in space.models.items():
        try:
            answers[letter] = answering.answer(entry, space.split, asked)
        except catalogue.TwoviewError as problem:
            answers[letter] = str(problem)
    titles = {letter: entry.title for letter, entry in space.models.items()}
    columns, pictures = items.columns(space.data, space.split, titles, answers, SHOWN[getattr(pairs, galleries.other(view)).kind])
    cards(columns, pictures, "Results of both models", key="failure-results")
    _why(space, pairs, view, row, answers)


def _ways_on(space: workspace.Workspace, pairs: galleries.PairedData, asked: Query, row: int) -> None:
    """The same item on the other pages."""
    bar = workspace.link(space.data, space.split, space.a, space.b)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.page_link("retrieve/page.py", label="Retrieve with it", icon=":material/search:", query_params=bar | query.link(asked))
        if seen := _sight(space, pairs, asked.view, row):
            st.page_link("look/page.py", label="Look at it", icon=":material/visibility:", query_params=bar | seen)
            st.page_link("ground/page.py", label="Ground it", icon=":material/crop_free:", query_params=bar | query.link(asked))
        if catalogue.subject(space.data) == "music" and st.button("Listen to it", icon=":material/music_note:", type="tertiary"):
            tune, place = galleries.in_tune(pairs, asked.view, row)
            st.session_state.update(tune=tune, place=place - 1)
            st.switch_page("listen/page.py")
        if st.button("Find it in the spaces", icon=":material/scatter_plot:", type="tertiary"):
            query.ask(asked)
            st.session_state["spaces-wish"] = (f"failure {asked.view} {row}", {"items": _points(pairs, asked.view, row)})
            st.switch_page("spaces/page.py", query_params=query.link(asked))  # the bar's own parameters follow by themselves


def _points(pairs: galleries.PairedData, view: str, row: int) -> list[int]:
    """The item and what belongs to it, as points of the spaces: all of x, then all of y."""
    first = row if view == "x" else len(pairs.x) + row
    groups = np.concatenate([pairs.x.groups, pairs.y.groups])
    return [first, *(int(point) for point in np.flatnonzero(groups == groups[first]) if point != first)]


def _sight(space: workspace.Workspace, pairs: galleries.PairedData, view: str, row: int) -> dict[str, str]:
    """The item's picture and sentence, as Look's link names them; empty where there are none."""
    mates = galleries.partners(space.data, space.split, view, row)
    if not _explained(pairs) or not len(mates):
        return {}
    picture, sentence = (row, int(mates[0])) if view == "x" else (int(mates[0]), row)
    return {"picture": pairs.x.ids[picture], "prompt": pairs.y.items[sentence]}


# --- why ----------------------------------------------------------------------------------------------------------------
def _explained(pairs: galleries.PairedData) -> bool:
    return pairs.x.kind == "image" and pairs.y.kind == "text"


def _why(space: workspace.Workspace, pairs: galleries.PairedData, view: str, row: int, answers: Mapping[str, answering.Answer | str]) -> None:
    """For each model that is wrong: where the wrong and the right answer earn their scores, and the words that decide."""
    if not _explained(pairs):
        return
    wrong = {letter: answer for letter, answer in answers.items() if not isinstance(answer, str) and answer.true_ranks and answer.true_ranks[0] > 1}
    st.subheader("Why", anchor=False)
    if not wrong:
        st.caption("Every model that answered puts a right answer first.")
        return
    rows = []
    with st.skeleton(height=440 * len(wrong)):
        for letter, answer in wrong.items():
            seer = saliency.eye(space.models[letter], letter)  # type: ignore[arg-type]
            rival = next(int(r) for r in answer.rows if int(r) not in answer.true_rows)
            pair = (rival, answer.true_rows[0])
            try:
                rows.append((_of_sentence if view == "y" else _of_picture)(space, pairs, seer, row, pair))
            except catalogue.TwoviewError as problem:
                rows.append(Row(seer.title, [Cell(seer.title, letter=letter, problem=str(problem))]))
    map_grid(rows, "Where the wrong and the right answer earn their scores", "failure-why")
    with st.popover("How to read this", icon=":material/help:", type="tertiary"):
        st.markdown(HELP)


HELP = """
**Maps** show where a picture raises the model's own score with the sentence (Grad-CAM at the last layer); both maps of a model share one scale.

**Words** under the maps of a sentence that asks: how much each raises *s(sentence, wrong) − s(sentence, right)*. Bars to one side argued for the
wrong picture, those to the other for the right one. Under the sentences that a picture finds: how much each word raises that sentence's own score.
"""


def _of_sentence(space: workspace.Workspace, pairs: galleries.PairedData, seer: saliency.Eye, row: int, pair: tuple[int, int]) -> Row:
    """A sentence asked: the picture that was preferred, and the right one."""
    encoded = [saliency.original(space.data, space.split, answer) for answer in pair]
    made = saliency.why(seer, pairs.y.items[row], encoded[0], encoded[1])
    titles = ("Preferred, wrong", "Right")
    top = max(float(each.saliency.max()) for each in made)
    cells = []
    for title, picture, each, answer in zip(titles, encoded, made, pair, strict=True):
        words = [(w.word, w.value) for w in each.words] if title == titles[0] else ()
        cells.append(_cell(space, seer, title, picture, each, ("why", row, answer), top, words, items.describe(space.data, space.split, "x", answer)))
    gap = made[0].score - made[1].score
    return Row(f"{seer.letter}: {seer.title}", cells, f"The wrong picture scores {made[0].score:.3g}, the right one {made[1].score:.3g}: {_decisive(made[0].words, gap)}")


def _of_picture(space: workspace.Workspace, pairs: galleries.PairedData, seer: saliency.Eye, row: int, pair: tuple[int, int]) -> Row:
    """A picture asked: what in it answers the sentence that was preferred, and the right one."""
    encoded = saliency.original(space.data, space.split, row)
    made = [saliency.explained(seer, encoded, pairs.y.items[answer], saliency.Way("similarity")) for answer in pair]
    top = max(float(each.saliency.max()) for each in made)
    cells = [
        _cell(space, seer, f"{title}: “{each.prompt}”", encoded, each, ("why", row, answer), top, [(w.word, w.value) for w in each.words], items.describe(space.data, space.split, "x", row))
        for title, each, answer in zip(("Preferred, wrong", "Right"), made, pair, strict=True)
    ]
    return Row(f"{seer.letter}: {seer.title}", cells, f"The wrong sentence scores {made[0].score:.3g}, the right one {made[1].score:.3g}.")


def _cell(
    space: workspace.Workspace, seer: saliency.Eye, title: str, encoded: bytes, each: saliency.Explained, identity: tuple, top: float, words, told: str,
) -> Cell:  # fmt: skip
    drawn = saliency.drawn(seer, encoded, each.saliency, (*identity, space.data, space.split), saliency.Ink(0.6, saliency.COLOURS[0], top), None)
    return Cell(title, drawn, f"{told}. Map of what raises its score: {title}, {seer.title}.", seer.letter, [f"score {each.score:.3g}"], words)


def _decisive(words, gap: float) -> str:
    """The words that argued most for the wrong answer and for the right one."""
    for_wrong, for_right = max(words, key=lambda w: w.value, default=None), min(words, key=lambda w: w.value, default=None)
    said = []
    if for_wrong and for_wrong.value > 0:
        said.append(f"“{for_wrong.word}” argued most for the wrong one")
    if for_right and for_right.value < 0:
        said.append(f"“{for_right.word}” for the right one")
    return (", ".join(said) or f"a difference of {gap:.3g}") + "."
