"""The sum of correlations of several models against how often they find the right answer first."""

from collections.abc import Sequence

import plotly.graph_objects as go

GREY, MARKED = "#8a857d", "#9a6cc0"  # both stand out on light and on dark


def sum_and_recall(titles: Sequence[str], sums: Sequence[float], recall: Sequence[float], named: Sequence[int]) -> go.Figure:
    """One point a model, ``recall`` of 1; those ``named``, by their place, carry their title, the first of them as a diamond."""
    figure = go.Figure()
    for symbol, colour, places in (
        ("circle", GREY, [place for place in range(len(titles)) if place not in named[:1]]), ("diamond", MARKED, named[:1]),
    ):  # fmt: skip
        figure.add_scatter(
            x=[sums[place] for place in places], y=[100 * recall[place] for place in places], mode="markers", customdata=[titles[place] for place in places],
            marker={"symbol": symbol, "color": colour, "size": 12}, hovertemplate="%{customdata}<br>sum %{x:.1f}, first right %{y:.1f} %<extra></extra>",
        )  # fmt: skip
    middle = (min(sums) + max(sums)) / 2
    for place in named:
        side = "right" if sums[place] > middle else "left"
        figure.add_annotation(x=sums[place], y=100 * recall[place], text=titles[place], showarrow=False, xanchor=side, xshift=-12 if side == "right" else 12)
    figure.update_layout(
        height=232, margin={"l": 4, "r": 4, "t": 8, "b": 4}, showlegend=False,
        xaxis={"title": "sum of correlations", "rangemode": "tozero"}, yaxis={"title": "right answer first, %", "rangemode": "tozero"},
    )  # fmt: skip
    return figure
