"""The leaderboard: every measure of every checkpoint with its interval, the best and what is tied with it marked."""

from collections.abc import Sequence

import numpy as np

from engine.data.base import PairedData
from engine.evaluation.compare import best_and_tied, tied_with_best
from engine.metric import Direction, Metric
from engine.recipes import RECIPES
from engine.report.contenders import DIRECTIONS, Contender, direction_name, nouns, pools
from engine.report.measures import MEASURES, Measure, measure
from engine.report.tables import Column, Number, Table, Value

OF_RANKS = ("recall_at_1", "recall_at_5", "recall_at_10", "mean_reciprocal_rank", "median_rank")
OF_CLASSES = ("mean_average_precision", "mean_average_precision_at_50")
SUM, CANONICAL, RANK = "sum_of_correlations", "sum_of_canonical_correlations", "effective_rank"
CORRELATION, OTHERS, COST = "Correlation", "Other measures", "Cost"
ENSEMBLE = "ensemble"  # kind of a card
MEGABYTE = 2**20
FROM_TRAINING = "The canonical projection was fitted on the training split."
FEWEST = 5  # groups for each dimension: with fewer, a projection fits its half by heart and says nothing of the other
FOR_SCALE = " Ensembles are several models together: they stand here for scale, and none is marked as the best."
FROM_HALVES = "The canonical projection was fitted on one half of this split and measured on the other, both ways."
Standings = dict[str, dict[str, bool]]  # measure → name → whether it is the best


def leaderboards(contenders: Sequence[Contender], data: PairedData) -> list[Table]:
    """One table for each pool of comparable results."""
    found = pools(contenders)
    return [
        _leaderboard("leaderboard" if len(found) == 1 else f"leaderboard-{place}", members, data, pool.told(data))
        for place, (pool, members) in enumerate(found.items(), 1)
    ]


def standings(contenders: Sequence[Contender], direction: Direction) -> Standings:
    """For each measure in a direction, the best single model (True) and those tied with it (False), by the paired bootstrap."""
    answers = {each.name: each.measured.answers[direction] for each in contenders if direction in each.measured.answers and each.card.kind != ENSEMBLE}
    if not answers:
        return {}
    first = next(iter(answers.values()))
    found = tied_with_best({name: own.ranks for name, own in answers.items()}, first.groups)
    if len(first.class_rows):
        for column, measure in enumerate(OF_CLASSES):
            found[measure] = best_and_tied({name: own.average_precisions[:, column] for name, own in answers.items()}, first.class_groups)
    return found


def canonical_sums(contenders: Sequence[Contender]) -> tuple[dict[str, Number], str]:
    """Each embedding contender's canonical sum, all by the same projection, and a sentence on which: the training split's if
    every card holds it for this split, else by halves of the split, for those whose outputs a half is enough to decorrelate."""
    embedding = [each for each in contenders if len(each.measured.canonical)]
    cards = {each.name: _from_card(each, CANONICAL) for each in embedding}
    if all(cards.values()):
        return {name: _number(metric) for name, metric in cards.items() if metric}, FROM_TRAINING
    few = {each.name: each.title for each in embedding if _groups_in_half(each) < FEWEST * len(each.measured.canonical)}
    found = {each.name: Number(float(each.measured.canonical.sum())) for each in embedding if each.name not in few}
    told = f" Too few items for that, fewer than {FEWEST} in a half for each dimension: {', '.join(few.values())}." if few else ""
    return found, FROM_HALVES + told


def _groups_in_half(each: Contender) -> int:
    return min(len(np.unique(own.groups)) for own in each.measured.answers.values()) // 2


def _leaderboard(key: str, contenders: Sequence[Contender], data: PairedData, note: str) -> Table:
    canonical, projection = canonical_sums(contenders)
    columns = [Column("model", "Model"), Column("kind", "Settings", help="As the paper trains, where it says how, or as does best on the validation split; of an ensemble, its members'.")]
    rows: list[dict[str, Value]] = [{"model": each.title, "kind": each.card.kind} for each in contenders]
    for direction in DIRECTIONS:
        marked = standings(contenders, direction)
        for name in (*OF_RANKS, *OF_CLASSES):
            _add(columns, rows, contenders, name, direction, data, marked.get(name, {}))
    for name, help in ((SUM, ""), (CANONICAL, projection), (RANK, "")):
        _add(columns, rows, contenders, name, "both", data, {}, canonical if name == CANONICAL else None, help)
    for name, direction in _only_on_cards(contenders):
        _add(columns, rows, contenders, name, direction, data, {})
    _add_costs(columns, rows, contenders, data)
    return Table(key, "Leaderboard", columns, rows, note + FOR_SCALE * any(each.card.kind == ENSEMBLE for each in contenders))


def _add(
    columns: list[Column], rows: list[dict[str, Value]], contenders: Sequence[Contender], name: str, direction: Direction,
    data: PairedData, marked: dict[str, bool], values: dict[str, Number] | None = None, help: str = "",
) -> None:  # fmt: skip
    """A measure's column if anyone has it, and beside it the published figures where there are any."""
    if values is None:
        metrics = {each.name: each.measured.metric(name, direction) or _from_card(each, name, direction) for each in contenders}
        values = {own: _number(metric) for own, metric in metrics.items() if metric is not None}
    if not values:
        return
    about, key = measure(name), f"{name}_{direction}"
    group = {"both": CORRELATION if name in (SUM, CANONICAL, RANK) else OTHERS}.get(direction) or (
        direction_name(data, direction) if name in MEASURES and direction in DIRECTIONS else OTHERS
    )
    columns.append(Column(key, about.title, about.scale, " ".join(filter(None, (about.text, help))), group))
    published = {each.name: said for each in contenders if (said := _published(each, name, direction, about))}
    if published:
        columns.append(Column(f"{key}_published", f"{about.title}, published", "text", "What the paper prints for this recipe.", group))
    for each, row in zip(contenders, rows, strict=True):
        own = values.get(each.name)
        row[key] = own and Number(own.value, own.low, own.high, {True: "best", False: "tied"}.get(marked.get(each.name), ""))  # type: ignore[arg-type]
        if published:
            row[f"{key}_published"] = published.get(each.name)


def _add_costs(columns: list[Column], rows: list[dict[str, Value]], contenders: Sequence[Contender], data: PairedData) -> None:
    columns += [
        Column("parameters", "Parameters", "count", "How many numbers were fitted; of all members of an ensemble.", COST),
        Column("training", "Training", "seconds", "Of the run that made this checkpoint, on the device its card names; of all members of an ensemble.", COST),
    ]
    costs = [each.cost for each in contenders if each.cost]
    if costs:
        about = f"Median time from an item's features to the whole other view in order, without the encoder. Measured on {costs[0].machine}."
        for view, direction in (("y", "y_to_x"), ("x", "x_to_y")):
            columns.append(Column(f"latency_{direction}", f"Query by {nouns(data, direction)[0]}", "milliseconds", about, COST))  # type: ignore[arg-type]
            for each, row in zip(contenders, rows, strict=True):
                row[f"latency_{direction}"] = Number(each.cost.median[view]) if each.cost else None
        columns.append(Column("memory", "Memory", "megabytes", "The model's numbers and both views as it keeps them for searching.", COST))
    for each, row in zip(contenders, rows, strict=True):
        row["parameters"] = Number(each.card.model.parameters)
        row["training"] = Number(each.card.training.seconds)
        row["memory"] = Number(each.cost.memory / MEGABYTE) if each.cost else None


def _published(each: Contender, name: str, direction: Direction, about: Measure) -> str:
    recipe = RECIPES.get(each.card.name)
    figures = [f for f in recipe.figures if (f.measure, f.direction) == (name, direction)] if recipe else []
    return "; ".join(f"{100 * f.value:.1f} % ({f.source})" if about.scale == "percent" else f"{f.value:g} ({f.source})" for f in figures)


def _only_on_cards(contenders: Sequence[Contender]) -> list[tuple[str, Direction]]:
    """Measures that cards hold for this split and that are not measured here: of maps, within one view."""
    here = {(m.measure, m.direction) for each in contenders for m in each.measured.metrics} | {(CANONICAL, "both")}
    cards = [(m.measure, m.direction) for each in contenders for m in each.card.metrics if m.split == each.measured.split]
    return [found for found in dict.fromkeys(cards) if found not in here]


def _from_card(each: Contender, name: str, direction: Direction = "both") -> Metric | None:
    wanted = (name, direction, each.measured.split)
    return next((m for m in each.card.metrics if (m.measure, m.direction, m.split) == wanted), None)


def _number(metric: Metric) -> Number:
    return Number(metric.value, metric.low, metric.high)
