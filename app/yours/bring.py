"""Which of one's own data are looked at, and bringing more: by a path on this computer, or as files; or embeddings of one's own models."""

import streamlit as st

from app.asking import catalogue
from app.frame import words, workspace
from app.frame.pages import room_of
from app.yours import ask

NEW = "Bring something new"
LARGEST = 500  # MB of an upload; what is larger is named by its path, and not copied


def choose() -> ask.Brought | None:
    """Draw the choice; None for something new."""
    known = ask.sets()
    if (wish := st.session_state.pop("mine-wish", None)) in known:
        st.session_state.mine = wish
    if st.session_state.get("mine") not in (NEW, *known):
        st.session_state.pop("mine", None)
    if not known:
        return None
    return known.get(st.selectbox("Data", [NEW, *known], key="mine", bind="query-params", filter_mode=None, width=360))


def new() -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.text_input(
            "A folder on this computer", key="path", max_chars=1000, on_change=_by_path, placeholder="/home/me/photos",
            help="With pictures and one table of their sentences, or with two matrices x and y; or the path of the table, the matrices, a zip of these or of a model. It stays where it is.",
        )  # fmt: skip
    with right:
        files = st.file_uploader(
            "or files: a zip of data or of a model, a table with its pictures, two matrices", accept_multiple_files=True, key=f"files-{st.session_state.get('files', 0)}", max_upload_size=LARGEST,
        )  # fmt: skip
        if files and st.button(f"Bring {len(files)} file{'s' if len(files) > 1 else ''}", type="primary", icon=":material/upload:"):
            _bring(lambda: ask.bring_files({file.name: file for file in files}))
            st.session_state["files"] = st.session_state.get("files", 0) + 1
            st.rerun()
    if problem := st.session_state.get("bring-problem"):
        st.warning(words.told(problem), icon=":material/error:")
    elif said := st.session_state.get("bring-said"):
        st.success(said, icon=":material/check:")
    elif not ask.sets():
        st.info("A table of any column names says which sentences belong to which picture: CSV, TSV, JSON, Parquet, Arrow or a WebDataset tar. Its rows appear here, with what is wrong with each; then train models on them and ask these on every page.", icon=":material/add_photo_alternate:")
    for entry in ask.unusable():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(words.told(entry.problem or ""), icon=":material/heart_broken:")
            st.button("Remove", key=f"remove-{entry.name}", on_click=ask.remove, args=(entry.name,))
    with st.expander("I have embeddings of my own models", icon=":material/data_array:"):
        _embeddings()


def _by_path() -> None:
    if path := st.session_state.path.strip():
        _bring(lambda: ask.bring_path(path))


def _bring(do) -> None:
    st.session_state["bring-problem"] = st.session_state["bring-said"] = None
    try:
        made = do()
    except catalogue.TwoviewError as problem:
        st.session_state["bring-problem"] = str(problem)
        return
    if isinstance(made, str):
        st.session_state["mine-wish"] = made
    elif made.card.data.name in catalogue.data_sets():
        st.session_state["bring-said"] = f"{words.escaped(made.title)} can be asked now, on every page, as a model of {words.escaped(catalogue.title_of(made.card.data.name))}."
    else:
        st.session_state["bring-said"] = f"{words.escaped(made.title)} is kept. It was trained on {words.escaped(catalogue.title_of(made.card.data.name))}, which is not here: bring these data under that name to ask it."


def _embeddings() -> None:
    """Vectors of both views of a data set, made elsewhere: a model beside the trained ones."""
    sets = ask.embeddable()
    with st.form("embeddings", border=False):
        st.caption("For each view of a data set, a file with the items' ids and their vectors: .npz, .mat or .parquet, or .npy and .safetensors with NAME.ids.txt beside.")
        data = st.selectbox("Data set", list(sets), key="given-data")
        left, right = st.columns(2)
        x = left.text_input("Vectors of the first view", key="given-x", placeholder="/home/me/pictures.npz", max_chars=1000)
        y = right.text_input("Vectors of the second view", key="given-y", placeholder="/home/me/sentences.npz", max_chars=1000)
        name = left.text_input("Name of the model", key="given-name", placeholder="mine", max_chars=60, help="Letters, digits, - and _.")
        split = right.text_input("Part that was embedded", "test", key="given-split", max_chars=30)
        similarity = st.segmented_control("Compared by", ["cosine", "dot"], default="cosine", required=True, key="given-similarity")
        if not st.form_submit_button("Bring the model", icon=":material/upload:"):
            return
    try:
        with st.spinner("Measuring"):
            entry = ask.bring_model(name, sets[data], x, y, similarity, split)
    except catalogue.TwoviewError as problem:
        st.warning(words.told(problem), icon=":material/error:")
        return
    st.success(f"{words.escaped(entry.title)} can be asked now, on every page.", icon=":material/check:")


def ways_on(data: str, entry: catalogue.Entry) -> None:
    """One click to each page that asks a model, as A; the best other is B."""
    chosen = (data, workspace.first_split(data), entry, catalogue.best_other(data, entry))
    for page in ("retrieve", "look", "spaces", "compare"):
        room = room_of(page)
        if st.button(room.title, icon=room.icon, key=f"{page}-{entry.path}", type="tertiary"):
            workspace.ask(room.script, *chosen)
