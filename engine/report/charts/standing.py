"""A measure of every contender with its interval, the best on top.

It is HTML and CSS rather than a Plotly figure, because it is the first thing the dashboard shows: the charts' library takes a
browser a second to start. Places along the axis are in percent, so that it fits any width.
"""

from collections.abc import Mapping
from html import escape

from engine.report.charts.base import LIGHT, Drawing, Palette, ticks
from engine.report.measures import measure
from engine.report.tables import MARKS, Number, shown

LABELS = "minmax(6rem, 38%)"  # the column of titles
SHAPES = {"A": "", "B": "transform:rotate(45deg)", "": "border-radius:50%"}  # square, diamond, circle


def standing_chart(name: str, where: str, values: Mapping[str, Number], letters: Mapping[str, str], palette: Palette = LIGHT) -> Drawing:
    """``values`` by title; ``letters``: "A" and "B" by title; ``where``: the direction in words."""
    about = measure(name)
    scale = 100 if about.scale == "percent" else 1
    order = sorted(values, key=lambda title: values[title].value, reverse=about.better != "lower")
    ends = [scale * end for value in values.values() for end in (value.low, value.value, value.high) if end is not None]
    axis = ticks(min(ends), max(ends))
    colours = {"A": palette.a, "B": palette.b, "": palette.other}
    rows = []
    for title in order:
        letter, value = letters.get(title, ""), values[title]
        label = (f"{letter} · " if letter else "") + title + MARKS[value.standing]
        track = _lines(axis, palette) + _interval(value, scale, axis, colours[letter]) + _point(value, scale, axis, colours[letter], SHAPES[letter])
        rows.append(_row(escape(label), f'<div style="position:relative;height:100%" title="{escape(title)}: {escape(shown(value, about.scale))}">{track}</div>'))
    numbers = "".join(f'<span style="position:absolute;left:{_place(tick, axis):.2f}%;transform:translateX(-50%)">{tick:g}</span>' for tick in axis)
    rows.append(_row("", f'<div style="position:relative;height:1.3em">{numbers}</div>', "opacity:.85"))
    unit = f"{about.title}, %" if scale == 100 else about.title
    rows.append(_row("", f'<div style="text-align:center">{escape(unit)}</div>', "opacity:.85"))
    best = next((title for title in order if values[title].standing == "best"), order[0])  # an ensemble may stand above it
    tied = [title for title in order if title != best and values[title].standing]
    said = f"Not told apart from it: {', '.join(tied)}." if tied else "Nothing else is tied with it."
    alt = f"{about.title}, {where}. Best: {best} with {shown(values[best], about.scale)}. {said}"
    html = f'<div role="img" aria-label="{escape(alt)}" style="font-size:.87rem;line-height:1.3;padding-right:1rem"><div aria-hidden="true">{"".join(rows)}</div></div>'
    return Drawing(f"standing-{name}", f"{about.title}, {where}", html, alt)


def _row(label: str, track: str, style: str = "min-height:2.1rem") -> str:
    return (
        f'<div style="display:grid;grid-template-columns:{LABELS} 1fr;column-gap:1rem;align-items:stretch;{style}">'
        f'<div style="text-align:right;align-self:center;overflow-wrap:anywhere">{label}</div>{track}</div>'
    )


def _place(value: float, axis: list[float]) -> float:
    return 100 * (value - axis[0]) / (axis[-1] - axis[0])


def _lines(axis: list[float], palette: Palette) -> str:
    return "".join(f'<div style="position:absolute;left:{_place(tick, axis):.2f}%;top:0;bottom:0;border-left:1px solid {palette.line};opacity:.45"></div>' for tick in axis)


def _interval(value: Number, scale: float, axis: list[float], colour: str) -> str:
    if value.low is None or value.high is None:
        return ""
    low, high = _place(scale * value.low, axis), _place(scale * value.high, axis)
    ends = f"border-left:2px solid {colour};border-right:2px solid {colour}"
    return (
        f'<div style="position:absolute;left:{low:.2f}%;width:{high - low:.2f}%;top:calc(50% - 5px);height:10px;box-sizing:border-box;{ends}">'
        f'<div style="position:absolute;left:0;right:0;top:4px;height:2px;background:{colour}"></div></div>'
    )


def _point(value: Number, scale: float, axis: list[float], colour: str, shape: str) -> str:
    place = _place(scale * value.value, axis)
    return f'<div style="position:absolute;left:calc({place:.2f}% - 5px);top:calc(50% - 5px);width:10px;height:10px;background:{colour};{shape}"></div>'
