"""The start page's chart: its points stand where its axes say, and titles are words, not markup."""

import re
from xml.etree import ElementTree

import pytest

from app.charts.sum_and_recall import HEIGHT, WIDTH, sum_and_recall

SVG = "{http://www.w3.org/2000/svg}"


def test_points_stand_where_the_axes_say():
    drawn = ElementTree.fromstring(sum_and_recall(["a", "<b> & c", "d"], [100, 400, 250], [0.3, 0.05, 0.2], [1, 0], "#000", "#ccc"))
    circles = [(float(c.get("cx")), float(c.get("cy"))) for c in drawn.iter(f"{SVG}circle")]
    marked = next(p.get("d") for p in drawn.iter(f"{SVG}path") if p.get("fill"))
    x, top = map(float, re.match(r"M([\d.]+) ([\d.]+)", marked).groups())
    points = [circles[0], (x, top + 8), circles[1]]
    labels = {text.text: (float(text.get("x")), float(text.get("y"))) for text in drawn.iter(f"{SVG}text")}
    for (x, y), total, share in zip(points, [100, 400, 250], [30, 5, 20], strict=True):
        assert 0 < x < WIDTH and 0 < y < HEIGHT
        unit = (labels["400"][0] - labels["100"][0]) / 300
        assert x == pytest.approx(labels["100"][0] + (total - 100) * unit, abs=0.2)
        up = (labels["10"][1] - labels["30"][1]) / 20
        assert y + 4 == pytest.approx(labels["30"][1] + (30 - share) * up, abs=0.2)
    assert "<b> & c" in labels and "a" in labels and "d" not in labels
