"""Tables as data: the page draws them, the report prints them, CSV and JSON carry every number with its interval."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from engine.report.measures import UNITS, Scale


@dataclass(frozen=True)
class Number:
    """``value`` with its 95 % interval. ``standing``: "best" of its column, or "tied" with the best; "real": a difference whose
    interval leaves out 0. Rates are fractions in [0, 1], as everywhere in the engine."""

    value: float
    low: float | None = None
    high: float | None = None
    standing: Literal["", "best", "tied", "real"] = ""


Value = str | Number | None
MARKS = {"best": " ●", "tied": " ○", "real": " ●", "": ""}


@dataclass(frozen=True)
class Column:
    """``group``: which columns are shown and hidden together."""

    key: str
    title: str
    scale: Scale = "text"
    help: str = ""
    group: str = ""

    @property
    def heading(self) -> str:
        unit = UNITS.get(self.scale, "")
        return f"{self.title}, {unit}" if unit else self.title


@dataclass(frozen=True)
class Table:
    """``key`` names its file. ``note`` says what the numbers are over."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Value]]
    note: str = ""


def shown(value: Value, scale: Scale, signed: bool = False) -> str:
    """A value as people read it: rates in percent, an interval in brackets, no more digits than that supports."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    text = figure(value.value, scale, signed)
    if value.low is not None and value.high is not None:
        between = " to " if signed else "–"
        text += f" ({figure(value.low, scale, signed)}{between}{figure(value.high, scale, signed)})"
    return text + MARKS[value.standing]


def cell(row: Mapping[str, Value], column: Column) -> str:
    """A row's value in a column as people read it. A row that names a ``scale`` has numbers of its own kind."""
    scale = row.get("scale")
    return shown(row.get(column.key), scale if isinstance(scale, str) else column.scale, signed=column.key == "difference")  # type: ignore[arg-type]


def figure(value: float, scale: Scale, signed: bool = False) -> str:
    return _digits(value, scale, signed and value != 0).replace("-", "−")


def _digits(value: float, scale: Scale, signed: bool) -> str:
    sign = "+z" if signed else "z"  # z: what rounds to zero has no minus before it
    if scale == "percent":
        return f"{100 * value:{sign}.1f}"
    if scale == "count":
        return f"{round(value):{sign.removesuffix('z')},}"
    if scale == "rank":
        return f"{value:{sign},.1f}".removesuffix(".0")
    if scale == "probability":
        return "< 0.0001" if value < 0.0001 else f"{value:.2g}"
    if scale in ("seconds", "milliseconds", "megabytes"):
        return f"{value:{sign},.0f}" if abs(value) >= 100 else f"{value:{sign}.1f}" if abs(value) >= 1 else f"{value:{sign}.2g}"
    return f"{value:{sign},.1f}"


def records(table: Table) -> list[dict[str, Any]]:
    """Plain rows: each number as ``key``, ``key_low``, ``key_high`` and ``key_standing`` where there are such."""
    made = []
    for row in table.rows:
        record: dict[str, Any] = {}
        for column in table.columns:
            value = row.get(column.key)
            if not isinstance(value, Number):
                record[column.key] = value
                continue
            record[column.key] = value.value
            if value.low is not None:
                record |= {f"{column.key}_low": value.low, f"{column.key}_high": value.high}
            if value.standing:
                record[f"{column.key}_standing"] = value.standing
        made.append(record)
    return made


def as_csv(table: Table) -> str:
    rows = records(table)
    names = list(dict.fromkeys(name for row in rows for name in row)) or [column.key for column in table.columns]
    file = io.StringIO()
    writer = csv.DictWriter(file, names)
    writer.writeheader()
    writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows)
    return file.getvalue()


def as_json(table: Table) -> str:
    return json.dumps({"table": table.key, "title": table.title, "note": table.note, "rows": records(table)}, ensure_ascii=False, indent=1)


def as_markdown(table: Table) -> str:
    """As people read it, with intervals and marks; a pipe in a title is escaped."""
    lines = [[column.heading for column in table.columns], ["---" if column.scale == "text" else "---:" for column in table.columns]]
    lines += [[cell(row, column) for column in table.columns] for row in table.rows]
    body = "\n".join("| " + " | ".join(text.replace("|", "\\|").replace("\n", " ") for text in line) + " |" for line in lines)
    return f"{body}\n\n{table.note}\n" if table.note else f"{body}\n"


def as_latex(table: Table) -> str:
    """A ``tabular`` for the package booktabs: the best of a column is bold, what cannot be told from it underlined; intervals are left to CSV."""
    heads = " & ".join(_tex(column.heading) for column in table.columns)
    groups = [column.group for column in table.columns]
    over = ""
    if any(groups):
        spans = [(group, len(list(columns))) for group, columns in groupby(groups)]
        over = " & ".join(f"\\multicolumn{{{size}}}{{c}}{{{_tex(group)}}}" for group, size in spans) + " \\\\\n"
    rows = "\n".join(" & ".join(_tex_cell(row, column) for column in table.columns) + " \\\\" for row in table.rows)
    kinds = "".join("l" if column.scale == "text" else "r" for column in table.columns)
    note = f"% {table.note}\n" if table.note else ""
    return f"{note}\\begin{{tabular}}{{{kinds}}}\n\\toprule\n{over}{heads} \\\\\n\\midrule\n{rows}\n\\bottomrule\n\\end{{tabular}}\n"


def _tex_cell(row: Mapping[str, Value], column: Column) -> str:
    value = row.get(column.key)
    if not isinstance(value, Number):
        return _tex(cell(row, column))
    text = _tex(cell({**row, column.key: Number(value.value)}, column))
    return f"\\textbf{{{text}}}" if value.standing == "best" else f"\\underline{{{text}}}" if value.standing == "tied" else text


TEX = str.maketrans({"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": "$-$", "→": r"$\to$", "–": "--"} | {c: f"\\{c}" for c in "&%$#_{}"})


def _tex(text: str) -> str:
    return text.translate(TEX).replace("\n", " ")


def _safe(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula is kept as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
