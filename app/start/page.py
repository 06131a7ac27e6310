"""What this is, in one screen: three questions that each end in a finding, and where to go on."""

import streamlit as st

from app.asking import catalogue, galleries
from app.asking.theme import palette
from app.charts.sum_and_recall import sum_and_recall
from app.components.cards import cards
from app.frame import courtesy, items, query, warm, words, workspace
from app.frame.pages import ROOMS, room_of
from app.start import findings

space = workspace.current()
st.title("Ask two models the same question", anchor=False)
st.markdown(
    "Twoview is a lab for models that learn from pairs, such as pictures and sentences. Every question is answered side by side, the rank of the "
    "right answer is always told, and each answer can be looked into. Three things it finds:",
    width=1000,
)


def find() -> list[findings.Finding]:
    """What was found with these models before, or what is found now."""
    usable = catalogue.usable()
    key = findings.key(space.models, usable, space.data, space.split)
    if (known := findings.read(space.data, key)) is not None:
        return known
    with courtesy.waiting():
        warm.wait(room_of("start"))
    from app.start import ask

    with st.skeleton(height=480):
        return ask.find(space.models, usable, space.data, space.split, key)


@st.fragment
def light(finding: findings.Light) -> None:
    """One picture, one word at a time."""
    rays = {ray.prompt: ray for ray in finding.rays}
    asked = st.segmented_control("Ask for", list(rays), default=next(iter(rays)), required=True, key="light")
    shown = items.describe(space.data, space.split, "x", finding.row)
    st.image(rays[asked].map, width=240, alt=f"{shown} Bright where the picture answers to “{asked}” for {finding.model}.")
    st.markdown(f"{rays[asked].said} This is what {words.escaped(finding.model)} sees; the clearest of {finding.tried} pictures tried.")
    link = workspace.link(space.data, space.split, space.a, space.b) | {"picture": galleries.gallery(space.data, space.split).x.ids[finding.row], "prompt": list(rays)}
    st.page_link("look/page.py", label="Ask for anything else", icon=":material/arrow_forward:", query_params=link)


def blind(finding: findings.Blind) -> None:
    said = "; ".join(
        f"{title}: sum {total:.1f}, right answer first {share:.0%}" for title, total, share in zip(finding.models, finding.sums, finding.recall, strict=True)
    )
    colours = palette()
    picture = sum_and_recall(finding.models, finding.sums, finding.recall, [finding.first, finding.best], colours.other, colours.line)
    st.image(picture, width="stretch", alt=f"Sum of correlations against recall. {said}.")
    st.markdown(finding.said)
    there = catalogue.models(finding.data)
    link = workspace.link(finding.data, "test", there[finding.folders[finding.first]], there[finding.folders[finding.best]]) | {"compare": "Audit"}
    st.page_link("compare/page.py", label="Audit all of them", icon=":material/arrow_forward:", query_params=link)


def asked(finding: findings.Asked) -> None:
    shown = query.Query("text", text=finding.text) if finding.text else query.Query("item", view=finding.view, id=finding.id)
    row = galleries.row_of(space.data, space.split, shown) if shown.kind == "item" else None
    if row is not None and getattr(galleries.gallery(space.data, space.split), shown.view).visible:
        st.image(galleries.picture(space.data, space.split, shown.view, row), width=96, alt=items.describe(space.data, space.split, shown.view, row))
    else:
        st.markdown(f"**{items.question(space.data, space.split, shown, row)}**")
    pictures = items.pictures_of(space.data, space.split, finding.columns)
    cards(finding.columns, pictures, finding.title, key=f"finding-{finding.title}-{finding.view}", on_pick=lambda id: query.ask(query.item(id)))
    st.markdown(finding.said)
    there = catalogue.models(space.data)
    a, b = [there[folder] for folder in finding.folders] if len(finding.folders) > 1 else (space.a, space.b)
    link = workspace.link(space.data, space.split, a, b) | query.link(shown)
    st.page_link("retrieve/page.py", label="Ask this of both models", icon=":material/arrow_forward:", query_params=link)


try:
    found = find()
except catalogue.TwoviewError as problem:
    st.warning(words.told(problem), icon=":material/error:")
    st.stop()
if not found:
    st.info("These models and data bear none of the findings out that are looked for here. Ask a question of your own on Retrieve, or choose others above.", icon=":material/travel_explore:")
for place, finding in zip(st.columns(len(found) or 1, gap="large"), found, strict=False):
    with place:
        st.subheader(finding.title, anchor=False)
        match finding:
            case findings.Light():
                light(finding)
            case findings.Blind():
                blind(finding)
            case findings.Asked():
                asked(finding)

with st.container(horizontal=True, gap="small"):
    for room in ROOMS[1:]:
        st.page_link(room.script, label=f"**{room.title}**: {room.does}", icon=room.icon)
