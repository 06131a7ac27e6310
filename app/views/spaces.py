"""The learned spaces of several models side by side: touch a point in one and see it in all; measures beside it."""

import numpy as np
import pandas as pd
import streamlit as st

from app import lab, maps, query, results, workspace
from app.background import worker
from app.charts.spectrum import spectrum
from app.components.cards import Column, cards
from app.components.linked_map import linked_map, selected_rows, standalone

MOST = 4  # maps at once: each is a WebGL context
SHOWN = 24  # cards of a selection
METHODS: dict[str, maps.Method] = {"Aligned UMAP": "aligned", "UMAP": "umap", "PCA": "pca"}
KEY = "spaces"

space = workspace.current()
try:
    pairs = lab.gallery(space.data, space.split)
except lab.TwoviewError as problem:
    st.warning(str(problem), icon=":material/folder_off:")
    st.stop()

# --- which spaces, laid out how -------------------------------------------------------------------------------------
entries = {entry.card.title: entry for entry in lab.models(space.data).values() if entry.card and maps.embeds(entry)}
chosen = [entry.card.title for entry in space.models.values() if entry.card and maps.embeds(entry)]
default = list(dict.fromkeys([*chosen, *entries]))[:MOST]
if not entries:
    st.info("None of this data set's models has a space to map: pairwise models score pairs directly. Train one that embeds, for instance a CCA.", icon=":material/map:")
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    titles = st.multiselect("Models on the maps", list(entries), default, max_selections=MOST, key="spaces-models", bind="query-params")
    method_title = st.segmented_control("Layout", list(METHODS), default="Aligned UMAP", required=True, key="spaces-layout", bind="query-params", help="**PCA** shows the widest directions. **UMAP** keeps neighbours together. **Aligned UMAP** also keeps the same point near the same place in all maps.")
if not titles:
    st.info("Choose one to four models to see their spaces.", icon=":material/map:")
    st.stop()
absent = [entry.card.title for entry in space.models.values() if entry.card and not maps.embeds(entry)]
if absent:
    st.caption(f"{' and '.join(absent)} scores pairs directly and has no space to map.")
choice = maps.Choice(space.data, space.split, tuple((str(entries[t].path), entries[t].card.created) for t in titles))
method = METHODS[method_title]
job = f"{method} {choice}"


def layouts() -> tuple[list[np.ndarray], str]:
    """What can be shown now, and what it is: the chosen layout if it is kept, else PCA while the worker computes."""
    if method == "pca":
        return maps.pca(choice), "pca"
    kept = maps.kept_layouts(choice, method)
    if kept is None:
        maps.kept_layouts.clear(choice, method)
        return maps.pca(choice), "pca"
    return kept, method


@st.fragment(run_every=2.0)
def waiting() -> None:
    """While the worker computes: how long already, cancel, and the new layout as soon as it is there."""
    seconds, problem = worker().seconds(job), worker().problem(job)
    with st.container(horizontal=True, vertical_alignment="center"):
        if problem:
            st.warning(f"{method_title} could not be computed: {problem}", icon=":material/error:")
            if st.button("Try again"):
                worker().forget(job)
                st.rerun()
        elif seconds is None:
            st.rerun()
        else:
            st.info(f"Computing {method_title}: {seconds:.0f} s. Until then you see PCA, and everything works.", icon=":material/hourglass_top:")
            if st.button("Cancel", icon=":material/close:"):
                worker().cancel(job)
                st.session_state["spaces-cancelled"] = job
                st.rerun()


try:
    placed, shown = layouts()
except lab.TwoviewError as problem:
    st.error(str(problem), icon=":material/error:")
    st.stop()
if shown != method:
    if st.session_state.get("spaces-cancelled") == job:
        if st.button(f"Compute {method_title}", icon=":material/play_arrow:"):
            st.session_state.pop("spaces-cancelled")
            worker().forget(job)
            st.rerun()
    else:
        worker().start(job, maps.compute, choice, method)
        waiting()

# --- the maps ---------------------------------------------------------------------------------------------------------
faithful = st.session_state.get("spaces-faithful", False)
scored = maps.faithfulness(choice, shown, placed) if faithful else None
block, identity = maps.geometry(choice, tuple(titles), shown, placed, scored, faithful)
wish = st.session_state.get("spaces-wish")  # (name, rows): what a click beside the maps wants selected
selection = linked_map(block, identity, KEY, colour="faithful" if faithful else None, selected=wish[1] if wish else (), wish=wish[0] if wish else None)
with st.container(horizontal=True, vertical_alignment="center"):
    st.toggle("Show how far to trust each point", key="spaces-faithful", help="Colours each point by the share of its neighbours on the map that are its neighbours in the space (trustworthiness). A few seconds of work.")
    st.download_button("Maps as HTML", lambda: standalone(block, identity), "twoview-maps.html", "text/html", icon=":material/download:", on_click="ignore")
    st.download_button("Points as CSV", lambda: table().to_csv(index=False), "twoview-points.csv", "text/csv", icon=":material/download:", on_click="ignore")
st.caption(
    "Near means alike; far means little, because UMAP keeps neighbourhoods and not distances between clusters, and their sizes say nothing. "
    "Believe the measures below, which are taken in all dimensions."
    if shown != "pca"
    else "PCA shows the two widest of all directions: what lies apart here is apart, what lies together may not be."
)


def table() -> pd.DataFrame:
    """Every point: id, view, group, its place on each map, the rank of its true match in each model."""
    found = pd.DataFrame({
        "id": [*pairs.x.ids, *pairs.y.ids],
        "view": np.repeat(["x", "y"], [len(pairs.x), len(pairs.y)]),
        "group": np.concatenate([pairs.x.groups, pairs.y.groups]),
    })  # fmt: skip
    for title, layout, ranks in zip(titles, placed, maps.ranks(choice), strict=True):
        found[f"{title} horizontal"], found[f"{title} vertical"] = layout.T
        found[f"{title} rank of true match"] = ranks
    return found


# --- beside the maps --------------------------------------------------------------------------------------------------
def select(name: str, rows: list[int]) -> None:
    st.session_state["spaces-wish"] = (f"{name} {rows[0]}", rows)


def family(row: int) -> list[int]:
    """A point and what belongs to it."""
    group = np.concatenate([pairs.x.groups, pairs.y.groups])
    return [row, *(int(r) for r in np.flatnonzero(group == group[row]) if r != row)]


def pick(card_id: str) -> None:
    query.ask(query.item(card_id))


def gallery(rows: np.ndarray, label: str, key: str) -> None:
    """Cards of points; a click asks Retrieve with the item."""
    columns: list[Column] = []
    pictures: dict[str, bytes] = {}
    for view in ("x", "y"):
        own = [r for v, r in (maps.item(choice, int(row)) for row in rows) if v == view][:SHOWN]
        if own:
            column, needed = results.gallery_column(space.data, space.split, view, own)
            columns.append(column)
            pictures |= needed
    cards(columns, pictures, label, key=key, on_pick=pick)


def ranked(order: np.ndarray, values: np.ndarray, unit: str, name: str) -> None:
    """A list of points to click through: each lights up in all maps."""
    for row in order[:12]:
        view, own = maps.item(choice, int(row))
        with st.container(horizontal=True, vertical_alignment="center", key=f"{name}-{row}"):
            if getattr(pairs, view).kind == "image":
                st.image(lab.picture(space.data, space.split, view, own), width=56, alt=results.describe(space.data, space.split, view, own))
            st.markdown(f"{values[row]:{unit}}", width=72)
            st.button(results.describe(space.data, space.split, view, own), key=f"{name}-button-{row}", type="tertiary", on_click=select, args=(name, family(int(row))))


rows = selected_rows(selection, placed)
tab_selection, tab_movers, tab_hubs, tab_measures, tab_spectrum = st.tabs(["Selection", "Biggest movers", "Hubs", "Measures", "Spectrum"], key="spaces-tab", bind="query-params")
# Only the open tab is computed: measures of four spaces take seconds.
with tab_selection:
    if not tab_selection.open:
        pass
    elif not len(rows):
        st.caption("Click a point, or draw around several with the lasso: what you select appears here, with the rank of its true match in each model.")
    else:
        found = maps.ranks(choice)
        st.markdown(f"**{len(rows):,} selected.** Median rank of the true match: " + " · ".join(f"{t} {np.median(r[rows]):.0f}" for t, r in zip(titles, found, strict=True)))
        gallery(rows, "Selection", "spaces-selection")
        if query.current():
            st.page_link("views/retrieve.py", label="Ask Retrieve with the card you clicked", icon=":material/search:")

with tab_movers:
    if not tab_movers.open:
        pass
    elif len(titles) < 2:
        st.caption("Choose a second model: then this lists the points whose neighbourhoods differ most.")
    else:
        change = maps.change(choice, 0, 1)
        st.caption(f"Points whose ten nearest neighbours differ most between {titles[0]} and {titles[1]}: 1 means none in common. The mean is {change.mean():.2f}. Click one to see it on the maps.")
        ranked(np.argsort(-change, kind="stable"), change, ".2f", "mover")
with tab_hubs:
    if tab_hubs.open:
        place = titles.index(st.segmented_control("In the space of", titles, default=titles[0], required=True, key="spaces-hubs"))
        counts = np.concatenate(maps.hubs(choice, place))
        st.caption("Items that are among the ten answers to the most questions, right or wrong. A few are natural; an item that answers everything hides the right ones.")
        ranked(np.argsort(-counts, kind="stable"), counts, ",", "hub")
with tab_measures:
    if tab_measures.open:
        taken = [maps.one(choice, place) for place in range(len(titles))]
        st.dataframe(
            pd.DataFrame({
                "Measure": [m.title for m in maps.OF_ONE.values()],
                **{title: [values[name] for name in maps.OF_ONE] for title, values in zip(titles, taken, strict=True)},
                "Better": [m.better or "–" for m in maps.OF_ONE.values()],
                "What it says": [f"{m.text} ({m.source})" for m in maps.OF_ONE.values()],
            }),
            hide_index=True, width="stretch", column_config={title: st.column_config.NumberColumn(format="%.3f") for title in titles},
        )  # fmt: skip
        if len(titles) > 1:
            between = {f"{titles[a]} and {titles[b]}": maps.two(choice, a, b) for a in range(len(titles)) for b in range(a + 1, len(titles))}
            st.dataframe(
                pd.DataFrame({
                    "Spaces": list(between),
                    **{m.title: [values[name] for values in between.values()] for name, m in maps.OF_TWO.items()},
                }),
                hide_index=True, width="stretch", column_config={m.title: st.column_config.NumberColumn(format="%.3f", help=f"{m.text} ({m.source})") for m in maps.OF_TWO.values()},
            )  # fmt: skip
with tab_spectrum:
    if tab_spectrum.open:
        st.plotly_chart(spectrum({title: maps.spectrum(choice, place) for place, title in enumerate(titles)}), width="stretch", alt="Canonical correlations of each model's two outputs, strongest first")
        st.caption("Canonical correlations between matching outputs of the two views, fitted on half of the groups and measured on the other half. A long shoulder is information that both views share; a sudden fall is redundancy.")
