"""Which of one's own data are looked at, and bringing more: by a path on this computer, or as files."""

from pathlib import Path

import streamlit as st

from app.asking import catalogue
from app.frame import words, workspace
from app.frame.pages import room_of
from app.yours import ask

NEW = "Bring something new"
EXAMPLE = """holiday/
    beach.jpg  dog.jpg  captions.csv

captions.csv
    image,caption
    beach.jpg,Children build a castle
    dog.jpg,A dog jumps after a ball"""
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
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Data", [NEW, *known], key="mine", bind="query-params", filter_mode=None, width=360)
        if chosen != NEW:
            st.button("Bring more", icon=":material/add:", on_click=st.session_state.update, kwargs={"mine": NEW})
    return known.get(chosen)


def new() -> None:
    st.markdown(
        "Pictures with sentences, pairs of pictures, pairs of sentences, or two matrices of vectors. You see what is wrong with them, train models on them, and ask these on every page.",
        width=1000,
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.text_input("A folder on this computer", key="path", max_chars=1000, on_change=_by_path, placeholder="/home/me/holiday", help="Or a table, a file of matrices, a zip of data or of a model. It stays where it is.")
        if st.button("Bring this folder", icon=":material/folder_open:") and st.session_state.get("bring-problem"):  # to type and leave the field brings it already
            _by_path()
            st.rerun()
    with right:
        files = st.file_uploader(
            "Or files: a zip of data or of a model, a table with its pictures, matrices", accept_multiple_files=True, key=f"files-{st.session_state.get('files', 0)}", max_upload_size=LARGEST,
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
        _example()
    for entry in ask.unusable():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(words.told(entry.problem or ""), icon=":material/heart_broken:")
            st.button("Remove", key=f"remove-{entry.name}", on_click=ask.remove, args=(entry.name,))


def _example() -> None:
    """What a folder looks like, for who has none yet."""
    left, right = st.columns(2, gap="large")
    left.code(EXAMPLE, language=None)
    right.markdown(
        "A table of any column names says which sentence belongs to which picture: CSV, TSV, JSON, JSONL, Parquet, Arrow or a WebDataset tar. "
        "Two columns of pictures or of sentences are pairs as well. A column `split` (train, validation, test) is kept to; without one the pairs are shared out.\n\n"
        "Matrices are `x` and `y`, a row per item: `.npy`, `.npz`, `.mat` or `.parquet`."
    )


def _by_path() -> None:
    if path := st.session_state.path.strip():
        _bring(lambda: ask.bring_path(_place(path)))


def _place(path: str) -> Path:
    """The path as somebody types or pastes it, in quotes or as a link to a file. Raises TwoviewError when nothing can be found there."""
    plain = path.strip().strip("\"'").removeprefix("file://")
    try:
        where = Path(plain).expanduser()
        if not where.is_absolute():
            raise catalogue.TwoviewError(f"A path begins where the disk does, as in the grey example, or with ~ for your home; this begins with {where.parts[0] if where.parts else ''!r}.")
        if where.exists():
            return where.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise catalogue.TwoviewError(f"This path can't be read: {getattr(error, 'strerror', None) or error}. Check it, or upload the files.") from error
    raise catalogue.TwoviewError(f"There is no file or folder at this path; the last part of it is {where.name[:80]!r}. Check it, or upload the files.")


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


def ways_on(data: str, entry: catalogue.Entry) -> None:
    """One click to each page that asks a model, as A; the best other is B."""
    chosen = (data, workspace.first_split(data), entry, catalogue.best_other(data, entry))
    for page in ("retrieve", "look", "spaces", "compare"):
        room = room_of(page)
        if st.button(room.title, icon=room.icon, key=f"{page}-{entry.path}", type="tertiary"):
            workspace.ask(room.script, *chosen)
