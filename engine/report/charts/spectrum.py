"""Correlations of matching output dimensions, and canonical ones, of two models, strongest first."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from engine.report.charts.base import LIGHT, Chart, Palette, finished


def spectrum_chart(spectra: Mapping[str, tuple[str, np.ndarray, np.ndarray]], palette: Palette = LIGHT) -> Chart:
    """``spectra``: by letter, title and both spectra (k,), falling. The area under a line is its sum."""
    figure, told = go.Figure(), []
    for letter, (title, plain, canonical) in spectra.items():
        colour = palette.a if letter == "A" else palette.b
        for name, values, dash in (("as the literature sums them", plain, "dot"), ("canonical", canonical, "solid")):
            figure.add_scatter(
                x=np.arange(1, len(values) + 1), y=values, name=f"{letter}: {title}, {name} (sum {values.sum():.1f})", mode="lines",
                line={"color": colour, "dash": dash, "width": 2.5}, hovertemplate="dimension %{x}: %{y:.3f}<extra></extra>",
            )  # fmt: skip
        told.append(f"{letter} {plain.sum():.1f} as the literature sums them, {canonical.sum():.1f} canonical")
    finished(figure, 340, xaxis={"title": "dimension", "rangemode": "tozero"}, yaxis={"title": "correlation", "range": [-0.05, 1.02]})
    figure.update_layout(legend={"orientation": "v", "y": 1, "yanchor": "top", "x": 1, "xanchor": "right"})
    return Chart("spectrum", "Correlation spectra", figure, "Correlations by dimension, their sums: " + "; ".join(told) + ".")
