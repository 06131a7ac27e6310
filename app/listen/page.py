"""Ask with a sound and see the places in the scores, or with a place in a score and hear the sounds, or follow a whole recording; two models answer side by side."""

import streamlit as st

from app.asking import catalogue
from app.components.staves import Column, staves
from app.frame import words, workspace
from app.listen import ask
from app.listen.following import follow
from app.listen.reasons import reasons
from app.listen.worth import worth

WAYS = SOUND, PLACE, OWN, SHEET, FOLLOW = "A sound", "A place in a score", "Your own recording", "Your own sheet", "Follow a recording"
LARGEST = 60  # MB of a recording

space = workspace.current()
titles = ask.tunes(space.data, space.split)


def picked(note: str) -> None:
    """A note of the tune that is asked about, or of a result, which becomes the next question."""
    tune, _, place = note.rpartition(":")
    if tune:
        st.session_state.tune = titles[int(tune)]
        if st.session_state.way in (OWN, SHEET):
            st.session_state.way = SOUND
    st.session_state.place = int(place)


st.session_state.setdefault("place", ask.PLACE)
if "tune" not in st.session_state and "tune" not in st.query_params and (first := ask.opening(space.a, space.split)) is not None:
    st.session_state.tune = titles[first]
    st.session_state.listen_opened = titles[first]
with st.container(horizontal=True, vertical_alignment="bottom"):
    way = st.segmented_control("Ask with", WAYS, default=SOUND, required=True, key="way", bind="query-params")
    if way not in (OWN, SHEET):
        title = st.selectbox("Tune", titles, key="tune", bind="query-params", width=360)
    if way == FOLLOW:
        sound = st.selectbox("Played", [*ask.sounds(), OWN], key="played", bind="query-params", width=300, format_func=str.capitalize)

recording = None
if OWN in (way, sound if way == FOLLOW else None):
    left, right = st.columns(2)
    file = left.file_uploader("A recording: WAV, FLAC, OGG or MP3", type=["wav", "flac", "ogg", "mp3"], max_upload_size=LARGEST, key="recording")
    spoken = right.audio_input("or play into the microphone, if there is one", key="microphone")
    given = file or spoken
    if given is None:
        st.caption("The models learned from a small synthesiser's sounds: a single melody, played evenly, is what they can place. Nobody has said where yours is, so no rank is told.")
        st.stop()
    recording = given.getvalue()
    st.audio(recording)

if way == FOLLOW:
    follow(space, titles.index(title), None if sound == OWN else sound, recording)
    st.stop()
if way == SHEET:
    picture = st.file_uploader("A picture of one line of music: PNG, JPEG or WebP", type=["png", "jpg", "jpeg", "webp"], max_upload_size=32, key="sheet")
    if picture is None:
        st.caption("One melody in the treble clef, straight and level, black on white. It is scaled so that its staff is as large as those the models learned from.")
        st.stop()
    try:
        snippets = ask.sheet(picture.getvalue())
    except catalogue.TwoviewError as problem:
        st.error(words.told(problem), icon=":material/error:")
        st.stop()
    row = min(st.session_state.setdefault("sheet_place", 20), len(snippets) - 1)
    st.caption("Click on the line to ask about another place. Nobody has said which sounds are right, so no rank is told.")
    staves([Column([ask.sheet_staff(snippets, row)])], "Your line of music", key="own-line", on_pick=lambda number: st.session_state.update(sheet_place=int(number)))
elif way != OWN:
    row = ask.place_row(space.data, space.split, titles.index(title), st.session_state.place)
    st.caption(f"Click on the staff to ask about another place; the marked window is what the model sees, and 3.2 seconds around it what it hears. The page opens on the tune, of the first {ask.TRIED}, that model A finds most clearly.")
    staves([Column([ask.tune_staff(space.data, space.split, titles.index(title), row)])], "The tune that is asked about", key="asked", on_pick=picked)

columns, answers = [], {}
with st.spinner("Listening …"):
    for letter, entry in space.models.items():
        try:
            if way == SOUND:
                found = ask.places_for_sound(entry, space.split, row, keep=(title, st.session_state.place) == (st.session_state.get("listen_opened"), ask.PLACE))
            elif way == PLACE:
                found = ask.sounds_for_place(entry, space.split, row)
            elif way == SHEET:
                found = ask.sounds_for_sheet(entry, space.split, snippets, row)
            else:
                found = ask.places_for_recording(entry, space.split, recording or b"")
        except catalogue.TwoviewError as problem:
            columns.append(Column(letter=letter, title=entry.title, problem=str(problem)))
            continue
        answers[letter] = found
        what = "sounds" if way in (PLACE, SHEET) else "places"
        rank = f"True match at rank {found.rank:,} of {found.candidates:,} {what}" if found.rank else f"Best of {found.candidates:,} {what}"
        columns.append(Column(found.staves, letter, entry.title, rank))
st.subheader("The sounds" if way in (PLACE, SHEET) else "The places in the scores", anchor=False)
staves(columns, "Results", key="results", on_pick=picked)
reasons(space.models, space.split, answers)
worth(list(space.models.values()))
