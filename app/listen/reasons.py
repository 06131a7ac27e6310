"""What raises a model's score of a question and its first result: which notes, which frequencies and moments."""

from collections.abc import Mapping

import streamlit as st

from app.asking import catalogue
from app.listen import ask

STRONGEST = 3  # notes that are named


def reasons(models: Mapping[str, catalogue.Entry], split: str, found: Mapping[str, ask.Found]) -> None:
    """A switch, and once it is on, both sides of each model's first result with their maps; not for a picture of one's own."""
    found = {letter: one for letter, one in found.items() if one.place is not None}
    if not found or not st.toggle("Show what raises the first result's score", key="reasons", bind="query-params"):
        return
    for place, (letter, one) in zip(st.columns(len(found)), found.items(), strict=True):
        with place:
            try:
                why = ask.why(models[letter], split, one)
            except catalogue.TwoviewError as problem:
                st.info(str(problem))
                continue
            notes = ", ".join(f"{name} ({100 * share:.0f} %)" for name, share in why.notes[:STRONGEST])
            beside = "in the middle" if abs(why.seconds) < 0.05 else f"{abs(why.seconds):.1f} s {'before' if why.seconds < 0 else 'after'} the middle"
            st.markdown(f"**{letter}, the notes**: {notes} of the map's light" if notes else f"**{letter}, the notes**")
            st.image(why.snippet, width=500, alt=f"Model {letter}: a snippet of the score, light where it raises the score: {notes}")
            st.markdown(f"**{letter}, the sound**: most at {why.frequency:.0f} Hz, {beside}")
            st.image(why.excerpt, width=500, alt=f"Model {letter}: 3.2 seconds of sound, low frequencies below, light where it raises the score, most at {why.frequency:.0f} Hz, {beside}")
    st.caption("Light: what raises the score (LayerCAM at the networks' second block); low frequencies lie below, time goes to the right.")
