"""Model A against model B on the same queries: tables of differences, and what they come to in words."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.data import MUSIC
from engine.data.base import PairedData
from engine.data.nouns import described
from engine.errors import TwoviewError
from engine.evaluation.compare import (
    Agreement,
    Comparison,
    Difference,
    Keys,
    agreement,
    breakdown,
    by_class,
    by_length,
    by_objects,
    compare,
)
from engine.evaluation.failures import Failures
from engine.evaluation.intervals import mean_intervals, paired_bootstrap
from engine.metric import Direction
from engine.report.contenders import DIRECTIONS, Contender, direction_name, nouns, pool_of
from engine.report.measures import measure
from engine.report.tables import Column, Number, Table, Value, figure

KEYS: dict[str, Callable[[PairedData, str, np.ndarray], Keys]] = {"class": by_class, "sentence length": by_length, "number of objects": by_objects}
CERTAIN = 0.05  # two-sided level of the sign test
KINDS = {
    "all": "All", "a_right": "A right, B wrong", "b_right": "B right, A wrong", "both_wrong": "Both wrong", "hub": "Hub hit", "many": "Many valid answers",
}  # fmt: skip


@dataclass(frozen=True)
class Against:
    """Both models in one direction. ``comparison`` ends with mAP where there are classes."""

    a: Contender
    b: Contender
    direction: Direction
    comparison: Comparison
    agreement: Agreement


def against(a: Contender, b: Contender, direction: Direction) -> Against:
    """Raises TwoviewError, saying what differs, when the two were not asked the same queries among the same candidates."""
    ours, theirs = pool_of(a), pool_of(b)
    if (ours.data, ours.split, ours.sizes) != (theirs.data, theirs.split, theirs.sizes):
        raise TwoviewError(f"{a.title} and {b.title} were not asked the same: {ours.data} {ours.split} {ours.sizes}, {theirs.data} {theirs.split} {theirs.sizes}.")
    x, y = a.measured.answers[direction], b.measured.answers[direction]
    found = compare(x.ranks, y.ranks, x.groups)
    if len(x.class_rows) and np.array_equal(x.class_rows, y.class_rows):
        own, rival = (mean_intervals(each.average_precisions[:, :1], x.class_groups)[0] for each in (x, y))
        gap = paired_bootstrap(x.average_precisions[:, 0], y.average_precisions[:, 0], x.class_groups)
        found = Comparison([*found.differences, Difference("mean_average_precision", own, rival, gap)], found.signs)
    return Against(a, b, direction, found, agreement(x.ranks, y.ranks))


def both_directions(a: Contender, b: Contender) -> list[Against]:
    return [against(a, b, d) for d in DIRECTIONS if d in a.measured.answers and d in b.measured.answers]


def difference_table(found: list[Against], data: PairedData) -> Table:
    """Every measure under both models with the paired difference. Rates are in percent."""
    first = found[0]
    columns = [Column("measure", "Measure"), Column("direction", "Direction"), *(Column(k, t) for k, t in (("a", f"A: {first.a.title}"), ("b", f"B: {first.b.title}"), ("difference", "A − B")))]
    rows: list[dict[str, Value]] = []
    for each in found:
        for one in each.comparison.differences:
            name = measure(one.measure)
            gap = Number(one.difference.value, one.difference.low, one.difference.high, "real" if one.real else "")
            rows.append({
                "measure": name.title + (", %" if name.scale == "percent" else ""), "direction": direction_name(data, each.direction), "scale": name.scale,
                "a": Number(one.a.value, one.a.low, one.a.high), "b": Number(one.b.value, one.b.low, one.b.high), "difference": gap,
            })  # fmt: skip
    note = "Paired bootstrap over the same draws of groups, 95 %; ● marks a difference whose interval leaves out 0."
    return Table("differences", "Differences", columns, rows, note)


def sign_table(found: list[Against], data: PairedData) -> Table:
    """The exact sign test and how often both agree."""
    columns = [
        Column("direction", "Direction"), Column("wins", "A ranks better", "count"), Column("losses", "B ranks better", "count"), Column("ties", "Alike", "count"),
        Column("p", "p, two-sided", "probability"), Column("both", "Both right", "count"), Column("only_a", "Only A right", "count"), Column("only_b", "Only B right", "count"),
        Column("neither", "Neither right", "count"),
    ]  # fmt: skip
    rows: list[dict[str, Value]] = []
    for each in found:
        signs, agreed = each.comparison.signs, each.agreement
        counts = {name: Number(getattr(signs, name)) for name in ("wins", "losses", "ties")} | {name: Number(getattr(agreed, name)) for name in ("both", "only_a", "only_b", "neither")}
        rows.append({"direction": direction_name(data, each.direction), "p": Number(signs.p), **counts})
    return Table("signs", "Exact sign test, and first results", columns, rows, "The sign test counts groups, each with one vote; right means that the first result is.")


def parts_table(a: Contender, b: Contender, data: PairedData, direction: Direction, key: str, k: int = 10) -> Table | None:
    """Recall at ``k`` of both models by class, sentence length or number of objects; None where the data don't tell."""
    x, y = a.measured.answers[direction], b.measured.answers[direction]
    try:
        keys = KEYS[key](data, direction[0], x.rows)
    except TwoviewError:
        return None
    rows: list[dict[str, Value]] = []
    for part in breakdown(x.ranks, y.ranks, x.groups, keys, k):
        gap = part.difference
        real = "" if gap.low <= 0 <= gap.high else "real"
        rows.append({
            "part": part.key, "queries": Number(part.queries), "a": Number(part.recall_a), "b": Number(part.recall_b),
            "difference": Number(gap.value, gap.low, gap.high, real), "median_a": Number(part.median_a), "median_b": Number(part.median_b),  # type: ignore[arg-type]
        })  # fmt: skip
    columns = [
        Column("part", key.capitalize()), Column("queries", "Queries", "count"), Column("a", f"A, R@{k}", "percent"), Column("b", f"B, R@{k}", "percent"),
        Column("difference", "A − B", "percent"), Column("median_a", "A, median rank", "rank"), Column("median_b", "B, median rank", "rank"),
    ]  # fmt: skip
    note = "Many parts are tested at once: about one in twenty looks real by chance."
    return Table(f"by-{key.replace(' ', '-')}-{direction.replace('_', '-')}", f"By {key}, {direction_name(data, direction)}", columns, rows, note)


def failure_table(found: Failures, data: PairedData, most: int = 50) -> Table:
    """The queries on which the ranks differ most."""
    name = "x" if found.direction == "x_to_y" else "y"
    view = getattr(data, name)
    in_words = view.kind == "text" or data.name in MUSIC
    rows: list[dict[str, Value]] = []
    for place in range(min(most, len(found.rows))):
        row = int(found.rows[place])
        kinds = [name for kind, name in KINDS.items() if kind != "all" and kind in found.kinds and found.kinds[kind][place]]
        a, b = int(found.ranks_a[place]), int(found.ranks_b[place])
        rows.append({
            "id": view.ids[row], "query": described(data, name, row) if in_words else None, "a": Number(a), "b": Number(b), "difference": Number(b - a),
            "also_valid": None if found.also_valid is None else Number(int(found.also_valid[place])), "kinds": "; ".join(kinds),
        })  # fmt: skip
    columns = [
        Column("id", "Item"), Column("query", "Query"), Column("a", "Rank by A", "rank"), Column("b", "Rank by B", "rank"), Column("difference", "B − A", "count"),
        Column("also_valid", "Others that would do", "count"), Column("kinds", "What kind"),
    ]  # fmt: skip
    columns = [column for column in columns if any(row[column.key] is not None for row in rows)]
    return Table(f"failures-{found.direction.replace('_', '-')}", f"Where they disagree most, {direction_name(data, found.direction)}", columns, rows, f"The first {len(rows):,} of {len(found.rows):,} queries.")


def verdict(found: Against, data: PairedData) -> str:
    """What the comparison comes to in one direction, in plain sentences."""
    asks, answers = nouns(data, found.direction)
    one = next(d for d in found.comparison.differences if d.measure == "recall_at_1")
    ahead, behind = ("A", "B") if one.difference.value >= 0 else ("B", "A")
    first, second = (one.a, one.b) if ahead == "A" else (one.b, one.a)
    gap, ends = 100 * abs(one.difference.value), sorted(100 * (value if ahead == "A" else -value) for value in (one.difference.low, one.difference.high))
    by = f"{gap:.1f} points ({ends[0]:.1f} to {ends[1]:.1f})".replace("-", "−")
    said = f"**From a {asks} to its {answers}**, {ahead} is right at once for {100 * first.value:.1f} % of the queries and {behind} for {100 * second.value:.1f} %: "
    if one.real:
        said += f"{by}, more than noise."
    else:
        said += f"{by}, which may be noise."
    signs = found.comparison.signs
    more = "A" if signs.wins >= signs.losses else "B"
    counted = f"{max(signs.wins, signs.losses):,} of the {signs.wins + signs.losses:,} on which they differ"
    said += f" Thing by thing, {more} ranks better on {counted} (sign test, p {_p(signs.p)}{'' if signs.p < CERTAIN else ', may be chance'})."
    agreed = found.agreement
    total = agreed.both + agreed.only_a + agreed.only_b + agreed.neither
    return said + f" They disagree about the first result on {100 * (agreed.only_a + agreed.only_b) / total:.0f} % of the queries: only A is right on {agreed.only_a:,}, only B on {agreed.only_b:,}."


def _p(p: float) -> str:
    text = figure(p, "probability")
    return text if text.startswith("<") else f"= {text}"
