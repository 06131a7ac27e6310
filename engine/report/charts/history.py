"""How two models' training went: the measure that was watched, and the loss."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.checkpoints.history import History
from engine.report.charts.base import LIGHT, Chart, Palette, finished

DASHES = ("solid", "dash", "dot", "dashdot")


def history_chart(titles: tuple[str, str], histories: tuple[History, History], palette: Palette = LIGHT) -> Chart:
    """Epochs are counted over all stages. Losses of different models have different scales: each is drawn as a share of its first."""
    figure = make_subplots(rows=1, cols=2, subplot_titles=("On the validation split", "Training loss, of the first epoch's"), horizontal_spacing=0.12)
    told = []
    for letter, title, history, colour, symbol in zip("AB", titles, histories, (palette.a, palette.b), ("square", "diamond"), strict=True):
        _lines(figure, f"{letter}: {title}", history, colour, symbol)
        kept = f", epoch {history.best_epoch} was kept" if history.best_epoch else ""
        told.append(f"{letter} was fitted in closed form" if not any(e.losses for e in history.epochs) else f"{letter} trained for {len(history.epochs)} epochs{kept}")
    finished(figure, 330, margin={"l": 8, "r": 12, "t": 74, "b": 8}, legend={"orientation": "h", "y": 1.14, "yanchor": "bottom", "x": 0})
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(ticksuffix=" %", col=2)
    return Chart("history", "Training", figure, "Training histories: " + "; ".join(told) + ".")


def running_chart(history: History, palette: Palette = LIGHT) -> Chart:
    """One training while it goes on: the measure that is watched, and the loss as a share of its first."""
    figure = make_subplots(rows=1, cols=2, subplot_titles=("Validation", "Training loss"), horizontal_spacing=0.12)  # as short as a phone is narrow
    _lines(figure, "", history, palette.accent, "circle")
    finished(figure, 240, margin={"l": 8, "r": 12, "t": 34, "b": 8}, showlegend=False)
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(ticksuffix=" %", col=2)
    last = history.epochs[-1]
    told = ", ".join(f"{_watched(name)} {value:.3g}" for name, value in last.validation.items()) or "no validation measure"
    return Chart("running", "Training", figure, f"Training so far: {len(history.epochs)} epochs; {told}; loss {sum(last.losses.values()):.3g}.")


def _lines(figure: go.Figure, name: str, history: History, colour: str, symbol: str) -> None:
    watched = list(dict.fromkeys(measure for epoch in history.epochs for measure in epoch.validation))
    for place, measure in enumerate(watched):
        epochs = [(n, epoch.validation[measure]) for n, epoch in enumerate(history.epochs, 1) if measure in epoch.validation]
        _line(figure, epochs, f"{name}, {_watched(measure)}", colour, symbol, DASHES[place % len(DASHES)], 1)
    losses = [(n, sum(epoch.losses.values()), epoch.stage) for n, epoch in enumerate(history.epochs, 1) if epoch.losses]
    for place, stage in enumerate(dict.fromkeys(stage for _, _, stage in losses)):
        own = [(n, value) for n, value, of in losses if of == stage]
        first = abs(own[0][1]) or 1.0
        label = name if stage == "all" else f"{name}, {stage}"
        _line(figure, [(n, 100 * value / first) for n, value in own], label, colour, symbol, DASHES[place % len(DASHES)], 2)


def _watched(measure: str) -> str:
    """"mrr_x_to_y" as people read it."""
    return measure.replace("mrr", "MRR").replace("_x_to_y", ", x → y").replace("_y_to_x", ", y → x").replace("_", " ")


def _line(figure: go.Figure, points: list[tuple[int, float]], name: str, colour: str, symbol: str, dash: str, column: int) -> None:
    figure.add_scatter(
        x=[n for n, _ in points], y=[value for _, value in points], name=name, mode="lines+markers", showlegend=column == 1, row=1, col=column,
        line={"color": colour, "dash": dash, "width": 2}, marker={"symbol": symbol, "size": 6}, hovertemplate=f"{name}<br>epoch %{{x}}: %{{y:.3g}}<extra></extra>",
    )  # fmt: skip
