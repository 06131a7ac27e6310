"""Pairs made from pictures with known objects, for looking at what a model sees (MUC2M, Sec. 5.2).

*Objects of interest*: a picture and the sentences "the image contains {label}", one for every kind of object in it; an
epoch of the training loop draws one of them for each picture, as the paper samples a label. *Picture pairs*: two
pictures that share a kind of object, or none.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from engine.data.base import DatasetInfo, LazyRows, PairedData, View
from engine.errors import TwoviewError

TRAINING_PAIRS, TEST_PAIRS = 20_000, 1_000


PROMPT = "the image contains {}"  # MUC2M, Sec. 5.2.1


def prompt(label: str, wording: str = PROMPT) -> str:
    """The sentence that asks for a kind of object; its name stands where ``wording`` has {}."""
    return wording.replace("{}", label)


def labels_in(view: View) -> list[list[str]]:
    """The kinds of object in each picture, in order of first appearance. Raises TwoviewError without annotations."""
    if view.objects is None:
        raise TwoviewError("Objects of interest need pictures whose objects are known (boxes or masks), and these have none.")
    return [list(dict.fromkeys(item.label for item in objects)) for objects in view.objects]


def named_in(sentences: Sequence[str], labels: Iterable[str], times: int = 20) -> set[str]:
    """The labels that at least so many sentences name, as whole words, alone or in the plural."""
    text = "\n".join(sentences).lower()
    return {label for label in labels if len(re.findall(rf"\b{re.escape(label.lower())}(?:s|es)?\b", text)) >= times}


def objects_of_interest(data: PairedData) -> PairedData:
    """x: the pictures with at least one known object; y: one prompt for each kind of object in each of them."""
    labels = labels_in(data.x)
    rows = np.array([row for row, names in enumerate(labels) if names], dtype=int)
    pictures = data.x.take(rows)
    asked = [(row, name) for row in rows for name in labels[row]]
    sentences = View(
        "text",
        [prompt(name) for _, name in asked],
        [f"{data.x.ids[row]}#{name}" for row, name in asked],
        data.x.groups[[row for row, _ in asked]],
    )
    return PairedData(f"{data.name}-objects", data.split, pictures, sentences, data.label_names)


def picture_pairs(data: PairedData, pairs: int, sharing: bool = True, seed: int = 0) -> PairedData:
    """``pairs`` pairs of different pictures. Sharing: a kind of object is drawn first, then two pictures that have it
    (Sec. 5.2.2); otherwise two pictures without a common kind. Group = pair. Raises TwoviewError if there are none."""
    labels, objects = labels_in(data.x), data.x.objects or ()
    names = sorted({name for row in labels for name in row})
    has = np.zeros((len(labels), len(names)), dtype=bool)
    for row, own in enumerate(labels):
        has[row, [names.index(name) for name in own]] = True
    rng = np.random.default_rng(seed)
    rows = _sharing(has, pairs, rng) if sharing else _disjoint(has, pairs, rng)
    groups = np.arange(pairs)
    x, y = (
        View(
            "image", LazyRows(data.x.items, column), [f"{data.x.ids[row]}~{n}" for n, row in enumerate(column)], groups,
            objects=[objects[row] for row in column],
        )
        for column in rows.T
    )  # fmt: skip
    return PairedData(f"{data.name}-pairs", data.split, x, y, names)


def _sharing(has: np.ndarray, pairs: int, rng: np.random.Generator) -> np.ndarray:
    common = np.flatnonzero(has.sum(axis=0) >= 2)
    if not len(common):
        raise TwoviewError("No two pictures share a kind of object, so no pairs can be drawn.")
    members = {kind: np.flatnonzero(has[:, kind]) for kind in common}
    return np.array([rng.choice(members[kind], 2, replace=False) for kind in rng.choice(common, pairs)])


def _disjoint(has: np.ndarray, pairs: int, rng: np.random.Generator) -> np.ndarray:
    filled = np.flatnonzero(has.any(axis=1))
    found: list[np.ndarray] = []
    for _ in range(50 * pairs if len(filled) > 1 else 0):
        a, b = rng.choice(filled, 2, replace=False)
        if not (has[a] & has[b]).any():
            found.append(np.array([a, b]))
        if len(found) == pairs:
            return np.array(found)
    raise TwoviewError(f"Only {len(found)} of {pairs} pairs of pictures without a common kind of object were found.")


def derived(info: DatasetInfo, encoders: tuple[str | None, str | None, str | None]) -> Sequence[DatasetInfo]:
    """The objects-of-interest and the picture-pairs sets of a data set with known objects.

    ``encoders``: of its pictures, of the prompts, and of a pair's second pictures.
    """
    pictures, prompts, second = encoders

    def objects(split: str, root: Path) -> PairedData:
        return objects_of_interest(info.load(split, root))

    def pairs(split: str, root: Path) -> PairedData:
        base, _, kind = split.partition("-")
        count = TRAINING_PAIRS if split == info.splits[0] else TEST_PAIRS
        made = picture_pairs(info.load(base, root), count, sharing=kind != "disjoint", seed=info.splits.index(base))
        return PairedData(made.name, split, made.x, made.y, made.label_names)

    def also(load: Callable[[str, Path], PairedData], suffix: str, title: str, text: str, splits: tuple[str, ...], ids: tuple[str | None, str | None]) -> DatasetInfo:
        return DatasetInfo(
            f"{info.name}-{suffix}", f"{info.title}: {title}", text, info.where, info.terms, splits, load, ids, info.embedded, info.missing
        )

    return (
        also(objects, "objects", "objects of interest", "Pictures and the sentence “the image contains …” for each kind of object in them.", info.splits, (pictures, prompts)),
        also(pairs, "pairs", "picture pairs", "Two pictures that share a kind of object; in the split test-disjoint, none.", (*info.splits, f"{info.splits[-1]}-disjoint"), (pictures, second)),
    )
