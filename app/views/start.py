"""What this is, in one screen: three questions that each end in a finding, and where to go on."""

import streamlit as st

from app import comparing, examples, lab, look, query, results, workspace
from app.charts.sum_and_recall import sum_and_recall
from app.components.cards import Column, cards

PAGES = {
    "views/retrieve.py": ("**Retrieve**: ask in words or by a picture", ":material/search:"),
    "views/look.py": ("**Look**: what they answer to", ":material/visibility:"),
    "views/spaces.py": ("**Spaces**: what they learned, side by side", ":material/scatter_plot:"),
    "views/compare.py": ("**Compare**: which is better, and why", ":material/leaderboard:"),
    "views/data.py": ("**Data and models**: what they are", ":material/inventory_2:"),
}
INK = look.Ink(0.6, next(iter(look.COLOURS)))

space = workspace.current()
st.title("Ask two models the same question", anchor=False)
st.markdown(
    "Twoview is a lab for models that learn from pairs, such as pictures and sentences. Every question is answered side by side, the rank of the "
    "right answer is always told, and each answer can be looked into. Three things it finds:",
    width=1000,
)


@st.fragment
def light(example: examples.Light) -> None:
    """One picture, one word at a time."""
    seer = look.eye(space.models[example.letter], example.letter)
    prompts = list(example.prompts)
    asked = st.segmented_control("Ask for", prompts, default=prompts[0], required=True, key="light")
    encoded = look.original(space.data, space.split, example.row)
    found = look.explained(seer, encoded, asked, look.Way())
    words = results.describe(space.data, space.split, "x", example.row)
    picture = look.drawn(seer, encoded, found.saliency, ("start", space.data, space.split, example.row, asked), INK, None)
    st.image(picture, width=240, alt=f"{words} Bright where the picture answers to “{asked}” for {seer.title}.")
    st.markdown(f"{example.prompts[asked]} This is what {results.escaped(seer.title)} sees; the clearest of {examples.PICTURES_TRIED} pictures tried.")
    link = workspace.link(space.data, space.split, space.a, space.b) | {"picture": lab.gallery(space.data, space.split).x.ids[example.row], "prompt": prompts}
    st.page_link("views/look.py", label="Ask for anything else", icon=":material/arrow_forward:", query_params=link)


def blind(example: examples.Blind) -> None:
    titles = [entry.title for entry in example.entries]
    said = "; ".join(f"{title}: sum {total:.1f}, right answer first {share:.0%}" for title, total, share in zip(titles, example.sums, example.recall, strict=True))
    colours = comparing.palette()
    picture = sum_and_recall(titles, example.sums, example.recall, [example.first, example.best], colours.other, colours.line)
    st.image(picture, width="stretch", alt=f"Sum of correlations against recall. {said}.")
    st.markdown(example.finding)
    first, best = (example.entries[place] for place in (example.first, example.best))
    link = workspace.link(example.data, "test", first, best) | {"compare": "Audit"}
    st.page_link("views/compare.py", label="Audit all of them", icon=":material/arrow_forward:", query_params=link)


def asked(example: examples.Asked) -> None:
    shown = example.query
    row = lab.row_of(space.data, space.split, shown) if shown.kind == "item" else None
    if row is not None and getattr(lab.gallery(space.data, space.split), shown.view).visible:
        st.image(lab.picture(space.data, space.split, shown.view, row), width=96, alt=results.describe(space.data, space.split, shown.view, row))
    else:
        st.markdown(f"**{results.question(space.data, space.split, shown, row)}**")
    answers = {letter: lab.answer(entry, space.split, shown) for letter, entry in example.models.items()}
    titles = {letter: entry.title for letter, entry in example.models.items()}
    found, pictures = results.columns(space.data, space.split, titles, answers, example.shown)
    plain = [Column(column.cards, column.letter, column.title) for column in found]
    cards(plain, pictures, example.title, key=f"example-{example.title}", on_pick=lambda id: query.ask(query.item(id)))
    st.markdown(example.finding)
    a, b = (example.models["A"], example.models["B"]) if len(example.models) > 1 else (space.a, space.b)
    link = workspace.link(space.data, space.split, a, b) | query.link(shown)
    st.page_link("views/retrieve.py", label="Ask this of both models", icon=":material/arrow_forward:", query_params=link)


usable = lab.usable()
identity = tuple(f"{entry.path} {entry.card.created}" for entry in (*space.models.values(), *usable))
try:
    with st.skeleton(height=480):
        found = examples.find(space.models, usable, identity, space.data, space.split)
except lab.TwoviewError as problem:
    st.warning(results.told(problem), icon=":material/error:")
    st.stop()
for place, example in zip(st.columns(len(found), gap="large"), found, strict=True):
    with place:
        st.subheader(example.title, anchor=False)
        match example:
            case examples.Light():
                light(example)
            case examples.Blind():
                blind(example)
            case examples.Asked():
                asked(example)

with st.container(horizontal=True, gap="small"):
    for page, (label, icon) in PAGES.items():
        st.page_link(page, label=label, icon=icon)
