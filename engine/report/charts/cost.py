"""Quality against cost: every contender as a point, and the frontier of those that nothing else beats at their cost or below."""

from collections.abc import Mapping
from html import escape

import plotly.graph_objects as go

from engine.report.charts.base import LIGHT, Chart, Palette, finished
from engine.report.measures import measure
from engine.report.tables import Column, Number, Table

COSTS = ("training", "parameters", "latency_y_to_x", "latency_x_to_y")
SYMBOLS = {"A": "square", "B": "diamond", "": "circle"}


def frontier(points: Mapping[str, tuple[float, float]], better: str = "higher") -> list[str]:
    """Names of the points (cost, quality) that no other equals or beats in both, cheapest first; of equals the first counts."""
    sign = -1 if better == "lower" else 1
    order = sorted(points, key=lambda name: (points[name][0], -sign * points[name][1]))
    kept: list[str] = []
    for name in order:
        if not kept or sign * points[name][1] > sign * points[kept[-1]][1]:
            kept.append(name)
    return kept


def cost_chart(table: Table, name: str, direction: str, cost: str, letters: Mapping[str, str], palette: Palette = LIGHT) -> Chart | None:
    """``table``: a leaderboard; ``name`` and ``direction`` of its measure; ``cost``: one of COSTS. None for fewer than two points."""
    about, column = measure(name), next((c for c in table.columns if c.key == cost), None)
    key = f"{name}_{direction}"
    found = {str(row["model"]): (row.get(cost), row.get(key)) for row in table.rows}
    scale = 100 if about.scale == "percent" else 1
    points = {
        title: (spent.value, scale * reached.value)
        for title, (spent, reached) in found.items() if isinstance(spent, Number) and isinstance(reached, Number) and spent.value > 0
    }  # fmt: skip
    if column is None or len(points) < 2:
        return None
    best = frontier(points, about.better)
    figure = go.Figure()
    figure.add_scatter(
        x=[points[title][0] for title in best], y=[points[title][1] for title in best], mode="lines", name="frontier", hoverinfo="skip",
        line={"color": palette.accent, "shape": "hv", "width": 2},
    )  # fmt: skip
    colours = {"A": palette.a, "B": palette.b, "": palette.other}
    for letter, symbol in SYMBOLS.items():
        own = [title for title in points if letters.get(title, "") == letter]
        figure.add_scatter(
            x=[points[title][0] for title in own], y=[points[title][1] for title in own], mode="markers+text", text=[escape(title) for title in own], textposition="top center",
            name=letter, showlegend=False, marker={"color": colours[letter], "symbol": symbol, "size": 11, "line": {"width": 0}}, cliponaxis=False,
            hovertemplate=f"%{{text}}: %{{y:.1f}} at %{{x:.3g}}<extra>{column.heading}</extra>",
        )  # fmt: skip
    unit = f"{about.title}, %" if scale == 100 else about.title
    finished(figure, 340, xaxis={"title": f"{column.heading} (log scale)", "type": "log"}, yaxis={"title": unit})
    title = f"{about.title} against {_cost_name(column)}"
    alt = f"{title}. On the frontier, cheapest first: {', '.join(f'{each} ({points[each][1]:.1f})' for each in best)}."
    return Chart(f"cost-{cost}-{key}", title, figure, alt)


def _cost_name(column: Column) -> str:
    return {"training": "training time", "parameters": "parameters"}.get(column.key, "time for a query")
