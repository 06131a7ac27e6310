"""What the papers say about their own variants, and whether it holds in the stored results."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot
from statistics import fmean, stdev

from engine.metric import Direction
from engine.recipes.results import Result


@dataclass(frozen=True)
class Claim:
    """``text`` of ``source``: the recipe ``better`` exceeds ``worse`` in ``measure``, where more is better.

    ``scarce``: two recipes more, the same with less data, where the claim is that the lead is larger there.
    """

    text: str
    source: str
    better: str
    worse: str
    measure: str
    direction: Direction = "both"
    scarce: tuple[str, str] | None = None


@dataclass(frozen=True)
class Verdict:
    """``difference`` in the claim's favour, ± ``scatter``: what seeds, or else the test items, scatter it by."""

    claim: Claim
    difference: float
    scatter: float
    seeds: int

    @property
    def told(self) -> str:
        if abs(self.difference) <= self.scatter:
            return "undecided"
        return "holds" if self.difference > 0 else "does not hold"


Key = tuple[str, Direction]  # a measure and its direction
SEARCH: Key = ("recall_at_1", "y_to_x")
ANNOTATION: Key = ("recall_at_1", "x_to_y")
SENTENCES: Key = ("recall_at_1", "y_to_y")
CLASSES: Key = ("mean_average_precision", "x_to_y")
SUM: Key = ("sum_of_correlations", "both")


def on_flickr(text: str, source: str, better: str, worse: str, key: Key, scarce: tuple[str, str] | None = None) -> Claim:
    tenth = (f"flickr8k/{scarce[0]}", f"flickr8k/{scarce[1]}") if scarce else None
    return Claim(text, source, f"flickr8k/{better}", f"flickr8k/{worse}", *key, scarce=tenth)


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
)  # fmt: skip


def verdict(claim: Claim, results: Mapping[str, Result]) -> Verdict | None:
    """None until every recipe of the claim has a result with its measure."""
    names = (claim.better, claim.worse, *(claim.scarce or ()))
    found = [results.get(name) for name in names]
    values = [result.values(claim.measure, claim.direction) if result else [] for result in found]
    if not all(values):
        return None
    means = [fmean(v) for v in values]
    lead = means[0] - means[1]
    return Verdict(
        claim,
        means[2] - means[3] - lead if claim.scarce else lead,
        hypot(*(_scatter(result, claim) for result in found if result)),
        min(map(len, values)),
    )


def _scatter(result: Result, claim: Claim) -> float:
    """The standard deviation over seeds; of one seed, half its interval over the test items."""
    values = result.values(claim.measure, claim.direction)
    if len(values) > 1:
        return stdev(values)
    (metric,) = [m for m in result.runs[0].metrics if (m.measure, m.direction) == (claim.measure, claim.direction)]
    return 0.0 if metric.low is None or metric.high is None else (metric.high - metric.low) / 2
