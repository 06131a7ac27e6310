"""Quality against cost: every contender as a numbered point, the frontier of what nothing else beats at its cost or below, and a key.

HTML and CSS as ``standing.py``: it fits any width, and names stand in the key, where they cannot lie over each other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10

from engine.report.charts.base import LIGHT, Drawing, Palette, ticks
from engine.report.measures import measure
from engine.report.tables import Number, Table, figure

HEADINGS = {"training": "Training", "parameters": "Parameters", "latency_y_to_x": "A query", "latency_x_to_y": "A query"}  # of the costs
TOLD = {"training": "training time", "parameters": "parameters", "latency_y_to_x": "time for a query", "latency_x_to_y": "time for a query"}
AXES = {"training": "Training time", "parameters": "Parameters", "latency_y_to_x": "Time for a query", "latency_x_to_y": "Time for a query"}
ROUND_SECONDS: tuple[Sequence[float], Sequence[float]] = ((0.01, 0.1, 1, 10, 60, 600, 3600, 36_000), (0.02, 0.05, 0.2, 0.5, 2, 5, 20, 30, 120, 300, 1200, 1800, 7200, 18_000))  # marks of an axis, and more where these are few
HEIGHT, MARGIN = "17rem", 0.06  # of the plot; room beside its outermost points, in its widths
BADGE = "1.35rem"
KEY_ROW = f"display:grid;grid-template-columns:{BADGE} 1fr 3.8rem 4.2rem;column-gap:.6rem;align-items:center;margin:0;padding:.2rem 0;font-size:inherit"


@dataclass(frozen=True)
class Point:
    """``sign``: A, B or a number; ``reached``: the quality as people read it; ``single``: no ensemble."""

    title: str
    sign: str
    cost: float
    quality: float
    reached: str
    single: bool


def frontier(points: Mapping[str, tuple[float, float]], better: str = "higher") -> list[str]:
    """Names of the points (cost, quality) that no other equals or beats in both, cheapest first; of equals the first counts."""
    sign = -1 if better == "lower" else 1
    order = sorted(points, key=lambda name: (points[name][0], -sign * points[name][1]))
    kept: list[str] = []
    for name in order:
        if not kept or sign * points[name][1] > sign * points[kept[-1]][1]:
            kept.append(name)
    return kept


def cost_chart(table: Table, name: str, direction: str, cost: str, letters: Mapping[str, str], palette: Palette = LIGHT) -> Drawing | None:
    """``table``: a leaderboard; ``name`` and ``direction`` of its measure; ``cost``: a key of HEADINGS. None for fewer than two single models."""
    about, key = measure(name), f"{name}_{direction}"
    scale = 100 if about.scale == "percent" else 1
    titles = [str(row["model"]) for row in table.rows]
    signs = dict(letters) | {title: str(number) for number, title in enumerate((t for t in titles if t not in letters), 1)}  # the same against every cost
    points = [
        Point(title, signs[title], spent.value, scale * reached.value, figure(reached.value, about.scale), row.get("kind") != "ensemble")
        for title, row in zip(titles, table.rows, strict=True)
        if isinstance(spent := row.get(cost), Number) and isinstance(reached := row.get(key), Number) and spent.value > 0
    ]  # fmt: skip
    by_title = {point.title: point for point in points}
    if sum(point.single for point in points) < 2:
        return None
    best = frontier({point.title: (point.cost, point.quality) for point in points if point.single}, about.better)
    unit = f"{about.title}, %" if scale == 100 else about.title
    title = f"{about.title} against {TOLD[cost]}"
    told = [f"{each} ({by_title[each].reached} at {_said(by_title[each].cost, cost)})" for each in best]
    alt = f"{title}. On the frontier, cheapest first: {', '.join(told)}."
    plot = _plot(points, [by_title[each] for each in best], unit, cost, about.better == "lower", palette)
    html = f'<div style="font-size:.87rem;line-height:1.3"><div role="img" aria-label="{escape(alt)}"><div aria-hidden="true">{plot}</div></div>{_key(points, best, unit, cost, palette)}</div>'
    return Drawing(f"cost-{cost}-{key}", title, html, alt)


def _plot(points: Sequence[Point], best: Sequence[Point], unit: str, cost: str, downwards: bool, palette: Palette) -> str:
    """``downwards``: whether less is better; what is better stands higher."""
    low, high = log10(min(point.cost for point in points)), log10(max(point.cost for point in points))
    wide = (high - low) or 1.0
    axis = ticks(min(point.quality for point in points), max(point.quality for point in points))

    def along(cost: float) -> float:
        return 100 * (MARGIN + (1 - 2 * MARGIN) * (log10(cost) - low) / wide)

    def up(quality: float) -> float:
        place = (quality - axis[0]) / (axis[-1] - axis[0])
        return 100 * (1 - place if downwards else place)

    lines = "".join(f'<div style="position:absolute;bottom:{up(tick):.2f}%;left:0;right:0;border-top:1px solid {palette.line};opacity:.45"></div>' for tick in axis)
    levels = "".join(f'<span style="position:absolute;bottom:{up(tick):.2f}%;right:.5rem;transform:translateY(50%)">{tick:g}</span>' for tick in axis)
    costs = "".join(f'<span style="position:absolute;left:{along(tick):.2f}%;transform:translateX(-50%);white-space:nowrap">{_said(tick, cost, "g")}</span>' for tick in _marks(10**low, 10**high, cost))
    marks = "".join(
        f'<div style="position:absolute;left:calc({along(point.cost):.2f}% - {BADGE} / 2);bottom:calc({up(point.quality):.2f}% - {BADGE} / 2)" title="{escape(point.title)}">{_badge(point, palette)}</div>'
        for point in sorted(points, key=lambda point: point.sign in "AB")
    )  # fmt: skip
    return (
        f'<div style="opacity:.85;padding-bottom:.8rem">{escape(unit)}</div>'
        f'<div style="display:grid;grid-template-columns:2.4rem 1fr"><div style="position:relative;opacity:.85">{levels}</div>'
        f'<div style="position:relative;height:{HEIGHT}">{lines}{_stairs(best, along, up, palette)}{marks}</div>'
        f'<div></div><div style="position:relative;height:1.4em;margin-top:.7rem;opacity:.85">{costs}</div>'
        f'<div></div><div style="text-align:center;opacity:.85">{AXES[cost]}, logarithmic</div></div>'
    )


def _stairs(best: Sequence[Point], along: Callable[[float], float], up: Callable[[float], float], palette: Palette) -> str:
    """From each point of the frontier to the next, which is better, and on to the dearest."""
    steps = []
    for here, after in zip(best, [*best[1:], None], strict=True):
        right = along(after.cost) if after else 100.0
        steps.append(f'<div style="position:absolute;left:{along(here.cost):.2f}%;width:{right - along(here.cost):.2f}%;bottom:calc({up(here.quality):.2f}% - 1px);height:2px;background:{palette.accent}"></div>')
        if after:
            low, high = sorted((up(here.quality), up(after.quality)))
            steps.append(f'<div style="position:absolute;left:calc({right:.2f}% - 1px);width:2px;bottom:{low:.2f}%;height:{high - low:.2f}%;background:{palette.accent}"></div>')
    return "".join(steps)


def _badge(point: Point, palette: Palette) -> str:
    """A square for A, a diamond for B, a circle with a number for others, a ring for an ensemble."""
    colour = {"A": palette.a, "B": palette.b}.get(point.sign, palette.other)
    shape = {"A": "", "B": "transform:rotate(45deg) scale(.85);"}.get(point.sign, "border-radius:50%;")
    filled = f"background:{colour};color:{palette.page}" if point.single else f"background:{palette.page};box-shadow:inset 0 0 0 2px {colour};color:{colour}"
    turned = ' style="transform:rotate(-45deg)"' if point.sign == "B" else ""
    return f'<div style="width:{BADGE};height:{BADGE};display:grid;place-items:center;font-size:.72rem;font-weight:650;{shape}{filled}"><span{turned}>{escape(point.sign)}</span></div>'


def _key(points: Sequence[Point], best: Sequence[str], unit: str, cost: str, palette: Palette) -> str:
    """Every point, cheapest first: its sign, name, quality and cost; in bold what is on the frontier. A list: tables have a look of their own where this stands."""
    number = "text-align:right;font-variant-numeric:tabular-nums"
    line = f'<span style="display:inline-block;width:1.4rem;height:2px;background:{palette.accent};vertical-align:middle"></span>'
    head = f'<span></span><span>{line} the frontier, in bold</span><span style="{number}">{escape(unit)}</span><span style="{number}">{HEADINGS[cost]}</span>'
    rows = "".join(
        f'<li style="{KEY_ROW}{";font-weight:650" * (point.title in best)}">{_badge(point, palette)}<span style="overflow-wrap:anywhere">{escape(point.title)}</span>'
        f'<span style="{number}">{point.reached}</span><span style="{number}">{_said(point.cost, cost)}</span></li>'
        for point in sorted(points, key=lambda point: point.cost)
    )  # fmt: skip
    return f'<div style="{KEY_ROW};margin-top:1rem;opacity:.85">{head}</div><ol style="list-style:none;margin:0;padding:0">{rows}</ol>'


def _marks(low: float, high: float, cost: str) -> list[float]:
    """Round costs along the axis."""
    decades = [10.0**power for power in range(-4, 13)]
    few, more = ROUND_SECONDS if cost == "training" else (decades, [by * decade for decade in decades for by in (2, 5)])
    found = [mark for mark in few if low <= mark <= high]
    return found if len(found) > 2 else sorted(mark for mark in (*few, *more) if low <= mark <= high)


def _said(value: float, cost: str, digits: str = "#.2g") -> str:
    """A cost in the unit in which people think of it."""
    units = {"training": ((3600, "h"), (60, "min"), (1, "s")), "parameters": ((10**9, "G"), (10**6, "M"), (10**3, "k"), (1, ""))}.get(cost, ((1000, "s"), (1, "ms")))
    unit, name = next((own for own in units if value >= own[0]), units[-1])
    number = value / unit
    return f"{number:.0f} {name}".strip() if number >= 100 else f"{format(number, digits).rstrip('.')} {name}".strip()
