"""What the papers say about their own variants, as comparisons of rows; ``verdicts.py`` judges them."""

from dataclasses import dataclass, replace

from engine.metric import Direction
from engine.recipes.base import FOLDED, Kind


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

    @property
    def names(self) -> tuple[str, ...]:
        """Of the recipes: better, worse, and both with less data."""
        return (self.better, self.worse, *(self.scarce or ()))

    @property
    def over_folds(self) -> "Claim":
        """The same said of the same rows over folds."""
        better, worse, *scarce = (name + FOLDED for name in self.names)
        return replace(self, better=better, worse=worse, scarce=(scarce[0], scarce[1]) if scarce else None)


Key = tuple[str, Direction]  # a measure and its direction
SEARCH: Key = ("recall_at_1", "y_to_x")
ANNOTATION: Key = ("recall_at_1", "x_to_y")
SENTENCES: Key = ("recall_at_1", "y_to_y")
CLASSES: Key = ("mean_average_precision", "x_to_y")
SUM: Key = ("sum_of_correlations", "both")
REGION: Key = ("region_recall_at_1", "y_to_x")
MUSIC_SIZES = (("", ""), ("-tenth", " on a tenth"), ("-short", " after four passes"))  # of the recipes of music, as their names and the claims' words have them


def on_flickr(text: str, source: str, better: str, worse: str, key: Key, scarce: tuple[str, str] | None = None) -> Claim:
    tenth = (f"flickr8k/{scarce[0]}", f"flickr8k/{scarce[1]}") if scarce else None
    return Claim(text, source, f"flickr8k/{better}", f"flickr8k/{worse}", *key, scarce=tenth)


def on_regions(text: str, better: str, worse: str, source: str = "Two-branch, Table 1", kind: Kind = "as published") -> Claim:
    return Claim(text, source, f"scenes-phrases/{better}", f"scenes-phrases/{worse}", *REGION, kind=kind)


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
        for data in ("tunes", "nottingham")
        for size, told in MUSIC_SIZES
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
        for data in ("tunes", "nottingham")
        for size, _ in MUSIC_SIZES
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
    on_regions("The similarity network grounds better than the embedding network", "similarity_network-augmented", "two_branch-augmented"),
    on_regions("The similarity network grounds better than the embedding network", "similarity_network-tuned", "two_branch-tuned", kind="tuned"),
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
