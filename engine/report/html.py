"""A report as one HTML file that opens offline: styles, charts and the charts' program are in it, and nothing is fetched."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import escape
from itertools import groupby

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from engine.report.build import Report, Section
from engine.report.charts.base import Chart, Drawing
from engine.report.tables import Column, Number, Table, Value, as_csv, as_json, as_latex, as_markdown, cell

STYLE = """
:root { color-scheme: light; --ink: #23211e; --soft: #5d5852; --line: #dcd7ce; --page: #fdfcfa; --wash: #f3f0ea; --accent: #0a6b51 }
body { margin: 0 auto; max-width: 1200px; padding: 2rem 1.25rem 4rem; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 1.7rem; margin: 0 } h2 { font-size: 1.3rem; margin: 3rem 0 .5rem; border-top: 1px solid var(--line); padding-top: 1.5rem } h3 { font-size: 1rem; margin: 0 }
p { max-width: 75ch } .soft, figcaption, .note { color: var(--soft) } nav a { margin-right: 1.25rem } a { color: var(--accent) }
figure { margin: 1rem 0; min-width: 0 } figcaption { font-size: .85rem } .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 0 1.5rem }
.table { margin: 1.5rem 0 } .table > header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap } .scroll { overflow-x: auto; max-height: 70vh }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .87rem } th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; max-width: 34rem; overflow-wrap: anywhere }
th { background: var(--wash); white-space: nowrap } thead { position: sticky; top: 0; z-index: 1 } tbody th { font-weight: 400; position: sticky; left: 0 } td { min-width: 8rem } td.number { min-width: 0 } td.number { text-align: right; white-space: nowrap } td.best { font-weight: 650 }
@media print { .scroll { max-height: none } }
"""
DRAW = """
for (const place of document.querySelectorAll('[data-chart]')) {
  const figure = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  Plotly.newPlot(place, figure.data, figure.layout, {responsive: true, displaylogo: false, modeBarButtonsToRemove: ['lasso2d', 'select2d']});
}
"""
PRINTED = {"template": "plotly_white", "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "font": {"color": "#23211e", "family": "system-ui, sans-serif"}}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; img-src data: blob:; font-src data:"


def as_html(report: Report, interactive: bool = True) -> str:
    """The whole page. Its policy forbids the browser to load anything from elsewhere. ``interactive=False``: without the charts that
    need a program, 5 MB less."""
    sections = list(report.sections) if interactive else [replace(s, charts=[c for c in s.charts if isinstance(c, Drawing)]) for s in report.sections]
    program = f"<script>{get_plotlyjs()}</script><script>{DRAW}</script>" if interactive else ""
    links = "".join(f'<a href="#s{place}">{escape(section.title)}</a>' for place, section in enumerate(sections))
    body = "".join(part for place, section in enumerate(sections) for part in _section(place, section))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>{escape(report.title)} · Twoview</title><style>{STYLE}</style></head>'
        f'<body><header><h1>{escape(report.title)}</h1><p class="soft">{escape(report.subtitle)}</p><nav aria-label="Sections">{links}</nav></header>'
        f"<main>{body}</main>{program}</body></html>"
    )


def _section(place: int, section: Section) -> Iterator[str]:
    yield f'<section id="s{place}"><h2>{escape(section.title)}</h2>'
    for paragraph in section.words:
        yield f"<p>{_strong(escape(paragraph))}</p>"
    if section.charts:
        yield '<div class="charts">' + "".join(_chart(f"c{place}-{number}", chart) for number, chart in enumerate(section.charts)) + "</div>"
    for table in section.tables:
        yield _table(table)
    yield "</section>"


def _chart(id: str, chart: Chart | Drawing) -> str:
    if isinstance(chart, Drawing):
        return f"<figure><h3>{escape(chart.title)}</h3>{chart.html}<figcaption>{escape(chart.alt)}</figcaption></figure>"
    figure = (go.Figure(chart.figure).update_layout(PRINTED).to_json() or "").replace("</", "<\\/")
    height = chart.figure.layout.height or 320
    return (
        f'<figure><h3>{escape(chart.title)}</h3><div data-chart="{id}" role="img" aria-label="{escape(chart.alt)}" style="height:{height}px"></div>'
        f'<figcaption>{escape(chart.alt)}</figcaption><script type="application/json" id="{id}">{figure}</script></figure>'
    )


def _table(table: Table) -> str:
    rows = "".join("<tr>" + "".join(_cell(row, column) for column in table.columns) + "</tr>" for row in table.rows)
    return (
        f'<div class="table"><header><h3>{escape(table.title)}</h3>{_download(table.key, "csv", "text/csv", as_csv(table))}'
        f'{_download(table.key, "json", "application/json", as_json(table))}{_download(table.key, "tex", "text/plain", as_latex(table))}'
        f'{_download(table.key, "md", "text/plain", as_markdown(table))}</header><p class="note">{escape(table.note)}</p>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.title)}"><table><thead>{_heads(table)}</thead><tbody>{rows}</tbody></table></div></div>'
    )


def _heads(table: Table) -> str:
    """Column headings, under their groups' where there are groups."""
    head = "".join(f'<th scope="col"{_title(column.help)}>{escape(column.heading)}</th>' for column in table.columns)
    groups = [(group, len(list(columns))) for group, columns in groupby(table.columns, key=lambda column: column.group)]
    if not any(group for group, _ in groups):
        return f"<tr>{head}</tr>"
    return "<tr>" + "".join(f'<th scope="colgroup" colspan="{size}">{escape(group)}</th>' for group, size in groups) + f"</tr><tr>{head}</tr>"


def _cell(row: Mapping[str, Value], column: Column) -> str:
    value, text = row.get(column.key), escape(cell(row, column))
    if column.key == "model":
        return f'<th scope="row">{text}</th>'
    if not isinstance(value, Number):
        return f"<td>{text}</td>"
    return f'<td class="number{" best" if value.standing == "best" else ""}">{text}</td>'


def _download(key: str, ending: str, kind: str, text: str) -> str:
    encoded = b64encode(text.encode()).decode()
    return f'<a download="{escape(key)}.{ending}" href="data:{kind};charset=utf-8;base64,{encoded}">{ending.upper()}</a>'


def _title(text: str) -> str:
    return f' title="{escape(text)}"' if text else ""


def _strong(text: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)
