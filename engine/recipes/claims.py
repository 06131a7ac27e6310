"""What the papers say about their own variants, and whether it holds in the stored results."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, variance

import numpy as np
from scipy.stats import t as student_t

from engine.metric import Direction, is_rate
from engine.recipes.base import Kind
from engine.recipes.results import Result

MANY = 10**6  # degrees of freedom of a variance that is as good as known

@dataclass(frozen=True)
class Claim:
    """``text`` of ``source``: the recipe ``better`` exceeds ``worse`` in ``measure``, where more is better.

    ``scarce``: two recipes more, the same with less data, where the claim is that the lead is larger there. ``kind``: of the rows.
    """

    text: str
    source: str
    better: str
    worse: str
    measure: str
    direction: Direction = "both"
    scarce: tuple[str, str] | None = None
    kind: Kind = "as published"


@dataclass(frozen=True)
class Verdict:
    """``difference`` in the claim's favour, ± ``half``: half of its 95 % interval. ``seeds``: the fewest a row has.

    ``over``: what the interval is over, seeds and test items, or where not both were kept, one of them.
    """

    claim: Claim
    difference: float
    half: float
    seeds: int
    over: str

    @property
    def told(self) -> str:
        return judged(self.difference - self.half, self.difference + self.half, self.claim.measure)


def judged(low: float, high: float, measure: str) -> str:
    """A claim holds where the whole interval of the difference in its favour lies above 0. It does not hold where all of it lies below the
    smallest gain worth claiming: then there is none, or one so small that nobody would notice."""
    if low > 0:
        return "holds"
    return "does not hold" if high < least_worth(measure) else "undecided"


def least_worth(measure: str) -> float:
    """The smallest gain worth claiming: one point of a rate, half a unit of a sum of correlations."""
    return 0.01 if is_rate(measure) else 0.5


Key = tuple[str, Direction]  # a measure and its direction
SEARCH: Key = ("recall_at_1", "y_to_x")
ANNOTATION: Key = ("recall_at_1", "x_to_y")
SENTENCES: Key = ("recall_at_1", "y_to_y")
CLASSES: Key = ("mean_average_precision", "x_to_y")
SUM: Key = ("sum_of_correlations", "both")
REGION: Key = ("region_recall_at_1", "y_to_x")
MUSIC_SIZES = (("", ""), ("-tenth", " on a tenth"), ("-brief", " after one pass"))  # of the recipes of music, as their names and the claims' words have them


def on_flickr(text: str, source: str, better: str, worse: str, key: Key, scarce: tuple[str, str] | None = None) -> Claim:
    tenth = (f"flickr8k/{scarce[0]}", f"flickr8k/{scarce[1]}") if scarce else None
    return Claim(text, source, f"flickr8k/{better}", f"flickr8k/{worse}", *key, scarce=tenth)


def on_regions(text: str, better: str, worse: str, source: str = "Two-branch, Table 1") -> Claim:
    return Claim(text, source, f"scenes-phrases/{better}", f"scenes-phrases/{worse}", *REGION)


def on_tuned(text: str, source: str, better: str, worse: str, keys: tuple[Key, ...] = (SEARCH, ANNOTATION)) -> tuple[Claim, ...]:
    """The same said of rows that are trained as does best on the validation split."""
    return tuple(Claim(text, source, f"flickr8k/{better}", f"flickr8k/{worse}", *key, kind="tuned") for key in keys)


CLAIMS = (
    *(
        on_flickr(f"{text}{texts}", "CCA layer, Sec. 5", f"cca_layer{suffix}", f"{other}{suffix}", key)
        for suffix, texts in (("", ""), ("-tfidf", ", TF-IDF texts"))
        for other, text in (("dcca", "A ranking loss through the CCA layer beats DCCA"), ("learned_ranking", "The CCA layer beats freely learned projections"))
        for key in (SEARCH, ANNOTATION)
    ),
    *(
        on_flickr(text, "CCA layer, Sec. 5", "cca_layer", other, SEARCH, ("cca_layer-tenth", f"{other}-tenth"))
        for other, text in (("dcca", "Its lead over DCCA grows when data is scarce"), ("learned_ranking", "Its lead over learned projections grows when data is scarce"))
    ),
    *(
        Claim(f"{text}{told}, on music", "CCA layer, Tables 4 and 5", f"{data}/cca_layer{size}", f"{data}/{other}{size}", *key)
        for data, sizes in (("tunes", MUSIC_SIZES), ("nottingham", MUSIC_SIZES[:2]))
        for size, told in sizes
        for other, text in (("learned_ranking", "The CCA layer beats freely learned projections"), ("dcca", "A ranking loss through the CCA layer beats DCCA"))
        for key in (ANNOTATION, SEARCH)
    ),
    *(
        Claim(f"Its lead over {told} grows when data is scarce, on music", "CCA layer, Sec. 5.3", f"{data}/cca_layer", f"{data}/{other}", *ANNOTATION, scarce=(f"{data}/cca_layer-tenth", f"{data}/{other}-tenth"))
        for data in ("tunes", "nottingham")
        for other, told in (("learned_ranking", "learned projections"), ("dcca", "DCCA"))
    ),
    *(
        Claim("DCCA beats freely learned projections, on music", "CCA layer, Tables 4 and 5", f"{data}/dcca{size}", f"{data}/learned_ranking{size}", *ANNOTATION)
        for data, sizes in (("tunes", MUSIC_SIZES), ("nottingham", MUSIC_SIZES[:2]))
        for size, _ in sizes
    ),
    *(on_flickr("Gradient regularisation helps on unseen data", "MUC2M, Sec. 3.3", "muc2m", "muc2m-unregularised", key) for key in (SEARCH, ANNOTATION)),
    Claim("Gradient regularisation makes maps find the object better", "MUC2M, Table 2", "scenes-objects/muc2m", "scenes-objects/muc2m-unregularised", "saliency_precision"),
    on_flickr("Gradient regularisation makes maps find the object better, on photos", "MUC2M, Table 2", "muc2m-coco", "muc2m-coco-unregularised", ("saliency_precision", "both")),
    Claim("Gradient regularisation makes maps find what two pictures share better", "MUC2M, Table 3", "scenes-pairs/muc2m", "scenes-pairs/muc2m-unregularised", "common_precision"),
    on_flickr("Non-linear branches beat linear ones", "Two-branch, Table 2", "two_branch-both", "two_branch-linear", SEARCH),
    *(on_flickr("Ranking in both directions beats one", "Two-branch, Table 2", "two_branch-both", "two_branch-single", key) for key in (SEARCH, ANNOTATION)),
    *(on_flickr("Neighbourhood sampling helps", "Two-branch, Table 2", "two_branch-neighbours", "two_branch-both", key) for key in (SEARCH, ANNOTATION)),
    *(on_flickr("Neighbourhood constraints help", "Two-branch, Table 2", "two_branch", "two_branch-neighbours", key) for key in (SEARCH, ANNOTATION)),
    on_flickr("Neighbourhood sampling and constraints help from sentence to sentence", "Two-branch, Sec. 4.3", "two_branch", "two_branch-both", SENTENCES),
    *(on_flickr("The embedding network finds more than the similarity network", "Two-branch, Table 2", "two_branch", "similarity_network", key) for key in (SEARCH, ANNOTATION)),
    *(
        on_flickr(text, "2WayNet, Table 4", "two_way", f"two_way-{other}", key)
        for other, text in (
            ("no-bn", "Batch normalisation helps to find"), ("after-free", "The 1/γ² term helps to find"), ("no-dropout", "Tied dropout helps to find"),
            ("conventional", "Tied dropout finds more than conventional dropout"),
        )
        for key in (SEARCH, ANNOTATION)
    ),
    Claim("A relation network beats linear CCA", "DRSL, Table 2", "wikipedia/drsl-concatenation", "wikipedia/cca", *CLASSES),
    *(
        Claim(f"{better.capitalize()} fuses better than {worse}", "DRSL, Sec. 4.4", f"{data}/drsl-{better}", f"{data}/drsl-{worse}", *key)
        for data, keys in (("wikipedia", (CLASSES,)), ("flickr8k", (SEARCH, ANNOTATION)))
        for better, worse in (("addition", "multiplication"), ("concatenation", "subtraction"))
        for key in keys
    ),
    Claim("Batch normalisation is what matters most", "2WayNet, Table 3", "mnist/two_way-50", "mnist/two_way-no-bn", *SUM),
    Claim("BN after the non-linearity beats before", "2WayNet, Table 3", "mnist/two_way-50", "mnist/two_way-before", *SUM),
    Claim("The 1/γ² term helps", "2WayNet, Table 3", "mnist/two_way-50", "mnist/two_way-after-free", *SUM),
    Claim("Tied dropout beats none", "2WayNet, Table 3", "mnist/two_way-50", "mnist/two_way-no-dropout", *SUM),
    Claim("Tied dropout beats conventional dropout", "2WayNet, Table 3", "mnist/two_way-50", "mnist/two_way-conventional", *SUM),
    on_regions("Augmented positives help the embedding network to ground", "two_branch-augmented", "two_branch-both"),
    on_regions("Augmented positives help the similarity network to ground", "similarity_network-augmented", "similarity_network-single"),
    on_regions("Neighbourhood sampling helps to ground", "two_branch-neighbours", "two_branch-augmented"),
    on_regions("Both directions help to ground, though only one is asked", "two_branch-both", "two_branch-single"),
    on_regions("Neighbourhood constraints help to ground (the paper finds that they do not)", "two_branch-constraints", "two_branch-neighbours"),
    on_regions("Non-linear branches ground better, embedding network", "two_branch-single", "two_branch-linear"),
    on_regions("Non-linear branches ground better, similarity network", "similarity_network-augmented", "similarity_network-linear"),
    on_regions("Three layers after the product ground better than one", "similarity_network-augmented", "similarity_network-one-layer", "Two-branch, Sec. 4.4"),
    *on_tuned("A ranking loss through the CCA layer beats DCCA", "CCA layer, Sec. 5", "cca_layer-tuned", "dcca-tuned"),
    *on_tuned("The CCA layer beats freely learned projections", "CCA layer, Sec. 5", "cca_layer-tuned", "learned_ranking-tuned"),
    *on_tuned("Gradient regularisation helps on unseen data", "MUC2M, Sec. 3.3", "muc2m-tuned", "muc2m-tuned-unregularised"),
    *on_tuned("Non-linear branches beat linear ones", "Two-branch, Table 2", "two_branch-tuned", "two_branch-tuned-linear"),
    *on_tuned("Ranking in both directions beats one", "Two-branch, Table 2", "two_branch-tuned", "two_branch-tuned-single"),
    *on_tuned("Neighbourhood sampling helps", "Two-branch, Table 2", "two_branch-tuned-neighbours", "two_branch-tuned"),
    *on_tuned("Neighbourhood constraints help", "Two-branch, Table 2", "two_branch-tuned-constraints", "two_branch-tuned-neighbours"),
    *on_tuned("Neighbourhood sampling and constraints help from sentence to sentence", "Two-branch, Sec. 4.3", "two_branch-tuned-constraints", "two_branch-tuned", (SENTENCES,)),
    *on_tuned("The embedding network finds more than the similarity network", "Two-branch, Table 2", "two_branch-tuned", "similarity_network-tuned"),
    *on_tuned("Addition fuses better than multiplication", "DRSL, Sec. 4.4", "drsl-tuned-addition", "drsl-tuned"),
    *on_tuned("Concatenation fuses better than subtraction", "DRSL, Sec. 4.4", "drsl-tuned-concatenation", "drsl-tuned-subtraction"),
)  # fmt: skip


def verdict(claim: Claim, results: Mapping[str, Result]) -> Verdict | None:
    """None until every recipe of the claim has a result with its measure.

    The interval adds two independent variances: of each row's mean over its seeds, and of the mean difference over the test's groups,
    which are the same for all rows, so that what is hard for both counts for neither. Its width follows Student's t with Welch and
    Satterthwaite's degrees of freedom.
    """
    names = (claim.better, claim.worse, *(claim.scarce or ()))
    signs = (-1, 1, 1, -1) if claim.scarce else (1, -1)
    found = [result for name in names if (result := results.get(name))]
    values = [result.values(claim.measure, claim.direction) for result in found]
    if len(found) < len(names) or not all(values):
        return None
    difference = sum(sign * fmean(v) for sign, v in zip(signs, values, strict=True))
    parts = [(variance(v) / len(v), len(v) - 1) for v in values if len(v) > 1]
    over = ["seeds"] if len(parts) == len(values) else []
    kept = [result.by_group(claim.measure, claim.direction) for result in found]
    if all(one is not None for one in kept):
        gaps = sum(sign * one.mean(0) for sign, one in zip(signs, kept, strict=True) if one is not None)
        parts.append((float(np.var(gaps, ddof=1)) / len(gaps), len(gaps) - 1))
        over.append("items")
    elif not over:
        parts += [(_of_items(result, claim), MANY) for result in found]
        over.append("items")
    return Verdict(claim, difference, _half(parts), min(map(len, values)), " and ".join(over))


def _half(parts: list[tuple[float, int]]) -> float:
    """Half a 95 % interval of independent (variance, degrees of freedom)."""
    total = sum(part for part, _ in parts)
    if not total:
        return 0.0
    freedom = total**2 / sum(part**2 / degrees for part, degrees in parts)
    return float(student_t.ppf(0.975, freedom)) * total**0.5


def _of_items(result: Result, claim: Claim) -> float:
    """The variance over test items that one seed's stored interval tells; 0 where none was computed."""
    (metric,) = [m for m in result.runs[0].metrics if (m.measure, m.direction) == (claim.measure, claim.direction)]
    return 0.0 if metric.low is None or metric.high is None else ((metric.high - metric.low) / 2 / 1.96) ** 2
