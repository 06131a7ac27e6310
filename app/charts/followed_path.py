"""A recording followed through a score: how alike each instant and each note are, the path found through them, and the true one."""

import numpy as np
import plotly.graph_objects as go

MOST_CELLS = 400  # along each side of the picture of likenesses
PATH, TRUTH = "#d62728", "#1f77b4"


def followed_path(seconds: np.ndarray, scores: np.ndarray, moments: np.ndarray, truth: np.ndarray | None) -> go.Figure:
    """``seconds`` (n,), ``scores`` (n, m), ``moments`` and ``truth`` (n,): numbers of notes from 0 in the order in which they are played."""
    rows, columns = (max(1, -(-size // MOST_CELLS)) for size in scores.shape)
    shown = np.round(np.clip(scores[::rows, ::columns].T, -1, 1), 2)
    figure = go.Figure(go.Heatmap(
        z=shown, x=seconds[::rows], y=np.arange(0, scores.shape[1], columns) + 1, colorscale="Greys", zmin=-0.2, zmax=1, showscale=False,
        hovertemplate="%{x:.1f} s, note %{y}: %{z:.2f}<extra></extra>",
    ))  # fmt: skip
    if truth is not None:
        figure.add_scatter(x=seconds, y=truth + 1, mode="lines", name="the truth", line={"color": TRUTH, "width": 5, "shape": "hv"}, opacity=0.6, hoverinfo="skip")
    figure.add_scatter(x=seconds, y=moments + 1, mode="lines", name="the path found", line={"color": PATH, "width": 2, "shape": "hv"}, hovertemplate="%{x:.1f} s: note %{y}<extra></extra>")
    figure.update_layout(
        height=320, margin={"l": 50, "r": 10, "t": 10, "b": 40}, legend={"orientation": "h", "y": 1.12, "x": 0},
        xaxis={"title": "seconds of the recording"}, yaxis={"title": "notes as played"},
    )  # fmt: skip
    return figure
