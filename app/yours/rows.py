"""The rows of one's own data, with small pictures: problems by row, columns in place, rows that are left out."""

import pandas as pd
import streamlit as st

from app.asking import catalogue, galleries
from app.frame import words
from app.yours import ask

PAGE = 24  # rows at once
HEIGHT = 72  # pixels of a row
ICON = 110  # pixels of a column of pictures
PURPOSES = {"train": "training", "validation": "validation", "test": "the test"}
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
        column_config={"Row": st.column_config.NumberColumn(width=70), "What is wrong": st.column_config.TextColumn(width=1000)},
    )  # fmt: skip
    with st.container(horizontal=True):
        if entry.about.skip_bad:
            st.button("Take them in again", icon=":material/undo:", on_click=ask.change, args=(entry.name,), kwargs={"skip_bad": False})
        else:
            st.button(f"Leave {them} out", icon=":material/rule:", type="primary", on_click=ask.change, args=(entry.name,), kwargs={"skip_bad": True})
        st.download_button("Problems as CSV", lambda: ask.problems_csv(problems), "problems.csv", "text/csv", icon=":material/download:", on_click="ignore")


def nothing(found: ask.Reading) -> bool:
    """Whether there is no good row, which is told."""
    if not len(found.data.x):
        st.info("No row can be used. What is wrong with each stands under Rows.", icon=":material/rule:")
    return not len(found.data.x)


def _rows(entry: ask.Brought, found: ask.Reading) -> None:
    data, total = found.data, len(found.data.x)
    if nothing(found):
        return
    out = set(entry.about.left_out.get("x", ())) if entry.about else set()
    more = f", {len(out):,} of them left out by you" if out else ""
    st.markdown(f"{_counted(data)}{more}  \n{_shared_out(entry, found)}")
    pages = -(-total // PAGE)
    page = st.number_input(f"Page, of {pages:,}", 1, pages, key="rows-page", width=160) if pages > 1 else 1
    start = (page - 1) * PAGE
    shown = ask.rows(entry.name, found, start, PAGE)
    pictured = data.x.kind == "image"
    first, second = ("Sentence", "Translation" if data.x.kind == "text" else "Sentences") if data.y.kind == "text" else ("First view", "Second view")
    columns = {
        "Picture": [row.picture for row in shown], first: [] if pictured else [row.item for row in shown], "Its partner": [row.partner for row in shown],
        second: [] if data.y.kind == "image" else [row.partners for row in shown], "Class": [row.label for row in shown],
        "Split": ["left out" if row.name in out else row.split for row in shown], "Name": [row.name for row in shown] if pictured else [],
    }  # fmt: skip
    frame = pd.DataFrame({name: values for name, values in columns.items() if any(values)})
    height = HEIGHT if pictured else 35
    state = st.dataframe(
        frame, hide_index=True, height=38 + height * min(len(frame), 8), row_height=height, key=f"rows-{entry.name}-{page}", on_select="rerun", selection_mode="multi-row",
        alt=f"Rows {start + 1} to {start + len(frame)} of {total}; choose some to leave them out",
        column_config={name: st.column_config.ImageColumn(width=ICON) for name in ("Picture", "Its partner")} | {"Split": st.column_config.TextColumn(width=90), second: st.column_config.TextColumn(width="large")},
    )  # fmt: skip
    chosen = [shown[row].name for row in state["selection"]["rows"] if row < len(shown)]
    if not chosen:
        st.caption("Choose rows on their left to leave them out of training and of every page; the files stay as they are.")
        return
    with st.container(horizontal=True):
        st.button(f"Leave {len(chosen)} out", icon=":material/block:", on_click=ask.leave_out, args=(entry.name, chosen))
        if out & set(chosen):
            st.button("Take in again", icon=":material/undo:", on_click=ask.leave_out, args=(entry.name, chosen, True))


def _counted(data: galleries.PairedData) -> str:
    """How many there are of what: of vectors, of how many numbers."""
    x, y = (f"**{len(view):,}** {galleries.noun(data, name, len(view))}" + (f" of {view.items.shape[1]:,} numbers" if view.kind == "vector" else "") for name, view in (("x", data.x), ("y", data.y)))
    return f"{x} with {y}"


def _shared_out(entry: ask.Brought, found: ask.Reading) -> str:
    """Which part of them is for what, and who said so."""
    sizes = ask.split_sizes(entry.name, found)
    if not sizes:
        return "They are too few to be shared out into training, validation and test: that takes three different pairs, training ten and more."
    return f"{', '.join(f'{number:,} for {PURPOSES[split]}' for split, number in sizes.items())}: {'as the data say' if found.split_of is not None else 'shared out here, by what is in them'}"


def columns(entry: ask.Brought, open: bool = False) -> None:
    """Which column of the table is what, where it was not found by itself."""
    names = ask.columns_of(entry.name)
    if not names or entry.about is None:
        return
    said = entry.about.columns
    with st.expander("Columns of the table", icon=":material/table:", expanded=open), st.form(f"columns-{entry.name}", border=False):
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
