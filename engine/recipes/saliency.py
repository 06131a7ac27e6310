"""MUC2M for looking at what it sees: objects of interest and picture pairs among the drawn scenes (its Sec. 5.2).

With and without gradient regularisation (Eq. 7); settings were chosen by the precision of maps on the validation split.
"""

from typing import Any

from engine.recipes.base import Figure, Recipe

PLAIN = {"gradient_l1": 0.0, "gradient_l2": 0.0}
OBJECTS = {"k": 64, "hidden": (256,), "individual": False, "gradient_l1": 0.01, "gradient_l2": 0.01}
PAIRS = {"k": 64, "hidden": (256,), "independence": 10.0, "gradient_l1": 0.01, "gradient_l2": 0.01}
LONG, BRIEF = {"epochs": 30, "batch_size": 512}, {"epochs": 6, "batch_size": 512}
PAPERS_PICTURES = "the paper's numbers are for COCO's photos, VGG-19 and BERT; here the pictures are drawn"


def row(name: str, title: str, settings: dict[str, Any], training: dict[str, Any], figures: tuple[Figure, ...] = ()) -> Recipe:
    return Recipe(
        name=name, title=title, model="muc2m", data=name.partition("/")[0], settings=settings, training=training,
        families=("correlation", "saliency"), figures=figures, note=PAPERS_PICTURES,
    )  # fmt: skip


RECIPES = (
    row("scenes-objects/muc2m", "MUC2M, objects of interest", OBJECTS, LONG, (Figure("saliency_precision", 0.212, "MUC2M, Table 2"),)),
    row("scenes-objects/muc2m-unregularised", "MUC2M without gradient regularisation, objects of interest", OBJECTS | PLAIN, LONG),
    row("scenes-pairs/muc2m", "MUC2M, picture pairs", PAIRS, BRIEF),
    row("scenes-pairs/muc2m-unregularised", "MUC2M without gradient regularisation, picture pairs", PAIRS | PLAIN, BRIEF),
)
