"""Pairs that the models make one doubt: a caption that is perhaps wrong, an answer that perhaps should count as right, a sentence that no model can place."""

import pandas as pd
import streamlit as st

from app.asking import catalogue, galleries, trainings
from app.frame import words, workspace
from app.yours import ask

MOST = 200  # of each kind
HEIGHT = 72  # pixels of a row
KINDS = {
    "Is this a pair?": (ask.Doubts.misplaced, "Even the best of the models ranks what belongs together below the middle: perhaps it does not belong together."),
    "Is this right as well?": (ask.Doubts.missing, "Every model gives the same answer, by each it stands out more than for three quarters of the others, and the data count it as wrong: a match that the data do not know."),
    "What does it say?": (ask.Doubts.unplaced, "No model can place it: its best answer stands out less than for three quarters of the others, by every model, and is not the right one. It says too little, or what the models have not learned."),
}


def draw(entry: ask.Brought) -> None:
    models = catalogue.models(entry.name)
    if not models:
        st.info("Train a model first, better several: what all of them find hard to believe is shown here.", icon=":material/model_training:")
        return
    split = workspace.first_split(entry.name)
    splits = list(catalogue.data_sets()[entry.name].splits)
    with st.container(horizontal=True, vertical_alignment="top"):
        kind = st.segmented_control("Doubt", list(KINDS), default=next(iter(KINDS)), required=True, key="doubt", bind="query-params")
        split = st.selectbox("Split", splits, splits.index(split), key="doubt-split", width=140)
    pairs = galleries.gallery(entry.name, split)
    x, y = (galleries.noun(pairs, view) for view in ("x", "y"))
    find, told = KINDS[kind]
    st.caption(f"{told} Asked with every {y} of the split {split}, by {', '.join(words.escaped(model.title) for model in models.values())}.")
    state = ask.doubted(entry.name, split)
    if state.problem:
        st.warning(words.told(state.problem), icon=":material/error:")
        return
    if state.found is None:
        _waiting(entry.name, split)
        return
    found = ask.these(entry.name, split, state.found, find, MOST)
    if not found:
        st.info("The models raise no such doubt here. On the split `all` they are asked about every pair, also those that they have learned from.", icon=":material/check:")
        return
    first, second, preferred = x.capitalize(), "Its partner" if x == y else y.capitalize(), f"Preferred {x}"
    frame = pd.DataFrame(
        {
            first: [ask.shown(entry.name, split, "x", one.partner) for one in found], second: [ask.shown(entry.name, split, "y", one.row) for one in found],
            preferred: [ask.shown(entry.name, split, "x", one.rival) for one in found], **{title: [one.ranks[title] for one in found] for title in found[0].ranks},
        }
    )  # fmt: skip
    height = HEIGHT if "image" in (pairs.x.kind, pairs.y.kind) else 35
    st.dataframe(
        frame, hide_index=True, row_height=height, height=38 + height * min(len(frame), 7), alt="Doubtful pairs with the rank of the right answer by each model",
        column_config={name: st.column_config.ImageColumn(width=130) for name, view in ((first, pairs.x), (preferred, pairs.x), (second, pairs.y)) if view.kind == "image"},
    )  # fmt: skip
    st.download_button("Doubts as CSV", lambda: ask.doubts_csv(entry.name, split, found), f"doubts-{split}.csv", "text/csv", icon=":material/download:", on_click="ignore")


@st.fragment(run_every=1.0)
def _waiting(data: str, split: str) -> None:
    state = ask.doubted(data, split)
    if state.found is not None or state.problem:
        st.rerun()
    done, total, what = state.progress or (0, 0, "")
    st.progress(done / total if total else 0.0, f"{words.told(trainings.said(what))}: {done:,} of {total:,}" if total else "Asking the models")
