"""Titles of data and models, what they take of the disk, and deleting them."""

from functools import partial

import streamlit as st

from app.asking import catalogue, trainings
from app.frame import words
from app.yours import ask


def draw(entry: ask.Brought) -> None:
    st.subheader("The data", anchor=False)
    assert entry.about is not None
    with st.form(f"title-{entry.name}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.text_input("Title", entry.about.title, max_chars=80, width=360)
        if st.form_submit_button("Rename", icon=":material/edit:"):
            _try(lambda: ask.change(entry.name, title=title), mine=title)
    forget(entry)
    st.subheader("Its models", anchor=False)
    entries = catalogue.models(entry.name)
    if not entries:
        st.caption("None is trained yet.")
    for folder, model in entries.items():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.escaped(model.title)}** · {ask.size_of(model.path)}", width="stretch")
            st.download_button("Download", partial(trainings.packed, model), f"{folder}.zip", "application/zip", icon=":material/download:", key=f"download-{folder}", on_click="ignore", help="Weights, card and history as a zip, which is brought like data.")
            with st.popover("Rename", icon=":material/edit:"):
                title = st.text_input("Title", model.title, max_chars=80, key=f"title-{folder}")
                if st.button("Rename", key=f"rename-{folder}"):
                    _try(lambda model=model, title=title: trainings.rename(model, title))
            with st.popover("Delete", icon=":material/delete:"):
                st.markdown("The model is deleted from the disk. Nothing brings it back but training.")
                if st.button("Delete it", key=f"delete-{folder}", type="primary"):
                    _try(lambda model=model: trainings.delete(model))


def forget(entry: ask.Brought) -> None:
    """Forgetting the data, asked twice."""
    kept = entry.about is not None and entry.about.source is not None
    with st.popover("Remove these data", icon=":material/delete:"):
        st.markdown("The folder on this computer stays as it is; it is no longer listed." if kept else f"What was unpacked is deleted ({ask.size_of(entry.folder)}).")
        st.markdown("Models that were trained on them stay, and can no longer be asked.")
        if st.button("Remove them", key="forget", type="primary"):
            _try(lambda: ask.remove(entry.name))


def _try(do, mine: str | None = None) -> None:
    try:
        do()
    except catalogue.TwoviewError as problem:
        st.warning(words.told(problem), icon=":material/error:")
        return
    if mine:
        st.session_state["mine-wish"] = mine
    st.rerun()
