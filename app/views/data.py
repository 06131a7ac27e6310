"""Where the data come from and under what terms, what each checkpoint is, and how well it does."""

import streamlit as st

from app import explain, lab, leaderboard

st.title("Data and models", anchor=False)

st.header("Models", anchor=False)
usable = lab.usable()
for name in dict.fromkeys(entry.card.data.name for entry in usable):
    info = lab.all_data_sets().get(name)
    mine = [entry for entry in usable if entry.card.data.name == name]
    st.subheader(info.title if info else name, anchor=False)
    table, columns, note = leaderboard.table(mine)
    st.dataframe(table, column_config=columns, hide_index=True, alt=f"Measures of the models trained on {name}")
    st.caption(note)
    for entry in mine:
        with st.expander(f"{entry.card.title} · {entry.card.name}", icon=":material/id_card:"):
            st.markdown(explain.model(entry))
            st.markdown(leaderboard.provenance(entry.card))
if not usable:
    st.info("No trained model was found. Train one with `python -m engine train scenes/cca`.", icon=":material/deployed_code_alert:")
for path, problem in lab.broken().items():
    st.warning(f"**{path.parent.name}/{path.name}** cannot be used. {problem}", icon=":material/heart_broken:")

st.header("Data sets", anchor=False)
for info in sorted(lab.all_data_sets().values(), key=lambda info: (not info.embedded, len(lab.missing(info)) > 0)):
    missing = lab.missing(info)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(info.title, anchor=False, width="content")
            if info.embedded:
                st.badge("comes with Twoview", icon=":material/inventory:", color="green")
            elif missing:
                st.badge("not on this machine", icon=":material/folder_off:", color="gray")
            else:
                st.badge("found in the data root", icon=":material/folder:", color="green")
        st.markdown(info.description)
        st.markdown(f"**Splits** {', '.join(info.splits)}")
        st.markdown(f"**From** {info.where}")
        st.markdown(f"**Terms** {info.terms}")
        if missing:
            st.caption(f"Missing in the data root: {', '.join(missing)}")
