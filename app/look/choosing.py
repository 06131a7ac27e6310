"""Other pictures to look at: from the gallery, or a person's own."""

import numpy as np
import streamlit as st

from app.asking import catalogue, galleries, saliency
from app.components.cards import cards
from app.frame import items, words
from app.look import choice
from app.look.stage import SIDES, SLOTS, Stage

LARGEST = 20  # MB of a picture of one's own
TO_PICK = 12


def choose_picture(stage: Stage, two: bool) -> None:
    """``two``: either of two pictures can be replaced."""
    st.session_state.setdefault("look_uploads", 0)
    st.session_state.setdefault("slot", SLOTS[0])
    st.subheader("Look at other pictures" if two else "Look at another picture", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if two:
            st.segmented_control("Put another picture", SLOTS, required=True, key="slot", format_func=dict(zip(SLOTS, SIDES, strict=True)).__getitem__)
        st.button("Show others", icon=":material/shuffle:", on_click=lambda: st.session_state.update(look_turn=st.session_state.get("look_turn", 0) + 1))
    rows = saliency.telling_rows(stage.space.data, stage.space.split)
    start = st.session_state.get("look_turn", 0) * TO_PICK % len(rows)
    column, pictures = items.gallery_column(stage.space.data, stage.space.split, "x", np.roll(rows, -start)[:TO_PICK].tolist())
    cards([column], pictures, "Other pictures of the gallery", key="look-gallery", on_pick=_picked)
    st.file_uploader(
        "or a picture of your own", type=["jpg", "jpeg", "png", "webp"], key=f"look-upload-{st.session_state.look_uploads}",
        on_change=_uploaded, max_upload_size=LARGEST,
    )  # fmt: skip
    if "look_problem" in st.session_state:
        st.warning(f"{words.told(st.session_state.look_problem)} What you look at is unchanged.", icon=":material/broken_image:")


def _picked(card_id: str) -> None:
    choice.change(picked=True, **{st.session_state.get("slot", SLOTS[0]): card_id.partition(":")[2]})
    st.session_state.pop("look_problem", None)


def _uploaded() -> None:
    file = st.session_state[f"look-upload-{st.session_state.look_uploads}"]
    st.session_state.pop("look_problem", None)
    if file is None:
        return
    try:
        choice.change(picked=True, **{st.session_state.get("slot", SLOTS[0]): galleries.thumbnail(file.getvalue())})
    except catalogue.TwoviewError as problem:
        st.session_state.look_problem = str(problem)
    st.session_state.look_uploads += 1  # an empty uploader for the next picture
