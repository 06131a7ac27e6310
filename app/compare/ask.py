"""What the Compare page shows, asked of the engine: measured checkpoints, tables, charts and reports; kept while the app serves."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import streamlit as st

from app.asking import answering, catalogue, galleries
from app.frame import workspace
from app.frame.work import worker
from engine.checkpoints.cards import read_card
from engine.checkpoints.storage import Checkpoint, load
from engine.data.base import PairedData
from engine.evaluation.failures import Failures, failures, valid_elsewhere
from engine.evaluation.measured import kept
from engine.grounding.measured import is_measured
from engine.metric import Direction
from engine.report import build, regions
from engine.report.against import (
    KEYS,
    KINDS,
    Against,
    both_directions,
    difference_table,
    parts_table,
    sign_table,
    verdict,
)
from engine.report.audit import audit_table, audited, finding
from engine.report.charts.audit import audit_chart
from engine.report.charts.base import Chart, Drawing, Palette
from engine.report.charts.parts import parts_chart
from engine.report.charts.standing import standing_chart
from engine.report.contenders import DIRECTIONS, Contender, contender, direction_name, nouns, pool_of, pools
from engine.report.html import as_html
from engine.report.leaderboard import leaderboards
from engine.report.measures import MEASURES
from engine.report.regions import standing as region_standing
from engine.report.tables import Column, Number, Table, as_csv, as_json, as_latex, as_markdown, cell
from engine.search.retriever import Retriever

__all__ = [
    "DIRECTIONS", "KEYS", "KINDS", "MEASURES", "Against", "Chart", "Column", "Direction", "Drawing", "Failures", "Number", "Palette", "Table", "cell", "direction_name", "nouns", "region_standing",
]  # fmt: skip


AUDIT = """
**Σ correlations**, the literature's number, adds up how strongly matching output dimensions of the two views correlate. It never asks
whether the dimensions differ: one good dimension copied a hundred times scores a hundred times as much.

**Σ canonical** first decorrelates the outputs, so that copies count once. Only what the views share is left (Hotelling 1936).

**Effective rank** says over how many directions the outputs are really spread: (Σλ)² / Σλ² of their variances, the participation ratio.

A sum far above the canonical sum is *inflated*: believe the canonical one. A canonical sum far above it means that what is shared does
not stand in matching dimensions. Neither says how well a model retrieves: for that look at the leaderboard.
"""


@dataclass(frozen=True)
class Asked:
    """A checkpoint on a split: the key of everything kept here. ``name`` (its folder's) and ``title`` are unique in its data set."""

    name: str
    title: str
    path: str
    created: str
    data: str
    split: str


@dataclass(frozen=True)
class Field:
    """Where the checkpoints of a data set stand: measured, being measured (name → seconds), or why they cannot be."""

    ready: tuple[Asked, ...]
    waiting: dict[str, float]
    problems: dict[str, str]


def asked(entry: catalogue.Entry, split: str) -> Asked:
    return Asked(entry.path.name, entry.title, str(entry.path), entry.made, entry.card.data.name, split)


# --- measuring --------------------------------------------------------------------------------------------------------
def field(data: str, split: str) -> Field:
    """Every checkpoint of the data set. What was never measured is handed to the worker: it takes seconds to minutes."""
    ready, waiting, problems = [], {}, {}
    for entry in catalogue.models(data).values():
        one = asked(entry, split)
        job = f"measure {one}"
        try:
            if _is_measured(one):
                ready.append(one)
                continue
            worker().start(job, measure, one)
            if (seconds := worker().seconds(job)) is not None:
                waiting[entry.title] = seconds
            elif failure := worker().problem(job):
                problems[entry.title] = failure
            elif _is_measured(one):
                ready.append(one)
            else:
                problems[entry.title] = "It was measured, but what was kept cannot be read. Is the cache's folder writable?"
        except catalogue.TwoviewError as problem:
            problems[entry.title] = str(problem)
    return Field(tuple(ready), waiting, problems)


def measure(one: Asked) -> None:
    """Measure a checkpoint and keep the result. Runs in the worker's process, which opens everything anew."""
    if reads_regions(one):
        checkpoint, pairs = load(one.path), galleries.gallery(one.data, one.split)
        regions.entrant(one.name, checkpoint, pairs)
        regions.baselines(checkpoint, pairs)
    else:
        contender(one.name, Retriever.open(one.path, one.split))


@st.cache_resource(max_entries=64, show_spinner=False)
def _measured(one: Asked) -> Contender | None:
    """None until it is measured: then it takes milliseconds to read."""
    retriever = answering.retriever(one.path, one.created, one.split)
    return contender(one.name, retriever, title=one.title) if kept(retriever.checkpoint, retriever.features) else None


def _is_measured(one: Asked) -> bool:
    """That something is missing is not kept: it may be there the next time."""
    if reads_regions(one):
        return is_measured(_checkpoint(one.path, one.created), _pairs(one))
    if _measured(one) is None:
        _measured.clear(one)
        return False
    return True


def _contender(one: Asked) -> Contender:
    if not _is_measured(one):
        raise catalogue.TwoviewError(f"{one.name} is not measured on the {one.split} split yet.")
    found = _measured(one)
    assert found is not None
    return found


def _contenders(field: Sequence[Asked]) -> list[Contender]:
    return [_contender(one) for one in field]


def _pairs(one: Asked) -> PairedData:
    return galleries.gallery(one.data, one.split)


# --- regions for phrases ---------------------------------------------------------------------------------------------------
def reads_regions(one: Asked) -> bool:
    """Whether a checkpoint scores regions for phrases: it has a leaderboard of its own."""
    return regions.reads_regions(read_card(Path(one.path)))


@st.cache_resource(max_entries=16, show_spinner=False)
def _checkpoint(path: str, created: str) -> Checkpoint:
    return load(path)


@st.cache_resource(max_entries=16, show_spinner=False)
def entrants(field: tuple[Asked, ...]) -> list[regions.Entrant]:
    """The checkpoints that were measured, and after them the baselines."""
    opened = [_checkpoint(one.path, one.created) for one in field]
    found = [regions.entrant(one.name, checkpoint, _pairs(one), one.title) for one, checkpoint in zip(field, opened, strict=True)]
    return [*found, *regions.baselines(opened[0], _pairs(field[0]))]


@st.cache_resource(max_entries=16, show_spinner=False)
def region_tables(field: tuple[Asked, ...]) -> tuple[Table, Table, Table]:
    """The leaderboard, and R@1 by size of the true box and by what is named."""
    found = entrants(field)
    return regions.board(found), regions.by_part(found, "sizes"), regions.by_part(found, "kinds")


def region_verdict(field: tuple[Asked, ...], a: Asked, b: Asked) -> str:
    known = {one.name: one for one in entrants(field)}
    return regions.verdict(known[a.name], known[b.name])


# --- leaderboard and audit ----------------------------------------------------------------------------------------------
@st.cache_resource(max_entries=32, show_spinner=False)
def boards(field: tuple[Asked, ...]) -> list[Table]:
    return leaderboards(_contenders(field), _pairs(field[0]))


def filtered(table: Table, words: str) -> Table:
    """The rows whose model's name holds all of the words."""
    wanted = words.lower().split()
    return replace(table, rows=[row for row in table.rows if all(word in str(row["model"]).lower() for word in wanted)])


def standing(table: Table, measure: str, direction: Direction, letters: dict[str, str], where: str, palette: Palette) -> Drawing | None:
    """A measure of a leaderboard as a chart; None where fewer than two models have it."""
    values = {str(row["model"]): value for row in table.rows if isinstance(value := row.get(f"{measure}_{direction}"), Number)}
    return standing_chart(measure, where, values, letters, palette) if len(values) > 1 else None


def costs(table: Table, measure: str, direction: Direction, letters: dict[str, str], palette: Palette) -> list[Drawing]:
    """A measure of a leaderboard against what training and a query cost, with the frontier."""
    return build.cost_charts(table, measure, direction, letters, palette)


@st.cache_resource(max_entries=32, show_spinner=False)
def audits(field: tuple[Asked, ...], palette: Palette) -> list[tuple[str, Chart, Table]]:
    """Of each pool with embedding models: what the audit comes to, chart, table."""
    made = []
    for members in pools(_contenders(field)).values():
        if found := audited(members):
            made.append((finding(found), audit_chart(found, palette), audit_table(members)))
    return made


# --- A against B --------------------------------------------------------------------------------------------------------
@st.cache_resource(max_entries=32, show_spinner=False)
def compared(a: Asked, b: Asked) -> list[Against]:
    """Both directions. Raises TwoviewError when the two were not asked the same."""
    return both_directions(_contender(a), _contender(b))


@st.cache_resource(max_entries=32, show_spinner=False)
def tables(a: Asked, b: Asked) -> tuple[Table, Table]:
    """Differences and sign tests."""
    found = compared(a, b)
    return difference_table(found, _pairs(a)), sign_table(found, _pairs(a))


def verdicts(a: Asked, b: Asked) -> list[str]:
    """What the comparison comes to, one paragraph a direction; first a caution where the encoders differ."""
    ours, theirs = pool_of(_contender(a)), pool_of(_contender(b))
    caution = [] if ours.encoders == theirs.encoders else [f"A and B read different features ({ours.title}; {theirs.title}): what differs may be the encoder, not the model."]
    return [*caution, *(verdict(found, _pairs(a)) for found in compared(a, b))]


def has_classes(a: Asked, b: Asked, direction: Direction) -> bool:
    return all("class" in _contender(one).measured.answers[direction].curves for one in (a, b))


@st.cache_resource(max_entries=64, show_spinner=False)
def curves(a: Asked, b: Asked, direction: Direction, relevance: str, palette: Palette) -> list[Chart]:
    return build.curve_charts(_contender(a), _contender(b), direction, relevance, palette)


@st.cache_resource(max_entries=32, show_spinner=False)
def training(a: Asked, b: Asked, palette: Palette) -> list[Chart]:
    """Histories, and spectra of those that embed."""
    return build.model_charts(_contender(a), _contender(b), palette)


@st.cache_resource(max_entries=64, show_spinner=False)
def parts(a: Asked, b: Asked, direction: Direction, key: str, k: int, palette: Palette) -> tuple[Chart, Table] | None:
    """By class, sentence length or number of objects; None where the data don't tell."""
    table = parts_table(_contender(a), _contender(b), _pairs(a), direction, key, k)
    return (parts_chart(table, palette), table) if table else None


# --- failures -----------------------------------------------------------------------------------------------------------
@st.cache_resource(max_entries=16, show_spinner=False)
def failed(a: Asked, b: Asked, direction: Direction) -> Failures:
    """The queries, those on which the ranks differ most first. Raises TwoviewError when the two were not asked the same."""
    compared(a, b)
    ours, theirs = (_contender(one).measured.answers[direction] for one in (a, b))
    return failures(ours, theirs, _also_valid(a, direction, ours.rows))


@st.cache_resource(max_entries=16, show_spinner=False)
def _also_valid(a: Asked, direction: Direction, _rows: np.ndarray) -> np.ndarray | None:
    return valid_elsewhere(galleries.gallery(a.data, a.split), direction, _rows)


# --- to take away -------------------------------------------------------------------------------------------------------
@st.cache_resource(max_entries=4, show_spinner=False)
def _report(field: tuple[Asked, ...], a: str | None, b: str | None) -> build.Report:
    if reads_regions(field[0]):
        return regions.build(entrants(field), _pairs(field[0]), a, b)
    return build.build(_contenders(field), _pairs(field[0]), a, b)


def report_html(field: tuple[Asked, ...], a: str | None, b: str | None) -> bytes:
    return as_html(_report(field, a, b)).encode()


def report_json(field: tuple[Asked, ...], a: str | None, b: str | None) -> bytes:
    """Every table of the report."""
    return ("[" + ",\n".join(as_json(table) for table in _report(field, a, b).tables) + "]\n").encode()


TABLE_KINDS = {"csv": ("CSV", as_csv), "tex": ("LaTeX", as_latex), "md": ("Markdown", as_markdown)}


def report_tables(field: tuple[Asked, ...], a: str | None, b: str | None) -> bytes:
    """Every table of the report as CSV, LaTeX and Markdown, one file each, zipped."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in _report(field, a, b).tables:
            for ending, (_, written) in TABLE_KINDS.items():
                archive.writestr(f"{table.key}.{ending}", written(table))
    return buffer.getvalue()


def ordered(field: Sequence[Asked], a: str | None, b: str | None) -> list[Asked]:
    """A first, then B, then the others: as the command line takes them."""
    first = [name for name in (a, b) if name]
    return sorted(field, key=lambda one: first.index(one.name) if one.name in first else len(first))


def folder_names(field: Sequence[Asked]) -> str:
    """The checkpoints as the command line names them."""
    return " ".join(f"{Path(one.path).parent.name}/{one.name}" for one in field)


def first_answers() -> None:
    """Read what was measured of the models that a visitor who chooses nothing compares first."""
    space = workspace.first()
    for entry in catalogue.models(space.data).values():
        _is_measured(asked(entry, space.split))
