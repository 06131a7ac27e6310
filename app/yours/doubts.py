"""Pairs that the models make one doubt: a caption that is perhaps wrong, an answer that perhaps should count as right."""

import pandas as pd
import streamlit as st

from app.asking import catalogue
from app.frame import items, words, workspace
from app.yours import ask

MOST = 200  # of each kind
HEIGHT = 72  # pixels of a row
KINDS = {
    "Is this a pair?": "Even the best of the models ranks what belongs together below the middle: a wrong sentence, or one that no model can place.",
    "Is this right as well?": "Every model gives the same answer, and the data count it as wrong: a match that the data do not know.",
}


def draw(entry: ask.Brought) -> None:
    models = catalogue.models(entry.name)
    if not models:
        st.info("Train a model first, better several: what all of them find hard to believe is shown here.", icon=":material/model_training:")
        return
    split = workspace.first_split(entry.name)
    splits = list(catalogue.data_sets()[entry.name].splits)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control("Doubt", list(KINDS), default=next(iter(KINDS)), required=True, key="doubt", bind="query-params")
        split = st.selectbox("Split", splits, splits.index(split), key="doubt-split", width=140)
    st.caption(f"{KINDS[kind]} Asked with every item of the second view on the {split} split, by {', '.join(words.escaped(model.title) for model in models.values())}.")
    try:
        with st.skeleton(height=400):
            found = ask.doubted(entry.name, split, kind == next(iter(KINDS)), MOST)
    except catalogue.TwoviewError as problem:
        st.warning(words.told(problem), icon=":material/error:")
        return
    if not found:
        st.info("The models raise no such doubt.", icon=":material/check:")
        return
    frame = pd.DataFrame(
        {
            "Picture": [ask.picture_of(entry.name, split, one.partner) for one in found], "Sentence": [items.describe(entry.name, split, "y", one.row) for one in found],
            "What the models prefer": [ask.picture_of(entry.name, split, one.rival) for one in found], **{title: [one.ranks[title] for one in found] for title in found[0].ranks},
        }
    )  # fmt: skip
    st.dataframe(
        frame, hide_index=True, row_height=HEIGHT, height=38 + HEIGHT * min(len(frame), 7), alt="Doubtful pairs with the rank of the right answer by each model",
        column_config={name: st.column_config.ImageColumn(width="small") for name in ("Picture", "What the models prefer")} | {"Sentence": st.column_config.TextColumn(width="large")},
    )  # fmt: skip
    st.download_button("Doubts as CSV", lambda: ask.doubts_csv(entry.name, split, found), f"doubts-{split}.csv", "text/csv", icon=":material/download:", on_click="ignore")
