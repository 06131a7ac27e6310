"""A search for settings, to read: every point in a Markdown table, best first, and a plot of the measure along each setting (SVG)."""

import json
from io import StringIO
from typing import Any

from engine.metric import is_rate
from engine.recipes.choose import Choice

WIDTH, HEIGHT = 3.2, 2.8  # inches of one panel


def markdown(choice: Choice, picture: str) -> str:
    """The page beside the plot ``picture``, a file name. Rates in percent."""
    grid = " ".join(f"{name}={','.join(_typed(value) for value in values)}" for name, values in choice.grid.items())
    said = ", ".join(f"{name} = {_shown(value)}" for name, value in choice.best.settings.items())
    head = [*choice.grid, measure := choice.measure.replace("_", " "), "R@1 x→y", "R@1 y→x", "epochs", "parameters", "seconds"]
    rows = [
        [
            *(_shown(point.settings[name]) for name in choice.grid), _value(choice.measure, point.value), _rate(point.annotation), _rate(point.search), f"{point.best_epoch or point.epochs} of {point.epochs}", f"{point.parameters:,}", f"{point.seconds:.0f}",
        ]
        for point in sorted(choice.points, key=lambda point: -point.value)
    ]  # fmt: skip
    table = "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])
    return (
        f"# {choice.recipe}: {choice.name}\n\nWritten by `python -m engine choose {choice.recipe} {grid} --name {choice.name}`: {len(choice.points)} runs, "
        f"{choice.minutes:.1f} minutes of training, seed {choice.seed}, measured by {measure} on the split {choice.split}. "
        f"Chosen: **{said}**.\n\n{table}\n\n![{measure} along each setting]({picture})\n"
    )


def svg(choice: Choice) -> str:
    """A panel per setting: every point, and a line through the best of each value."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    scale = 100 if _in_percent(choice.measure) else 1
    with rc_context({"svg.hashsalt": choice.name, "svg.fonttype": "none"}):  # the same search, the same file
        figure = Figure(figsize=(WIDTH * len(choice.grid), HEIGHT), layout="constrained")
        panels = figure.subplots(1, len(choice.grid), sharey=True, squeeze=False)[0]
        for panel, (name, values) in zip(panels, choice.grid.items(), strict=True):
            reached = [[scale * point.value for point in choice.points if point.settings[name] == value] for value in values]
            places = [place for place, found in enumerate(reached) if found]
            panel.scatter([place for place in places for _ in reached[place]], [v for place in places for v in reached[place]], s=16, color="#6b6660")
            panel.plot(places, [max(reached[place]) for place in places], color="#0a7a5c", linewidth=1.5)
            panel.set_xticks(range(len(values)), [_shown(value) for value in values])
            panel.set_xlabel(name)
        panels[0].set_ylabel(choice.measure.replace("_", " ") + (" in %" if scale == 100 else ""))
        file = StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _in_percent(measure: str) -> bool:
    return measure.startswith("mrr") or is_rate(measure)


def _value(measure: str, value: float) -> str:
    return f"{100 * value:.2f} %" if _in_percent(measure) else f"{value:.2f}"


def _typed(value: Any) -> str:
    """As the command takes it."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _shown(value: Any) -> str:
    return "×".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value).lower() if isinstance(value, bool) else str(value)
