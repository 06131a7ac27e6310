"""The learned spaces of several models side by side: touch a point in one and see it in all; measures beside it."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pandas as pd
import streamlit as st

from app.asking import catalogue, galleries
from app.charts.spectrum import spectrum
from app.components.cards import Column, cards
from app.components.linked_map import checked, hold, linked_map, read, selected_rows, standalone, written
from app.frame import items, own_picture, query, words, workspace
from app.frame.work import worker
from app.spaces import ask

SHOWN = 12  # cards of each view
METHODS: dict[str, ask.Method] = {"Aligned UMAP": "aligned", "UMAP": "umap", "PCA": "pca"}
KEY = "spaces"

space = workspace.current()
try:
    pairs = galleries.gallery(space.data, space.split)
except catalogue.TwoviewError as problem:
    st.warning(words.told(problem), icon=":material/folder_off:")
    st.stop()

# --- which spaces, laid out how -------------------------------------------------------------------------------------
entries = ask.embedding_models(space.data)
chosen = [title for title, entry in entries.items() if entry in space.models.values()]
default = list(dict.fromkeys([*chosen, *entries]))[: ask.MOST]
if not entries:
    st.info("None of this data set's models has a space to map: pairwise models score pairs directly. Train one that embeds, for instance a CCA.", icon=":material/map:")
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    titles = st.multiselect("Models on the maps", list(entries), default, max_selections=ask.MOST, key="spaces-models", bind="query-params", width=720)
    method_title = st.segmented_control("Layout", list(METHODS), default="Aligned UMAP", required=True, key="spaces-layout", bind="query-params", help="**PCA** shows the widest directions. **UMAP** keeps neighbours together. **Aligned UMAP** also keeps the same point near the same place in all maps.")
if not titles:
    st.info("Choose one to four models to see their spaces.", icon=":material/map:")
    st.stop()
absent = [words.escaped(entry.title) for entry in space.models.values() if not ask.embeds(entry)]
if absent:
    st.caption(f"{' and '.join(absent)} scores pairs directly and has no space to map.")
choice = ask.Choice(space.data, space.split, tuple((str(entries[t].path), entries[t].made) for t in titles))
method = METHODS[method_title]
job = f"{method} {choice}"


def layouts() -> tuple[list[np.ndarray], str]:
    """What can be shown now, and what it is: the chosen layout if it is kept, else PCA while the worker computes."""
    if method == "pca":
        return ask.pca(choice), "pca"
    kept = ask.kept_layouts(choice, method)
    if kept is None:
        ask.kept_layouts.clear(choice, method)
        return ask.pca(choice), "pca"
    return kept, method


@st.fragment(run_every=2.0)
def waiting() -> None:
    """While the worker computes: how long already, cancel, and the new layout as soon as it is there."""
    seconds, problem = worker().seconds(job), worker().problem(job)
    with st.container(horizontal=True, vertical_alignment="center"):
        if problem:
            st.warning(f"{method_title} could not be computed: {words.told(problem)}", icon=":material/error:")
            if st.button("Try again"):
                worker().forget(job)
                st.rerun()
        elif seconds is None:
            st.rerun()
        else:
            done, total, what = worker().note(job).read() or (0, 0, "")
            st.progress(done / total if total else 0.0, f"Computing {method_title}: {seconds:.0f} s{f', {done:,} of {total:,} {what}' if total else ''}. Until then you see PCA, and everything works.")
            if st.button("Cancel", icon=":material/close:"):
                worker().cancel(job)
                st.session_state["spaces-cancelled"] = job
                st.rerun()


try:
    placed, shown = layouts()
except catalogue.TwoviewError as problem:
    st.error(words.told(problem), icon=":material/error:")
    st.stop()
if shown != method:
    if st.session_state.get("spaces-cancelled") == job:
        if st.button(f"Compute {method_title}", icon=":material/play_arrow:"):
            st.session_state.pop("spaces-cancelled")
            worker().forget(job)
            st.rerun()
    else:
        worker().start(job, ask.compute, choice, method, worker().note(job))
        waiting()

# --- the maps ---------------------------------------------------------------------------------------------------------
measured = frozenset({*st.session_state.get("spaces-measured", ()), st.query_params.get("spaces-colour", "")} & {*ask.ON_DEMAND})
with nullcontext() if measured else st.spinner("Placing the points…"):  # while each point is measured, the maps say so themselves
    scored = ask.faithfulness(choice, shown, placed) if "faithful" in measured else None
    packed = ask.geometry(choice, tuple(titles), shown, placed, scored, measured, titles == default and not measured and shown == method)
    identity = packed.id
hold(packed.block, KEY)


def table() -> pd.DataFrame:
    """Every point: id, view, group, its place on each map, the rank of its true match in each model."""
    found = pd.DataFrame({
        "id": [*pairs.x.ids, *pairs.y.ids],
        "view": np.repeat(["x", "y"], [len(pairs.x), len(pairs.y)]),
        "group": np.concatenate([pairs.x.groups, pairs.y.groups]),
    })  # fmt: skip
    for place, (title, layout, ranks) in enumerate(zip(titles, placed, ask.ranks(choice), strict=True)):
        found[f"{title} horizontal"], found[f"{title} vertical"] = layout.T
        found[f"{title} rank of true match"] = ranks
        if scored is not None:
            found[f"{title} faithfulness"] = scored[place]
    return found


def put_on_the_maps() -> None:
    """What was typed becomes the question, here and on every other page."""
    query.ask(query.text(st.session_state["spaces-sentence"]))


def take_off_the_maps() -> None:
    query.ask(None)
    st.session_state["spaces-sentence"] = ""


def question_row() -> list[ask.Pin]:
    """A field for a sentence and a place for a picture, and the question of this session as it lies on each map."""
    asked = query.current()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.session_state.setdefault("spaces-sentence", asked.text if asked else "")
        if galleries.view_of(pairs, "text"):
            st.text_input("Put a sentence on the maps", key="spaces-sentence", on_change=put_on_the_maps, max_chars=query.LONGEST, placeholder="a puppy on the beach", width=520)
        if galleries.view_of(pairs, "image"):
            with st.popover("Or a picture of your own", icon=":material/add_photo_alternate:", key=f"spaces-own-{own_picture.count()}"):  # another, closed one, when a picture has come
                own_picture.uploader("Put a picture on the maps")
        if asked:
            st.button("Take it off", icon=":material/close:", on_click=take_off_the_maps)
    own_picture.problem()
    if asked is None:
        return []
    try:
        pins = ask.pins(choice, f"{shown} {identity}", asked, placed)
    except catalogue.TwoviewError as problem:
        st.caption(words.told(problem))
        return []
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        if asked.kind == "picture":
            st.image(asked.picture, width=56, alt="Your picture")
        what = f"“{words.escaped(asked.text)}”" if asked.kind == "text" else "Your picture" if asked.kind == "picture" else "The chosen item"
        every = set.intersection(*({*pin.near} for pin in pins))
        shared = f", of which {len(every)} are the same in {'both' if len(pins) == 2 else f'all {len(pins)}'}" if len(pins) > 1 else ""
        st.caption(f"★ {what} lies where its neighbours lie; lines lead to the {ask.K} items nearest to it in each space{shared}: see *Neighbours* below the maps.")
    return pins


# --- beside the maps --------------------------------------------------------------------------------------------------
def remember(name: str, value: str | None) -> None:
    """In the link."""
    if value:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def select(card_id: str) -> None:
    """Light up an item and what belongs to it, on all maps."""
    view, id = card_id.split(":", 1)
    row = galleries.shelf(space.data, space.split).row_of_id(view)[id] + (len(pairs.x) if view == "y" else 0)
    groups = np.concatenate([pairs.x.groups, pairs.y.groups])
    family = [row, *(int(r) for r in np.flatnonzero(groups == groups[row]) if r != row)]
    number = st.session_state["spaces-wishes"] = st.session_state.get("spaces-wishes", 0) + 1
    st.session_state["spaces-wish"] = (f"{number}", {"items": family[:100]})


def ask_for(card_id: str) -> None:
    query.ask(query.item(card_id))


def gallery(rows: np.ndarray, facts: Callable[[int], str], label: str, key: str, on_pick: Callable[[str], None]) -> None:
    """The first cards of each view among some points, with what ``facts(row)`` says under each."""
    columns: list[Column] = []
    pictures: dict[str, bytes] = {}
    for view in ("x", "y"):
        own = [int(row) for row in rows if (row < len(pairs.x)) == (view == "x")]
        if own:
            first = own[:SHOWN]
            column, needed = items.gallery_column(space.data, space.split, view, [ask.item(choice, row)[1] for row in first])
            shown_of = f"{len(own):,}" if len(own) <= SHOWN else f"{SHOWN} of {len(own):,}"
            told = [replace(card, score=facts(row)) for card, row in zip(column.cards, first, strict=True)]
            columns.append(replace(column, cards=told, title=f"{items.plural_of(pairs, view)} · {shown_of}"))
            pictures |= needed
    cards(columns, pictures, label, key=key, on_pick=on_pick)


def selection_panel(rows: np.ndarray) -> None:
    if not len(rows):
        st.caption("Click a point, or draw around several with the lasso: what you select appears here, with the rank of its true match in each model.")
        return
    found = ask.ranks(choice)
    matched = [r[rows][r[rows] > 0] for r in found]
    medians = " · ".join(f"{title} **{np.median(own):.0f}**" for title, own in zip(titles, matched, strict=True) if len(own))
    st.markdown(f"**{len(rows):,} selected.** " + (f"Median rank of the true match: {medians}. Under each card: its rank in these models, in this order." if medians else "None of them has a true match."))
    gallery(rows, lambda row: " · ".join(f"{r[row]:,}" if r[row] else "–" for r in found), "Selection", "spaces-selection", ask_for)
    if query.current():
        st.page_link("retrieve/page.py", label="Ask Retrieve with the card you clicked", icon=":material/search:")


def neighbours_panel(pins: Sequence[ask.Pin]) -> None:
    if not pins:
        st.caption("Put a sentence or a picture of your own on the maps: what is nearest to it in each space appears here.")
        return
    places = [{row: place for place, row in enumerate(pin.near, start=1)} for pin in pins]
    found = sorted({*chain.from_iterable(places)}, key=lambda row: (-sum(row in own for own in places), sum(own.get(row, ask.K + 1) for own in places)))
    st.caption(f"Under each card: which of the {ask.K} nearest it is in the space of {', '.join(titles)}{', in this order; – where it is none of them' if len(titles) > 1 else ''}. Click one to see it on the maps.")
    gallery(np.array(found), lambda row: " · ".join(str(own.get(row, "–")) for own in places), "Neighbours", "spaces-neighbours", select)


def movers_panel() -> None:
    if len(titles) < 2:
        st.caption("Choose a second model: then this lists the points whose neighbourhoods differ most.")
        return
    between = {f"{titles[a]} and {titles[b]}": (a, b) for a, b in combinations(range(len(titles)), 2)}
    pair = st.selectbox("Between", list(between), key="spaces-between", bind="query-params", filter_mode=None, width=420) if len(between) > 1 else next(iter(between))
    change = ask.change(choice, *between[pair])
    st.caption(f"The points whose {ask.K} nearest neighbours differ most between {pair}: 1.00 means none in common. The mean over all is {change.mean():.2f}. Click one to see it on the maps.")
    gallery(np.argsort(-change, kind="stable")[:2_000], lambda row: f"{change[row]:.2f}", "Biggest movers", "spaces-movers", select)


def hubs_panel() -> None:
    title = st.segmented_control("In the space of", titles, default=titles[0], required=True, key="spaces-hubs", bind="query-params")
    counts = np.concatenate(ask.hubs(choice, titles.index(title)))
    st.caption(f"Items that are among the {ask.K} answers to the most questions, right or wrong. A few are natural; an item that answers everything hides the right ones. Click one to see it on the maps.")
    gallery(np.argsort(-counts, kind="stable")[:2_000], lambda row: f"answers {counts[row]:,}", "Worst hubs", "spaces-worst", select)


def measures_panel() -> None:
    places = range(len(titles))
    explained = ask.OF_ONE | ask.OF_LAYOUT
    taken = [ask.one(choice, place) | ask.of_layout(choice, f"{shown} {identity}", place, placed[place]) for place in places]
    _table(pd.DataFrame({title: {_measure(m): values[name] for name, m in explained.items()} for title, values in zip(titles, taken, strict=True)}))
    if len(titles) > 1:
        between = {f"{titles[a]} and {titles[b]}": ask.two(choice, a, b) for a, b in combinations(places, 2)}
        _table(pd.DataFrame({_measure(m): {pair: values[name] for pair, values in between.items()} for name, m in ask.OF_TWO.items()}))
    cohesion = pd.DataFrame({title: ask.cohesion(choice, place) for place, title in enumerate(titles)})
    if len(cohesion):
        with st.expander(f"Cohesion of each of the {len(cohesion)} kinds"):
            st.dataframe(cohesion.rename_axis("kind"), column_config={title: st.column_config.NumberColumn(format="%.3f") for title in titles}, width="stretch")


def _measure(measure: ask.Explained) -> str:
    better = {"higher": " ↑", "lower": " ↓"}.get(measure.better, "")
    return f"**{measure.title}{better}**  \n:small[{measure.text} ({measure.source})]"


def _table(numbers: pd.DataFrame) -> None:
    st.table(numbers.style.format(lambda value: f"{value:.3f}".replace("-", "−"), na_rep="–"))


def spectrum_panel() -> None:
    st.plotly_chart(spectrum({title: ask.spectrum(choice, place) for place, title in enumerate(titles)}), width="stretch", alt="Canonical correlations of each model's two outputs, strongest first")
    st.caption("Canonical correlations between matching outputs of the two views, fitted on half of the groups and measured on the other half. A long shoulder is information that both views share; a sudden fall is redundancy.")


@st.fragment
def explore() -> None:
    """The maps and what is beside them: touching a point runs this alone, and the maps are not sent again."""
    # The link speaks until the maps have told of a selection: later it only repeats them, and would bring back what was cleared.
    asked = None if st.session_state.get("spaces-told") else read(st.query_params.get("spaces-selected", ""), placed)
    pins = question_row()
    wish = st.session_state.get("spaces-wish") or (("link", asked) if asked else None)
    state = linked_map(identity, KEY, colour=st.query_params.get("spaces-colour"), wish=wish, pins=pins)
    if state.selection is not None:
        st.session_state["spaces-told"] = True
    selection = checked(state.selection, placed) if st.session_state.get("spaces-told") else asked
    remember("spaces-selected", written(selection))
    if state.colour:
        remember("spaces-colour", str(state.colour))
    if state.colour and ask.waiting(choice, str(state.colour), measured):
        st.session_state["spaces-measured"] = {*measured, str(state.colour)}
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button("Maps as HTML", lambda: standalone(packed.block, identity), "twoview-maps.html", "text/html", icon=":material/download:", on_click="ignore")
        st.download_button("Points as CSV", lambda: table().to_csv(index=False), "twoview-points.csv", "text/csv", icon=":material/download:", on_click="ignore")
    st.caption(
        "Near means alike; far means little, because UMAP keeps neighbourhoods and not distances between clusters, and their sizes say nothing. "
        "Colour by faithfulness to see which points to trust, and believe the measures below, which are taken in all dimensions."
        if shown != "pca"
        else "PCA shows the two widest of all directions: what lies apart here is apart, what lies together may not be."
    )
    panels = {
        "Selection": lambda: selection_panel(selected_rows(selection, placed)),
        "Neighbours": lambda: neighbours_panel(pins), "Biggest movers": movers_panel, "Hubs": hubs_panel, "Measures": measures_panel, "Spectrum": spectrum_panel,
    }  # fmt: skip
    for tab, panel in zip(st.tabs(list(panels), key="spaces-tab", bind="query-params"), panels.values(), strict=True):
        with tab:
            if tab.open:  # only this one is computed: measures of four spaces take seconds
                with st.spinner("Measuring…"):
                    panel()


explore()
