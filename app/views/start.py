"""What this is, in one screen: three questions, answered."""

import streamlit as st

from app import examples, lab, query, results, workspace
from app.components.cards import Column, cards

SHOWN = {"image": 3, "text": 3, "vector": 3}

space = workspace.current()
st.title("Ask pictures in words, and words in pictures", anchor=False)
st.markdown(
    "Twoview is a lab for models that learn from pairs. Two models answer every question side by side, "
    "and you always see where the right answer ended up.",
    width=760,
)


def example(shown: examples.Example, key: str) -> None:
    st.subheader(shown.title, anchor=False)
    entry = space.models[shown.letter]
    link = {"data": st.session_state.data, "split": space.split, "a": st.session_state.a, "b": st.session_state.b} | query.link(shown.query)
    row = lab.row_of(space.data, space.split, shown.query) if shown.query.kind == "item" else None
    question = st.container(height=104, border=False, vertical_alignment="center")  # alike, so that the results stand level
    if row is not None and getattr(lab.gallery(space.data, space.split), shown.query.view).kind == "image":
        words = results.describe(space.data, space.split, shown.query.view, row)
        question.image(lab.picture(space.data, space.split, shown.query.view, row), width=96, alt=words)
    else:
        question.markdown(f"**{results.question(space.data, space.split, shown.query, row)}**")
    answer = lab.answer(entry, space.split, shown.query)
    kind = getattr(lab.gallery(space.data, space.split), answer.view).kind
    found, pictures = results.columns(space.data, space.split, {shown.letter: entry.title}, {shown.letter: answer}, SHOWN[kind])
    cards([Column(found[0].cards, shown.letter, found[0].title)], pictures, shown.title, key=key, on_pick=lambda id: query.ask(query.item(id)))
    st.markdown(shown.finding)
    st.page_link("views/retrieve.py", label="Ask this of both models", icon=":material/arrow_forward:", query_params=link)


identity = tuple(f"{entry.card.name} {entry.card.created}" for entry in space.models.values())
try:
    with st.skeleton(height=480):
        found = examples.find(space.models, identity, space.data, space.split)
except lab.TwoviewError as problem:
    st.warning(str(problem), icon=":material/error:")
    st.stop()
for place, shown in zip(st.columns(len(found), gap="large"), found, strict=True):
    with place:
        example(shown, key=f"example-{shown.query.kind}-{shown.query.view}")
