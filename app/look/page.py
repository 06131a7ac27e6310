"""What a model sees: prompts light up their objects in a picture; two pictures show what they share and what each has alone."""

import streamlit as st

from app.asking import galleries
from app.frame import workspace
from app.look import choice, wording
from app.look.pair import pair_of_pictures
from app.look.prompts import object_of_interest
from app.look.stage import Stage

MODES = {"An object": object_of_interest, "Two pictures": pair_of_pictures}

space = workspace.current()
pairs = galleries.gallery(space.data, space.split)
if pairs.x.kind != "image":
    st.info("This data set has no pictures to look at. Choose one with pictures above, for instance the drawn scenes.", icon=":material/image_not_supported:")
    st.stop()
stage = Stage(space, pairs, choice.current())
stage.forget_strangers()
mode = st.segmented_control("What to look for", list(MODES), default=next(iter(MODES)), required=True, key="look", bind="query-params", label_visibility="collapsed")
MODES[mode](stage)
with st.popover("How to read this", icon=":material/help:", type="tertiary"):
    st.markdown(wording.HELP)
