"""Questions that each end in a finding, found in the data and the models at hand.

Nothing in them is written down beforehand: what a sentence claims was measured, and where the models do not bear a
finding out, a plainer one takes its place.
"""

import base64
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import combinations
from threading import Lock

import numpy as np

from app.asking import answering, catalogue, galleries, saliency, suggestions
from app.components.cards import Column
from app.frame import items
from app.frame.query import Query
from app.frame.words import asking, escaped
from app.start import findings
from app.start.findings import Asked, Blind, Finding, Light, Ray
from engine.evaluation.compare import agreement
from engine.metric import Metric

NUMBER = 3
TRIED = 32  # questions looked at to find a telling one
MOST_WORDS = 90  # characters of a sentence that is shown as a question
INK = saliency.Ink(0.6, saliency.COLOURS[0])
_once = Lock()


def find(models: dict[str, catalogue.Entry], usable: Sequence[catalogue.Entry], data: str, split: str, key: str) -> list[Finding]:
    """Up to three findings, kept for the next time under ``key``."""
    with _once:  # a crowd at a fresh server finds them once
        if (known := findings.read(data, key)) is not None:
            return known
        found = _seek(models, usable, data, split)
        findings.keep(found, key)
    return found


def _seek(models: dict[str, catalogue.Entry], usable: Sequence[catalogue.Entry], data: str, split: str) -> list[Finding]:
    mine = [entry for entry in usable if entry.card.data.name == data]
    sought: list[Callable[[], Finding | None]] = [
        lambda: _light(models, data, split),
        lambda: _blind(usable, data),
        lambda: _divided(models, mine, data, split),
        lambda: _disagreement(models, data, split, "y"),
        lambda: _disagreement(models, data, split, "x"),
        lambda: _unheard(models, data, split),
    ]
    found: list[Finding] = []
    for seek in sought:
        with suppress(catalogue.TwoviewError):  # a model that cannot be asked so: another finding takes its place
            if len(found) < NUMBER and (finding := seek()):
                found.append(finding)
    return found


def _asked(title: str, said: str, query: Query, models: dict[str, catalogue.Entry], data: str, split: str, shown: int = 3) -> Asked:
    """A question with the first ``shown`` answers of one or two models, by the letters they have in the bar."""
    answers = {letter: answering.answer(entry, split, query) for letter, entry in models.items()}
    found, _ = items.columns(data, split, {letter: entry.title for letter, entry in models.items()}, answers, shown)
    plain = [Column(column.cards, column.letter, column.title) for column in found]
    return Asked(title=title, said=said, text=query.text, view=query.view, id=query.id, columns=plain, folders=[entry.path.name for entry in models.values()])


# --- change the prompt and watch the light move -----------------------------------------------------------------------
def _light(models: dict[str, catalogue.Entry], data: str, split: str) -> Light | None:
    """The picture, of those tried, in which the map of each of two objects lies best on its own."""
    pairs = galleries.gallery(data, split)
    letter = next((letter for letter, entry in models.items() if saliency.reads_prompts(entry)), None)
    if letter is None or pairs.x.kind != "image" or pairs.x.objects is None:
        return None
    seer = saliency.eye(models[letter], letter)
    clearest = saliency.clearest(seer, data, split)
    if clearest is None:
        return None
    rays = []
    for label, found in list(clearest.judged.items())[:3]:
        said = f"**{found.precision:.0%}** of the light lies on the {label}, which fills {found.uniform:.0%} of the picture."
        rays.append(Ray(prompt=asking(label), said=said, map=_drawn(seer, data, split, clearest.row, asking(label))))
    return Light(title="Change the word, and the light moves", model=models[letter].title, row=clearest.row, tried=clearest.tried, rays=rays)


def _drawn(seer: saliency.Eye, data: str, split: str, row: int, prompt: str) -> bytes:
    """A map as base64, as ``Ray`` takes it."""
    encoded = saliency.original(data, split, row)
    found = saliency.explained(seer, encoded, prompt, saliency.Way())
    return base64.b64encode(saliency.drawn(seer, encoded, found.saliency, ("start", data, split, row, prompt), INK, None))


# --- the highest sum of correlations, and nearly blind ----------------------------------------------------------------
def _blind(usable: Sequence[catalogue.Entry], data: str) -> Blind | None:
    """The data set on which the model with the highest sum of correlations falls furthest behind; None if on none it does."""
    found = [finding for name in dict.fromkeys([data, *(entry.card.data.name for entry in usable)]) if (finding := _blind_on(usable, name))]
    return min(found, key=lambda finding: finding.recall[finding.first] / finding.recall[finding.best], default=None)


def _blind_on(usable: Sequence[catalogue.Entry], data: str) -> Blind | None:
    info = catalogue.data_sets().get(data)
    known = [
        (entry, total, recall) for entry in usable if entry.card.data.name == data
        and (total := _test(entry, "sum_of_correlations", "both")) and (recall := _test(entry, "recall_at_1", "y_to_x"))
    ]  # fmt: skip
    if info is None or len(known) < 2:
        return None
    (first, _, lower), (best, _, upper) = max(known, key=lambda row: row[1].value), max(known, key=lambda row: row[2].value)
    if lower.high is None or upper.low is None or lower.high >= upper.low:
        return None
    entries = [entry for entry, _, _ in known]
    finding = (
        f"On {info.title.partition(' (')[0].lower()}, **{escaped(first.title)}** has the highest sum of correlations of {len(known)} models, "
        f"yet puts the right answer first for **{lower.value:.0%}** of the questions; {escaped(best.title)} for **{upper.value:.0%}**. {_why(first)}"
    )
    return Blind(
        title="The best sum is not the best model", said=finding, data=data, models=[entry.title for entry in entries], folders=[entry.path.name for entry in entries],
        sums=[total.value for _, total, _ in known], recall=[recall.value for _, _, recall in known], first=entries.index(first), best=entries.index(best),
    )  # fmt: skip


def _why(entry: catalogue.Entry) -> str:
    """What the sum hides, in the card's own numbers."""
    total, once, rank = (_test(entry, name, "both") for name in ("sum_of_correlations", "sum_of_canonical_correlations", "effective_rank"))
    if total and once and once.value < 0.8 * total.value:
        much = f": of {total.value:.0f} only **{once.value:.0f}** is left when each is counted once"
        return f"Its dimensions repeat each other{much}" + (f"; it uses about {rank.value:.0f}." if rank else ".")
    if rank:
        return f"It spreads what it knows over about {rank.value:.0f} dimensions: what correlates is not what tells things apart."
    return "What correlates is not what tells things apart."


def _test(entry: catalogue.Entry, measure: str, direction: str) -> Metric | None:
    """A figure of the card for the test split."""
    return next((m for m in entry.card.metrics if (m.measure, m.direction, m.split) == (measure, direction, "test")), None)


# --- equal recall, other answers --------------------------------------------------------------------------------------
def _divided(models: dict[str, catalogue.Entry], mine: Sequence[catalogue.Entry], data: str, split: str) -> Asked | None:
    """Of the pairs of models nearest in recall the one that disagrees most, and the question on which it does so most."""
    pairs = [(_in_order(pair, models), [answering.ranks(entry, split, "y_to_x") for entry in _in_order(pair, models)]) for pair in _nearest(mine)]
    if not pairs:
        return None
    (a, b), found = max(pairs, key=lambda pair: _apart(*(one.ranks for one in pair[1])))
    ranks_a, ranks_b = (one.ranks for one in found)
    items = galleries.gallery(data, split)
    short = np.array([items.y.kind != "text" or len(items.y.items[row]) <= MOST_WORDS for row in found[0].rows])
    only_one = ((ranks_a == 1) ^ (ranks_b == 1)) & short
    if not only_one.any():
        return None
    place = int(np.argmax(np.where(only_one, np.maximum(ranks_a, ranks_b), 0)))
    what, there = galleries.noun(items, "y", 2), galleries.noun(items, "x")
    ahead, behind = sorted(((int(ranks_a[place]), a), (int(ranks_b[place]), b)), key=lambda known: known[0])
    finding = (
        f"{escaped(a.title)} and {escaped(b.title)} put the right {there} first for **{np.mean(ranks_a == 1):.0%}** and **{np.mean(ranks_b == 1):.0%}** of {len(ranks_a):,} {what}. "
        f"Yet for **{_apart(ranks_a, ranks_b):.0%}** only one of the two does: here {escaped(ahead[1].title)}, with {escaped(behind[1].title)} at rank **{behind[0]:,}**."
    )
    query = Query("item", view="y", id=items.y.ids[int(found[0].rows[place])])
    return _asked("Equally good, and not the same", finding, query, {"A": a, "B": b}, data, split, shown=1)


def _apart(ranks_a: np.ndarray, ranks_b: np.ndarray) -> float:
    """The share of questions whose answer only one of the two puts first."""
    count = agreement(ranks_a, ranks_b)
    return (count.only_a + count.only_b) / len(ranks_a)


def _nearest(mine: Sequence[catalogue.Entry], number: int = 4) -> list[tuple[catalogue.Entry, catalogue.Entry]]:
    """Pairs of models whose recall differs least, their intervals overlapping.

    Pairwise models are left out: ranking all questions with one takes longer than a visitor waits.
    """
    known = [(entry, recall) for entry in mine if entry.card.model.kind == "embedding" and (recall := _test(entry, "recall_at_1", "y_to_x"))]
    found = []
    for (a, one), (b, other) in combinations(known, 2):
        if None not in (one.low, one.high, other.low, other.high) and one.low <= other.high and other.low <= one.high:  # type: ignore[operator]
            found.append((abs(one.value - other.value), (a, b)))
    return [pair for _, pair in sorted(found, key=lambda known: known[0])[:number]]


def _in_order(pair: tuple[catalogue.Entry, catalogue.Entry], models: dict[str, catalogue.Entry]) -> tuple[catalogue.Entry, catalogue.Entry]:
    """A model keeps the letter it has in the bar."""
    chosen = {letter: entry.path for letter, entry in models.items()}
    a, b = pair
    return (b, a) if b.path == chosen.get("A") or a.path == chosen.get("B") else (a, b)


# --- plainer ones -----------------------------------------------------------------------------------------------------
def _disagreement(models: dict[str, catalogue.Entry], data: str, split: str, view: str) -> Asked | None:
    """The question on which the ranks of the true match lie furthest apart, one model being right."""
    asking = getattr(galleries.gallery(data, split), view)
    told = [row for row in np.linspace(0, len(asking) - 1, TRIED).astype(int) if asking.kind != "text" or len(asking.items[row]) <= MOST_WORDS]
    best: tuple[float, Query, dict[str, int]] | None = None
    for row in told:
        query = Query("item", view=view, id=asking.ids[row])
        ranks = {letter: answering.answer(entry, split, query).true_ranks[:1] for letter, entry in models.items()}
        if not all(ranks.values()):
            continue
        first = {letter: found[0] for letter, found in ranks.items()}
        apart = np.log(max(first.values()) / min(first.values())) - 2 * (min(first.values()) > 1)
        if best is None or apart > best[0]:
            best = (apart, query, first)
    if best is None:
        return None
    _, query, first = best
    here, there = (galleries.noun(galleries.gallery(data, split), name) for name in (view, galleries.other(view)))
    ahead, behind = min(first, key=lambda letter: first[letter]), max(first, key=lambda letter: first[letter])
    title = f"From {'an' if here == 'item' else 'a'} {here} to its {there}" if here != there else f"From the {'first view to the second' if view == 'x' else 'second view to the first'}"
    finding = f"Model {ahead} finds the right {there} at rank **{first[ahead]:,}**"
    if first[ahead] != first[behind]:
        finding += f", model {behind} only at rank **{first[behind]:,}**. What did it prefer?"
    else:
        finding += ", and so does the other model." if len(first) > 1 else "."
    return _asked(title, finding, query, {ahead: models[ahead]}, data, split)


def _unheard(models: dict[str, catalogue.Entry], data: str, split: str) -> Asked | None:
    """A question in a word that no sentence of the gallery uses."""
    pairs = galleries.gallery(data, split)
    view = galleries.view_of(pairs, "text")
    if view is None:
        return None
    heard = {word.strip(".,!?") for text in getattr(pairs, view).items for word in galleries.plain(text).split()}
    for text in suggestions.free(data):
        unheard = [word for word in text.split() if word not in heard]
        if unheard:
            finding = f"“{unheard[0]}” stands in none of the {len(getattr(pairs, view)):,} sentences here. The sentence encoder has read it elsewhere: see how far that carries."
            return _asked("Words it was never shown", finding, Query("text", text=text), {"A": models["A"]}, data, split)
    return None
