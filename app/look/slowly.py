"""Maps that take long: asked of the worker, with how far it is and a way to cancel."""

from typing import Any

import streamlit as st

from app.frame.work import worker


def slowly(jobs: dict[str, tuple]) -> dict[str, Any]:
    """What the worker made of jobs (name -> function and its arguments), or a sentence for each that it has not (yet)."""
    names = list(jobs)
    if st.session_state.get("look_cancelled") == names:
        if st.button("Compute these maps", icon=":material/play_arrow:"):
            st.session_state.pop("look_cancelled")
            for name in names:
                worker().forget(name)
            st.rerun()
        return dict.fromkeys(names, "Cancelled.")
    for name, (work, *arguments) in jobs.items():
        worker().start(name, work, *arguments, worker().note(name))
    if any(worker().seconds(name) is not None for name in names):
        _waiting(names)
    return {name: worker().result(name) or worker().problem(name) or "Being computed." for name in names}


@st.fragment(run_every=1.0)
def _waiting(jobs: list[str]) -> None:
    """While the worker computes: how far it is, and cancel."""
    times = {job: seconds for job in jobs if (seconds := worker().seconds(job)) is not None}
    if not times:
        st.rerun()
    told = next((note for job in times if (note := worker().note(job).read())), None)
    with st.container(horizontal=True, vertical_alignment="center"):
        share, far = (told[0] / told[1], f": {told[0]} of {told[1]} {told[2]}") if told else (0.0, "")
        place = f"map {len(jobs) - len(times) + 1} of {len(jobs)}" if len(jobs) > 1 else "map"
        st.progress(share, f"Running the whole network for {place}{far}, {max(times.values()):.0f} s.")
        if st.button("Cancel", icon=":material/close:"):
            for job in jobs:
                worker().cancel(job)
            st.session_state.look_cancelled = jobs
            st.rerun()
