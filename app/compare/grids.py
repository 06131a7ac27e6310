"""Tables of the engine as grids: sorted by their numbers, read with their intervals and marks."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.compare.ask import Column, Number, Table, cell


def grid(table: Table, alt: str, letters: Mapping[str, str] | None = None, groups: Sequence[str] | None = None, **options: Any) -> None:
    """Draw a table. ``letters``: A and B by the model's title; ``groups``: of columns, those to show (all by default); columns of no group always are."""
    columns = [c for c in table.columns if not c.group or groups is None or c.group in groups]
    frame, texts = frames(table, columns, letters or {})
    bold = [["font-weight: 700" if isinstance(v := row.get(c.key), Number) and v.standing in ("best", "real") else "" for c in columns] for row in table.rows]
    styled = frame.style.format({heading: partial(_said, said) for heading, said in texts.items()}, na_rep="–")
    styled.apply(lambda _: pd.DataFrame(bold, frame.index, frame.columns), axis=None)
    st.dataframe(styled, hide_index=True, alt=alt, column_config=_config(columns, frame, texts), **options)  # type: ignore[arg-type]


def frames(table: Table, columns: Sequence[Column], letters: Mapping[str, str]) -> tuple[pd.DataFrame, dict[Any, dict[float, str]]]:
    """The table's numbers to sort by and, for each column of numbers, what each of them says.

    Of equal numbers that say different things (their intervals differ), all but one are moved by what nobody can see.
    """
    headings: list[Any] = [(column.group, column.heading) if any(c.group for c in columns) else column.heading for column in columns]
    values: list[list[Any]] = []
    texts: dict[Any, dict[float, str]] = {}
    for heading, column in zip(headings, columns, strict=True):
        found = [row.get(column.key) for row in table.rows]
        said = [cell(row, column) for row in table.rows]
        if not any(isinstance(value, Number) for value in found):
            values.append([f"{letters[text]} · {text}" if column.key == "model" and text in letters else text for text in said])
            continue
        own = texts.setdefault(heading, {})
        values.append([_told_apart(value.value, text, own) if isinstance(value, Number) else None for value, text in zip(found, said, strict=True)])
    frame = pd.DataFrame(dict(enumerate(values)))
    frame.columns = pd.MultiIndex.from_tuples(headings) if isinstance(headings[0], tuple) else pd.Index(headings)
    return frame, texts


def _told_apart(value: float, text: str, texts: dict[float, str]) -> float:
    number = float(value)
    while texts.setdefault(number, text) != text:
        number = float(np.nextafter(number, np.inf))
    return number


def _said(texts: dict[float, str], value: Any) -> str:
    return texts[value]


def _config(columns: Sequence[Column], frame: pd.DataFrame, texts: Mapping[Any, Mapping[float, str]]) -> dict[int, Any]:
    """By position, the hidden index being 0. Numbers have room to be bold: the browser measures them as they are in plain type."""
    config: dict[int, Any] = {}
    for place, column in enumerate(columns):
        if pd.api.types.is_numeric_dtype(frame.iloc[:, place]):
            longest = max(map(len, (column.heading, *texts.get(frame.columns[place], {}).values())))
            config[place + 1] = st.column_config.NumberColumn(help=column.help or None, width=20 + int(6.6 * longest))
        else:
            config[place + 1] = st.column_config.TextColumn(help=column.help or None, pinned=place == 0 or None)
    return config
