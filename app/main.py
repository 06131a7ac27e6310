"""The frame around the pages, `streamlit run app/main.py`: navigation, and the workspace bar they share."""

import sys
from pathlib import Path

# `streamlit run` puts this file's folder on the path, not the project's.
if (PROJECT := str(Path(__file__).resolve().parent.parent)) not in sys.path:
    sys.path.insert(0, PROJECT)

# Imported before any page: two first sessions at once could otherwise see them half-imported.
import pandas  # noqa: F401
import plotly  # noqa: F401
import streamlit as st

from app import journal, lab, results, workspace

# Every operation of torch gives the interpreter away and asks for it back. At Python's usual 5 ms it would wait so long for
# each of hundreds of operations whenever another page is being drawn.
sys.setswitchinterval(0.0005)

MARK = str(Path(__file__).with_name("mark.svg"))
st.set_page_config(page_title="Twoview", page_icon=MARK, layout="wide")
st.logo(MARK)
page = st.navigation(
    [
        st.Page("views/start.py", title="Start", icon=":material/home:", default=True, help="What Twoview does, shown on three questions."),
        st.Page("views/retrieve.py", title="Retrieve", icon=":material/search:", help="Find pictures by a sentence and sentences by a picture, with two models side by side."),
        st.Page("views/look.py", title="Look", icon=":material/visibility:", help="See what a model sees: where a picture answers a prompt, and what two pictures share."),
        st.Page("views/spaces.py", title="Spaces", icon=":material/scatter_plot:", help="The learned spaces of several models side by side: touch a point in one and see it in all."),
        st.Page("views/compare.py", title="Compare", icon=":material/leaderboard:", help="Which model is better, where, and why: with intervals, the queries on which they disagree, and a report to take away."),
        st.Page("views/data.py", title="Data and models", icon=":material/inventory_2:", url_path="data", help="Where the data come from, and how well each model does."),
    ],
    position="top",
)
st.set_page_config(page_title=f"{page.title} · Twoview")
# Drawn here, not by the pages: a link's parameters outlive a change of page only when the frame owns their widgets.
workspace.bar()
try:
    with journal.timed(page.title):
        page.run()
except lab.TwoviewError as problem:
    st.warning(results.told(problem), icon=":material/error:")
except Exception:
    journal.log.exception("%s failed", page.title)
    st.error("Something went wrong on this page, and the operator can read what. Ask something else, or reload the page.", icon=":material/error:")
