"""The house's ground plan holds: imports run one way, the engine knows no Streamlit, the app handles no tensors."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.frame.pages import ROOMS
from engine.models import MODELS

PROJECT = Path(__file__).resolve().parent.parent
FLOORS = {
    "errors": 0, "paths": 0, "metric": 0, "compute": 0, "archives": 0,
    "data": 1,
    "encoders": 2,
    "models": 3,
    "scoring": 4, "checkpoints": 4,
    "evaluation": 5,
    "export": 6, "training": 6, "saliency": 6, "spaces": 6, "search": 6,
    "grounding": 7,
    "recipes": 8, "estimators": 8, "distributed": 8,
    "report": 9,
    "cli": 10, "lab": 10, "__main__": 11,
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


# --- the app ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", modules("app"), ids=lambda p: str(p.relative_to(PROJECT)))
def test_the_app_has_one_door_to_the_engine(path):
    door = path.parent.name == "asking" or path.name == "ask.py"
    assert door or not [name for name in imported(path) if name.split(".")[0] == "engine"]


@pytest.mark.parametrize("path", modules("app"), ids=lambda p: str(p.relative_to(PROJECT)))
def test_rooms_of_pages_do_not_know_each_other(path):
    rooms = {folder.name for folder in (PROJECT / "app").iterdir() if (folder / "page.py").exists()}
    parts = path.relative_to(PROJECT / "app").parts
    if len(parts) == 1:
        return  # main.py and what starts it
    known = {name.split(".")[1] for name in imported(path) if name.startswith("app.")} & rooms
    assert known <= ({parts[0]} if parts[0] in rooms else set())


@pytest.mark.parametrize("path", modules("app"), ids=lambda p: str(p.relative_to(PROJECT)))
def test_no_page_asks_for_a_model_by_its_name(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare):
            compared = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
            assert not {*MODELS} & {value for value in compared if isinstance(value, str)}


@pytest.mark.parametrize("path", [*modules("app"), *modules("engine")], ids=lambda p: str(p.relative_to(PROJECT)))
def test_no_file_is_too_long_to_hold_in_ones_head(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


def test_every_room_is_in_the_navigation():
    assert {room.folder for room in ROOMS} == {folder.name for folder in (PROJECT / "app").iterdir() if (folder / "page.py").exists()}


def test_the_frame_and_rooms_that_show_something_at_once_load_without_torch():
    needed = set()
    for path in [PROJECT / "app" / "main.py", *(PROJECT / "app" / room.script for room in ROOMS if room.at_once)]:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app."):
                needed |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    importable = [name for name in sorted(needed) if _is_module(name)]
    code = f"import sys, importlib; [importlib.import_module(name) for name in {importable}]; sys.exit('torch' in sys.modules)"
    assert importable and subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


def _is_module(name: str) -> bool:
    path = PROJECT / Path(*name.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()
