"""Follow: a whole recording against one score, with two models; cursors that move with the sound."""

import numpy as np
import streamlit as st

from app.asking import catalogue
from app.charts.followed_path import followed_path
from app.components.staves import Column, staves
from app.frame.workspace import Workspace
from app.listen import ask

NEAR = 1  # notes: as far off as one does not hear


def follow(space: Workspace, tune: int, sound: str | None, recording: bytes | None) -> None:
    """``sound``: how the tune is played; or a ``recording`` of a person's own, of which nobody knows the truth."""
    found: dict[str, ask.Following] = {}
    columns = []
    with st.spinner("Following …"):
        for letter, entry in space.models.items():
            try:
                one = ask.follow_sound(entry, space.split, tune, sound) if sound else ask.follow_recording(entry, space.split, tune, recording or b"")
            except catalogue.TwoviewError as problem:
                columns.append(Column(letter=letter, title=entry.title, problem=str(problem)))
                continue
            found[letter] = one
            columns.append(Column([one.staff], letter, entry.title, error(one.off)))
    staves(columns, "The score, followed", key="followed")
    st.caption("Red: where the model hears the sound in the score. " + ("Green, dashed: where it truly is. " if sound else "") + "A click on the staff moves the sound there.")
    for place, (letter, one) in zip(st.columns(max(len(found), 1)), found.items(), strict=False):
        told = f"{len(one.path.seconds)} instants against {one.path.scores.shape[1]} notes. {error(one.off)}"
        figure = followed_path(one.path.seconds, one.path.scores, one.path.moments, one.truth)
        place.plotly_chart(figure, width="stretch", key=f"path-{letter}", config={"displayModeBar": False}, alt=f"Model {letter}: the path through the likenesses of {told}")


def error(off: np.ndarray | None) -> str:
    """How far off a path is, in a sentence."""
    if off is None:
        return "Nobody has said where the notes of your recording are, so no error is told."
    return f"{100 * np.mean(off <= NEAR):.0f} % of the time within one note; off by {np.mean(off):.1f} notes on average, {np.max(off):.0f} at most."
