"""What is wrong with the good rows, before anything is trained: each finding with its pictures, and a way to leave it out."""

import pandas as pd
import streamlit as st

from app.asking import trainings
from app.frame import words
from app.yours import ask, rows

MOST = 100  # cases shown of a finding
HEIGHT = 72  # pixels of a row
ALONE = "nothing more"


def draw(entry: ask.Brought, found: ask.Reading) -> None:
    if rows.nothing(found):
        return
    _left_out(entry)
    encoder = _encoder(found.data.x.kind)
    state = ask.examined(entry.name, encoder)
    if state.problem:
        st.warning(words.told(state.problem), icon=":material/error:")
    elif state.found is None:
        _waiting(entry.name, encoder)
    elif not state.found:
        st.info("Nothing was found: no near-duplicates, no shared sentences, no odd sizes or languages.", icon=":material/check:")
    else:
        for finding in state.found:
            _finding(entry, found, finding)
        st.download_button("Findings as CSV", lambda: ask.cases_csv(state.found or []), "health.csv", "text/csv", icon=":material/download:", on_click="ignore")


def _encoder(kind: str) -> str | None:
    """By whose features near-duplicates are looked for as well."""
    if kind == "vector":
        return None
    here = {encoder.title: encoder.id for encoder in trainings.encoders(kind) if encoder.here}
    chosen = st.selectbox(
        "Near-duplicates by pixels, and by" if kind == "image" else "Near-duplicates by", [ALONE, *here], key="health-encoder", bind="query-params", width=360,
        help="An encoder also finds the same thing in another picture. Its features are kept: training uses them again.",
    )  # fmt: skip
    return here.get(chosen)


@st.fragment(run_every=1.0)
def _waiting(name: str, encoder: str | None) -> None:
    state = ask.examined(name, encoder)
    if state.found is not None or state.problem:
        st.rerun()
    done, total, what = state.progress or (0, 0, "")
    st.progress(done / total if total else 0.0, f"{words.told(trainings.said(what))}: {done:,} of {total:,}" if total else "Looking for near-duplicates, shared sentences, odd sizes")


def _left_out(entry: ask.Brought) -> None:
    x, y = entry.left_out["x"], entry.left_out["y"]
    if x or y:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Left out by you: **{len(x):,}** of the first view, **{len(y):,}** of the second.", width="content")
            st.button("Take all in again", icon=":material/undo:", on_click=ask.take_all_in, args=(entry.name,))


def _finding(entry: ask.Brought, found: ask.Reading, finding: ask.Finding) -> None:
    spare = sum(map(len, finding.spare.values()))
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.escaped(finding.title)}**: {len(finding.cases):,}  \n{words.escaped(finding.why)}", width="stretch")
            if spare:
                st.button(f"Leave {spare:,} out", icon=":material/block:", key=f"spare-{finding.key}", on_click=ask.leave_spare_out, args=(entry.name, finding))
        shown = finding.cases[:MOST]
        pictures = [ask.case_pictures(found.data, case) for case in shown]
        frame = pd.DataFrame(
            {
                "Picture": [pair[0] for pair in pictures], "and": [pair[1] for pair in pictures], "Items": [", ".join(case.ids[:6]) for case in shown],
                "What": [case.what for case in shown], "To leave out": [", ".join(case.spare[:6]) for case in shown],
            }
        )  # fmt: skip
        for name in ("Picture", "and", "What", "To leave out"):
            if not any(frame[name]):
                del frame[name]
        height = HEIGHT if "Picture" in frame else 35
        st.dataframe(
            frame, hide_index=True, row_height=height, height=38 + height * min(len(frame), 4), alt=f"{finding.title}: the first {len(frame)} of {len(finding.cases)} cases",
            column_config={name: st.column_config.ImageColumn(width="small") for name in ("Picture", "and")} | {"What": st.column_config.TextColumn(width="large")},
        )  # fmt: skip
