"""How the ranks of the right answer are distributed under two models."""

from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from engine.evaluation.measured import Answers
from engine.report.charts.base import LIGHT, Chart, Palette, finished

EDGES = (1, 2, 4, 11, 31, 101, 301, 1001, 10001)


def ranks_chart(titles: tuple[str, str], answers: tuple[Answers, Answers], palette: Palette = LIGHT) -> Chart:
    """Share of the queries whose right answer stands at these ranks."""
    most = max(int(own.ranks.max()) for own in answers)
    edges = [edge for edge in EDGES if edge <= most] + [most + 1]
    names = [f"{low:,}" if high - low == 1 else f"{low:,}–{high - 1:,}" for low, high in pairwise(edges)]
    figure, told = go.Figure(), []
    for letter, title, own, colour, pattern in zip("AB", titles, answers, (palette.a, palette.b), ("", "/"), strict=True):
        share = 100 * np.histogram(own.ranks, edges)[0] / len(own.ranks)
        figure.add_bar(x=names, y=share, name=f"{letter}: {title}", marker={"color": colour, "pattern": {"shape": pattern}}, hovertemplate="%{y:.1f} % at rank %{x}<extra></extra>")
        told.append(f"{letter} median {np.median(own.ranks):g}, worst {own.ranks.max():,}")
    finished(figure, barmode="group", xaxis={"title": "rank of the right answer", "type": "category"}, yaxis={"title": "queries, %"})
    return Chart("ranks", "Where the right answer stands", figure, "Distribution of the right answer's rank: " + "; ".join(told) + ".")
