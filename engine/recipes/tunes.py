"""Sheet music against sound: the CCA layer paper's three ways to train (Tables 4 and 5) on tunes of our own and on Nottingham's.

The paper's Nottingham pairs are not distributed, and its figures come from another collection, one instrument and 16,042 test pairs or fewer;
ours stand beside them, on 2,000 test pairs that all differ. 1,350 tunes give 270,000 training moments, as many as the paper's; a tenth are its small regime.
Patience in a tenth as in the authors' public program; projections are settled on 10,000 pairs, for another pass over all of them each epoch brings nothing that can be measured.
"""


from engine.metric import Direction
from engine.recipes.base import Figure, Recipe

SETTINGS = {"network": "convolutional", "k": 32, "margin": 0.7, "refit_samples": 10_000}
TRAINING = {"weight_decay": 0.0, "monitor": "mrr_x_to_y"}
FEW = TRAINING | {"epochs": 100, "patience": 15, "refinements": 3, "refinement_patience": 10}
SHORT = TRAINING | {"epochs": 4, "batch_size": 250, "refinements": 0}
MANY = TRAINING | {"epochs": 40, "patience": 6, "refinements": 3, "refinement_patience": 3}  # an epoch has ten times the steps

# R@1, R@5, R@10, median rank, MRR: from sheet to audio, from audio to sheet
ALL = {
    "dcca": ((0.420, 0.882, 0.933, 2, 0.622), (0.446, 0.879, 0.932, 2, 0.635)),
    "learned_ranking": ((0.407, 0.896, 0.956, 2, 0.617), (0.414, 0.889, 0.954, 2, 0.619)),
    "cca_layer": ((0.441, 0.933, 0.977, 2, 0.653), (0.445, 0.916, 0.967, 2, 0.649)),
}
TENTH = {
    "dcca": ((0.200, 0.536, 0.654, 5, 0.353), (0.227, 0.547, 0.658, 4, 0.373)),
    "learned_ranking": ((0.113, 0.352, 0.476, 12, 0.230), (0.126, 0.352, 0.472, 12, 0.237)),
    "cca_layer": ((0.222, 0.592, 0.707, 4, 0.388), (0.250, 0.593, 0.709, 4, 0.404)),
}
MEASURES = ("recall_at_1", "recall_at_5", "recall_at_10", "median_rank", "mean_reciprocal_rank")
DIRECTIONS: tuple[Direction, Direction] = ("x_to_y", "y_to_x")
TITLES = {"cca_layer": "CCA layer", "dcca": "DCCA", "learned_ranking": "Learned projections"}


SIZES = {  # name's ending, what a title adds, share of the training places, how they are trained on, the published table and its figures
    "all": ("", "", 1.0, MANY, "CCA layer, Table 4", ALL),
    "tenth": ("-tenth", ", a tenth of the places", 0.1, FEW, "CCA layer, Table 5", TENTH),
    "short": ("-short", ", four passes over a tenth of the places", 0.1, SHORT, "CCA layer, Table 5", TENTH),
}
HURRIED = (
    "Four passes in batches of 250, and projections settled on 3,000 pairs, for a processor core; the paper trains for up to 1,000 passes in batches of 1,000. "
    "The three have the same steps, and none had ended learning. The paper's figures are of other music: what compares is the order of the three."
)


def row(model: str, data: str, size: str = "all") -> Recipe:
    """One of the three, on all training places or a tenth of them, or for a short time."""
    ending, told, share, training, source, published = SIZES[size]
    settings = {name: value for name, value in SETTINGS.items() if name != "margin" or model != "dcca"}
    if size == "short":
        settings["refit_samples"] = 3000
    figures = tuple(
        Figure(measure, value, source, direction)
        for direction, values in zip(DIRECTIONS, published[model], strict=True)
        for measure, value in zip(MEASURES, values, strict=True)
    )
    return Recipe(
        name=f"{data}/{model}{ending}", title=f"{TITLES[model]}{told}", model=model, data=data,
        settings=settings, training=training, validation="validation", test="test_2000", families=("retrieval",),
        share=share, figures=figures, note=HURRIED if size == "short" else "",
    )  # fmt: skip


RECIPES = tuple(row(model, data, size) for data in ("tunes", "nottingham") for size in SIZES for model in TITLES)
