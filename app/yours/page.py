"""Your own data: bring them, see what is wrong with them, train on them, ask the models, find doubtful pairs."""

import streamlit as st

from app.frame import words
from app.yours import ask, bring, doubts, health, manage, models, queue, rows, training

st.title("Your data", anchor=False)
if reason := ask.closed():
    st.info(words.told(reason), icon=":material/lock:")
    st.stop()

queue.draw()
entry = bring.choose()
if entry is None:
    bring.new()
    models.draw()
    st.stop()
state = ask.reading(entry.name)


@st.fragment(run_every=0.5)
def under_way() -> None:
    """How far the reading is; the whole page again when it is done."""
    if state.ended.is_set():
        st.rerun()
    share = state.done / state.total if state.total else 0.0
    st.progress(share, f"Reading: {state.done:,} of {state.total:,} pictures, {state.seconds:.0f} s" if state.total else f"Reading, {state.seconds:.0f} s")


if state.problem:
    st.warning(words.told(state.problem), icon=":material/folder_off:")
    rows.columns(entry, open=True)
    manage.forget(entry)
    st.stop()
if state.reading is None:
    under_way()
    st.stop()
found = state.reading
parts = {
    "Rows": lambda: rows.draw(entry, found), "Health": lambda: health.draw(entry, found), "Train": lambda: training.draw(entry, found), "Doubts": lambda: doubts.draw(entry),
    "Manage": lambda: manage.draw(entry),
}  # fmt: skip
for tab, draw in zip(st.tabs(list(parts), key="step", bind="query-params", on_change="rerun"), parts.values(), strict=True):
    with tab:
        if tab.open:
            draw()
