"""Titles of data and models, what they take of the disk, and deleting them."""

from functools import partial
from pathlib import Path

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
    st.caption(_where(entry))
    forget(entry)
    st.subheader("Its models", anchor=False)
    entries = catalogue.models(entry.name)
    if not entries:
        st.caption("None is trained yet.")
    for folder, model in entries.items():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.escaped(model.title)}** · {_size(model.path)}", width="stretch")
            st.download_button("Download", partial(trainings.packed, model), f"{entry.name}-{folder}.zip", "application/zip", icon=":material/download:", key=f"download-{folder}", on_click="ignore", help="Weights, card and history as a zip, which is brought like data.")
            with st.popover("Rename", icon=":material/edit:"):
                title = st.text_input("Title", model.title, max_chars=80, key=f"title-{folder}")
                if st.button("Rename", key=f"rename-{folder}"):
                    _try(lambda model=model, title=title: trainings.rename(model, title))
            with st.popover("Delete", icon=":material/delete:"):
                st.markdown(f"**{words.escaped(model.title)}** is deleted from the disk. Nothing brings it back but training, or its zip.")
                if st.button("Delete it", key=f"delete-{folder}", type="primary"):
                    _try(lambda model=model: trainings.delete(model))


def forget(entry: ask.Brought) -> None:
    """Forgetting the data, asked twice."""
    kept = entry.about is not None and entry.about.source is not None
    with st.popover("Remove these data", icon=":material/delete:"):
        st.markdown("Where they lie on this computer, they stay as they are; they are no longer listed." if kept else f"What was unpacked is deleted ({_size(entry.folder)}).")
        st.markdown("Models that were trained on them stay, and can no longer be asked.")
        if st.button("Remove them", key="forget", type="primary"):
            _try(lambda: ask.remove(entry.name))


def _where(entry: ask.Brought) -> str:
    """What the data take of the disk."""
    assert entry.about is not None
    used = "They stay where they lie on this computer and take no more of its disk" if entry.about.source else f"They were copied here and take {_size(entry.folder)} of the disk"
    return f"{used}. Brought on {entry.about.created[:10]}."


def _size(folder: Path) -> str:
    """What a folder takes of the disk."""
    return f"{sum(file.stat().st_size for file in folder.rglob('*') if file.is_file()) / 1e6:,.1f} MB"


def _try(do, mine: str | None = None) -> None:
    try:
        do()
    except catalogue.TwoviewError as problem:
        st.warning(words.told(problem), icon=":material/error:")
        return
    if mine:
        st.session_state["mine-wish"] = mine
    st.rerun()
