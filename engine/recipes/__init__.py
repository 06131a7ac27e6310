"""One recipe per row of a paper's table, by name. A new row goes into its data set's file, a new file into this list."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from engine.errors import TwoviewError, one_of
from engine.recipes import digits, flickr8k, grounding, mnist, saliency, scenes, tunes, wikipedia
from engine.recipes.base import Recipe

RECIPES: dict[str, Recipe] = {recipe.name: recipe for module in (digits, flickr8k, grounding, mnist, saliency, scenes, tunes, wikipedia) for recipe in module.RECIPES}


def recipes_named(names: Sequence[str]) -> list[Recipe]:
    """The recipes of these names, or of patterns such as ``mnist/*``. Raises TwoviewError for what names none."""
    found: dict[str, Recipe] = {}
    for name in names:
        matching = {key: recipe for key, recipe in RECIPES.items() if fnmatchcase(key, name)}
        if not matching:
            one_of("recipe", name, list(RECIPES), "python -m engine train --list")
        found |= matching
    return list(found.values())


def quick_recipes(names: Sequence[str] | None = None) -> list[Recipe]:
    """The digits' recipes of the models that ``names`` run; of every correlation model without names."""
    if not names:
        return list(digits.RECIPES)
    wanted = {recipe.model for recipe in recipes_named(names)}
    found = [recipe for recipe in digits.RECIPES if recipe.model in wanted]
    if not found:
        raise TwoviewError(f"No quick recipe for {', '.join(sorted(wanted))}; there are some for {', '.join(r.model for r in digits.RECIPES)}.")
    return found
