"""Trainings that wait, run and were broken off: how far they are, and what can be done about them."""

import re
from pathlib import Path

import streamlit as st

from app.asking import catalogue, trainings
from app.asking.theme import palette
from app.frame import words

EVERY = 1.0  # seconds
PARTS = re.compile(r"[^:]+: \w+ [\d.-]")  # "all: x_to_y 0.012, …"


def draw() -> None:
    """Nothing to be seen where there is no training; one that is begun or ends elsewhere, in another tab or by a command, comes to this page too."""
    trainings.go_on()
    _live(_folders(trainings.queue()))


@st.fragment(run_every=EVERY)
def _live(known: tuple[list[Path], list[Path]]) -> None:
    now = trainings.queue()
    if _folders(now) != known:
        st.rerun()
    for job in now:
        _job(job)


def _folders(queue: list[trainings.Job]) -> tuple[list[Path], list[Path]]:
    """Of the trainings in the queue, and of the models there are: what was trained between two looks is seen as well."""
    return [job.folder for job in queue], [entry.path for entry in catalogue.usable()]


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
        epochs = trainings.epochs(job)
        if job.problem:
            st.caption(words.told(job.problem) + (f" It goes on after epoch {len(epochs):,}." if epochs else ""))
        if job.status == "running" and job.progress:
            left, what = job.progress.seconds_left, _doing(job.progress, len(epochs))
            st.progress(job.progress.done / job.progress.total, words.told(what) + (f" · at most {words.duration(left)} left" if left is not None else ""))
            if epochs:
                drawn = trainings.curve(epochs, palette())
                st.plotly_chart(drawn.figure, width="stretch", key=f"curve-{job.folder}", alt=drawn.alt, config={"displayModeBar": False})


def _doing(progress: trainings.Progress, epochs: int) -> str:
    """The phase in words: of an epoch the engine tells every part of the loss, which the curves show."""
    return f"Epoch {progress.done:,} of at most {progress.total:,}" if epochs and PARTS.match(progress.what) else trainings.said(progress.what)
