"""The rows of one's own data, with small pictures; problems by row, to be exported."""

import pandas as pd
import streamlit as st

from app.frame import words
from app.yours import ask

PAGE = 24  # rows at once
HEIGHT = 72  # pixels of a row


def draw(name: str, found: ask.Reading) -> None:
    for note in found.notes:
        st.info(words.told(note), icon=":material/info:")
    _problems(found)
    _rows(name, found)


def _problems(found: ask.Reading) -> None:
    problems = list(found.problems)
    if not problems:
        return
    many = len(problems) != 1
    st.warning(f"{len(problems):,} row{'s' if many else ''} cannot be used. Mend {'them' if many else 'it'} in the table, or leave {'them' if many else 'it'} out when you train.", icon=":material/rule:")
    frame = pd.DataFrame({"Row": [problem.row for problem in problems], "What is wrong": [problem.what for problem in problems]})
    st.dataframe(frame, hide_index=True, height=38 + 35 * min(len(problems), 6), alt="Rows that cannot be used, and why", column_config={"Row": st.column_config.NumberColumn(width="small"), "What is wrong": st.column_config.TextColumn(width="large")})
    st.download_button("Problems as CSV", lambda: ask.problems_csv(problems), "problems.csv", "text/csv", icon=":material/download:", on_click="ignore")


def _rows(name: str, found: ask.Reading) -> None:
    data = found.data
    total = len(data.x)
    if not total:
        st.info("No row can be used.", icon=":material/rule:")
        return
    st.markdown(f"**{total:,}** {'pictures' if data.x.kind == 'image' else 'items'} with **{len(data.y):,}** {'sentences' if data.y.kind == 'text' else 'items'}")
    pages = -(-total // PAGE)
    page = st.number_input("Page", 1, pages, key="rows-page", width=140) if pages > 1 else 1
    shown = ask.rows(name, found, (page - 1) * PAGE, PAGE)
    frame = pd.DataFrame({"Picture": [row.picture for row in shown], "Name": [row.name for row in shown], "Belongs to it": [row.partners for row in shown], "Split": [row.split for row in shown]})
    if data.x.kind != "image":
        del frame["Picture"]
    st.dataframe(
        frame, hide_index=True, height=38 + HEIGHT * min(len(frame), 6), row_height=HEIGHT, alt=f"Rows {(page - 1) * PAGE + 1} to {(page - 1) * PAGE + len(frame)} of {total}",
        column_config={"Picture": st.column_config.ImageColumn(width="small"), "Belongs to it": st.column_config.TextColumn(width="large")},
    )  # fmt: skip
