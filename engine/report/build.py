"""Everything a report holds, gathered from measured checkpoints: sections of words, charts and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from engine import __version__
from engine.checkpoints.cards import Card
from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.evaluation.failures import failures, valid_elsewhere
from engine.metric import Direction
from engine.report.against import (
    KEYS,
    Against,
    both_directions,
    difference_table,
    failure_table,
    parts_table,
    sign_table,
    verdict,
)
from engine.report.audit import audit_table, audited, finding
from engine.report.charts.audit import audit_chart
from engine.report.charts.base import LIGHT, Chart, Drawing, Palette
from engine.report.charts.cost import cost_chart
from engine.report.charts.history import history_chart
from engine.report.charts.parts import parts_chart
from engine.report.charts.precision import precision_recall_chart, precision_scope_chart
from engine.report.charts.ranks import ranks_chart
from engine.report.charts.recall import recall_chart
from engine.report.charts.spectrum import spectrum_chart
from engine.report.charts.standing import standing_chart
from engine.report.contenders import DIRECTIONS, Contender, direction_name, pool_of, pools, set_apart
from engine.report.leaderboard import leaderboards
from engine.report.tables import Column, Number, Table, Value

HEADLINE = "recall_at_1"


@dataclass(frozen=True)
class Section:
    """``words``: paragraphs, in which ** marks what is strong."""

    title: str
    words: Sequence[str] = ()
    charts: Sequence[Chart | Drawing] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Report:
    title: str
    subtitle: str
    sections: Sequence[Section]

    @property
    def tables(self) -> list[Table]:
        return [table for section in self.sections for table in section.tables]


def build(contenders: Sequence[Contender], data: PairedData, a: str | None = None, b: str | None = None) -> Report:
    """A report on checkpoints measured on the split ``data``. ``a``, ``b``: names of the two that stand against each other, by
    default the first two. Raises TwoviewError when there is none, or a name is not among them."""
    if not contenders:
        raise TwoviewError("A report needs a checkpoint at least.")
    contenders = set_apart(contenders)
    chosen = _chosen(contenders, a, b)
    sections = [leaderboard_section(contenders, data, chosen)]
    if len(chosen) == 2:
        found = both_directions(*chosen)
        sections += [_against_section(found, data), *(_direction_section(each, data) for each in found)]
    sections += [section for members in pools(contenders).values() if (section := _audit_section(members))]
    sections.append(Section("Checkpoints", ["What was compared: enough to find every file again, and to tell it from another."], tables=[checkpoint_table(contenders)]))
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    names = " and ".join(each.title for each in chosen) if len(contenders) == 2 else f"{len(contenders)} checkpoint{'s' * (len(contenders) > 1)}"
    return Report(f"{names} on {data.name}", f"{data.split.capitalize()} split. Made {made} by twoview {__version__}.", sections)


def leaderboard_section(contenders: Sequence[Contender], data: PairedData, chosen: Sequence[Contender]) -> Section:
    tables = leaderboards(contenders, data)
    charts: list[Chart | Drawing] = []
    words = ["● marks the best of a column and ○ what the paired bootstrap cannot tell from it; in brackets, 95 % intervals."]
    if len(tables) > 1:
        words.append("Not all of these were asked the same: results that may not stand in one column stand in tables of their own.")
    letters = {each.title: letter for letter, each in zip("AB", chosen, strict=False)}
    for table in tables:
        for direction in DIRECTIONS:
            key = f"{HEADLINE}_{direction}"
            values = {str(row["model"]): value for row in table.rows if isinstance(value := row.get(key), Number)}
            if len(values) > 1:
                charts.append(standing_chart(HEADLINE, direction_name(data, direction), values, letters))
        charts += cost_charts(table, HEADLINE, DIRECTIONS[0], letters)
    return Section("Leaderboard", words, charts, tables)


def cost_charts(table: Table, name: str, direction: Direction, letters: Mapping[str, str], palette: Palette = LIGHT) -> list[Drawing]:
    """A leaderboard's measure in a direction against the time that training took, and that a query takes."""
    found = (cost_chart(table, name, direction, cost, letters, palette) for cost in ("training", f"latency_{direction}"))
    return [chart for chart in found if chart]


def curve_charts(a: Contender, b: Contender, direction: Direction, relevance: str = "", palette: Palette = LIGHT) -> list[Chart]:
    """Recall, ranks, precision–recall and precision–scope of both models in one direction. ``relevance``: what is right in the
    last two, by default what is of the query's class where there are classes: a single right answer makes no curve."""
    titles, answers = (a.title, b.title), (a.measured.answers[direction], b.measured.answers[direction])
    charts = [recall_chart(titles, answers, palette), ranks_chart(titles, answers, palette)]
    relevance = relevance or ("class" if all("class" in own.curves for own in answers) else "own")
    if all(relevance in own.curves for own in answers):
        charts += [precision_recall_chart(titles, answers, relevance, palette), precision_scope_chart(titles, answers, relevance, palette)]
    return charts


def model_charts(a: Contender, b: Contender, palette: Palette = LIGHT) -> list[Chart]:
    """Training histories, and spectra of those that embed."""
    charts = [history_chart((a.title, b.title), (a.history, b.history), palette)]
    spectra = {letter: (each.title, each.measured.correlations, each.measured.canonical) for letter, each in zip("AB", (a, b), strict=True) if len(each.measured.canonical)}
    return [*charts, spectrum_chart(spectra, palette)] if spectra else charts


def checkpoint_table(contenders: Sequence[Contender]) -> Table:
    return card_table([(each.card, each.features_hash) for each in contenders])


def card_table(cards: Sequence[tuple[Card, str]]) -> Table:
    """Provenance: data and checkpoint hashes, encoders, seeds, versions; of each card with the hash of what its model was asked."""
    names = {
        "name": "Card", "title": "Model", "kind": "Kind", "settings": "Settings", "parameters": "Parameters", "weights": "Weights, SHA-256", "features": "Features of this split, SHA-256",
        "trained_on": "Trained on", "encoder_x": "Encoder of the first view", "encoder_y": "Encoder of the second view", "seed": "Seed", "epochs": "Epochs",
        "device": "Device", "versions": "Versions", "created": "Created", "notes": "Notes",
    }  # fmt: skip
    columns = [Column(key, title, "count" if key in ("parameters", "epochs") else "text") for key, title in names.items()]
    return Table("checkpoints", "Cards", columns, [_provenance(card, features) for card, features in cards])


def _provenance(card: Card, features: str) -> dict[str, Value]:
    encoders = {f"encoder_{view}": f"{e.shown}, weights {e.weights_hash[:16]}" if (e := getattr(card.encoders, view)) else "none: vectors" for view in "xy"}
    return {
        "name": card.name, "title": card.title, "kind": card.kind, "settings": ", ".join(f"{k} = {v}" for k, v in card.model.settings.items()), "parameters": Number(card.model.parameters),
        "weights": card.model.weights_hash, "features": features,
        "trained_on": "; ".join(f"{name} {split.hash[:16]} ({split.n_x:,} + {split.n_y:,})" for name, split in card.data.splits.items()), **encoders,
        "seed": str(card.training.seed), "epochs": Number(card.training.epochs_run), "device": card.training.device,
        "versions": ", ".join(f"{k} {v}" for k, v in card.versions.items()), "created": card.created, "notes": card.notes,
    }  # fmt: skip


def _chosen(contenders: Sequence[Contender], a: str | None, b: str | None) -> list[Contender]:
    known = {each.name: each for each in contenders}
    for name in (a, b):
        if name is not None and name not in known:
            raise TwoviewError(f"{name!r} is not among the checkpoints of the report: {', '.join(known)}.")
    if a is not None:
        return [known[name] for name in (a, b) if name is not None]
    return list(contenders[:2])


def _against_section(found: Sequence[Against], data: PairedData) -> Section:
    a, b = found[0].a, found[0].b
    words = [f"A is {a.title}, B is {b.title}.", *(verdict(each, data) for each in found)]
    if pool_of(a).encoders != pool_of(b).encoders:
        words.insert(1, f"They were trained on different features ({pool_of(a).title}; {pool_of(b).title}): what differs may be the encoder, not the model.")
    return Section("A against B", words, model_charts(a, b), [difference_table(list(found), data), sign_table(list(found), data)])


def _direction_section(found: Against, data: PairedData) -> Section:
    a, b, direction = found.a, found.b, found.direction
    parts = [table for key in KEYS if (table := parts_table(a, b, data, direction, key))]
    answers = a.measured.answers[direction], b.measured.answers[direction]
    failed = failures(*answers, valid_elsewhere(data, direction, answers[0].rows))
    charts = [*curve_charts(a, b, direction), *(parts_chart(table) for table in parts if len(table.rows) > 1)]
    return Section(f"A against B, {direction_name(data, direction)}", (), charts, [*parts, failure_table(failed, data)])


def _audit_section(contenders: Sequence[Contender]) -> Section | None:
    found = audited(contenders)
    return Section("Audit", [finding(found)], [audit_chart(found)], [audit_table(contenders)]) if found else None
