"""Recall at every k of two models."""

import numpy as np
import plotly.graph_objects as go

from engine.evaluation.intervals import mean_intervals
from engine.evaluation.measured import Answers
from engine.report.charts.base import LIGHT, Chart, Palette, faded, finished

POINTS = 24


def recall_chart(titles: tuple[str, str], answers: tuple[Answers, Answers], palette: Palette = LIGHT) -> Chart:
    """Lines with bands of their 95 % intervals; k on a logarithmic scale up to all candidates."""
    figure, told = go.Figure(), []
    ks = np.unique(np.geomspace(1, answers[0].candidates, POINTS).round().astype(int))
    for letter, title, own, colour, dash in zip("AB", titles, answers, (palette.a, palette.b), ("solid", "dash"), strict=True):
        found = mean_intervals(own.ranks[:, None] <= ks, own.groups)
        low, high = (np.array([100 * getattr(i, end) for i in found]) for end in ("low", "high"))
        figure.add_scatter(x=[*ks, *ks[::-1]], y=[*low, *high[::-1]], fill="toself", fillcolor=faded(colour), line={"width": 0}, hoverinfo="skip", showlegend=False)
        figure.add_scatter(
            x=ks, y=[100 * i.value for i in found], name=f"{letter}: {title}", mode="lines", line={"color": colour, "dash": dash, "width": 2.5},
            hovertemplate="%{y:.1f} % by rank %{x:,}<extra></extra>",
        )  # fmt: skip
        told.append(f"{letter} {', '.join(f'{100 * np.mean(own.ranks <= k):.0f} % by rank {k}' for k in (1, 10, 100) if k <= own.candidates)}")
    finished(figure, xaxis={"type": "log", "title": "k, results looked at"}, yaxis={"title": "right answer among them, %", "range": [0, 102]})
    return Chart("recall", "Recall at every k", figure, "Share of queries with a right answer among the first k results: " + "; ".join(told) + ".")
