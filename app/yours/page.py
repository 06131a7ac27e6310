"""Your own data: bring them, see what is wrong with them, train on them, ask the models, find doubtful pairs."""

import streamlit as st

from app.frame import words
from app.yours import ask, queue, rows, training

st.title("Your data", anchor=False)
if reason := ask.closed():
    st.info(words.told(reason), icon=":material/lock:")
    st.stop()

queue.draw()

name = st.text_input(
    "A folder on this computer", key="mine", bind="query-params", max_chars=1000, placeholder="/home/me/photos",
    help="A folder with pictures and a table of their sentences (CSV, TSV, JSON lines), or with two matrices x and y; or the path of the table itself.",
).strip()  # fmt: skip
if not name:
    st.info("Name a folder with pictures and a table of their sentences. Its rows appear here, with what is wrong with each; then train models on them and ask these on every page.", icon=":material/add_photo_alternate:")
    st.stop()

state = ask.reading(name)


@st.fragment(run_every=0.5)
def under_way() -> None:
    """How far the reading is; the whole page again when it is done."""
    if state.ended.is_set():
        st.rerun()
    share = state.done / state.total if state.total else 0.0
    st.progress(share, f"Reading: {state.done:,} of {state.total:,} pictures, {state.seconds:.0f} s" if state.total else f"Reading, {state.seconds:.0f} s")


if state.problem:
    st.warning(words.told(state.problem), icon=":material/folder_off:")
    st.stop()
if state.reading is None:
    under_way()
    st.stop()

found = state.reading
tabs = st.tabs(["Rows", "Train"], key="step", bind="query-params", on_change="rerun")
with tabs[0]:
    if tabs[0].open:
        rows.draw(name, found)
with tabs[1]:
    if tabs[1].open:
        training.draw(name, found)
