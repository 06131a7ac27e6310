"""The frame around the pages: navigation, and the workspace bar they share. ``python -m app`` serves it."""

import sys
from pathlib import Path

# `streamlit run` puts this file's folder on the path, not the project's.
if (PROJECT := str(Path(__file__).resolve().parent.parent)) not in sys.path:
    sys.path.insert(0, PROJECT)

import streamlit as st

from app.asking.catalogue import TwoviewError
from app.frame import courtesy, log, pages, warm, words, workspace

MARK = str(Path(__file__).with_name("mark.svg"))
st.set_page_config(page_title="Twoview", page_icon=MARK, layout="wide")
st.logo(MARK)
try:
    with courtesy.served():
        room, page = pages.navigation()
        st.set_page_config(page_title=f"{page.title} · Twoview")
        # Drawn here, not by the pages: a link's parameters outlive a change of page only when the frame owns their widgets.
        workspace.bar(room.about, room.opens_on, room.bar)
        if room.at_once:
            with log.timed(page.title):
                page.run()
    if not room.at_once:
        with log.timed(page.title):
            warm.wait(room)
            with courtesy.served():
                page.run()
except TwoviewError as problem:
    st.warning(words.told(problem), icon=":material/error:")
except Exception:
    log.log.exception("%s failed", page.title)
    st.error("Something went wrong on this page, and the operator can read what. Ask something else, or reload the page.", icon=":material/error:")
