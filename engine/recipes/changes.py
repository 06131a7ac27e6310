"""A recipe with some of its settings replaced, as ``--set`` and ``choose`` name them."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from engine.errors import TwoviewError
from engine.grounding.sampling import Sampling
from engine.models import model_class
from engine.recipes.base import Recipe


def changed(recipe: Recipe, changes: Mapping[str, Any], epochs: int | None = None) -> Recipe:
    """The recipe with single values of its settings, its training or its sampling of regions replaced. Raises TwoviewError on an unknown name."""
    cls = model_class(recipe.model)
    known = {"settings": {f.name for f in fields(cls.Settings)}, "training": {f.name for f in fields(cls.paper_training)}}
    values = {"settings": dict(recipe.settings), "training": dict(recipe.training)}
    if recipe.sampling is not None:
        known["sampling"], values["sampling"] = {f.name for f in fields(Sampling)} - known["training"], dict(recipe.sampling)
    for part, named in by_part(cls.title, changes, known, epochs).items():
        values[part] |= named
    return replace(recipe, **values)  # type: ignore[arg-type]


def by_part(title: str, changes: Mapping[str, Any], known: Mapping[str, set[str]], epochs: int | None = None) -> dict[str, dict[str, Any]]:
    """The changes under the first part whose names hold each; ``epochs`` belongs to the training. Raises TwoviewError on an unknown name."""
    found: dict[str, dict[str, Any]] = {part: {} for part in known}
    for name, value in changes.items():
        part = next((part for part, names in known.items() if name in names), None)
        if part is None:
            raise TwoviewError(f"{title} has no setting {name!r}. There are: {', '.join(sorted(set().union(*known.values())))}.")
        found[part][name] = value
    if epochs is not None:
        found["training"]["epochs"] = epochs
    return found


def plain(text: str) -> Any:
    """A value as it is typed: JSON where it is JSON (``0.5``, ``true``, ``[512]``), else the text itself."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
