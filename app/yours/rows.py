"""The rows of one's own data, with small pictures: problems by row, columns in place, rows that are left out."""

import pandas as pd
import streamlit as st

from app.asking import catalogue
from app.frame import words
from app.yours import ask

PAGE = 24  # rows at once
HEIGHT = 72  # pixels of a row
BY_ITSELF = "found by itself"


def draw(entry: ask.Brought, found: ask.Reading) -> None:
    problems(entry, found)
    for note in found.notes:
        st.info(words.told(note), icon=":material/info:")
    _rows(entry, found)
    columns(entry)


def problems(entry: ask.Brought, found: ask.Reading) -> None:
    """Draw what is wrong with which row, and the way to leave these out: it has to be decided before anything is trained."""
    problems = list(found.problems)
    if not problems or entry.about is None:
        return
    many, them = ("s", "them") if len(problems) != 1 else ("", "it")
    if entry.about.skip_bad:
        st.info(f"{len(problems):,} row{many} that cannot be used {'are' if many else 'is'} left out.", icon=":material/rule:")
    else:
        st.warning(f"{len(problems):,} row{many} cannot be used. Mend {them} in the table, or leave {them} out.", icon=":material/rule:")
    frame = pd.DataFrame({"Row": [problem.row for problem in problems], "What is wrong": [problem.what for problem in problems]})
    st.dataframe(
        frame, hide_index=True, height=38 + 35 * min(len(problems), 6), alt="Rows that cannot be used, and why",
        column_config={"Row": st.column_config.NumberColumn(width="small"), "What is wrong": st.column_config.TextColumn(width="large")},
    )  # fmt: skip
    with st.container(horizontal=True):
        if entry.about.skip_bad:
            st.button("Take them in again", icon=":material/undo:", on_click=ask.change, args=(entry.name,), kwargs={"skip_bad": False})
        else:
            st.button(f"Leave {them} out", icon=":material/rule:", type="primary", on_click=ask.change, args=(entry.name,), kwargs={"skip_bad": True})
        st.download_button("Problems as CSV", lambda: ask.problems_csv(problems), "problems.csv", "text/csv", icon=":material/download:", on_click="ignore")


def _rows(entry: ask.Brought, found: ask.Reading) -> None:
    data, total = found.data, len(found.data.x)
    if not total:
        st.info("No row can be used.", icon=":material/rule:")
        return
    out = set(entry.about.left_out.get("x", ())) if entry.about else set()
    more = f", {len(out):,} of them left out by you" if out else ""
    st.markdown(f"**{total:,}** {'pictures' if data.x.kind == 'image' else 'items'} with **{len(data.y):,}** {'sentences' if data.y.kind == 'text' else 'items'}{more}")
    pages = -(-total // PAGE)
    page = st.number_input("Page", 1, pages, key="rows-page", width=140) if pages > 1 else 1
    start = (page - 1) * PAGE
    shown = ask.rows(entry.name, found, start, PAGE)
    frame = pd.DataFrame(
        {"Picture": [row.picture for row in shown], "Name": [row.name for row in shown], "Belongs to it": [row.partners for row in shown], "Split": ["left out" if row.name in out else row.split for row in shown]}
    )
    if data.x.kind != "image":
        del frame["Picture"]
    state = st.dataframe(
        frame, hide_index=True, height=38 + HEIGHT * min(len(frame), 6), row_height=HEIGHT, key=f"rows-{entry.name}-{page}", on_select="rerun", selection_mode="multi-row",
        alt=f"Rows {start + 1} to {start + len(frame)} of {total}; choose some to leave them out",
        column_config={"Picture": st.column_config.ImageColumn(width="small"), "Belongs to it": st.column_config.TextColumn(width="large")},
    )  # fmt: skip
    chosen = [shown[row].name for row in state["selection"]["rows"] if row < len(shown)]
    if chosen:
        with st.container(horizontal=True):
            st.button(f"Leave {len(chosen)} out", icon=":material/block:", on_click=ask.leave_out, args=(entry.name, chosen))
            if out & set(chosen):
                st.button("Take in again", icon=":material/undo:", on_click=ask.leave_out, args=(entry.name, chosen, True))


def columns(entry: ask.Brought) -> None:
    """Which column of the table is what, where it was not found by itself."""
    names = ask.columns_of(entry.name)
    if not names or entry.about is None:
        return
    said = entry.about.columns
    with st.expander("Columns of the table", icon=":material/table:"), st.form(f"columns-{entry.name}", border=False):
        options = [BY_ITSELF, *names]

        def one(label: str, now: str) -> str:
            chosen = st.selectbox(label, options, options.index(now) if now in options else 0)
            return "" if chosen == BY_ITSELF else chosen

        with st.container(horizontal=True):
            picture = one("Names the pictures", said.picture[0] if said.picture else "")
            sentence = one("Holds the sentences", said.sentence[0] if said.sentence else "")
            label = one("Class", said.label)
            split = one("Split", said.split)
        if st.form_submit_button("Read with these", icon=":material/refresh:"):
            try:
                ask.change(entry.name, columns=ask.Columns(picture=(picture,) if picture else (), sentence=(sentence,) if sentence else (), label=label, split=split))
            except catalogue.TwoviewError as problem:
                st.warning(words.told(problem), icon=":material/error:")
            else:
                st.rerun()
