"""A measure of every contender with its interval, the best on top."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from engine.report.charts.base import LIGHT, Chart, Palette, finished
from engine.report.measures import measure
from engine.report.tables import MARKS, Number, shown


def standing_chart(name: str, where: str, values: Mapping[str, Number], letters: Mapping[str, str], palette: Palette = LIGHT) -> Chart:
    """``values`` by title; ``letters``: "A" and "B" by title; ``where``: the direction in words."""
    about = measure(name)
    scale = 100 if about.scale == "percent" else 1
    order = sorted(values, key=lambda title: values[title].value, reverse=about.better != "lower")
    labels = {title: (f"{letters[title]} · " if title in letters else "") + title + MARKS[values[title].standing] for title in order}
    figure = go.Figure()
    for letter, colour, symbol in (("A", palette.a, "square"), ("B", palette.b, "diamond"), (None, palette.other, "circle")):
        own = [title for title in order if letters.get(title) == letter]
        if own:
            _points(figure, [labels[t] for t in own], [values[t] for t in own], scale, colour, symbol)
    figure.update_yaxes(categoryorder="array", categoryarray=[labels[t] for t in reversed(order)], title=None)
    figure.update_xaxes(title=f"{about.title}, %" if scale == 100 else about.title)
    best = order[0]
    tied = [t for t in order[1:] if values[t].standing]
    alt = f"{about.title}, {where}. Best: {best} with {shown(values[best], about.scale)}. " + (f"Not told apart from it: {', '.join(tied)}." if tied else "Nothing else is tied with it.")
    return Chart(f"standing-{name}", f"{about.title}, {where}", finished(figure, 60 + 34 * len(order), showlegend=False, margin={"l": 8, "r": 12, "t": 8, "b": 8}), alt)


def _points(figure: go.Figure, labels: Sequence[str], values: Sequence[Number], scale: float, colour: str, symbol: str) -> None:
    ends = [(v.value if v.low is None else v.low, v.value if v.high is None else v.high) for v in values]
    figure.add_scatter(
        x=[scale * v.value for v in values], y=labels, mode="markers", marker={"color": colour, "size": 11, "symbol": symbol}, showlegend=False,
        error_x={
            "type": "data", "symmetric": False, "thickness": 2, "width": 5, "color": colour,
            "array": [scale * (high - v.value) for v, (_, high) in zip(values, ends, strict=True)],
            "arrayminus": [scale * (v.value - low) for v, (low, _) in zip(values, ends, strict=True)],
        },
        hovertemplate="%{y}: %{x:.1f}<extra></extra>",
    )  # fmt: skip
