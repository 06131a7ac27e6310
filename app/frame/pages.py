"""The app's pages: a new one is a folder with a ``page.py`` in it, and a line here."""

from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import Page


@dataclass(frozen=True)
class Room:
    """``folder`` holds the page's script; it is the page's address too. ``does`` says in a few words what it is for, ``help``
    in a sentence, ``coming`` what will stand there, as long as it does not yet. ``at_once``: it has something to show before
    the engine is loaded. ``about``: what its data sets must be about (``catalogue.subject``); empty for any.
    ``opens_on``: what the data set is about that it shows to whoever has chosen and asked nothing, with its best model. ``bar``: whether the workspace bar
    chooses what it shows."""

    folder: str
    title: str
    icon: str
    does: str
    help: str
    coming: str
    at_once: bool = False
    about: str = ""
    opens_on: str = ""
    bar: bool = True

    @property
    def script(self) -> str:
        """As ``st.page_link`` and ``st.switch_page`` name it."""
        return f"{self.folder}/page.py"


ROOMS = (
    Room("start", "Start", ":material/home:", "three questions that end in a finding", "What Twoview does, shown on three questions.", "Three questions, and what they find.", at_once=True),
    Room(
        "retrieve", "Retrieve", ":material/search:", "ask in words or by a picture", "Find pictures by a sentence and sentences by a picture, with two models side by side.",
        "Both models' answers to a question, best first, with the rank of the right one.", at_once=True,
    ),
    Room(
        "look", "Look", ":material/visibility:", "what they answer to", "See what a model sees: where a picture answers a prompt, and what two pictures share.",
        "A picture, and where it answers each prompt.",
    ),
    Room(
        "spaces", "Spaces", ":material/scatter_plot:", "what they learned, side by side", "The learned spaces of several models side by side: touch a point in one and see it in all.",
        "The learned spaces of several models as maps, side by side.",
    ),
    Room(
        "compare", "Compare", ":material/leaderboard:", "which is better, and why",
        "Which model is better, where, and why: with intervals, the queries on which they disagree, and a report to take away.",
        "A leaderboard of all models with their intervals.",
    ),
    Room(
        "listen", "Listen", ":material/music_note:", "sheet music and sound", "Find the place in a score that a sound plays, and the sounds of a place in a score.",
        "A sound, and the places in the scores that it may be.", about="music",
    ),
    Room(
        "ground", "Ground", ":material/crop_free:", "where in the picture", "Find the region of a picture that each phrase of a sentence names, with two models side by side.",
        "A picture, and where each model finds what is named.", opens_on="regions",
    ),
    Room(
        "yours", "Your data", ":material/add_photo_alternate:", "train and compare models on it", "Bring your own pictures and sentences, see what is wrong with them, train models on them and ask these.",
        "Your own data: bring them, train on them, ask.", bar=False,
    ),
    Room("data", "Data and models", ":material/inventory_2:", "what they are", "Where the data come from, and how well each model does.", "Every model's measures, and the data sets."),
)  # fmt: skip


def room_of(folder: str) -> Room:
    return next(room for room in ROOMS if room.folder == folder)


def navigation() -> tuple[Room, Page]:
    """Draw the navigation; the room that is asked for and its page, to be run."""
    pages = [st.Page(room.script, title=room.title, icon=room.icon, url_path=room.folder, default=place == 0, help=room.help) for place, room in enumerate(ROOMS)]
    chosen = st.navigation(pages, position="top")
    return next(room for room in ROOMS if room.title == chosen.title), chosen
