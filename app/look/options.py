"""With which models is looked, and how: the page's controls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from app.asking import catalogue, saliency
from app.components.map_grid import Row
from app.frame import workspace
from app.look import ask, wording

NOTHING = "None"
INPUTS = {"As trained": None, "448 pixels": 448}


@dataclass(frozen=True)
class Options:
    """``shown``: parts, of each of the ``seers``. ``same``: one scale for all maps of a kind. ``outline``: of known objects."""

    seers: list[saliency.Eye]
    shown: list[str]
    way: saliency.Way
    ink: saliency.Ink
    same: bool
    outline: bool

    def scale(self, highest: float) -> saliency.Ink:
        """``highest``: of all maps of a kind."""
        return saliency.Ink(self.ink.opacity, self.ink.colours, highest if self.same else None)


def options(space: workspace.Workspace, two: bool) -> Options:
    """Draw the controls; ``two``: for two pictures."""
    seers = _eyes(space, two)
    shown = _parts(two)
    with st.popover("Drawing", icon=":material/tune:"):
        score = st.segmented_control("Score", list(saliency.SCORES), default="Eq. 4", required=True, key="score", bind="query-params", help=wording.SCORES)
        method = st.selectbox("Method", list(saliency.METHODS), key="method", bind="query-params", help=wording.METHODS)
        size = st.segmented_control("Input", list(INPUTS), default="As trained", required=True, key="input", bind="query-params", help="A larger input gives finer maps, but shows the network larger objects than it knows.")
        opacity = st.slider("Opacity of the map", 0, 100, 60, 5, format="%d %%", key="opacity", bind="query-params")
        colours = st.segmented_control("Colours", list(saliency.COLOURS), default=saliency.COLOURS[0], required=True, key="colours", bind="query-params")
        outline = st.toggle("Outline known objects", True, key="outline", bind="query-params")
    # Two pictures are compared with each other; prompts are questions of their own, whose strength the line under each map tells.
    same = st.toggle("One scale", two, key="scale" if two else "one-scale", bind="query-params", help=wording.SCALE)
    control = st.toggle("Random weights", False, key="control", bind="query-params", help=wording.CONTROL)
    if control and seers:
        seers = [*seers, saliency.shuffled(seers[-1])]
    way = saliency.Way(saliency.SCORES[score], saliency.METHODS[method], INPUTS[size])
    return Options(seers, shown, way, saliency.Ink(opacity / 100, colours), same, outline)


def _eyes(space: workspace.Workspace, two: bool) -> list[saliency.Eye]:
    """The workspace's models that can be asked so, and one from elsewhere: by itself, one that also learns what a view has alone."""
    fits = saliency.reads_pairs if two else saliency.reads_prompts
    chosen = [saliency.eye(entry, letter) for letter, entry in space.models.items() if fits(entry)]
    paths = {seer.path for seer in chosen}
    elsewhere = catalogue.by_title([entry for entry in catalogue.usable() if fits(entry) and str(entry.path) not in paths])
    both_sides = [title for title, entry in elsewhere.items() if saliency.sees_what_is_alone(entry)]
    preferred = min(both_sides, key=lambda title: not elsewhere[title].card.data.name.endswith("-objects"), default=NOTHING)
    also = st.selectbox("Also ask", [NOTHING, *elsewhere], index=[NOTHING, *elsewhere].index(preferred), key="also", bind="query-params", width=260, help="A model trained on other data, beside those of the bar above.")
    return [*chosen, saliency.eye(elsewhere[also])] if also != NOTHING else chosen


def _parts(two: bool) -> list[str]:
    """What is shown of each model."""
    offered, first, words = (saliency.PAIR_PARTS, saliency.PAIR_PARTS, wording.PAIR_PARTS) if two else (saliency.PARTS, (saliency.COMMON,), wording.PARTS)
    chosen = st.segmented_control(
        "Show", offered, selection_mode="multi", default=first, key="pair-parts" if two else "parts", bind="query-params", help=words,
    )  # fmt: skip
    return [part for part in offered if part in chosen] or [saliency.COMMON]


def downloads(rows: Sequence[Row], arrays: Callable[[], dict[str, np.ndarray]]) -> None:
    """``arrays``: the maps as numbers, asked for by whoever takes them away."""
    made = [[cell.picture for cell in row.cells if cell.picture] for row in rows]
    if any(made):
        with st.container(horizontal=True):
            st.download_button("Maps as PNG", lambda: ask.png([row for row in made if row]), "twoview-maps.png", "image/png", icon=":material/download:", on_click="ignore")
            st.download_button("Maps as numbers (.npz)", lambda: ask.archive(arrays()), "twoview-maps.npz", "application/octet-stream", icon=":material/download:", on_click="ignore")
