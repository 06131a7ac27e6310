"""A picture and a sentence: where each model finds what the phrases name, beside where it is."""

from functools import partial

import streamlit as st

from app.asking import catalogue, galleries
from app.components.regions import Box, Column, Marked, regions
from app.frame import items, query, workspace
from app.frame.words import told
from app.ground import ask

LARGEST = 20  # MB of a picture of one's own
NEXT = 6  # regions of a phrase that are shown
HEIGHT = 560  # pixels that what is found takes

space = workspace.current()
try:
    pairs = galleries.gallery(space.data, space.split)
except catalogue.TwoviewError as problem:
    st.warning(told(problem), icon=":material/folder_off:")
    st.stop()
if not (ask.pairs_words(pairs) and ask.reads(space.a)):
    st.info("This page asks where in a picture something is, and the data set or model chosen above does not pair pictures with words.", icon=":material/crop_free:")
    for title, name in catalogue.short_titles(catalogue.data_sets()).items():
        if name.endswith("-phrases"):
            st.button(f"Open {title}", icon=":material/crop_free:", on_click=lambda title=title: st.session_state.update(data=title), type="primary")
    st.stop()


def touch(phrase: int | None) -> None:
    """Look at this phrase alone, None for all of them; the link says so."""
    st.query_params.pop("phrase", None)
    if phrase is not None:
        st.query_params["phrase"] = str(phrase + 1)


def find(words: str) -> None:
    """Look for words of the sentence that were selected."""
    st.session_state.find = words[: query.LONGEST]
    touch(None)


def look(row: int) -> None:
    """Another sentence of the gallery, with its picture; what was typed and touched is left behind."""
    st.session_state.pop("ground_problem", None)
    st.session_state.find = ""
    touch(None)
    query.ask(query.Query("item", view="y", id=pairs.y.ids[row % len(pairs.y)]))


def look_at_picture(row: int) -> None:
    look(int(galleries.partners(space.data, space.split, "x", row % len(pairs.x))[0]))


def uploaded() -> None:
    file = st.session_state[f"ground-upload-{st.session_state.ground_uploads}"]
    st.session_state.pop("ground_problem", None)
    if file is None:
        return
    try:
        query.ask(query.Query("picture", picture=galleries.thumbnail(file.getvalue())))
        touch(None)
    except catalogue.TwoviewError as problem:
        st.session_state.ground_problem = str(problem)
    st.session_state.ground_uploads += 1  # an empty uploader for the next picture


def only_a() -> None:
    """On to the next sentence with a phrase that A finds and B does not."""
    assert space.b is not None
    found = ask.only_first(space.a, space.b, space.data, space.split, [(sentence + step) % len(pairs.y) for step in range(1, ask.LOOKED_THROUGH + 1)])
    if found is None:
        st.session_state.ground_problem = f"In the next {ask.LOOKED_THROUGH} sentences there is no phrase that A finds and B does not. Go on from further on."
    else:
        look(found)


def opening() -> int:
    """The sentence to begin with where nothing is asked, and a word on why it is this one."""
    with st.skeleton(height=HEIGHT):
        found = ask.opening([entry for entry in space.models.values() if ask.reads(entry)], space.data, space.split)
    if found is None:
        return 0
    told = " and ".join(f"{letter} {right}" for letter, right in zip((letter for letter, entry in space.models.items() if ask.reads(entry)), found.right, strict=True))
    st.caption(f"The clearest of {found.tried} pictures tried, by how many phrases of the sentence that names most are found: of {found.phrases} by {told}.")
    return found.sentence


def asked_row(asked: query.Query | None) -> int:
    """The sentence of the gallery that the question leads to."""
    if asked is None:
        return opening()
    if asked.kind == "picture":
        return 0
    if asked.kind == "text":
        known = galleries.true_partners(space.data, space.split, asked)
        return int(galleries.partners(space.data, space.split, "x", int(known[0]))[0]) if len(known) else 0
    row = galleries.row_of(space.data, space.split, asked)
    return row if asked.view == "y" else int(galleries.partners(space.data, space.split, "x", row)[0])


st.session_state.setdefault("ground_uploads", 0)
asked = query.current()
try:
    sentence = asked_row(asked)
except catalogue.TwoviewError as problem:
    st.warning(told(problem), icon=":material/link_off:")
    sentence = 0
if asked and asked.kind == "text" and "find" not in st.session_state and "find" not in st.query_params:
    st.session_state.find = query.things([asked.text])["find"]
own = asked is not None and asked.kind == "picture"
picture_row = int(galleries.partners(space.data, space.split, "y", sentence)[0])
encoded = asked.picture if own and asked else ask.original(space.data, space.split, picture_row)

# --- what is looked at ----------------------------------------------------------------------------------------------
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.button("Previous", icon=":material/chevron_left:", on_click=look_at_picture, args=(picture_row - 1,), shortcut="Left", help="The picture before this one")
    st.button("Next", icon=":material/chevron_right:", on_click=look_at_picture, args=(picture_row + 1,), shortcut="Right", help="The next picture")
    st.button("Another sentence", icon=":material/short_text:", on_click=look, args=(sentence + 1,), help="The next sentence, of this picture or the next one")
    if space.b:
        st.button("Only A is right", icon=":material/rule:", on_click=only_a, help="On to the next phrase that A finds and B does not")
left, right = st.columns([5, 3], gap="medium")
with left:
    words = st.text_input(
        "Look for something else", key="find", bind="query-params", max_chars=query.LONGEST, placeholder="a red kite, the tree on the left",
        help="Several things are separated by commas. Empty: the sentence of the gallery.",
    )  # fmt: skip
with right:
    st.file_uploader(
        "or in a picture of your own", type=["jpg", "jpeg", "png", "webp"], key=f"ground-upload-{st.session_state.ground_uploads}", on_change=uploaded, max_upload_size=LARGEST
    )
if "ground_problem" in st.session_state:
    st.warning(told(st.session_state.ground_problem), icon=":material/info:")

named = ask.typed(words) if words.strip() else [] if own else ask.phrases(space.data, space.split, sentence)
read = words if words.strip() else "" if own else pairs.y.items[sentence]
if not named:
    st.image(encoded, width=448, alt="Your picture" if own else items.describe(space.data, space.split, "x", picture_row))
    st.info("Say what to look for in it." if own or words.strip() else "Nothing in this sentence has a place that is known. Go on to another, or type what to look for.", icon=":material/edit:")
    st.stop()

# --- what is found ----------------------------------------------------------------------------------------------------
width, height = ask.size(encoded)


def share(box) -> Box:
    left, top, right, bottom = (float(edge) for edge in box)
    return left / width, top / height, right / width, bottom / height


columns, answers = [], {}
with st.skeleton(height=HEIGHT):
    for letter, entry in space.models.items():
        try:
            found = ask.grounded(entry, encoded, [one.text for one in named], keep=asked is None and not words.strip())
        except catalogue.TwoviewError as problem:
            columns.append(Column(letter, entry.title, problem=str(problem)))
            continue
        answers[letter] = found
        verdicts = [ask.told(one, phrase.truth) for one, phrase in zip(found, named, strict=True)]
        columns.append(Column(letter, entry.title, [[share(box) for box in one.boxes[:NEXT]] for one in found], verdicts))
touched = st.query_params.get("phrase", "")
chosen = int(touched) - 1 if touched.isascii() and touched.isdigit() and 0 < int(touched) <= len(named) else None
regions(
    encoded, "Your picture" if own else items.describe(space.data, space.split, "x", picture_row), read,
    [Marked(one.start, one.end, share(one.truth) if one.truth else None) for one in named], columns, chosen,
    key="regions", on_pick=touch, on_select=find,
)  # fmt: skip
with st.container(horizontal=True, vertical_alignment="center"):
    for letter, found in answers.items():
        st.download_button(f"PNG of {letter}", partial(ask.as_png, encoded, found), f"regions-{letter}.png", "image/png", icon=":material/download:", on_click="ignore")
    with st.popover("How to read this", icon=":material/help:", type="tertiary"):
        st.markdown(
            "Each phrase has a number and a colour. Its solid box is the best of the regions proposed for the picture. Touch a phrase to see it alone, with the five next "
            "(dotted) and the true box (dashed, black on white), where that is known. Touch the picture to see which phrases a model finds there; select words of the sentence to look for just them.\n\n"
            "A region is *right* from an IoU of 0.5 on: the area that it shares with the true box over the area that either covers. Where no proposal is right, no model could have been.\n\n"
            "Models of regions and phrases score every proposal. A model of whole pictures is asked where the phrase raises its score, and a region counts by how much higher that is inside than around it."
        )
