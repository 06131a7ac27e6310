"""Wikipedia's articles (Rasiwasia et al., 2010) on their shallow features: SIFT words 128-d, and LDA 10-d or TF-IDF 1000-d texts.

mAP over the whole list of all 693 published test pairs. DRSL's paper holds 462 of them against fine-tuned VGG-19 features,
so its figures are another experiment's. The last epoch counts: nothing is chosen while training.
"""

from typing import Any

from engine.recipes.base import Recipe


def row(name: str, title: str, model: str, settings: dict[str, Any], training: dict[str, Any] | None = None, **changes: Any) -> Recipe:
    standard = {"data": "wikipedia", "test": "test_all", "families": ("classes", "retrieval")}
    return Recipe(name=f"wikipedia/{name}", title=title, model=model, settings=settings, training=training or {}, **standard | changes)


def drsl(fusion: str, **changes: Any) -> Recipe:
    settings = {"fusion": fusion, "dropout": 0.3, "batch_norm": "inputs"}
    return row(f"drsl-{fusion}", f"DRSL, {fusion}", "drsl", settings, {"batch_size": 100, "epochs": 30}, **changes)


ADVERSARIAL = {"epochs": 30, "learning_rate": 5e-4}
FUSIONS = ("concatenation", "multiplication", "addition", "subtraction")

RECIPES = (
    row("cca", "Linear CCA", "cca", {"k": 10, "regularisation": 1e-4}),
    row("cca_layer", "CCA layer", "cca_layer", {"k": 10, "hidden_y": (256,)}, {"epochs": 30, "batch_size": 500, "monitor": None}),
    *(drsl(fusion) for fusion in FUSIONS),
    row("gma", "GMA", "gma", {"k": 9}),
    row("gma-tfidf", "GMA, TF-IDF texts", "gma", {"k": 9, "coupling": 1.0}, data="wikipedia-tfidf"),
    row("acmr", "ACMR", "acmr", {}, ADVERSARIAL),
    row("acmr-tfidf", "ACMR, TF-IDF texts", "acmr", {}, ADVERSARIAL, data="wikipedia-tfidf"),
)
