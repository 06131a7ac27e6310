"""Checkpoints as tables and text: measures with their intervals, and what a card says about how a model came to be."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.asking import catalogue
from app.frame import explain, words

DIRECTIONS = {"y_to_x": "search", "x_to_y": "annotation"}
COLUMNS = [(m, d) for d in DIRECTIONS for m in ("recall_at_1", "recall_at_10", "median_rank", "mean_average_precision")]


def table(entries: Sequence[catalogue.Entry]) -> tuple[pd.DataFrame, Mapping[str, Any], str]:
    """One row per checkpoint, columns' settings for ``st.dataframe``, and a note on what the numbers are."""
    rows, widest, sizes = [], [], set()
    for entry in entries:
        row: dict[str, Any] = {"Model": entry.title}
        metrics = {(m.measure, m.direction): m for m in entry.card.metrics if m.split.startswith("test")}
        for key in COLUMNS:
            if key in metrics:
                row[_heading(*key)] = figure(metrics[key])
                sizes.add((metrics[key].direction, metrics[key].queries, metrics[key].candidates))
        row["Parameters"] = entry.card.model.parameters
        row["Training, s"] = round(entry.card.training.seconds)
        rows.append(row)
        widest += [name for name in row if name not in widest]
    order = [name for name in ("Model", *(_heading(*key) for key in COLUMNS), "Parameters", "Training, s") if name in widest]
    settings: dict[str, Any] = {
        _heading(measure, direction): st.column_config.TextColumn(help=explain.MEASURES[measure][1], alignment="right")
        for measure, direction in COLUMNS
    }
    settings["Parameters"] = st.column_config.NumberColumn(format="localized")
    settings["Training, s"] = st.column_config.NumberColumn(format="localized")
    asked = [f"{DIRECTIONS[d]}: {queries:,} questions among {candidates:,}" for d, queries, candidates in sorted(sizes) if d in DIRECTIONS]
    return pd.DataFrame(rows)[order], settings, "Test split, with 95 % intervals over the questions. " + "; ".join(asked).capitalize() + "."


def figure(metric: Any) -> str:
    """A value with its interval, in percent for rates, with no more digits than the interval supports."""
    percent = metric.measure in explain.RATES
    scale = 100 if percent else 1
    low, high = metric.low, metric.high
    if low is None or high is None:
        return f"{metric.value * scale:.1f}" if percent else f"{metric.value:g}"
    digits = 1 if percent or not all(number.is_integer() for number in (metric.value, low, high)) else 0
    return f"{metric.value * scale:.{digits}f}  ({low * scale:.{digits}f}–{high * scale:.{digits}f})"


def provenance(card: catalogue.Card) -> str:
    """How a checkpoint came to be, as a Markdown list."""
    encoders = [f"{view} by {words.escaped(encoder.shown)} ({encoder.dim} numbers)" for view, encoder in card.encoders if encoder]
    splits = [f"{words.escaped(name)}: {split.n_x:,} + {split.n_y:,} items, hash {words.escaped(split.hash[:12])}" for name, split in card.data.splits.items()]
    lines = {
        "Data": "; ".join(splits),
        "Features": "; ".join(encoders) or "the data are vectors already",
        "Settings": words.escaped(", ".join(f"{name} = {value}" for name, value in card.model.settings.items())) or "none",
        "Training": f"{words.escaped(card.kind)}, seed {card.training.seed}, {card.training.epochs_run} epochs, {card.training.seconds:.0f} s on {words.escaped(card.training.device)}",
        "Versions": words.escaped(", ".join(f"{name} {version}" for name, version in card.versions.items())),
        "Created": words.escaped(card.created),
        "Notes": words.escaped(" ".join(card.notes.split())),
    }
    return "\n".join(f"- **{name}** {text}" for name, text in lines.items() if text)


def _heading(measure: str, direction: str) -> str:
    return f"{explain.MEASURES[measure][0]} {DIRECTIONS[direction]}"
