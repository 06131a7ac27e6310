"""Which models are trained on one's own data, with which encoders; and those that are trained, one click from every page."""

import streamlit as st

from app.asking import catalogue, trainings
from app.frame import explain, words
from app.yours import ask, bring, rows


def draw(entry: ask.Brought, found: ask.Reading) -> None:
    if found.problems and entry.about is not None and not entry.about.skip_bad:
        rows.problems(entry, found)
    elif not rows.nothing(found):
        _new(entry, found)
    _trained(entry.name)


def _new(entry: ask.Brought, found: ask.Reading) -> None:
    trainings.get_ready()
    wish = _wish(entry, found)
    refused = bool(wish.models) and isinstance(trainings.preview(wish), str)
    if wish.models:
        _estimate(wish, refused)
    if st.button(f"Train {len(wish.models)} model{'s' if len(wish.models) != 1 else ''}", type="primary", icon=":material/model_training:", disabled=not wish.models or refused):
        try:
            with st.spinner("Looking at the data"):
                trainings.train(wish)
        except catalogue.TwoviewError as problem:
            st.warning(words.told(problem), icon=":material/error:")
        else:
            st.rerun()


def _wish(entry: ask.Brought, found: ask.Reading) -> trainings.Wish:
    titles = trainings.models()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        models = st.multiselect("Models", list(titles), default=[next(iter(titles))], format_func=titles.__getitem__, key="train-models", help="\n\n".join(f"**{titles[model]}** {explain.MODELS.get(model, '')}" for model in titles))
        x, y = (_encoder(view, getattr(found.data, view).kind) for view in ("x", "y"))
    return trainings.Wish(tuple(models), entry.name, x, y)


@st.fragment(run_every=1.0)
def _estimate(wish: trainings.Wish, refused: bool) -> None:
    """How long it will take, and what is decided about it, once that is known; or why it cannot be done, which closes the button below."""
    known = trainings.preview(wish)
    if isinstance(known, str) and not refused:
        st.rerun()
    if known is None:
        st.caption(":material/timer: Measuring how long it will take …")
    elif isinstance(known, str):
        st.warning(words.told(known), icon=":material/error:")
    else:
        encoding = f"{words.duration(known.encoding)} to encode, once" if known.encoding else "everything is encoded already"
        if known.training is None:
            st.caption(":material/timer: How long it will take could not be measured.")
        else:
            st.caption(f":material/timer: {encoding}; at most {words.duration(known.training)} to train, measured on a sample on this machine as busy as it is now; and some seconds to start and to measure.")
        for sentence in known.decided:
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


def _trained(data: str) -> None:
    """Every model that was trained on these data, the newest first."""
    for entry in sorted(catalogue.models(data).values(), key=lambda entry: entry.card.created, reverse=True):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.escaped(entry.title)}**", width="content")
            bring.ways_on(data, entry)
