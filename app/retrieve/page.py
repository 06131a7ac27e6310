"""Ask with a sentence or a picture; two models answer side by side."""

import streamlit as st

from app.asking import catalogue, galleries, indexes, suggestions
from app.asking.answer import Answer
from app.components.cards import cards
from app.frame import courtesy, explain, items, own_picture, query, warm, workspace
from app.frame.pages import room_of
from app.frame.words import told

TO_PICK = 36  # cards of the gallery at once
GALLERY = ("Pick from the gallery", "Or pick from the gallery")  # alone, and below other ways to ask
HOW_MANY = [6, 12, 24, 48]

space = workspace.current()
try:
    pairs = galleries.gallery(space.data, space.split)
except catalogue.TwoviewError as problem:
    st.warning(told(problem), icon=":material/folder_off:")
    st.stop()
words, images = galleries.view_of(pairs, "text"), galleries.view_of(pairs, "image")


def ask(question: query.Query | None) -> None:
    """A new question leaves behind what was wrong with a file."""
    own_picture.forget_problem()
    query.ask(question)


def pick(card_id: str) -> None:
    ask(query.item(card_id))


def typed() -> None:
    asked, before = query.text(st.session_state.words), query.current()
    if asked or (before and before.kind == "text"):
        ask(asked)


def suggested(text: str) -> None:
    ask(query.text(text))


asked = query.current()
st.session_state.words = asked.text if asked and asked.kind == "text" else ""

# --- the question ---------------------------------------------------------------------------------------------------
left, right = st.columns([5, 3], gap="medium")
with left:
    if words:
        st.text_input(
            "Ask in words", key="words", type="search", on_change=typed, max_chars=query.LONGEST,
            placeholder="Describe a picture, in any words",
        )
        with st.container(horizontal=True, gap="small", wrap=False):
            for text in suggestions.sentences(space.data, space.split):
                st.button(text, key=f"try-{text}", on_click=suggested, args=(text,), type="tertiary", icon=":material/north_east:")
with right:
    if images:
        own_picture.uploader("or with a picture of your own")
own_picture.problem()


# --- the gallery, while nothing is asked ----------------------------------------------------------------------------
def browse() -> None:
    views = {items.plural_of(pairs, view): view for view in ("x", "y")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = st.segmented_control(GALLERY[bool(words or images)], list(views), default=next(iter(views)), required=True, key="gallery_view")
        st.button("Show others", icon=":material/shuffle:", on_click=lambda: st.session_state.update(turn=st.session_state.get("turn", 0) + 1))
    view = views[shown]
    order = items.shuffled(len(getattr(pairs, view)))
    start = st.session_state.get("turn", 0) * TO_PICK
    here = order.take(range(start, start + min(TO_PICK, len(order))), mode="wrap")
    column, pictures = items.gallery_column(space.data, space.split, view, here.tolist())
    cards([column], pictures, f"{shown} of the gallery", key="gallery", on_pick=pick)


if asked is None:
    browse()
    st.stop()

# --- the question as it was understood ------------------------------------------------------------------------------
try:
    row = galleries.row_of(space.data, space.split, asked) if asked.kind == "item" else None
except catalogue.TwoviewError as problem:
    st.warning(told(problem), icon=":material/link_off:")
    browse()
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", key="question"):
    if asked.kind == "picture":
        st.image(asked.picture, width=104, alt="Your picture")
    elif row is not None and getattr(pairs, asked.view).visible:
        st.image(galleries.picture(space.data, space.split, asked.view, row), width=items.shown_width(space.data), alt=items.describe(space.data, space.split, asked.view, row))
    with st.container(gap="xxsmall"):
        st.subheader(items.question(space.data, space.split, asked, row), anchor=False)
        st.caption(items.about(space.data, space.split, asked))
    by_index = indexes.any_through_index(space.models.values(), space.split, indexes.answering_view(space.data, space.split, asked))
    exact = by_index and st.toggle("Ask exactly", key="exact", bind="query-params", help=explain.EXACTLY)
    shown = st.segmented_control("Results", HOW_MANY, default=HOW_MANY[1], required=True, key="n", bind="query-params")
    st.button("Gallery", icon=":material/apps:", on_click=ask, args=(None,), help="Back to the gallery")



def answered(question: query.Query, exact: bool) -> tuple[dict[str, Answer | str], list[str]]:
    """What each model answers, or why it does not; and what is wrong with an index that could not be asked."""
    with courtesy.waiting():
        warm.wait(room_of("retrieve"))
    from app.asking import from_index  # imports torch: the gallery above stands without it

    found: dict[str, Answer | str] = {}
    problems = []
    for letter, entry in space.models.items():
        try:
            found[letter], problem = from_index.answer(entry, space.split, question, exact)
            problems += [problem] if problem else []
        except catalogue.TwoviewError as cannot:
            found[letter] = str(cannot)
    return found, problems


with st.skeleton(height=620):
    answers, unusable = answered(asked, exact)
    titles = {letter: entry.title for letter, entry in space.models.items()}
    columns, pictures = items.columns(space.data, space.split, titles, answers, shown)
for sentence in unusable:
    st.caption(f":material/info: {told(sentence)}")
cards(columns, pictures, "Results", key="results", on_pick=pick)


def in_the_picture(asked: query.Query) -> dict[str, str]:
    """Where Ground begins: an item of the gallery; for words of one's own the first picture found; for a picture of one's own the first sentence."""
    if asked.kind == "item":
        return query.link(asked)
    first = answers["A"]
    if isinstance(first, str):
        return {}
    item, text = getattr(pairs, first.view), asked.text
    if asked.kind == "picture":
        return query.things([item.items[int(first.rows[0])]])
    return query.link(query.Query("item", view=first.view, id=item.ids[int(first.rows[0])])) | query.things([text])


if images and words and (link := in_the_picture(asked)):
    bar = workspace.link(space.data, space.split, space.a, space.b)
    st.page_link("ground/page.py", label="Where in the picture", icon=":material/crop_free:", query_params=bar | link, help="The region that each phrase names, on the page Ground")
with st.popover("How to read this", icon=":material/help:", type="tertiary"):
    st.markdown(explain.RESULTS)
