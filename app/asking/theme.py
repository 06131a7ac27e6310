"""Colours of the engine's charts on the theme that the visitor looks at, and round numbers for axes."""

import streamlit as st

from engine.report.charts.base import DARK, LIGHT, Palette, ticks

__all__ = ["Palette", "palette", "ticks"]


def palette() -> Palette:
    return DARK if st.context.theme.type == "dark" else LIGHT
