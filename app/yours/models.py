"""Models that were made elsewhere, asked beside the trained ones: embeddings of a data set's items, or a pretrained dual encoder."""

import streamlit as st

from app.asking import catalogue, made_elsewhere
from app.frame import words
from app.yours import bring


def draw() -> None:
    """Open as long as there is something to say of a model: the first one brings the bar, below which everything is drawn anew."""
    with st.expander("I have embeddings of my own models", icon=":material/data_array:", expanded="given-made" in st.session_state):
        _embeddings()
    with st.expander("I have a model that reads pictures and sentences", icon=":material/neurology:", expanded="whole-wish" in st.session_state):
        _whole()


def _embeddings() -> None:
    sets = made_elsewhere.data_sets()
    with st.form("embeddings", border=False):
        st.caption("For each view of a data set, a file with the items' ids and their vectors: .npz, .mat, .parquet or .arrow, or .npy and .safetensors with NAME.ids.txt beside.")
        data = st.selectbox("Data set", list(sets), key="given-data")
        left, right = st.columns(2)
        x = left.text_input("Vectors of the first view", key="given-x", placeholder="/home/me/pictures.npz", max_chars=1000)
        y = right.text_input("Vectors of the second view", key="given-y", placeholder="/home/me/sentences.npz", max_chars=1000)
        name = left.text_input("Name", key="given-name", placeholder="mine", max_chars=60, help="What the model is called here: letters, digits, - and _.")
        split = right.text_input("Part that was embedded", "test", key="given-split", max_chars=30)
        similarity = st.segmented_control("Compared by", ["cosine", "dot"], default="cosine", required=True, key="given-similarity")
        asked = st.form_submit_button("Bring the model", icon=":material/upload:")
    if asked:
        st.session_state.pop("given-made", None)
        try:
            with st.spinner("Measuring"):
                entry, left_over = made_elsewhere.bring_embeddings(name, sets[data], x, y, similarity, split)
        except catalogue.TwoviewError as problem:
            st.warning(words.told(problem), icon=":material/error:")
            return
        st.session_state["given-made"] = sets[data], entry, left_over
    data, entry, left_over = st.session_state.get("given-made", (None, None, []))
    if entry and entry in catalogue.usable():  # it may be deleted by now
        _brought(data, entry)
        for sentence in left_over:
            st.caption(words.told(sentence))


def _whole() -> None:
    sets = made_elsewhere.data_sets(pictures_with_sentences=True)
    with st.form("whole", border=False):
        st.caption("A pretrained dual encoder: the folder of a model of open_clip, CLIP or SigLIP of transformers, or sentence-transformers' CLIP; the .pt that open_clip's training writes; or a name on the Hugging Face hub.")
        data = st.selectbox("Data set", list(sets), key="whole-data", help="Of pictures with sentences, which the model is measured on and then asked about.")
        left, right = st.columns(2)
        source = left.text_input("Model", key="whole-source", placeholder="/home/me/clip", max_chars=1000, help="Its folder, its file or its name on the hub.")
        prompt = right.text_input("Single words are read as", key="whole-prompt", placeholder="a photo of a {}", max_chars=200, help="{} stands for the word. Sentences are read as they are; empty: so are words.")
        name = left.text_input("Name", key="whole-name", placeholder="mine", max_chars=60, help="What the model is called here: letters, digits, - and _.")
        split = right.text_input("Part to measure it on", "test", key="whole-split", max_chars=30)
        if st.form_submit_button("Bring the model", icon=":material/upload:"):
            wish = made_elsewhere.Wish(name.strip(), sets[data], source.strip(), prompt.strip(), split.strip())
            st.session_state["whole-wish"] = wish
            made_elsewhere.start(wish)
    if "whole-wish" in st.session_state:
        wish = st.session_state["whole-wish"]
        match made_elsewhere.state(wish):
            case made_elsewhere.Bringing():
                _under_way(wish)
            case str(problem):
                st.warning(words.told(problem), icon=":material/error:")
            case entry:
                _brought(wish.data, entry)


@st.fragment(run_every=1.0)
def _under_way(wish: made_elsewhere.Wish) -> None:
    """How far it is; the whole page again when it is done."""
    now = made_elsewhere.state(wish)
    if not isinstance(now, made_elsewhere.Bringing):
        st.rerun()
    st.progress(now.share, words.told(now.told))
    if st.button("Cancel", icon=":material/close:", key="whole-cancel"):
        made_elsewhere.cancel(wish)
        del st.session_state["whole-wish"]
        st.rerun()


def _brought(data: str, entry: catalogue.Entry) -> None:
    st.success(f"{words.escaped(entry.title)} can be asked now, on every page.", icon=":material/check:")
    with st.container(horizontal=True):
        bring.ways_on(data, entry)
