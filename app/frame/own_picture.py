"""A picture of one's own as the question of every page: uploaded, checked, made small. What is wrong with one is told, and the question stays."""

import streamlit as st

from app.asking import catalogue, galleries
from app.frame import query
from app.frame.words import told

LARGEST = 20  # MB
PROBLEM, COUNT = "upload_problem", "uploads"


def count() -> int:
    """Of the pictures that have come."""
    return st.session_state.setdefault(COUNT, 0)


def uploader(label: str) -> None:
    st.file_uploader(label, type=["jpg", "jpeg", "png", "webp"], key=f"upload-{count()}", on_change=_uploaded, max_upload_size=LARGEST)


def problem() -> None:
    """Tell it, if there is one."""
    if PROBLEM in st.session_state:
        unchanged = " Your question is unchanged." if query.current() else ""
        st.warning(told(st.session_state[PROBLEM]) + unchanged, icon=":material/broken_image:")


def forget_problem() -> None:
    """Of a file, when another question is asked."""
    st.session_state.pop(PROBLEM, None)


def _uploaded() -> None:
    file = st.session_state[f"upload-{st.session_state[COUNT]}"]
    forget_problem()
    if file is None:
        return
    try:
        query.ask(query.Query("picture", picture=galleries.thumbnail(file.getvalue())))
    except catalogue.TwoviewError as wrong:
        st.session_state[PROBLEM] = str(wrong)
    st.session_state[COUNT] += 1  # an empty uploader for the next picture
