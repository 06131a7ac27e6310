"""Which model is better, where, and why: leaderboard, A against B, failures one by one, an audit, a report to take away."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app.asking import catalogue, galleries
from app.asking.theme import palette
from app.compare import ask, components, grids
from app.frame import items, words, workspace

MARKED = "● the best of its column, ○ what cannot be told from it: the paired bootstrap's 95 % interval of the difference, over the same draws, holds 0. In brackets, 95 % intervals. Click a heading to sort."
MEASURES = ("recall_at_1", "recall_at_5", "recall_at_10", "mean_reciprocal_rank", "median_rank", "mean_average_precision")

space = workspace.current()
try:
    pairs = galleries.gallery(space.data, space.split)
except catalogue.TwoviewError as problem:
    st.warning(words.told(problem), icon=":material/folder_off:")
    st.stop()
asked = {letter: ask.asked(entry, space.split) for letter, entry in space.models.items()}
with st.skeleton(height=480):
    field = ask.field(space.data, space.split)
colours = palette()


@st.fragment(run_every=2.0)
def waiting() -> None:
    """While the worker measures: which, how long already; the whole page again when one is done."""
    now = ask.field(space.data, space.split)
    if now.ready != field.ready or not now.waiting:
        st.rerun()
    current = max(now.waiting.values())
    st.info(
        f"Measuring {', '.join(map(items.escaped, now.waiting))} on the {space.split} split: {current:.0f} s. Each is measured once and kept. What is ready stands below.",
        icon=":material/hourglass_top:",
    )


if field.waiting:
    waiting()
for name, reason in field.problems.items():
    st.warning(f"**{words.escaped(name)}** is left out. {words.told(reason)}", icon=":material/error:")


def chart(drawn: ask.Chart | ask.Drawing, key: str) -> None:
    st.markdown(f"**{words.escaped(drawn.title)}**")
    if isinstance(drawn, ask.Drawing):
        st.html(drawn.html)
    else:
        st.plotly_chart(drawn.figure, width="stretch", key=key, alt=drawn.alt, config={"displayModeBar": False})


def side_by_side(charts: Sequence[ask.Chart | ask.Drawing], key: str) -> None:
    for start in range(0, len(charts), 2):
        for place, column in enumerate(st.columns(2, gap="large")):
            if start + place < len(charts):
                with column:
                    chart(charts[start + place], f"{key}-{start + place}")


def direction(key: str) -> ask.Direction:
    names = {ask.direction_name(pairs, d): d for d in ask.DIRECTIONS}
    return names[st.segmented_control("Direction", list(names), default=next(iter(names)), required=True, key=key, bind="query-params", label_visibility="collapsed")]


def both() -> bool:
    """Whether A and B are both chosen and measured; says what is missing otherwise."""
    if "B" not in asked:
        st.info("Choose a second model in the bar above to compare with.", icon=":material/compare_arrows:")
        return False
    absent = [letter for letter, one in asked.items() if one not in field.ready]
    if absent:
        st.info(f"Model {' and model '.join(absent)} cannot be compared yet: see above.", icon=":material/hourglass_empty:")
    return not absent


# --- leaderboard --------------------------------------------------------------------------------------------------------
def leaderboard() -> None:
    tables = ask.boards(field.ready)
    letters = {one.title: letter for letter, one in asked.items() if one in field.ready}
    present = [m for m in MEASURES if any(column.key.startswith(f"{m}_") for table in tables for column in table.columns)]
    titles = {ask.MEASURES[m].title: m for m in present}
    groups = list(dict.fromkeys(column.group for table in tables for column in table.columns if column.group))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = st.segmented_control("Compare by", list(titles), default=next(iter(titles)), required=True, key="by", bind="query-params")
        chosen = st.pills("Columns", groups, default=groups, selection_mode="multi", key="columns")
        wanted = st.text_input("Only models with", key="only", bind="query-params", max_chars=80, placeholder="any words of the name", width=220)
    if len(tables) > 1:
        st.caption("Not all of these models were asked the same. Results that may not stand in one column stand in tables of their own.")
    for table in tables:
        shown = ask.filtered(table, wanted)
        if not shown.rows:
            continue
        st.caption(table.note)
        drawn = [ask.standing(shown, titles[measure], d, letters, ask.direction_name(pairs, d), colours) for d in ask.DIRECTIONS]
        side_by_side([one for one in drawn if one], f"standing-{table.key}")
        against_cost(shown, titles[measure], letters)
        grids.grid(shown, f"Leaderboard of {space.data}, {space.split} split", letters, chosen, height="content", key=f"grid-{table.key}")
        with st.container(horizontal=True):
            for ending, (kind, written) in ask.TABLE_KINDS.items():
                st.download_button(f"Leaderboard as {kind}", partial(written, shown), f"twoview-{table.key}.{ending}", "text/plain", icon=":material/download:", on_click="ignore", key=f"{ending}-{table.key}")
    if not any(ask.filtered(table, wanted).rows for table in tables):
        st.info(f"No model's name holds “{words.escaped(wanted)}”.", icon=":material/filter_alt_off:")
    st.caption(MARKED)


def against_cost(table: ask.Table, measure: str, letters: dict[str, str]) -> None:
    if drawn := ask.costs(table, measure, ask.DIRECTIONS[0], letters, colours):
        with st.expander("Quality against cost", icon=":material/payments:", key=f"costs-{table.key}"):
            side_by_side(drawn, f"cost-{table.key}")
            st.caption(f"{ask.direction_name(pairs, ask.DIRECTIONS[0])}. On the line: what nothing else beats at its cost or below; ensembles, drawn as rings, have no part in it. Training times are those of the runs on their cards.")


def of_regions() -> None:
    """The same for models of regions and phrases."""
    letters = {one.title: letter for letter, one in asked.items() if one in field.ready}
    board, by_size, by_kind = ask.region_tables(field.ready)
    st.caption(board.note)
    chart(ask.region_standing(board, letters, colours), "standing-regions")
    if len(letters) > 1:
        st.markdown(ask.region_verdict(field.ready, asked["A"], asked["B"]), width=900)
    for table in (board, by_size, by_kind):
        if table is not board:
            st.markdown(f"**{words.escaped(table.title)}**")
        grids.grid(table, table.title, letters, height="content", key=f"grid-{table.key}")
        with st.container(horizontal=True):
            for ending, (kind, written) in ask.TABLE_KINDS.items():
                st.download_button(f"{table.title} as {kind}", partial(written, table), f"twoview-{table.key}.{ending}", "text/plain", icon=":material/download:", on_click="ignore", key=f"{ending}-{table.key}")
    st.caption(MARKED)


# --- A against B ----------------------------------------------------------------------------------------------------------
def against() -> None:
    if not both():
        return
    a, b = asked["A"], asked["B"]
    if a == b:
        st.info("A and B are the same model: every difference is 0. Choose another in the bar above.", icon=":material/compare_arrows:")
        return
    for paragraph in ask.verdicts(a, b):
        st.markdown(paragraph, width=900)
    differences, signs = ask.tables(a, b)
    with st.expander("Every measure, with the paired difference and the sign test", icon=":material/table_rows:"):
        grids.grid(differences, "Every measure under A and B with the paired difference", height="content", key="differences")
        st.caption(differences.note)
        grids.grid(signs, "Exact sign test and agreement of first results", height="content", key="signs")
        st.caption(signs.note)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = direction("direction")
        relevances = {"the query's class": "class", "its own partner": "own"} if ask.has_classes(a, b, chosen) else {"its own partner": "own"}
        right = st.segmented_control("Right, in precision, is", list(relevances), default=next(iter(relevances)), required=True, key="right", bind="query-params") if len(relevances) > 1 else next(iter(relevances))
    with st.skeleton(height=760):
        side_by_side(ask.curves(a, b, chosen, relevances[right], colours), f"curves-{chosen}")
    st.subheader("Where they differ", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = st.segmented_control("By", list(ask.KEYS), default="class", required=True, key="parts", bind="query-params")
        k = st.segmented_control("Right among the first", [1, 5, 10], default=10, required=True, key="first", bind="query-params")
    found = ask.parts(a, b, chosen, key, k, colours)
    if found is None:
        st.caption(f"This data set does not tell the {key} of these queries.")
    else:
        drawn, table = found
        chart(drawn, f"parts-{key}-{chosen}-{k}")
        with st.expander(f"All {len(table.rows)}", icon=":material/table_rows:"):
            grids.grid(table, table.title, height=min(420, 38 + 35 * len(table.rows)), key=f"parts-grid-{key}-{chosen}-{k}")
        st.caption(table.note)
    st.subheader("How they came to be", anchor=False)
    side_by_side(ask.training(a, b, colours), "training")


# --- audit ------------------------------------------------------------------------------------------------------------------
def audit() -> None:
    made = ask.audits(field.ready, colours)
    if not made:
        st.info("No sum of correlations can be audited here: models that score pairs have no space, and this split has too few items for the dimensions of the others.", icon=":material/fact_check:")
    for place, (finding, drawn, table) in enumerate(made):
        st.markdown(f"##### {words.escaped(finding)}", width=900)
        chart(drawn, f"audit-{place}")
        grids.grid(table, "Three numbers for the correlations of each model, and a verdict", height="content", key=f"audit-grid-{place}", row_height=76)
        st.caption(table.note)
    components.panel({letter: one for letter, one in asked.items() if one in field.ready}, colours, chart)
    with st.popover("What these numbers are", icon=":material/help:", type="tertiary"):
        st.markdown(ask.AUDIT)


# --- report -----------------------------------------------------------------------------------------------------------------
def report() -> None:
    a = asked["A"].name if asked["A"] in field.ready else None
    b = asked["B"].name if a and "B" in asked and asked["B"] in field.ready and asked["B"] != asked["A"] else None
    ordered = ask.ordered(field.ready, a, b)
    opponents = f"A against B ({asked['A'].title} and {asked['B'].title})" if a and b else ""
    if ask.reads_regions(field.ready[0]):
        held = [opponents, "by the size of the true box and by what is named"]
    else:
        held = [f"{opponents} with every chart and breakdown, the queries they disagree on" if opponents else "", "the audit"]
    st.markdown(
        f"One file that opens anywhere, offline: the leaderboard of {len(field.ready)} models, {words.escaped(', '.join(filter(None, held)))}, and each checkpoint's card "
        "with the hashes of data and weights, seeds and versions. Every table in it can be saved as CSV or JSON.", width=760,
    )  # fmt: skip
    with st.container(horizontal=True):
        name = f"twoview-{space.data}-{space.split}"
        st.download_button("Report as HTML", lambda: ask.report_html(field.ready, a, b), f"{name}.html", "text/html", type="primary", icon=":material/download:", on_click="ignore")
        st.download_button("All tables as CSV, LaTeX and Markdown", lambda: ask.report_tables(field.ready, a, b), f"{name}.zip", "application/zip", icon=":material/download:", on_click="ignore")
        st.download_button("All tables as JSON", lambda: ask.report_json(field.ready, a, b), f"{name}.json", "application/json", icon=":material/download:", on_click="ignore")
    st.caption("The command line makes the same:")
    st.code(f"python -m engine report {ask.folder_names(ordered)} --split {space.split} --out report.html", language="sh", wrap_lines=True)


if not field.ready:
    if not field.waiting:
        st.info("There is no model here that could be measured: see above for what is wrong with each.", icon=":material/leaderboard:")
    st.stop()


def one_by_one() -> None:
    from app.compare import failures  # with saliency: it would hold up the leaderboard

    if both():
        failures.page(space, asked, pairs, direction)


parts = {"Leaderboard": leaderboard, "A against B": against, "Failures": one_by_one, "Audit": audit, "Report": report}
if ask.reads_regions(field.ready[0]):
    parts = {"Leaderboard": of_regions, "Report": report}
tabs = st.tabs(list(parts), key="compare", bind="query-params", on_change="rerun")
for tab, draw in zip(tabs, parts.values(), strict=True):
    with tab:
        if tab.open:  # only the open tab is computed
            draw()
