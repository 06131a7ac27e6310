"""Flickr8k's photos and sentences, official split: MobileNetV2 features and MiniLM sentence vectors.

Settings were chosen on the validation split; the test split was looked at once. No paper prints these rows: the CCA-layer
paper's are Flickr30k and IAPR TC-12 on VGG features.
"""

from typing import Any

from engine.recipes.base import Recipe


def row(name: str, title: str, model: str, settings: dict[str, Any], training: dict[str, Any] | None = None, **changes: Any) -> Recipe:
    return Recipe(
        name=f"flickr8k/{name}", title=title, model=model, data="flickr8k", settings=settings, training=training or {},
        validation="validation", **changes,
    )  # fmt: skip


RECIPES = (
    row("cca", "Linear CCA", "cca", {"k": 256, "regularisation": 0.5, "relative": True, "weighting": 1.0}),
    row("cca_layer", "CCA layer", "cca_layer", {}, {"epochs": 60, "patience": 15}),
    row("drsl", "DRSL", "drsl", {"dropout": 0.3}, {"monitor": "mrr", "epochs": 40}),
)
