"""Trainings that wait, run and were broken off: how far they are, and what can be done about them."""

import streamlit as st

from app.asking import trainings
from app.asking.theme import palette
from app.frame import words

EVERY = 1.0  # seconds


def draw() -> None:
    """Nothing where there is no training."""
    trainings.go_on()
    known = trainings.queue()
    if known:
        _live([job.folder for job in known])


@st.fragment(run_every=EVERY)
def _live(known: list) -> None:
    now = trainings.queue()
    if [job.folder for job in now] != known:
        st.rerun()
    for job in now:
        _job(job)


def _job(job: trainings.Job) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.escaped(job.recipe.title)}** · {job.status}", width="stretch")
            if job.status in ("broken off", "failed") and st.button("Go on", icon=":material/play_arrow:", key=f"resume-{job.folder}"):
                trainings.resume(job.folder)
                st.rerun()
            if st.button("Cancel" if job.status in ("running", "waiting") else "Remove", icon=":material/close:", key=f"cancel-{job.folder}"):
                trainings.cancel(job.folder)
                st.rerun()
        if job.problem:
            st.caption(words.told(job.problem))
        if job.status == "running" and job.progress:
            left = job.progress.seconds_left
            st.progress(job.progress.done / job.progress.total, words.told(job.progress.what) + (f" · at most {left:.0f} s left" if left is not None else ""))
            if drawn := trainings.curve(job, palette()):
                st.plotly_chart(drawn.figure, width="stretch", key=f"curve-{job.folder}", alt=drawn.alt, config={"displayModeBar": False})
