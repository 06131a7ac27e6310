"""The words around maps: how right they are, what was found in a pair, and what scores and methods are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.asking import galleries, saliency
from app.asking.saliency import judge, labels
from app.frame.words import asking
from app.look import ask

HELP = """
**A map** shows where the picture raises the model's score, at the network's last layer: bright is much, dark is nothing.
It is drawn over exactly the square that the network sees.

**“43 % on the dog, even map 12 %”**: of the whole map, 43 % lies inside the outline; a map that is equally bright everywhere
would have 12 % there, the object's share of the picture. The mean of this number over many pictures is MUC2M's *AP*.

**“Points at it”**: the brightest place lies inside the outline (the pointing game).

**The bars over the words** show how much each word raises the score (solid) or lowers it (hatched): gradient × input at
the word's tokens.

**Known objects** come with the data set. A person's own picture has none, so its maps are shown without these numbers.
"""
SCORES = """
**Eq. 4** is MUC2M's common score, cosine × inner product: its gradient vanishes when the two have nothing in common.
**Cosine** and **Norm** are the paper's two alternatives (Table 4). **Similarity** is what the model ranks by. Pairwise models have only
their own learned score.
"""
PARTS = """
**Common**: what in the picture raises the score of the prompt. **Individual**: what it shows beside the prompt (MUC2M's individual
component, for models that have one). **Difference**: what speaks for this prompt and not for the others asked here.
"""
PAIR_PARTS = """
**Common**: what raises the common score of the two. **Individual**: what MUC2M's individual component sees in each (its score r, Sec. 3.2), for
models that have one; it hardly knows the other picture. **Apart**: what raises the distance between the two in the shared space, so what each has
that the other has not; for any model with a shared space, and not from the paper.
"""
SHOWS = {saliency.COMMON: "what raises the score of", saliency.INDIVIDUAL: "what is shown beside", saliency.DIFFERENCE: "what speaks, among the prompts, for"}
WHY = "Models A and B show where each picture earns its score for this sentence, and which words make the difference (bars under the left picture: solid for the left one, hatched for the right one)."
METHODS = """
The first five need the network's head only and answer at once; *centred* leaves out what all places of the picture have alike. **Score-CAM** masks the picture with every channel and
**Pixel gradient** goes back to the pixels: both run the whole network and take a while.
"""
SCALE = (
    "On: colours mean the same in all maps of one kind (common, individual, apart or difference) of a model, and brightness grows with the cube root of the value, so that weak maps look "
    "weak and are still seen. Off: each map is stretched to its own maximum. The line under a map says how strong it is. Scores of different models have no common unit."
)
CONTROL = "Adds the last model once more with its learned weights shuffled. A map that stays the same shows the picture, not what the model learned (Adebayo et al. 2018)."
EMPTY = 0.03  # of the strongest map of its kind: less is nothing to look at
ABSENT = ("a giraffe", "a train", "a clock")


def sentence(text: str) -> str:
    """With a full stop, so that another sentence can follow."""
    return text if text.rstrip().endswith((".", "!", "?")) else f"{text.rstrip()}."


def suggestions(pairs: galleries.PairedData, row: int | None, asked: Sequence[str]) -> list[str]:
    """What could be asked of a picture: its objects, and one thing that is not there."""
    here = saliency.labels(saliency.objects(pairs, row))
    missing = next((text for text in ABSENT if text.split()[-1] not in here), ABSENT[0])
    texts = [*map(asking, here[:5]), missing] if here else ["a person", "the sky", missing]
    return [text for text in texts if text not in asked]


@dataclass(frozen=True)
class Strength:
    """A map's highest value beside the highest of its kind, named by ``kind``. ``told``: whether it is worth a line."""

    value: float
    highest: float
    kind: str
    told: bool = True

    @property
    def share(self) -> float:
        return self.value / self.highest if self.highest > 0 else 0.0

    @property
    def empty(self) -> bool:
        """So weak beside the others that there is nothing to see."""
        return self.share < EMPTY


def empty(strength: Strength) -> str:
    """Instead of a dark picture."""
    if strength.value <= 0:
        return "Empty: nothing in this picture raises the score."
    return f"Essentially empty: at its highest place it has {strength.share:.1%} of the strongest {strength.kind}."


def facts(
    saliency: np.ndarray, score: float | None, mask: np.ndarray | None, objects: Sequence[saliency.ObjectAnnotation], name: str | None = None,
    strength: Strength | None = None,
) -> list[str]:  # fmt: skip
    """Short lines under a map, the most telling first. ``name``: of the objects, else their labels."""
    lines = []
    if mask is not None:
        judged = judge(saliency, mask)
        what = name or ", ".join(labels(objects))
        lines = [f"{judged.precision:.0%} on the {what} (even map {judged.uniform:.0%})", "Points at it" if judged.pointing == 1 else "Points beside it"]
    if not saliency.any():
        lines = ["Nothing here raises the score", *lines[:1]]
    if strength and strength.told:
        lines.append(f"Strength {strength.share:.0%} of the strongest {strength.kind}" if strength.share < 1 else f"The strongest {strength.kind}")
    return lines + ([] if score is None else [f"Score {score:.3g}"])


def clearness(pair: ask.TriedPair) -> str:
    """How well a pair's maps do, for the help beside its name."""
    if pair.clearness is None:
        return "Its objects are cut off by the square that the model sees."
    if not pair.shared:
        return "Nothing in common: its common maps should be weak."
    return f"The weakest of its common and apart maps has {pair.clearness:.1f} times as much on the objects it should show as an even map."


def not_here(prompt: str, pairs: galleries.PairedData, row: int | None) -> str:
    """A caution when the prompt names a kind of object that this picture does not show."""
    known = [name for name in pairs.label_names if re.search(rf"\b{re.escape(name)}(s|es)?\b", prompt, re.IGNORECASE)]
    return f"There is no {max(known, key=len)} in this picture." if known else ""


def better(left: float, right: float, sentence: str) -> str:
    """Which of two pictures fits a sentence better, in plain words."""
    if left == right:
        return f"Both pictures fit alike: {left:.3g}."
    first, second = (("left", left), ("right", right)) if left > right else (("right", right), ("left", left))
    return f"The {first[0]} picture fits better: {first[1]:.3g} against {second[1]:.3g}."


def verdict(scores: Mapping[str, float], name: str, usual: ask.Tried | None, shared: Sequence[str], judged: Sequence[saliency.Judged], known: bool) -> str:
    """What was found in a pair, in plain words."""
    score = scores[name]
    said = f"Score {score:.3g}"
    sharing, without = (usual.median_score(shares) if usual else None for shares in (True, False))
    if sharing is not None and without is not None and sharing > without:
        much = score >= (sharing + without) / 2
        said += f": {'as pairs that share something' if much else 'as pairs without anything in common'} have it (in the middle {sharing:.3g} with, {without:.3g} without)"
    if not known:
        return f"{said}."
    if not shared:
        return f"{said}. Known objects: none in both pictures."
    text = f"{said}. Both show {' and '.join(map(asking, shared))}"
    if judged:
        here, even = np.mean([j.precision for j in judged]), np.mean([j.uniform for j in judged])
        text += f"; {here:.0%} of the common maps lies there, {here / even:.1f} times as much as of an even map"
    return f"{text}."
