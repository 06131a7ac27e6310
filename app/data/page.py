"""Where the data come from and under what terms, what each checkpoint is, and how well it does."""

import streamlit as st

from app.asking import catalogue
from app.data import measures
from app.frame import explain, words

st.title("Data and models", anchor=False)

st.header("Models", anchor=False)
usable = catalogue.usable()
chosen = st.session_state.workspace and st.session_state.workspace.data
for name in sorted(dict.fromkeys(entry.card.data.name for entry in usable), key=lambda name: name != chosen):
    mine = [entry for entry in usable if entry.card.data.name == name]
    st.subheader(words.escaped(catalogue.title_of(name)), anchor=False)
    table, columns, note = measures.table(mine)
    st.dataframe(table, column_config=columns, hide_index=True, alt=f"Measures of the models trained on {catalogue.title_of(name)}")
    st.caption(note)
    for entry in mine:
        with st.expander(words.escaped(f"{entry.title} · {entry.card.name}"), icon=":material/id_card:"):
            st.markdown(explain.model(entry))
            st.markdown(measures.provenance(entry.card))
if not usable:
    st.info("No trained model was found. Train one with `python -m engine train scenes/cca`.", icon=":material/deployed_code_alert:")
for path, problem in catalogue.broken().items():
    st.warning(f"**{words.escaped(f'{path.parent.name}/{path.name}')}** cannot be used. {words.told(problem)}", icon=":material/heart_broken:")

st.header("Data sets", anchor=False)


def describe(info: catalogue.DatasetInfo) -> None:
    st.markdown(info.description)
    st.markdown(f"- **Splits** {', '.join(info.splits)}\n- **From** {info.where}\n- **Terms** {info.terms}")
    if catalogue.missing(info):
        st.caption(f"Missing in the data root: {', '.join(catalogue.missing(info))}")


here = [info for info in catalogue.all_data_sets().values() if not catalogue.missing(info)]
for place, info in zip(st.columns(2) * len(here), sorted(here, key=lambda info: not info.embedded), strict=False):
    with place.container(border=True):
        st.subheader(info.title, anchor=False)
        if info.embedded:
            st.badge("comes with Twoview", icon=":material/inventory:", color="green")
        else:
            st.badge("found in the data root", icon=":material/folder:", color="green")
        describe(info)
absent = [info for info in catalogue.all_data_sets().values() if catalogue.missing(info)]
if absent:
    st.subheader("Not on this machine", anchor=False)
    st.caption("Fetch one from its own source, unpack it below the data root (`TWOVIEW_DATA`), and it appears above.")
for info in absent:
    with st.expander(info.title, icon=":material/folder_off:"):
        describe(info)
