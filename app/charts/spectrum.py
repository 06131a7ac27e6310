"""Canonical correlations of several models, strongest first."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

DASHES = ("solid", "dash", "dot", "dashdot")


def spectrum(correlations: Mapping[str, np.ndarray]) -> go.Figure:
    """``correlations``: per model (k,), descending. Lines differ by colour and by dash."""
    figure = go.Figure()
    for place, (title, values) in enumerate(correlations.items()):
        figure.add_scatter(
            x=np.arange(1, len(values) + 1), y=values, name=f"{title} (sum {values.sum():.1f})", mode="lines",
            line={"dash": DASHES[place % len(DASHES)], "width": 2.5}, hovertemplate="%{fullData.name}<br>dimension %{x}: %{y:.3f}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(
        height=340, margin={"l": 10, "r": 10, "t": 10, "b": 10}, hovermode="x unified",
        xaxis={"title": "dimension", "rangemode": "tozero"}, yaxis={"title": "canonical correlation", "range": [-0.05, 1.02]},
        legend={"orientation": "h", "y": 1.12},
    )  # fmt: skip
    return figure
