"""The house's ground plan holds: imports run one way, the engine knows no Streamlit, the app handles no tensors."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
FLOORS = {
    "errors": 0, "paths": 0, "metric": 0, "compute": 0,
    "data": 1,
    "encoders": 2,
    "models": 3,
    "scoring": 4, "checkpoints": 4,
    "evaluation": 5,
    "training": 6, "saliency": 6, "spaces": 6, "search": 6,
    "recipes": 7, "estimators": 7,
    "report": 8,
    "cli": 9, "__main__": 10,
}  # fmt: skip


def modules(folder: str) -> list[Path]:
    return sorted((PROJECT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Dotted names of everything a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", [p for p in modules("engine") if p != PROJECT / "engine" / "__init__.py"], ids=lambda p: str(p.relative_to(PROJECT)))
def test_imports_run_downward(path):
    room = path.relative_to(PROJECT / "engine").parts[0].removesuffix(".py")
    assert room in FLOORS, f"{room} is a room the ground plan does not know"
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "engine" and len(parts) > 1 and parts[1] in FLOORS:
            assert parts[1] == room or FLOORS[parts[1]] < FLOORS[room] or FLOORS[room] == 0, f"{path} imports {name}, which does not lie below it"


@pytest.mark.parametrize("path", modules("engine"), ids=lambda p: str(p.relative_to(PROJECT)))
def test_engine_knows_no_streamlit(path):
    assert not [name for name in imported(path) if name.split(".")[0] in ("streamlit", "app")]


@pytest.mark.parametrize("path", modules("app"), ids=lambda p: str(p.relative_to(PROJECT)))
def test_app_handles_no_tensors(path):
    assert not [name for name in imported(path) if name.split(".")[0] == "torch"]
