"""How often a model that finds sound in scores is right: with other sounds, beside chroma matching and guessing, and what repeats cost."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.asking import catalogue
from app.frame import words
from app.listen import ask

WAYS = {"x_to_y": "score → sound", "y_to_x": "sound → score"}
WHAT = """
The same 2,000 places and sounds, played again in other ways: R@1, how often the first answer is right, with 95 % intervals over the places.
**Chroma matching** compares the strength of the twelve pitch classes over time. It is told more than a model: the notes of the score, without
error, and their written tempo; so it shows what the task would be if scores had been read already.
"""


def worth(entries: Sequence[catalogue.Entry]) -> None:
    """An expander with a table per model that was measured; nothing where none was."""
    measured = [(entry, found) for entry in entries if (found := ask.measured(entry))]
    if not measured:
        return
    with st.expander("How often is that right? Other instruments, other tempi, noise", icon=":material/query_stats:"):
        st.markdown(WHAT)
        for entry, found in measured:
            rows = []
            for heard in found.heard:
                row = {"Sound": heard.sound.capitalize()}
                for direction, told in WAYS.items():
                    row[told] = _first(heard.model, direction)
                    row[f"chroma, {told}"] = _first(heard.chroma, direction)
                rows.append(row)
            repeats = found.repeats
            st.markdown(f"**{words.escaped(entry.title)}**, R@1 in %")
            st.dataframe(pd.DataFrame(rows), hide_index=True, alt=f"R@1 of {entry.title} with other sounds, beside chroma matching")
            st.caption(
                f"Guessing among 2,000: {100 * found.chance[0]:.2f} %. {100 * repeats.share:.0f} % of all test places look like another one: where every sound of such a place "
                f"counts as right, R@1 among all sounds is {100 * repeats.alike:.1f} %; where only its own count, {100 * repeats.own:.1f} %, of {100 * repeats.best:.1f} % that a perfect model would have."
            )


def _first(metrics: Sequence[ask.Metric], direction: str) -> str:
    one = next(m for m in metrics if (m.measure, m.direction) == ("recall_at_1", direction))
    return f"{100 * one.value:.1f}" + ("" if one.low is None or one.high is None else f"  ({100 * one.low:.1f}–{100 * one.high:.1f})")
