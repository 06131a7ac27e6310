"""What is wrong with good rows, before anything is trained: leaks between splits, repeats, sentences and pictures that teach nothing.

Each finding names the items and which of them to leave out. Near-duplicates are found twice: by pixels (the same picture, saved again) and
by an encoder's features (the same thing, another picture). Both are exact searches for nearest neighbours, by the cosine of vectors without their mean.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from engine.data.base import PairedData, View
from engine.data.own import checked, left_out, unnamed_pictures
from engine.data.own.language import language
from engine.data.own.looks import looks
from engine.data.own.reading import Reading
from engine.encoders import open_encoder
from engine.encoders.cache import encode_view
from engine.errors import TwoviewError
from engine.spaces.neighbours import nearest_neighbours

Progress = Callable[[int, int, str], None]

# Cosines without the mean. Of 1,000 photos of Flickr8k no two different ones reach 0.85 by pixels or 0.65 by features of MobileNetV2; saved again
# at JPEG quality 30, brightened by a fifth or at half the size all of 60 pass by pixels, without a frame of 2.5 % most by pixels and all by features.
SAME_PIXELS, SAME_FEATURES = 0.95, 0.75
SAME_VECTORS = 0.999
NEIGHBOURS = 8  # looked at around each item
SMALL_SIDE, LONG_RATIO, FLAT = 64, 4.0, 4.0  # pixels, width to height, spread of grey values
FEW_WORDS, MANY_WORDS = 2, 100


@dataclass(frozen=True)
class Case:
    """Items of one view, by their ids, about which something is to be said in ``what``; ``spare``: those of them to leave out."""

    view: str
    ids: tuple[str, ...]
    what: str
    spare: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """Cases of one kind. ``key``: what it is called at the command line; ``why``: what it does to a model or a figure, in a sentence."""

    key: str
    title: str
    why: str
    cases: tuple[Case, ...]

    @property
    def spare(self) -> dict[str, list[str]]:
        """Ids of x and of y to leave out."""
        return {view: list(dict.fromkeys(id for case in self.cases if case.view == view for id in case.spare)) for view in ("x", "y")}


def health(name: str, encoder: str | None = None, progress: Progress | None = None) -> list[Finding]:
    """All findings that have cases, the gravest first, in what is not left out already. ``name``: what was brought, or a path.

    ``encoder``: of x, for near-duplicates by features; without, they are found by pixels alone. Raises TwoviewError when there are no such
    data, when pictures are gone, or the encoder's weights are not here.
    """
    reading = checked(name)
    split_of = _splits(reading)
    data = reading.without(left_out(name)).data
    if not len(data.x):
        return []
    found = [*_duplicates(data, split_of, encoder, progress), _shared(data, split_of)]
    if data.x.kind == "image":
        found += [*_pictures(data.x, progress), _unnamed(name)]
    for side, view in (("x", data.x), ("y", data.y)):
        if view.kind == "text":
            found += [_foreign(side, view), *_lengths(side, view)]
    return [finding for finding in found if finding.cases]


def cases_csv(findings: Sequence[Finding]) -> str:
    """A row for every item of every case."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["finding", "case", "view", "id", "what", "leave out"])
    for finding in findings:
        writer.writerows([finding.key, number, case.view, id, case.what, "yes" if id in case.spare else "no"] for number, case in enumerate(finding.cases, start=1) for id in case.ids)
    return buffer.getvalue()


def languages(view: View) -> Counter[str]:
    """How many sentences are in which language, "unknown" for those too short to tell."""
    return Counter(language(text) or "unknown" for text in view.items)


def _splits(reading: Reading) -> dict[int, str]:
    try:
        return {int(group): split for split, groups in reading.splits().items() for group in groups}
    except TwoviewError:  # too few pairs to share out
        return {}


def _duplicates(data: PairedData, split_of: Mapping[int, str], encoder: str | None, progress: Progress | None) -> Iterator[Finding]:
    """Near-duplicates among the items of x of different groups, across splits and within."""
    x = data.x
    ways: list[tuple[str, str, np.ndarray, float]] = []
    if x.kind == "image":
        ways.append(("pixels", "by their pixels", looks(x, progress).vectors, SAME_PIXELS))
    if x.kind == "vector":
        ways.append(("vectors", "by their numbers", _centred(np.asarray(x.items).reshape(len(x), -1)), SAME_VECTORS))
    elif encoder:
        ways.append(("features", f"to {encoder}", _centred(np.asarray(encode_view(x, open_encoder(encoder), progress))), SAME_FEATURES))
    for key, how, vectors, least in ways:
        across, within = [], []
        for rows in _clusters(vectors, x.groups, least):
            splits = [split_of.get(int(x.groups[row]), "") for row in rows]
            ids = tuple(x.ids[row] for row in rows)
            if len({*splits}) > 1:  # what is measured on stays, what is trained on goes
                held = "test" if "test" in splits else "validation"
                spare = tuple(id for id, split in zip(ids, splits, strict=True) if split != held)
                across.append(Case("x", ids, " · ".join(splits), spare))
            else:
                within.append(Case("x", ids, splits[0], ids[1:]))
        yield Finding(f"leaks-{key}", f"Near-duplicates in different splits, {how}", "What is asked in the test was seen in training: every figure is too good.", tuple(across))
        yield Finding(f"repeats-{key}", f"Near-duplicates in one split, {how}", "Only one of them counts as the right answer, though all look right.", tuple(within))


def _clusters(vectors: np.ndarray, groups: np.ndarray, least: float) -> list[np.ndarray]:
    """Rows of different groups that hang together by cosines of at least ``least``, in order."""
    if len(vectors) < 2:
        return []
    near = nearest_neighbours(vectors, NEIGHBOURS)
    rows = np.repeat(np.arange(len(vectors)), near.indices.shape[1])
    others, close = near.indices.ravel(), near.distances.ravel() <= 1 - least
    kept = close & (groups[rows] != groups[others]) & (np.abs(vectors[rows]).max(axis=1) > 0)
    graph = coo_array((np.ones(kept.sum()), (rows[kept], others[kept])), shape=(len(vectors),) * 2)
    _, part = connected_components(graph, directed=False)
    order = np.argsort(part, kind="stable")
    return [rows for rows in np.split(order, np.flatnonzero(np.diff(part[order])) + 1) if len(rows) > 1]


def _centred(vectors: np.ndarray) -> np.ndarray:
    """Without the mean of all, which encoders' features share; more than the cosines of raw features, the rest tells items apart."""
    return vectors - vectors.mean(axis=0)


def _shared(data: PairedData, split_of: Mapping[int, str]) -> Finding:
    """The same sentence in several groups."""
    places: dict[str, list[int]] = {}
    for row, text in enumerate(data.y.items if data.y.kind == "text" else ()):
        places.setdefault(" ".join(text.lower().rstrip(".!").split()), []).append(row)
    cases = []
    for rows in places.values():
        if len({int(data.y.groups[row]) for row in rows}) > 1:
            ids = tuple(data.y.ids[row] for row in rows)
            splits = {split_of.get(int(data.y.groups[row]), "") for row in rows}
            cases.append(Case("y", ids, f"{data.y.items[rows[0]]} ({', '.join(sorted(splits))})", ids))
    return Finding("shared-sentences", "One sentence for several pictures", "It cannot be told which is meant: all but one of its right answers count as wrong.", tuple(sorted(cases, key=lambda case: -len(case.ids))))


def _pictures(x: View, progress: Progress | None) -> Iterator[Finding]:
    seen = looks(x, progress)
    width, height = seen.sizes[:, 0], seen.sizes[:, 1]
    ratio = np.maximum(width, height) / np.minimum(width, height)
    kinds = (
        ("flat-pictures", "Pictures of hardly more than one colour", "There is nothing in them that a sentence could speak of.", seen.spread < FLAT),
        ("small-pictures", f"Pictures of fewer than {SMALL_SIDE} pixels on a side", "Encoders enlarge them, and see blur.", np.minimum(width, height) < SMALL_SIDE),
        ("long-pictures", f"Pictures {LONG_RATIO:.0f} times as long as wide, or more", "Encoders look at the square in the middle; the rest is cut off.", ratio >= LONG_RATIO),
    )
    for key, title, why, which in kinds:
        cases = tuple(Case("x", (x.ids[row],), f"{width[row]} × {height[row]} pixels", (x.ids[row],)) for row in np.flatnonzero(which).tolist())
        yield Finding(key, title, why, cases)


def _unnamed(name: str) -> Finding:
    cases = tuple(Case("x", (file,), "", ()) for file in unnamed_pictures(name))
    return Finding("unnamed-pictures", "Pictures in the folder that no row names", "Nothing is learned from them. Add rows, or leave them.", cases)


def _foreign(side: str, view: View) -> Finding:
    """Sentences in another language than most; none where no language is that of most."""
    of_row = [language(text) for text in view.items]
    counted = Counter(name for name in of_row if name)
    main, count = counted.most_common(1)[0] if counted else ("", 0)
    rows = [row for row, name in enumerate(of_row) if name and name != main] if count > sum(counted.values()) / 2 else []
    cases = tuple(Case(side, (view.ids[row],), f"{of_row[row]}: {view.items[row]}", (view.ids[row],)) for row in rows)
    return Finding(f"other-languages-{side}", f"Sentences that are not {main}, as most are", "An encoder of sentences knows few languages well.", cases)


def _lengths(side: str, view: View) -> Iterator[Finding]:
    words = [len(text.split()) for text in view.items]
    kinds = (
        (f"short-sentences-{side}", f"Sentences of fewer than {FEW_WORDS} words", "They fit many items.", [row for row, n in enumerate(words) if n < FEW_WORDS]),
        (f"long-sentences-{side}", f"Sentences of more than {MANY_WORDS} words", "Encoders of sentences read the beginning only.", [row for row, n in enumerate(words) if n > MANY_WORDS]),
    )
    for key, title, why, rows in kinds:
        yield Finding(key, title, why, tuple(Case(side, (view.ids[row],), view.items[row], (view.ids[row],)) for row in rows))
