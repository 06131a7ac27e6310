"""Canonical components of one or two models: each correlation with its interval, what is real apart from what may be chance."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from engine.evaluation.components import Components
from engine.report.charts.base import LIGHT, Chart, Palette, faded, finished


def components_chart(found: Mapping[str, tuple[str, Components]], palette: Palette = LIGHT) -> Chart:
    """``found``: by letter, title and components. A filled mark is a component that the permutation test calls real, an open one may be chance."""
    figure, told = go.Figure(), []
    for letter, (title, components) in found.items():
        colour = palette.a if letter == "A" else palette.b
        numbers = np.arange(1, len(components.p) + 1)
        value, low, high = np.array([(one.value, one.low, one.high) for one in components.correlations]).T
        figure.add_scatter(
            x=np.concatenate([numbers, numbers[::-1]]), y=np.concatenate([high, low[::-1]]), fill="toself", fillcolor=faded(colour),
            line={"width": 0}, hoverinfo="skip", showlegend=False,
        )  # fmt: skip
        real = numbers <= components.real
        figure.add_scatter(
            x=numbers, y=value, name=f"{letter}: {title}, {components.real} real", mode="lines+markers", line={"color": colour, "width": 1.5},
            marker={"color": np.where(real, colour, "rgba(0,0,0,0)").tolist(), "size": 5, "line": {"color": colour, "width": 1.5}},
            customdata=np.stack([low, high, components.p], axis=1),
            hovertemplate="component %{x}: %{y:.3f} (%{customdata[0]:.3f} to %{customdata[1]:.3f}), p %{customdata[2]:.3f}<extra></extra>",
        )  # fmt: skip
        told.append(f"{letter}, {title}: {components.real} of {len(numbers)} components are real, the first correlation is {value[0]:.2f}")
    finished(figure, 340, xaxis={"title": "component", "rangemode": "tozero"}, yaxis={"title": "held-out correlation", "range": [min(-0.05, *(one.low for _, c in found.values() for one in c.correlations)), 1.02]})
    return Chart("components", "Canonical components, with 95 % intervals", figure, "; ".join(told) + ".")
