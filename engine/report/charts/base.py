"""What all charts share: colours of A and B, margins, and the words for those who cannot see them."""

from dataclasses import dataclass

import plotly.graph_objects as go


@dataclass(frozen=True)
class Palette:
    """Colours on a light or a dark page: A and B as everywhere in the app, the accent, everything else, and the line at zero."""

    a: str
    b: str
    accent: str
    other: str
    line: str


LIGHT = Palette("#0b62a8", "#a34700", "#0a7a5c", "#6b6660", "#b4aca0")
DARK = Palette("#7cb8f2", "#f5a45d", "#5ccb9f", "#a5a199", "#5b626c")


@dataclass(frozen=True)
class Chart:
    """``key`` names it among others; ``alt`` says what it shows."""

    key: str
    title: str
    figure: go.Figure
    alt: str


def finished(figure: go.Figure, height: int = 320, **layout) -> go.Figure:
    """Margins, a legend above, and the rest of the layout."""
    shared = {"height": height, "margin": {"l": 8, "r": 12, "t": 34, "b": 8}, "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}}
    figure.update_layout(**shared | layout)
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)
    return figure


def faded(colour: str, opacity: float = 0.14) -> str:
    """A colour of the palette, nearly transparent, for bands of intervals."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
