"""The audit of correlation models: the literature's sum beside two numbers that copies cannot raise, with a verdict in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.report.contenders import Contender
from engine.report.leaderboard import CANONICAL, RANK, SUM, canonical_sums
from engine.report.measures import MEASURES
from engine.report.tables import Column, Number, Table, Value

SHRINKS = 0.8  # the canonical sum is at most this share of the literature's: copies were counted
GROWS = 1.25  # it is at least this multiple: what is shared does not stand in matching dimensions
LEAST = 0.2  # sums below it tell of no shared dimension, and their ratio of nothing
RECALL = "recall_at_1"


@dataclass(frozen=True)
class Audited:
    """``sum``: the literature's; ``rank``: of ``width`` dimensions; ``recall``: first results that are right, both ways."""

    name: str
    title: str
    width: int
    sum: Number
    canonical: Number
    rank: Number
    recall: dict[str, float]

    @property
    def verdict(self) -> str:
        if max(self.sum.value, self.canonical.value) < LEAST:
            return f"Nothing shared: the correlations of {self.width} dimensions add up to {self.sum.value:z.1f}, and to {self.canonical.value:z.1f} once the outputs are decorrelated."
        share = self.canonical.value / self.sum.value if self.sum.value > 0 else float("inf")
        spread = f"{self.rank.value:.0f} of {self.width} directions"
        if share <= SHRINKS:
            return (
                f"Inflated: of {self.sum.value:.1f} only {self.canonical.value:.1f} remain once the outputs are decorrelated. "
                f"They are spread over {spread}, so dimensions repeat each other and each repetition was counted."
            )
        if share >= GROWS:
            return (
                f"Understated: the views share {self.canonical.value:.1f}, but not in matching dimensions, where {self.sum.value:.1f} was counted "
                f"(spread over {spread})."
            )
        return f"Sound: the sum hardly changes when copies count once ({self.sum.value:.1f} and {self.canonical.value:.1f}; spread over {spread})."


def audited(contenders: Sequence[Contender]) -> list[Audited]:
    """Embedding contenders of one pool, the highest literature's sum first."""
    canonical = canonical_sums(contenders)[0]
    found = []
    for each in contenders:
        plain, rank = each.measured.metric(SUM, "both"), each.measured.metric(RANK, "both")
        if plain is None or rank is None or each.name not in canonical:
            continue
        recall = {d: m.value for d in ("y_to_x", "x_to_y") if (m := each.measured.metric(RECALL, d))}  # type: ignore[arg-type]
        found.append(
            Audited(each.name, each.title, plain.candidates, Number(plain.value, plain.low, plain.high), canonical[each.name], Number(rank.value), recall)
        )
    return sorted(found, key=lambda one: -one.sum.value)


def audit_table(contenders: Sequence[Contender]) -> Table:
    """One row for each embedding contender of one pool."""
    columns = [
        Column("model", "Model"), Column("width", "Dimensions", "count"),
        *(Column(name, MEASURES[name].title, "number", MEASURES[name].text) for name in (SUM, CANONICAL, RANK)),
        Column("verdict", "Verdict"),
    ]  # fmt: skip
    rows: list[dict[str, Value]] = [
        {"model": one.title, "width": Number(one.width), SUM: one.sum, CANONICAL: one.canonical, RANK: one.rank, "verdict": one.verdict}
        for one in audited(contenders)
    ]
    return Table("audit", "Audit of the correlations", columns, rows, canonical_sums(contenders)[1])


def finding(found: Sequence[Audited]) -> str:
    """What the audit comes to, in two sentences; empty when nobody could be audited."""
    if not found:
        return ""
    if len(found) == 1:
        return f"{found[0].title}. {found[0].verdict}"
    top = max(found, key=lambda one: one.sum.value)
    shared = max(found, key=lambda one: one.canonical.value)
    said = []
    if top is not shared:
        said.append(
            f"{top.title} has the highest sum of correlations, {top.sum.value:.1f}, but is {_place(found, top)} of {len(found)} by the canonical sum, "
            f"which {shared.title} leads with {shared.canonical.value:.1f}."
        )
    else:
        said.append(f"{top.title} leads by the literature's sum and by the canonical sum.")
    if all("y_to_x" in one.recall for one in found):
        by_recall = sorted(found, key=lambda one: -one.recall["y_to_x"])
        said.append(f"In search it comes {_ordinal(by_recall.index(top) + 1)}, with {100 * top.recall['y_to_x']:.1f} % right first results.")
    return " ".join(said)


def _place(found: Sequence[Audited], one: Audited) -> str:
    return _ordinal(sorted(found, key=lambda other: -other.canonical.value).index(one) + 1)


def _ordinal(n: int) -> str:
    return {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}.get(n, f"{n}th")
