"""Audit, the lower half: how many canonical components of models A and B are real, tested once and kept."""

from collections.abc import Callable, Mapping

import streamlit as st

from app.asking import components
from app.compare import ask
from app.frame import words

SHOWN = 5  # correlations told in words; the chart has all


def panel(asked: Mapping[str, ask.Asked], colours: ask.Palette, chart: Callable[[ask.Chart, str], None]) -> None:
    """Of the models that are chosen; what is being tested says how far it is, what cannot be says why."""
    st.subheader("How many components are real", anchor=False)
    found = {letter: _found(one) for letter, one in asked.items()}
    if waiting := sum(isinstance(one, components.Testing) for one in found.values()):
        _waiting(asked, waiting)
    tested = {letter: (asked[letter].title, one) for letter, one in found.items() if isinstance(one, components.Components)}
    for letter, one in found.items():
        if isinstance(one, str):
            st.caption(f"{letter} · {words.escaped(asked[letter].title)}: {words.told(one)}")
    for letter, (title, one) in tested.items():
        st.markdown(f"**{letter} · {words.escaped(title)}**: {one.real} of {len(one.p)} components correlate by more than chance{_strongest(one)}.", width=900)
    if not tested:
        return
    chart(components.components_chart(tested, colours), "components")
    some = next(one for _, one in tested.values())
    st.caption(
        f"Filled: real, p ≤ {components.LEVEL:g} by {some.permutations} shuffles of {some.groups:,} items, each step on what the components before leave. "
        "Correlations are held out: each half of the items measured with the variates of the other; bands are 95 % bootstrap intervals."
    )


def _strongest(one: components.Components) -> str:
    """The first real correlations, each with its interval; "" where there is none."""
    told = [f"{each.value:.2f} ({each.low:.2f} to {each.high:.2f})" for each in one.correlations[: min(one.real, SHOWN)]]
    return f": {', '.join(told)}{f' and {one.real - SHOWN} more' if one.real > SHOWN else ''}" if told else ""


def _found(one: ask.Asked) -> components.Components | components.Testing | str:
    return components.of(one.path, one.created, one.split)


@st.fragment(run_every=1.0)
def _waiting(asked: Mapping[str, ask.Asked], before: int) -> None:
    """How far the tests are; the whole page again when one of them ends."""
    now = {letter: one for letter, each in asked.items() if isinstance(one := _found(each), components.Testing)}
    if len(now) < before:
        st.rerun()
    for letter, one in now.items():
        st.progress(one.share, text=f"Testing the components of {letter}, once: {one.told}")
