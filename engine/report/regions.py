"""Models of regions and phrases against each other: leaderboard with baselines, by what is named and how large it is, A against B, and all of it as a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from engine import __version__
from engine.checkpoints.cards import Card
from engine.checkpoints.storage import Checkpoint
from engine.data.base import PairedData
from engine.encoders import kind_of
from engine.errors import TwoviewError
from engine.evaluation.compare import best_and_tied
from engine.evaluation.grounding import MEASURES
from engine.evaluation.intervals import paired_bootstrap
from engine.grounding.baselines import CONSTANT
from engine.grounding.measured import Measured, Part, baseline, encoders_of, measured, parts
from engine.grounding.measures import NAMES
from engine.grounding.pairs import Progress
from engine.paths import shipped_dir
from engine.report.build import Report, Section, card_table
from engine.report.charts.base import LIGHT, Drawing, Palette
from engine.report.charts.standing import standing_chart
from engine.report.measures import measure
from engine.report.tables import Column, Number, Table, Value, figure

FIRST = MEASURES.index("recall@1")
BOUND = MEASURES.index("upper_bound")
WHERE = "phrase → region"
PRESENCE = "presence_auroc"


@dataclass(frozen=True)
class Entrant:
    """What stands in the leaderboard: a checkpoint, or a baseline, which has no card. ``name`` is unique among them."""

    name: str
    measured: Measured
    card: Card | None = None

    @property
    def title(self) -> str:
        return self.measured.title


def reads_regions(card: Card) -> bool:
    """Whether a checkpoint scores regions for phrases, and not whole items."""
    return card.encoders.x is not None and kind_of(card.encoders.x.id) == "region"


def entrant(name: str, checkpoint: Checkpoint, data: PairedData, title: str | None = None, progress: Progress | None = None, ship: bool = False) -> Entrant:
    """A checkpoint measured on pictures and sentences. ``title``: by default its card's; ``ship``: keep what is measured beside the checkpoints as well."""
    return Entrant(name, replace(measured(checkpoint, data, progress, _folder(data, ship)), title=title or checkpoint.card.title), checkpoint.card)


def baselines(checkpoint: Checkpoint, data: PairedData, progress: Progress | None = None, ship: bool = False) -> list[Entrant]:
    """What every model should exceed, on the proposals that a checkpoint chooses from."""
    return [Entrant(name, baseline(name, encoders_of(checkpoint), data, progress, _folder(data, ship))) for name in CONSTANT]


def _folder(data: PairedData, ship: bool) -> Path | None:
    return shipped_dir(data.name, "measured") if ship else None


def board(entrants: Sequence[Entrant]) -> Table:
    """Every measure with its interval, the best and what the paired bootstrap over pictures cannot tell from it marked."""
    first = entrants[0].measured
    for each in entrants:
        _asked_the_same(entrants[0], each)
    columns = [Column("model", "Model"), Column("kind", "Settings", help="As the paper trains, where it says how, or as does best on the validation split.")]
    rows: list[dict[str, Value]] = [{"model": each.title, "kind": each.card.kind if each.card else "baseline"} for each in entrants]
    for place, name in enumerate(MEASURES):
        marks = {} if name == "upper_bound" else best_and_tied({each.name: each.measured.values[:, place] for each in entrants}, first.picture)
        _column(columns, rows, entrants, NAMES[name], marks)
    _column(columns, rows, entrants, PRESENCE, {})
    note = (
        f"{first.split.capitalize()} split: {len(first.values):,} phrases of {len(np.unique(first.picture)):,} pictures, {first.metrics[0].candidates} proposals a picture. No model can be right "
        "more often than the upper bound. Boxes are edges in pixels, right from an IoU of 0.5; intervals draw pictures."
    )
    return Table("regions", "Regions for phrases", columns, rows, note)


def _column(columns: list[Column], rows: list[dict[str, Value]], entrants: Sequence[Entrant], name: str, marks: Mapping[str, bool]) -> None:
    about = measure(name)
    columns.append(Column(name, about.title, about.scale, about.text, WHERE))
    for each, row in zip(entrants, rows, strict=True):
        metric = next((one for one in each.measured.metrics if one.measure == name), None)
        mark: Any = {True: "best", False: "tied"}.get(marks.get(each.name))  # type: ignore[arg-type]
        row[name] = Number(metric.value, metric.low, metric.high, mark or "") if metric else None


def by_part(entrants: Sequence[Entrant], which: str) -> Table:
    """R@1 of each by what is named ("kinds") or how large it is ("sizes"), beside the upper bound."""
    title, column = {"kinds": ("By what is named", "What is named"), "sizes": ("By size of the true box", "True box")}[which]
    found: dict[str, list[Part]] = {each.name: parts(each.measured, getattr(each.measured, which)) for each in entrants}
    columns = [Column("part", column), Column("phrases", "Phrases", "count"), Column("upper_bound", "Upper bound", "percent"), *(Column(each.name, each.title, "percent") for each in entrants)]
    rows: list[dict[str, Value]] = []
    for place, part in enumerate(found[entrants[0].name]):
        numbers: dict[str, Value] = {name: Number(own[place].recall.value, own[place].recall.low, own[place].recall.high) for name, own in found.items()}
        rows.append({"part": part.name, "phrases": Number(part.phrases), "upper_bound": Number(part.upper_bound), **numbers})
    return Table(f"regions-by-{which.removesuffix('s')}", title, columns, rows, "R@1 with 95 % intervals that draw pictures.")


def verdict(a: Entrant, b: Entrant) -> str:
    """A against B in a sentence or two: the paired difference at R@1, and who finds what the other does not. Raises TwoviewError when they were not asked the same."""
    _asked_the_same(a, b)
    ours, theirs = (each.measured.values[:, FIRST] for each in (a, b))
    gap = paired_bootstrap(ours, theirs, a.measured.picture)
    only_a, only_b = int((ours > theirs).sum()), int((theirs > ours).sum())
    real = "more than noise" if not gap.low <= 0 <= gap.high else "no more than noise may be"
    told = f"{figure(abs(gap.value), 'percent')} points of R@1"
    ahead, behind = ("A", "B") if gap.value >= 0 else ("B", "A")
    return (
        f"**{ahead} is ahead of {behind} by {told}** (95 % interval of A − B {figure(gap.low, 'percent', True)} to {figure(gap.high, 'percent', True)}): {real}. "
        f"A alone finds {only_a:,} phrases, B alone {only_b:,}, of {len(ours):,}; for {int((a.measured.values[:, BOUND] == 0).sum()):,} no proposal is right."
    )


def _asked_the_same(a: Entrant, b: Entrant) -> None:
    if not np.array_equal(a.measured.picture, b.measured.picture):
        raise TwoviewError(f"{a.title} and {b.title} were not asked for the same phrases: their encoders see other parts of the pictures. Compare models of one encoder.")


def standing(board: Table, letters: Mapping[str, str], palette: Palette = LIGHT) -> Drawing:
    """R@1 of all in a leaderboard as a chart; ``letters``: "A" and "B" by title."""
    values = {str(row["model"]): row[NAMES["recall@1"]] for row in board.rows}
    return standing_chart(NAMES["recall@1"], WHERE, {title: value for title, value in values.items() if isinstance(value, Number)}, letters, palette)


def build(entrants: Sequence[Entrant], data: PairedData, a: str | None = None, b: str | None = None) -> Report:
    """``a``, ``b``: names of the two that stand against each other, by default the first two checkpoints. Raises TwoviewError when a name is not among them."""
    known = {each.name: each for each in entrants if each.card}
    for name in (a, b):
        if name is not None and name not in known:
            raise TwoviewError(f"{name!r} is not among the checkpoints of the report: {', '.join(known)}.")
    chosen = [known[name] for name in (a, b) if name is not None] or list(known.values())[:2]
    letters = {each.title: letter for letter, each in zip("AB", chosen, strict=False)}
    leaders = board(entrants)
    sections = [Section("Leaderboard", ["● marks the best of a column and ○ what the paired bootstrap cannot tell from it; in brackets, 95 % intervals."], [standing(leaders, letters)], [leaders])]
    if len(chosen) == 2:
        sections.append(Section("A against B", [f"A is {chosen[0].title}, B is {chosen[1].title}.", verdict(*chosen)]))
    sections.append(Section("Where", ["R@1 by the share of the picture that the true box takes, and by what the phrase names."], tables=[by_part(entrants, "sizes"), by_part(entrants, "kinds")]))
    cards = [(each.card, data.content_hash) for each in entrants if each.card]
    sections.append(Section("Checkpoints", ["What was compared: enough to find every file again, and to tell it from another."], tables=[card_table(cards)]))
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Report(f"Regions for phrases by {len(known)} checkpoint{'s' * (len(known) > 1)} on {data.name}", f"{data.split.capitalize()} split. Made {made} by twoview {__version__}.", sections)
