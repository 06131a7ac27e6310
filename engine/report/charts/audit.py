"""The literature's sum of correlations beside the canonical sum, model by model."""

from collections.abc import Sequence

import plotly.graph_objects as go

from engine.report.audit import Audited
from engine.report.charts.base import LIGHT, Chart, Palette, finished


def audit_chart(found: Sequence[Audited], palette: Palette = LIGHT) -> Chart:
    """A line joins the two sums of a model: a long line is what copies added, or what the sum missed."""
    titles = [one.title for one in found]
    figure = go.Figure()
    for one in found:
        figure.add_scatter(x=[one.sum.value, one.canonical.value], y=[one.title] * 2, mode="lines", line={"color": palette.line, "width": 3}, hoverinfo="skip", showlegend=False)
    for name, values, colour, symbol in (
        ("as the literature sums it", [one.sum.value for one in found], palette.other, "circle-open"),
        ("canonical: copies count once", [one.canonical.value for one in found], palette.accent, "diamond"),
        ("effective rank", [one.rank.value for one in found], palette.other, "line-ns-open"),
    ):
        figure.add_scatter(x=values, y=titles, mode="markers", name=name, marker={"color": colour, "symbol": symbol, "size": 12, "line": {"width": 2.5}}, hovertemplate="%{y}: %{x:.1f}<extra></extra>")
    figure.update_yaxes(categoryorder="array", categoryarray=titles[::-1])
    finished(figure, 100 + 36 * len(found), xaxis={"title": "sum over dimensions; directions", "rangemode": "tozero"})
    told = "; ".join(f"{one.title} {one.sum.value:.1f} and {one.canonical.value:.1f}, effective rank {one.rank.value:.1f}" for one in found)
    return Chart("audit", "Three numbers for one claim", figure, f"Sum of correlations and canonical sum: {told}.")
