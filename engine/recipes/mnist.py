"""The sum of correlations on MNIST halves: 2WayNet's Tables 1 and 3 and MUC2M's Table 1.

Trained on all 60,000 published training digits and tested on the 10,000, except where the authors hold out 6,000 (2WayNet).
What the papers leave open was chosen on the validation split, trained on the other 54,000.
"""

from dataclasses import replace
from typing import Any

from engine.recipes.base import Figure, Recipe

MUC2M, TWO_WAY = "MUC2M, Table 1", "2WayNet, Table 1"
RECOGNITION = "MUC2M, Table 5"


def row(name: str, title: str, model: str, paper: float | None, source: str, *, settings: dict[str, Any], **changes: Any) -> Recipe:
    figures = () if paper is None else (Figure("sum_of_correlations", paper, source),)
    standard = {"train": "train_full", "families": ("correlation",)}
    return Recipe(name=f"mnist/{name}", title=title, model=model, data="mnist", settings=settings, figures=figures, **standard | changes)


def linear_cca(k: int, paper: float, note: str = "") -> Recipe:
    settings = {"k": k, "regularisation": 1e-4}
    return row(f"cca-{k}", f"Linear CCA, k = {k}", "cca", paper, MUC2M, settings=settings, note=note)


def two_way(
    name: str, title: str, paper: float, source: str = "2WayNet, Table 3", training: dict[str, Any] | None = None, note: str = "", **settings: Any
) -> Recipe:
    """2WayNet with the public program's details where it differs from the text, and some settings changed."""
    settings = {"midway": 0.5, "decorrelation_form": "code", "decay_scales": True} | settings
    return row(f"two_way-{name}", f"2WayNet, {title}", "two_way", paper, source, settings=settings, train="train", training=training or {}, note=note)


def muc2m(name: str, title: str, k: int, paper: float, recognition: float, training: dict[str, Any], note: str = "", **settings: Any) -> Recipe:
    """The common component alone, as in its Sec. 7.4.2, without gradient regularisation."""
    settings = {
        "k": k, "hidden": (500, 300), "standardize": False, "individual": False, "gradient_l1": 0.0, "gradient_l2": 0.0,
    } | settings  # fmt: skip
    made = row(
        f"muc2m-{name}", f"MUC2M, {title}", "muc2m", paper, MUC2M, settings=settings, training=training,
        families=("correlation", "recognition"), note=note,
    )  # fmt: skip
    figures = (*made.figures, Figure("recognition_accuracy", recognition, RECOGNITION, "x_to_y"))
    return replace(made, figures=figures)


def muc2m_brief(
    k: int, paper: float, recognition: float, batch_size: int, note: str = "", decorrelation: float = 0.1, **changes: Any
) -> Recipe:
    """A twentieth of the published epochs: small batches at ten times the published rate, which decays; λ · 50 / k at width k."""
    training = {"epochs": 40, "batch_size": batch_size, "learning_rate": 2e-3, "decay": 0.93} | changes
    return muc2m(str(k), f"k = {k}", k, paper, recognition, training, note, decorrelation_x=decorrelation, decorrelation_y=decorrelation)


def muc2m_wide(k: int, paper: float, recognition: float, note: str, decorrelation: float = 0.05, **changes: Any) -> Recipe:
    """Layers of 1,000 and 500 units, and many small steps."""
    training = {"epochs": 40, "batch_size": 256, "learning_rate": 1e-3, "decay": 0.93} | changes
    return muc2m(
        f"{k}-wide", f"k = {k}, layers of 1,000 and 500", k, paper, recognition, training, note,
        hidden=(1000, 500), decorrelation_x=decorrelation, decorrelation_y=decorrelation,
    )  # fmt: skip


def sdcca(k: int, paper: float, batch_size: int, note: str = "", **changes: Any) -> Recipe:
    """Many small steps make it: at k = 200 on the validation split 1,600 steps give 93, 5,000 give 135 and 21,000 give 169."""
    training = {"epochs": 50, "batch_size": batch_size, "learning_rate": 1e-3, "decay": 0.94} | changes
    return row(f"sdcca-{k}", f"SDCCA, k = {k}", "sdcca", paper, MUC2M, settings={"k": k}, training=training, note=note)


def soft_cca(k: int, paper: float, decorrelation: float = 0.3, training: dict[str, Any] | None = None) -> Recipe:
    """λ falls with k, because the penalty has k² terms beside k distances: at k = 200, λ = 0.3 drowns the distance."""
    settings = {"k": k, "decorrelation": decorrelation}
    return row(f"soft_cca-{k}", f"Soft CCA, k = {k}", "soft_cca", paper, MUC2M, settings=settings, training=training or {"epochs": 20})


HONEST = (
    "Outputs that are linear in 300 units have at most 300 canonical correlations. The papers' networks on MNIST halves end in a layer of 300 "
    "units before their k outputs, so published sums above 300 (k = 500 and 1,000) count some of their dimensions more than once, whatever the "
    "training. 2WayNet's 49.15 is a mean correlation of 0.983; of the hundred canonical correlations of SDCCA's outputs on the validation "
    "digits the first is 0.987 and the second 0.980, so fifty such that say different things are not there to be found. The canonical sum can't "
    "be raised by copies; it grows with width and with the number of steps."
)

ABOVE_LINEAR = (
    "No linear map reaches this on held-out digits: all 392 dimensions together give 33.9 on the test digits (mnist/cca-392)."
)
MORE_FEATURES = (
    "The kernels' width does not explain it: on the validation split 1,000 features give 35.3, 37.1, 37.6 and 38.0 at widths 4, 6, 8 "
    "and 12, and 10 times more or less regularisation than 1e-6 gains at most 0.1. More features help: 41.6 on the test digits with 3,000, 42.7 with 6,000, so each doubling brings "
    "less. With 3,000 the validation split has 41.7, 40.2 at width 18, 42.0 with a tenth of the regularisation and 39.2 with ten times as much: none of it reaches 44.5."
)
CORRNET = (
    "λ = 20 instead of the public program's 2, chosen on the validation split (47.6 there). With λ = 2 the test sum is 40.7 "
    "(mnist/corrnet-50-published); the units copy each other the more, the higher λ."
)

BOUND = (
    "A network that ends in 300 units before its 500 outputs has 300 canonical correlations at most, so 307.4 is not a sum of what is scored here, "
    "outputs rotated by a CCA. Steps help as at k = 200: on the validation split few of 512 pairs give 103, 6,300 of 256 give 178."
)
WIDE = "Chosen on the validation split (46.45 there, canonical 46.43, where the paper's layers give 45.8): the sum is honest, and what more it needs is width."
WIDE_100 = "Chosen on the validation split (90.3 there, canonical 90.1)."
WIDE_200 = "Chosen on the validation split (171.1 there, canonical 169.7): 15 epochs give 125, so it is steps that make it."
WIDE_500 = "Chosen on the validation split (429.6 there, canonical 247.7, recognition 90.3 %)."
LIGHT = (
    "The less the units may copy each other, the more there is for a classifier: on the validation split λ = 0.05 has a sum of 434 with a canonical "
    "sum of 150, λ = 0.1 and half as many epochs more 423 with 183, and layers of 1,000 and 500 units 430 with 248; recognition is 89.2 % and 90.3 % of the latter two."
)
WIDE_1000 = (
    "On the validation split 20 epochs of the wide network recognise 89.6 % with λ = 0.05 (sum 857, canonical 176) and 90.2 % with λ = 0.2 (765, 196); "
    "the sum is far above the published one either way, and more steps and less copying help the classifier."
)
COPIES = (
    "On the validation split the sum rises as everything but the distance gives way: 46.4 with the paper's weights, 47.4 with a hundredth of the weight "
    "decay, 47.9 with λh = 1 and a third of the reconstruction, 48.2 with a tenth, 49.1 with λh = 2, a fiftieth and no dropout, 49.2 with twice the epochs. The canonical sum stays "
    "between 14 and 17 and the effective rank below 3: the fifty units say the same thing."
)

ORDER = (
    "The order of Table 3 holds but for two rows, conventional dropout and no dropout: without batch normalisation by far the least, every row with λγ = 0 below its row with it, BN before "
    "ReLU below after it, all of these below the suggested method. The published rows with normalisation are within 0.75 of each other; ours differ by "
    "how far the fifty units have become one (effective ranks of 1.6 to 7.2; without dropout 7.2, the least alike)."
)
FREE = (
    "Without λγ the scales γ are left out of the weight decay too: the public program decays them, and with nothing to hold "
    "them up they vanish and the fifty units become one (a sum of 31.2, effective rank 1.1)."
)

RECIPES = (
    linear_cca(50, 28.3),
    linear_cca(100, 34.2, ABOVE_LINEAR),
    linear_cca(200, 48.7, ABOVE_LINEAR),
    row("cca-392", "Linear CCA, all 392 dimensions", "cca", None, "", settings={"k": 392, "regularisation": 1e-4}),
    row("pls-50", "PLS, k = 50", "pls", None, "", settings={"k": 50}),
    row("rcca-50", "RCCA, 1,000 features", "rcca", 44.5, TWO_WAY, settings={"k": 50, "features": 1000, "width": 12.0}, note=MORE_FEATURES),
    row("rcca-50-3000", "RCCA, 3,000 features", "rcca", 44.5, TWO_WAY, settings={"k": 50, "features": 3000, "width": 12.0}, note=MORE_FEATURES),
    row("rcca-50-6000", "RCCA, 6,000 features", "rcca", 44.5, TWO_WAY, settings={"k": 50, "features": 6000, "width": 12.0}, note=MORE_FEATURES),
    row(
        "dcca-50", "DCCA, k = 50", "dcca", 39.7, TWO_WAY, settings={"k": 50, "hidden_x": (500, 300), "hidden_y": (500, 300)},
        training={"epochs": 10, "batch_size": 1000, "decay": 0.8, "weight_decay": 0.0, "monitor": None},
    ),
    row(
        "corrnet-50", "CorrNet, k = 50", "corrnet", 44.5, MUC2M, settings={"k": 50, "correlation": 20.0},
        training={"epochs": 15, "decay": 0.8}, note=CORRNET,
    ),
    row("corrnet-50-published", "CorrNet, k = 50, the public program's λ", "corrnet", 44.5, MUC2M, settings={"k": 50}, note=CORRNET),
    soft_cca(50, 45.5),
    soft_cca(100, 87.0),
    soft_cca(200, 166.3, 0.1, {"epochs": 15, "decay": 0.85}),
    soft_cca(500, 356.8, 0.03, {"epochs": 10, "decay": 0.8}),
    soft_cca(1000, 437.7, 0.01, {"epochs": 6, "decay": 0.7}),
    sdcca(50, 46.4, 64),
    sdcca(100, 89.5, 64),
    sdcca(200, 166.1, 128),
    sdcca(500, 307.4, 256, BOUND, epochs=30, decay=0.9),
    two_way("50", "suggested method", 49.15, TWO_WAY, note=COPIES),
    two_way(
        "50-light", "a tenth of the weight decay, 12 epochs", 49.15, TWO_WAY,
        {"epochs": 12, "learning_rate": 5e-4, "milestones": (5, 8, 10)}, weight_decay=0.005, note=COPIES,
    ),
    two_way(
        "50-light-copies", "no dropout, no weight decay, little reconstruction", 49.15, TWO_WAY,
        {"epochs": 40, "learning_rate": 5e-4, "milestones": (22, 30, 36)}, dropout="none", weight_decay=0.0, midway=2.0, reconstruction=0.02, note=COPIES,
    ),
    two_way("no-bn", "no batch normalisation", 13.14, training={"learning_rate": 1e-5}, note=ORDER, batch_norm="none"),
    two_way("before-free", "BN before ReLU, λγ = 0", 48.40, note=f"{ORDER} {FREE}", batch_norm="before", variance=0.0, decay_scales=False),
    two_way("after-free", "BN after ReLU, λγ = 0", 48.98, note=f"{ORDER} {FREE}", variance=0.0, decay_scales=False),
    two_way("before", "BN before ReLU, λγ > 0", 48.76, note=ORDER, batch_norm="before"),
    two_way("no-dropout", "no dropout", 49.00, note=ORDER, dropout="none"),
    two_way("conventional", "conventional dropout", 48.77, note=ORDER, dropout="conventional"),
    muc2m_brief(50, 46.1, 0.871, 256, "Wider layers reach it: 46.4 with 1,000 and 500 units (mnist/muc2m-50-wide)."),
    muc2m_brief(100, 89.8, 0.883, 256, "Wider layers reach it: 90.4 with 1,000 and 500 units (mnist/muc2m-100-wide)."),
    muc2m_brief(200, 169.8, 0.888, 512),
    muc2m_brief(500, 422.3, 0.901, 512, LIGHT, epochs=60, decay=0.95),
    muc2m_brief(1000, 638.2, 0.909, 1024, WIDE_1000),
    muc2m_wide(50, 46.1, 0.871, WIDE),
    muc2m_wide(100, 89.8, 0.883, WIDE_100),
    muc2m_wide(200, 169.8, 0.888, WIDE_200, decorrelation=0.1, epochs=60, decay=0.95),
    muc2m_wide(500, 422.3, 0.901, WIDE_500, epochs=60, batch_size=512, decay=0.95),
    muc2m_wide(1000, 638.2, 0.909, WIDE_1000, decorrelation=0.2, batch_size=1024),
    muc2m("as-published", "k = 50, 1,000 epochs", 50, 46.1, 0.871, {"epochs": 1000, "batch_size": 2048, "learning_rate": 2e-4}),
)
