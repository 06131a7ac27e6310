"""Every correlation model on the digits that come with scikit-learn: real data, offline, all of it in two minutes."""

from typing import Any

from engine.recipes.base import Recipe

K = 10
SMALL = {"k": K, "hidden": (64,)}
BRIEF = {"epochs": 60, "batch_size": 200}
MUC2M = SMALL | {
    "individual": False, "gradient_l1": 0.0, "gradient_l2": 0.0, "decorrelation_x": 0.1, "decorrelation_y": 0.1, "decorrelation_k": 0,
}  # fmt: skip


def row(title: str, model: str, settings: dict[str, Any], training: dict[str, Any] | None = None) -> Recipe:
    return Recipe(name=f"digits/{model}", title=title, model=model, data="digits", settings=settings, training=training or {})


RECIPES = (
    row("Linear CCA", "cca", {"k": K}),
    row("PLS", "pls", {"k": K}),
    row("RCCA", "rcca", {"k": K, "features": 300, "regularisation": 1e-4}),
    row("DCCA", "dcca", {"k": K, "hidden_x": (64,), "hidden_y": (64,)}, BRIEF | {"monitor": None}),
    row("DCCAE", "dccae", SMALL, BRIEF),
    row("CorrNet", "corrnet", {"k": K}, {"epochs": 60}),
    row("SDCCA", "sdcca", SMALL, BRIEF | {"epochs": 300, "learning_rate": 1e-3}),
    row("Soft CCA", "soft_cca", SMALL, BRIEF),
    row("2WayNet", "two_way", {"hidden": (32, K, 32)}, {"batch_size": 64, "learning_rate": 1e-3}),
    row("MUC2M", "muc2m", MUC2M, BRIEF | {"learning_rate": 0.01}),
)
