"""Drawn charts: marks stand where their axes say, whatever the numbers, and titles are words, not markup."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.report.charts.base import ticks
from engine.report.charts.cost import cost_chart, frontier
from engine.report.charts.standing import standing_chart
from engine.report.tables import Column, Number, Table

VALUES = {"low": Number(0.2, 0.17, 0.24), "<b> & c": Number(0.61, 0.57, 0.66, "best"), "near": Number(0.59, 0.55, 0.64, "tied"), "bare": Number(0.4)}


def left(element):
    return float(re.search(r"left:(?:calc\()?(-?[\d.]+)%", element.get("style")).group(1))


def test_marks_and_intervals_stand_where_the_axis_says():
    drawing = standing_chart("recall_at_1", "text to image", VALUES, {"near": "B"})
    root = ElementTree.fromstring(drawing.html)
    *rows, axis, _ = root[0]
    marks = {float(mark.text): left(mark) for mark in axis[1]}
    assert min(marks) <= 17 and max(marks) >= 66
    unit = (marks[max(marks)] - marks[min(marks)]) / (max(marks) - min(marks))
    assert [row[0].text for row in rows] == ["<b> & c ●", "B · near ○", "bare", "low"], "the best on top"
    for row, title in zip(rows, ("<b> & c", "near", "bare", "low"), strict=True):
        number, (*parts,) = VALUES[title], row[1]
        assert left(parts[-1]) == pytest.approx((100 * number.value - min(marks)) * unit, abs=0.02)
        if number.low is not None:
            interval = parts[-2]
            width = float(re.search(r"width:([\d.]+)%", interval.get("style")).group(1))
            assert left(interval) == pytest.approx((100 * number.low - min(marks)) * unit, abs=0.02)
            assert width == pytest.approx(100 * (number.high - number.low) * unit, abs=0.02)
    assert root.get("aria-label") == drawing.alt and "Best: <b> & c with 61.0 (57.0–66.0)" in drawing.alt and "near" in drawing.alt


def test_less_is_better_for_ranks():
    drawing = standing_chart("median_rank", "text to image", {"a": Number(9.0, 8.0, 10.0), "b": Number(3.0, 3.0, 4.0, "best")}, {})
    assert drawing.alt.startswith("Median rank, text to image. Best: b with 3")


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_few_and_span_what_they_measure(low, width):
    found = ticks(low, low + width)
    steps = [b - a for a, b in pairwise(found)]
    assert 3 <= len(found) <= 8
    assert found[0] <= low + 1e-6 * width and found[-1] >= low + width * (1 - 1e-6)
    assert found[1] >= low - 1e-6 * width and found[-2] <= low + width * (1 + 1e-6), "none too many"
    assert max(steps) == pytest.approx(min(steps), rel=1e-3)


@pytest.mark.parametrize(("low", "high", "expected"), [(0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]), (0, 26, [0, 10, 20, 30]), (17, 66, [10, 20, 30, 40, 50, 60, 70]), (3, 3, [0, 1, 2, 3])])
def test_ticks_are_round(low, high, expected):
    assert ticks(low, high) == expected


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_the_frontier_is_what_nothing_else_beats(pairs):
    points = {str(place): (float(cost), float(quality)) for place, (cost, quality) in enumerate(pairs)}
    on = frontier(points)
    for name, (cost, quality) in points.items():
        beaten = any(c <= cost and q >= quality and (c, q) != (cost, quality) for c, q in points.values())
        assert (points[name] in {points[each] for each in on}) is not beaten
    assert [points[name] for name in on] == sorted({points[name] for name in on}), "cheapest first, each once"
    assert {points[name][1] for name in frontier({name: (c, -q) for name, (c, q) in points.items()}, "lower")} == {points[name][1] for name in on}


def cost_board(*kinds):
    columns = [Column("model", "Model"), Column("kind", "Settings"), Column("recall_at_1_y_to_x", "R@1", "percent"), Column("training", "Training", "seconds")]
    found = (("quick", 0.2, 1), ("slow", 0.3, 60), ("poor", 0.1, 30))
    rows = [{"model": name, "kind": kind, "recall_at_1_y_to_x": Number(q), "training": Number(s)} for (name, q, s), kind in zip(found, kinds, strict=False)]
    return Table("board", "Board", columns, rows)


def test_quality_stands_against_cost():
    chart = cost_chart(cost_board("tuned", "tuned", "tuned"), "recall_at_1", "y_to_x", "training", {"slow": "A"})
    assert chart and chart.alt.endswith("quick (20.0 at 1.0 s), slow (30.0 at 1.0 min).")
    names = ("quick", "poor", "slow")
    order = [chart.html.index(f">{name}</span>") for name in names]
    bold = [chart.html.rindex("<li", 0, place) for place in order]
    assert order == sorted(order) and ["font-weight:650" in chart.html[start:end].partition(">")[0] for start, end in zip(bold, order, strict=True)] == [True, False, True]
    assert chart.html.count(">A</span>") == 2 and chart.html.count(">2</span>") == 2, "in the plot and in the key"
    assert cost_chart(cost_board("tuned"), "recall_at_1", "y_to_x", "training", {}) is None
    assert cost_chart(cost_board("tuned", "tuned"), "recall_at_1", "y_to_x", "latency_y_to_x", {}) is None


def test_what_is_better_stands_higher_also_where_less_is():
    columns = [Column("model", "Model"), Column("median_rank_y_to_x", "Median rank", "rank"), Column("training", "Training", "seconds")]
    rows = [{"model": name, "median_rank_y_to_x": Number(rank), "training": Number(seconds)} for name, rank, seconds in (("quick", 6.5, 1), ("slow", 4, 60))]
    chart = cost_chart(Table("board", "Board", columns, rows), "median_rank", "y_to_x", "training", {})
    assert chart and "quick (6.5 at 1.0 s), slow (4 at 1.0 min)" in chart.alt
    heights = {title: float(re.search(rf'bottom:calc\(([\d.]+)%[^>]*title="{title}"', chart.html).group(1)) for title in ("quick", "slow")}
    assert heights["slow"] > heights["quick"]


def test_an_ensemble_is_drawn_beside_the_frontier_and_never_on_it():
    chart = cost_chart(cost_board("tuned", "ensemble", "tuned"), "recall_at_1", "y_to_x", "training", {})
    assert chart and chart.alt.endswith("cheapest first: quick (20.0 at 1.0 s).") and ">slow</span>" in chart.html and "inset" in chart.html
    assert cost_chart(cost_board("tuned", "ensemble"), "recall_at_1", "y_to_x", "training", {}) is None

