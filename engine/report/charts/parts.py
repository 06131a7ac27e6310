"""The difference between two models on parts of the queries, with its interval."""

import plotly.graph_objects as go

from engine.report.charts.base import LIGHT, Chart, Palette, finished
from engine.report.tables import Number, Table

MOST = 16  # parts; of more, those with the largest differences


def parts_chart(table: Table, palette: Palette = LIGHT) -> Chart:
    """``table`` as ``parts_table`` makes it. Right of 0 A is better, left B; filled where the interval leaves out 0."""
    rows = list(table.rows)
    if len(rows) > MOST:
        rows = sorted(sorted(rows, key=lambda row: -abs(_gap(row).value))[:MOST], key=lambda row: -_gap(row).value)
    figure = go.Figure()
    figure.add_vline(x=0, line={"color": palette.line, "width": 1.5})
    labels = [f"{row['part']} ({row['queries'].value:,.0f})" for row in rows]  # type: ignore[union-attr]
    for better, colour, symbol in (("A", palette.a, "square"), ("B", palette.b, "diamond"), ("", palette.other, "circle-open")):
        own = [place for place, row in enumerate(rows) if _better(_gap(row)) == better]
        if own:
            gaps = [_gap(rows[place]) for place in own]
            figure.add_scatter(
                x=[100 * g.value for g in gaps], y=[labels[place] for place in own], mode="markers", name=f"{better} is better" if better else "may be noise",
                marker={"color": colour, "symbol": symbol, "size": 10}, hovertemplate="%{y}: %{x:+.1f} points<extra></extra>",
                error_x={
                    "type": "data", "symmetric": False, "thickness": 1.8, "width": 4, "color": colour,
                    "array": [100 * ((g.high or 0) - g.value) for g in gaps], "arrayminus": [100 * (g.value - (g.low or 0)) for g in gaps],
                },
            )  # fmt: skip
    figure.update_yaxes(categoryorder="array", categoryarray=labels[::-1])
    finished(figure, 110 + 26 * len(rows), xaxis={"title": f"{table.columns[2].title.partition(', ')[2]}, A − B in points"})
    told = [f"{better} on {', '.join(names)}" for better in "AB" if (names := [str(row["part"]) for row in table.rows if _better(_gap(row)) == better])]
    alt = f"{table.title}: " + ("better beyond noise is " + "; ".join(told) if told else "no part differs by more than noise") + "."
    return Chart(table.key, table.title, figure, alt)


def _gap(row) -> Number:
    return row["difference"]


def _better(gap: Number) -> str:
    return "" if not gap.standing else "A" if gap.value > 0 else "B"
