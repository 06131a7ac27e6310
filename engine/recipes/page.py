"""RESULTS.md: every word and number from stored results, recipes and published figures."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import get_args

from engine.grounding.combination import Combination
from engine.recipes.base import FOLDS, SINGLE, Kind, Recipe
from engine.recipes.choose import Choice, trainings
from engine.recipes.claims import CLAIMS
from engine.recipes.lines import ASKED_FIRST, COMPANIONS, MAPS, SUM, Line, called, is_current, is_stale, lines
from engine.recipes.mnist import HONEST
from engine.recipes.results import Result
from engine.recipes.unavailable import UNAVAILABLE
from engine.recipes.verdicts import Verdict, judged, least_worth, shown, verdict


def markdown(
    results: list[Result], recipes: Mapping[str, Recipe], combinations: Sequence[Combination] = (), searches: Mapping[str, Sequence[Choice]] | None = None
) -> str:
    """RESULTS.md: what was measured by data set, what falls short and why, what was not run, what cannot be run here.

    ``combinations``: of whole pictures and regions. ``searches``: those stored for each tuned recipe's settings.
    """
    parts = [
        "# Results\n\nWritten by `python -m engine results --markdown RESULTS.md` from the files in `results/`. Rates are in percent; "
        "± is the standard deviation over seeds; parameters are all numbers that were fitted (– in rows from before they were stored), time is the training of one seed. "
        "What a query takes depends on the machine: Compare and `python -m engine report` measure it there. There are two kinds of row: *as published* trains as the "
        "paper does, where it says how; *tuned* as does best on the validation split (`python -m engine choose`). Ensembles stand apart: the sum of several "
        "models' standardised scores, for scale; no row competes with them. † marks a row that was measured by "
        "other code than today's, or before the code was recorded (`python -m engine results --stale`).\n\n"
        "The literature's *sum of correlations* adds Pearson's r over matching output dimensions and can be raised by copying "
        "one dimension. Beside it stand two numbers that can't: the *canonical sum* (outputs decorrelated by a projection "
        "fitted on training data) and the *effective rank* (participation ratio) of the outputs."
    ]
    order = list(recipes)
    current = sorted((r for r in results if is_current(r, recipes)), key=lambda result: order.index(result.recipe))
    shown = [lines(result, recipes[result.recipe].figures) for result in current]
    for data in sorted({result.data for result in current}):
        here = [rows for rows in shown if rows[0].result.data == data]
        kinds = {kind: [rows for rows in here if recipes[rows[0].result.recipe].kind == kind] for kind in get_args(Kind)}
        tables = [f"### {kind.capitalize()}\n\n" + "\n\n".join(_tables(rows, recipes)) for kind, rows in kinds.items() if rows]
        tuned = {name: found for rows in here if (found := (searches or {}).get(name := rows[0].result.recipe))}
        parts.append("\n\n".join([f"## {data}", *tables, *([_searched(tuned)] if tuned else []), *_notes(here, recipes)]))
    if widths := _widths(shown):
        parts.append(f"## The best at each width\n\n{HONEST}\n\n{widths}")
    by_name = {result.recipe: result for result in current}
    if verdicts := [v for claim in CLAIMS if (v := verdict(claim, by_name))]:
        parts.append("## Which of the papers' claims hold here\n\n" + _claims(verdicts))
    if combinations:
        parts.append("## Whole pictures and regions together\n\n" + "\n\n".join(map(_combination, combinations)))
    parts.append("## What falls short\n\n" + (_shortfalls(shown, recipes) or "Nothing."))
    measured = {result.recipe for result in current}
    missing = [f"- `{name}`: {recipe.title}" for name, recipe in recipes.items() if name not in measured]
    if missing:
        parts.append("## Not measured yet\n\n" + "\n".join(missing))
    rows = [f"- {row.source}: {row.what}. {row.why}" for row in UNAVAILABLE]
    parts.append("## Cannot be run here\n\n" + "\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _searched(tuned: Mapping[str, Sequence[Choice]]) -> str:
    """What each tuned row's settings were chosen from: a row that was searched for longer has had more chances to be lucky."""
    body, measures = [], dict.fromkeys(choice.measure.replace("mrr", "MRR").replace("_", " ") for searches in tuned.values() for choice in searches)
    for name, searches in tuned.items():
        trained = trainings(searches)
        best = max(searches, key=lambda choice: choice.best.value)
        pages = ", ".join(f"[{choice.name}](choices/{name}/{choice.name}.md)" for choice in searches)
        devices = " and ".join(dict.fromkeys(choice.device for choice in searches))
        value = f"{100 * best.best.value:.1f} %"
        body.append([f"`{name}`", str(len(trained)), _duration(sum(point.seconds for point in trained)), devices, value, pages])
    head = ["settings of", "trainings", "in all", "on", "best on validation", "searches"]
    said = (
        f"Each training with one seed, measured by {' or '.join(measures)} on the validation split alone; a model that scores pairs is asked part of that split, so its value is "
        "not to be held against the others'. Seconds are of the machine that searched, busy or not."
    )
    return f"### Searches behind tuned rows\n\n{said}\n\n{_grid(head, body)}"


def _notes(shown: list[list[Line]], recipes: Mapping[str, Recipe]) -> list[str]:
    """What explains rows that no published figure stands beside; the others are explained where they fall short."""
    told: dict[str, list[str]] = {}
    for rows in shown:
        recipe = recipes[rows[0].result.recipe]
        if recipe.note and not recipe.figures:
            told.setdefault(recipe.note, []).append(f"`{recipe.name}`")
    return [f"{', '.join(names)}: {note}" for note, names in told.items()]


def _tables(shown: list[list[Line]], recipes: Mapping[str, Recipe]) -> list[str]:
    """A row per recipe, so that models compare at a glance; of recipes with maps, whose measures are many, a row per measure."""
    by_kind: dict[bool, list[list[Line]]] = {False: [], True: []}  # with maps?
    for rows in shown:
        by_kind[any(line.measure in MAPS for line in rows)].append(rows)
    return [table(by_kind[maps], recipes) for maps, table in ((False, _by_recipe), (True, _by_measure)) if by_kind[maps]]


def _by_recipe(shown: list[list[Line]], recipes: Mapping[str, Recipe]) -> str:
    """Columns are the measures, in the order of ``ASKED_FIRST``; where any recipe has a published figure, it stands beside ours."""
    present = dict.fromkeys((line.measure, line.direction) for rows in shown for line in rows)
    keys = sorted(present, key=lambda key: ASKED_FIRST.index(key[0]) if key[0] in ASKED_FIRST else len(ASKED_FIRST))
    compared = {(line.measure, line.direction) for rows in shown for line in rows if line.figure}
    head = ["recipe", "k", "split"]
    for key in keys:
        head += [called(*key), "published", "difference"] if key in compared else [called(*key)]
    body = []
    for rows in shown:
        found = {(line.measure, line.direction): line for line in rows}
        cells = _identity(rows[0].result, recipes)
        for key in keys:
            line = found.get(key)
            cells.append(line.ours if line else "")
            cells += _beside(line) if key in compared else []
        body.append([*cells, *_circumstances(rows[0].result)])
    return _grid([*head, *CIRCUMSTANCES], body)


def _by_measure(shown: list[list[Line]], recipes: Mapping[str, Recipe]) -> str:
    """A block of rows per recipe."""
    body = []
    for rows in shown:
        for i, line in enumerate(rows):
            first = ["", "", ""] if i else _identity(line.result, recipes)
            last = [""] * len(CIRCUMSTANCES) if i else _circumstances(line.result)
            body.append([*first, line.what, line.ours, *_beside(line), *last])
    return _grid(["recipe", "k", "split", "measure", "ours", "published", "difference", *CIRCUMSTANCES], body)


def _identity(result: Result, recipes: Mapping[str, Recipe]) -> list[str]:
    old = " †" if is_stale(result, recipes) else ""
    return [f"{recipes[result.recipe].title} `{result.recipe}`{old}", str(result.k or ""), result.split]


def _beside(line: Line | None) -> list[str]:
    """The published figure with its source, and the difference."""
    if line is None or line.figure is None:
        return ["", ""]
    return [f"{line.shown(line.figure.value)} ({line.figure.source})", line.shown(line.difference, "+")]


CIRCUMSTANCES = ("parameters", "seeds", "time", "on")


def _circumstances(result: Result) -> list[str]:
    return ["–" if result.parameters is None else f"{result.parameters:,}", str(len(result.runs)), _duration(result.seconds), result.device]


def _grid(head: list[str], body: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *body])


def _widths(shown: list[list[Line]]) -> str:
    """For each k with published sums: the largest of them, our largest, and our largest canonical sum. Empty without any."""
    by_width: dict[int, list[dict[str, Line]]] = {}  # k → lines by measure of every result beside a published sum
    for rows in shown:
        found, k = {line.measure: line for line in rows}, rows[0].result.k
        if k and SUM in found and found[SUM].figure:
            by_width.setdefault(k, []).append(found)
    body = []
    for k, results in sorted(by_width.items()):
        published = max((figure for found in results if (figure := found[SUM].figure)), key=lambda figure: figure.value)
        best = [max((found[measure] for found in results), key=lambda line: line.mean) for measure in (SUM, COMPANIONS[0])]
        body.append([str(k), f"{published.value:.2f} ({published.source})", *(f"{line.ours} `{line.result.recipe}`" for line in best)])
    return _grid(["k", "best published sum", "our best sum", "our best canonical sum"], body) if body else ""


def _claims(verdicts: list[Verdict]) -> str:
    """Claims that can be judged on both kinds of row side by side, each kind in full, and what the undecided would take."""
    rule = (
        "± is half of a 95 % interval over what the column names: seeds (each drawn anew), test items (groups of them, the same for both rows), or both at once, each counted once. "
        f"*Folds*: all the data set's items divided into {FOLDS} parts, each asked of models that were trained, with a seed of their own, on {FOLDS - 2} others and stopped by one more; where a claim's rows ran over folds it is judged on them, whatever its own split says. "
        "*Unpaired*: nothing was kept item by item, so that the interval is as wide as if the rows had been asked other items. Where a row has one seed, nothing is said of other seeds. "
        "A claim *holds* where the interval lies above 0, and *does not hold* where it lies below the smallest gain worth claiming "
        f"({100 * least_worth('recall_at_1'):.0f} point of a rate, {least_worth(SUM)} of a sum of correlations): there is none, or one that nobody would notice."
    )
    parts = [rule]
    both: dict[tuple[str, ...], dict[Kind, Verdict]] = {}
    for v in verdicts:
        both.setdefault((v.claim.text, v.claim.source, called(v.claim.measure, v.claim.direction)), {})[v.claim.kind] = v
    if rows := [[*key, *(f"{kinds[kind].told}, {_difference(kinds[kind])}" for kind in SINGLE)] for key, kinds in both.items() if len(kinds) > 1]:
        parts.append("### On both kinds of row\n\n" + _grid(["claim", "paper", "measured by", *SINGLE], rows))
    for kind in SINGLE:
        if found := [v for v in verdicts if v.claim.kind == kind]:
            head = ["claim", "paper", "measured by", "here", "difference", "over", "seeds or folds"]
            parts.append(f"### On rows {kind}\n\n{_tally(found)}\n\n{_grid(head, [_claim(v) for v in found])}")
    if undecided := [f"- {v.claim.text}, {called(v.claim.measure, v.claim.direction)}, {v.claim.kind} ({_compared(v)}): {v.takes}" for v in verdicts if v.takes]:
        parts.append("### What the undecided would take\n\nIf the difference and its spread stayed as they are:\n\n" + "\n".join(undecided))
    return "\n\n".join(parts)


def _tally(verdicts: list[Verdict]) -> str:
    tally = Counter(v.told for v in verdicts)
    words = {"holds": ("holds", "hold"), "does not hold": ("does not", "do not"), "undecided": ("is undecided", "are undecided")}
    return ", ".join(f"{tally[told]} {one if tally[told] == 1 else many}" for told, (one, many) in words.items() if tally[told]) + "."


def _claim(v: Verdict) -> list[str]:
    return [v.claim.text, v.claim.source, f"{called(v.claim.measure, v.claim.direction)}: {_compared(v)}", v.told, _difference(v), v.over, str(v.seeds)]


def _compared(v: Verdict) -> str:
    compared = f"`{v.claim.better}` − `{v.claim.worse}`"
    return f"`{v.claim.scarce[0]}` − `{v.claim.scarce[1]}`, less {compared}" if v.claim.scarce else compared


def _difference(v: Verdict) -> str:
    return f"{'+' * (v.difference >= 0)}{shown(v.difference, v.claim.measure)} ± {shown(v.half, v.claim.measure).removesuffix(' %')}"


def _combination(found: Combination) -> str:
    """Eq. 8 of the two-branch paper: α's curve, the gain of each direction, and what the claim comes to."""
    curve = _grid(["α", *(f"{alpha:g}" for alpha in found.alphas[::2])], [["R@1, validation", *(f"{100 * value:.1f} %" for value in found.curve[::2])]])
    body = [
        [called("recall_at_1", gain.direction), f"{100 * gain.alone:.1f} %", f"{100 * gain.together:.1f} %", f"{100 * gain.difference:+.2f} % ({100 * gain.low:+.2f} to {100 * gain.high:+.2f})", judged(gain.low, gain.high, "recall_at_1")]
        for gain in found.gains
    ]  # fmt: skip
    return (
        f"Eq. 8 of the two-branch paper adds to the distance of a picture and a sentence (`{found.whole}`) the mean distance of its phrases to their nearest regions (`{found.regions}`). The paper chose α = 0.2 and "
        f"found no real gain (Table 5: 40.7 to 40.8 % and 29.2 to 29.4 %). Here α = {found.alpha:g}, the best on the validation split, where both directions' mean R@1 is:\n\n{curve}\n\n"
        f"On the test split, with intervals that draw pictures, the claim that regions help to find whole pictures and sentences:\n\n{_grid(['measure', 'whole alone', 'with regions', 'difference', 'the claim'], body)}"
    )


def _shortfalls(shown: list[list[Line]], recipes: Mapping[str, Recipe]) -> str:
    """What is below the published figures; recipes that one note explains stand together."""
    explained: dict[str, list[str]] = {}
    for rows in shown:
        recipe = recipes[rows[0].result.recipe]
        figures = "; ".join(f"{line.what} {line.ours}, published {line.shown(line.figure.value)}" for line in rows if line.figure and line.falls_short)
        if figures:
            explained.setdefault(recipe.note or "No measurement explains it yet.", []).append(f"`{recipe.name}`: {figures}.")
    return "\n\n".join("\n".join([*(f"- {row}" for row in rows), "", f"  {note}"]) for note, rows in explained.items())


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"
