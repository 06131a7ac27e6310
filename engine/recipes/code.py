"""The code that a recipe's numbers come from, as one fingerprint: of its model, the loop, the evaluation, encoders and reader.

Of every module reached from these by imports inside the engine, what counts is the syntax tree without comments, docstrings,
imports and line breaks: wording, formatting and moved files change nothing. The lists of all models, data sets and encoders are left
out, for a new one changes no other's numbers; so are errors, paths and what is merely shown or stored.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.data import find
from engine.data.base import DatasetInfo
from engine.encoders import FAMILIES
from engine.encoders.references import Reference
from engine.models import model_class
from engine.paths import PROJECT
from engine.recipes.base import Recipe

ALWAYS = ("engine.training.loop", "engine.evaluation.suite", "engine.recipes.prepared", "engine.encoders.cache")
OF_REGIONS = ("engine.grounding.pairs", "engine.grounding.training", "engine.grounding.measures")
OF_FOLDS = ("engine.recipes.folds",)
OF_MAPS = ("engine.saliency.report", "engine.data.derived")
NEVER = {"engine", "engine.data", "engine.encoders", "engine.models", "engine.errors", "engine.paths", "engine.metric", "engine.compute", "engine.recipes.base"}
ASKED_FOR = {"engine.encoders.given", "engine.grounding.pairs"}  # imported by what every recipe runs, and run by those alone that begin with them


def code_of(recipe: Recipe) -> str:
    """Equal for two states of the code exactly when nothing that can change the recipe's numbers differs."""
    digest = sha256()
    for tree in sorted(_tree(module) for module in reached(roots(recipe))):  # sorted by content: a moved file is the same
        digest.update(tree.encode())
    return digest.hexdigest()[:16]


def roots(recipe: Recipe) -> set[str]:
    """The modules that the recipe's numbers begin with."""
    info = find(recipe.data)
    encoders = recipe.encoders or info.encoders
    families = {FAMILIES[Reference.parse(id).family] for id in encoders if id}
    looked_at = _origins(find(recipe.looked_at.data).load) if recipe.looked_at else set()
    maps = OF_MAPS if "saliency" in recipe.families else ()
    regions = OF_REGIONS if recipe.sampling is not None else ()
    folds = OF_FOLDS if recipe.folds else ()
    models = [recipe.model, *(member.model for member in recipe.members)]
    return {*(model_class(name).__module__ for name in models), *ALWAYS, *maps, *regions, *folds, *families, *_origins(info.load), *looked_at}


def reached(start: Iterable[str]) -> set[str]:
    """``start`` and every module of the engine that is imported from there on, but for what only other recipes run."""
    found: set[str] = set()
    waiting = list(start)
    skipped = NEVER | (ASKED_FOR - set(waiting))
    while waiting:
        module = waiting.pop()
        if module not in found and module not in skipped:
            found.add(module)
            waiting += _imports(module)
    return found


def _origins(load: Any) -> set[str]:
    """Modules of a reader: of the function, of what it is a part of, and of what it closes over."""
    if isinstance(load, partial):
        return _origins(load.func)
    if isinstance(load, DatasetInfo):
        return _origins(load.load)
    if not isinstance(load, Callable):  # type: ignore[arg-type]
        return set()
    cells = getattr(load, "__closure__", None) or ()
    return {load.__module__}.union(*(_origins(cell.cell_contents) for cell in cells))


@lru_cache(maxsize=512)
def _tree(module: str) -> str:
    tree = ast.parse(_file(module).read_text(encoding="utf-8"))
    return ast.dump(_Bare().visit(tree))


@lru_cache(maxsize=512)
def _imports(module: str) -> tuple[str, ...]:
    """The engine's modules that a module's file names, also inside functions."""
    return tuple(dict.fromkeys(name for name in _imported(ast.parse(_file(module).read_text(encoding="utf-8"))) if _file(name).is_file()))


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("engine."))
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("engine"):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(module: str) -> Path:
    path = PROJECT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


class _Bare(ast.NodeTransformer):
    """Takes away docstrings and imports; comments and line breaks are in no tree."""

    def visit_Import(self, node: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        return None

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else node
