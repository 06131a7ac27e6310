"""Which models are trained on one's own data, with which encoders; and those that are trained, one click from every page."""

import streamlit as st

from app.asking import catalogue, trainings
from app.frame import explain, words, workspace
from app.yours import ask

VIEWS = {"x": "first", "y": "second"}


def draw(name: str, found: ask.Reading) -> None:
    _wish(name, found)
    _trained(name)


def _wish(name: str, found: ask.Reading) -> None:
    titles = trainings.models()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        models = st.multiselect("Models", list(titles), default=[next(iter(titles))], format_func=titles.__getitem__, key="train-models", help="\n\n".join(f"**{titles[model]}** {explain.MODELS.get(model, '')}" for model in titles))
        encoders = {view: _encoder(view, getattr(found.data, view).kind) for view in VIEWS}
    skip = bool(found.problems)
    wish = trainings.Wish(tuple(models), name, encoders["x"], encoders["y"], skip_bad=skip)
    left = f", without {len(found.problems):,} bad row{'s' if len(found.problems) > 1 else ''}" if skip else ""
    if st.button(f"Train {len(models)} model{'s' if len(models) != 1 else ''}{left}", type="primary", icon=":material/model_training:", disabled=not models):
        try:
            with st.spinner("Looking at the data"):
                st.session_state["train-decided"] = trainings.train(wish)
        except catalogue.TwoviewError as problem:
            st.session_state["train-decided"] = ()
            st.warning(words.told(problem), icon=":material/error:")
        else:
            st.rerun()
    for sentence in st.session_state.get("train-decided", ()):
        st.caption(words.told(sentence))


def _encoder(view: str, kind: str) -> str | None:
    if kind == "vector":
        return None
    offers = {encoder.id: encoder for encoder in trainings.encoders(kind)}

    def said(id: str) -> str:
        encoder = offers[id]
        return encoder.title if encoder.here else f"{encoder.title} · fetch {encoder.megabytes} MB ({encoder.terms})"

    what = "pictures" if kind == "image" else "sentences"
    return st.selectbox(f"Encoder of {what}", list(offers), format_func=said, key=f"train-{view}", help="\n\n".join(f"**{encoder.title}** {encoder.note}" for encoder in offers.values()))


def _trained(name: str) -> None:
    """Every model that was trained on these data, the newest first."""
    for data in catalogue.names_of(name):
        entries = catalogue.models(data)
        titles = {folder: title for title, folder in catalogue.model_titles(data).items()}
        for entry in trainings.newest_first(entries):
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{words.escaped(titles[entry.path.name])}**", width="content")
                _ask(data, entry, entries)


def _ask(data: str, entry: catalogue.Entry, entries: dict[str, catalogue.Entry]) -> None:
    """One click to each page that asks it, as A; on Compare the best other is B."""
    other = trainings.best_other(entries, entry.path.name)
    split = workspace.first_split(data)
    link = workspace.link(data, split, entry, other)
    for page, label, icon in (("retrieve", "Retrieve", "search"), ("look", "Look", "visibility"), ("spaces", "Spaces", "scatter_plot"), ("compare", "Compare", "leaderboard")):
        st.page_link(f"{page}/page.py", label=label, icon=f":material/{icon}:", query_params=link, width="content")
