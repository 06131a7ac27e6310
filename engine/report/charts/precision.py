"""Precision against recall, and precision of the first R results, of two models."""

import numpy as np
import plotly.graph_objects as go

from engine.evaluation.measured import Answers
from engine.report.charts.base import LIGHT, Chart, Palette, finished

BY = {"own": "by pair", "class": "by class"}
RIGHT = {"own": "what belongs to the query", "class": "what is of its class"}


def precision_recall_chart(titles: tuple[str, str], answers: tuple[Answers, Answers], relevance: str = "own", palette: Palette = LIGHT) -> Chart:
    """Highest precision at each recall, the mean over queries with its interval."""
    lines = [(100 * own.curves[relevance].levels, 100 * own.curves[relevance].recall) for own in answers]
    figure = _drawn(titles, lines, palette, "%{y:.1f} % at recall %{x:.0f} %")
    finished(figure, xaxis={"title": "recall, %"}, yaxis={"title": "precision, %", "rangemode": "tozero"})
    told = "; ".join(f"{letter} {line[0, 0]:.0f} % at first, {line[-1, 0]:.0f} % at the end" for letter, (_, line) in zip("AB", lines, strict=True))
    return Chart(f"precision-recall-{relevance}", f"Precision and recall, {BY[relevance]}", figure, f"Precision at each recall, right being {RIGHT[relevance]}: {told}.")


def precision_scope_chart(titles: tuple[str, str], answers: tuple[Answers, Answers], relevance: str = "own", palette: Palette = LIGHT) -> Chart:
    """Share of right ones among the first R results."""
    lines = [(own.curves[relevance].scopes, 100 * own.curves[relevance].scope) for own in answers]
    figure = _drawn(titles, lines, palette, "%{y:.1f} % of the first %{x:,}")
    finished(figure, xaxis={"title": "scope, results looked at", "type": "log"}, yaxis={"title": "precision, %", "rangemode": "tozero"})
    told = "; ".join(f"{letter} {line[0, 0]:.0f} % of the first result, {line[-1, 0]:.1f} % of the first {scopes[-1]}" for letter, (scopes, line) in zip("AB", lines, strict=True))
    return Chart(f"precision-scope-{relevance}", f"Precision and scope, {BY[relevance]}", figure, f"Precision of the first R results, right being {RIGHT[relevance]}: {told}.")


def _drawn(titles: tuple[str, str], lines: list[tuple[np.ndarray, np.ndarray]], palette: Palette, hover: str) -> go.Figure:
    figure = go.Figure()
    for letter, title, (x, y), colour, dash, symbol in zip("AB", titles, lines, (palette.a, palette.b), ("solid", "dash"), ("square", "diamond"), strict=True):
        figure.add_scatter(
            x=x, y=y[:, 0], name=f"{letter}: {title}", mode="lines+markers", line={"color": colour, "dash": dash, "width": 2}, marker={"symbol": symbol, "size": 7},
            error_y={"type": "data", "symmetric": False, "array": y[:, 2] - y[:, 0], "arrayminus": y[:, 0] - y[:, 1], "thickness": 1.2, "width": 3},
            hovertemplate=hover + "<extra></extra>",
        )  # fmt: skip
    return figure
