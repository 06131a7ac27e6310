"""What all charts share: colours of A and B, margins, and the words for those who cannot see them."""

from dataclasses import dataclass
from math import floor, log10

import plotly.graph_objects as go


@dataclass(frozen=True)
class Palette:
    """Colours on a light or a dark page: A and B as everywhere in the app, the accent, everything else, the line at zero, and the page itself."""

    a: str
    b: str
    accent: str
    other: str
    line: str
    page: str


LIGHT = Palette("#0b62a8", "#a34700", "#0a7a5c", "#6b6660", "#b4aca0", "#fdfcfa")
DARK = Palette("#7cb8f2", "#f5a45d", "#5ccb9f", "#a5a199", "#5b626c", "#16181c")


@dataclass(frozen=True)
class Chart:
    """``key`` names it among others; ``alt`` says what it shows."""

    key: str
    title: str
    figure: go.Figure
    alt: str


@dataclass(frozen=True)
class Drawing:
    """A chart that is HTML and CSS alone, with its ``alt`` in it: it stands at once, where a figure waits for the charts' library."""

    key: str
    title: str
    html: str
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


def ticks(low: float, high: float) -> list[float]:
    """Three to seven round numbers, evenly spaced, that span ``low`` to ``high``; [0, 1] or the like around a single number."""
    if high <= low:
        low, high = (0.0, 1.0) if low == 0 else (min(low, 0.0), max(low, 0.0))
    unit = 10.0 ** floor(log10(high - low))
    step = next(step for step in (0.2 * unit, 0.5 * unit, unit, 2 * unit) if high - low <= 5 * step)
    first, last = floor(low / step + 1e-9), -floor(-high / step + 1e-9)
    return [round(number * step, 2 - floor(log10(step))) for number in range(first, last + 1)]
