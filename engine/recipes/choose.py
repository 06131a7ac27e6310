"""Choose settings on the validation split: every combination of a grid is trained and measured, every one is stored.

The test split is never read. A search is one JSON file, ``choices/<recipe>/<name>.json``; tuned recipes name theirs, and a test holds
that their settings are what was chosen there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, ValidationError

from engine.compute import versions
from engine.data import find
from engine.data.base import PairedData
from engine.errors import TwoviewError
from engine.evaluation.grounding import MEASURES
from engine.evaluation.suite import query_ranks
from engine.grounding import measures as grounding
from engine.grounding.pairs import RegionPairs
from engine.models import model_class, replaced, settings_of
from engine.models.base import TwoViewModel
from engine.paths import atomic_write, choices_dir
from engine.recipes.base import Recipe
from engine.recipes.changes import changed
from engine.recipes.code import code_of
from engine.recipes.folds import require_no_folds
from engine.recipes.prepared import Prepared, prepare
from engine.recipes.run import trained
from engine.training.loop import create
from engine.training.monitor import MONITORS, Monitor

Progress = Callable[[int, int, str], None]
Grid = Mapping[str, Sequence[Any]]
MOST_POINTS = 1000
REGIONS = grounding.NAMES["recall@1"]  # what recipes of regions and phrases are chosen by


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Point(Strict):
    """One combination: the search's measure on the validation split, R@1 there of both directions (None where regions are ranked for phrases), and what training took."""

    settings: dict[str, Any]
    value: float
    annotation: float | None
    search: float | None
    epochs: int
    best_epoch: int | None
    parameters: int
    seconds: float


class Choice(Strict):
    """A search, finished or not. ``recipe_hash``: of the recipe without the grid's values, ``code`` as in ``code.py``."""

    recipe: str
    name: str
    recipe_hash: str
    code: str
    grid: dict[str, list[Any]]
    measure: str
    split: str
    seed: int
    points: list[Point]
    device: str
    versions: dict[str, str]
    created: str

    @property
    def best(self) -> Point:
        """The point of the largest measure, the first of equals."""
        return max(self.points, key=lambda point: point.value)

    @property
    def minutes(self) -> float:
        return sum(point.seconds for point in self.points) / 60


def choose(
    recipe: Recipe, grid: Grid, name: str | None = None, measure: str | None = None, seed: int = 0, device: str | torch.device = "cpu",
    root: Path | None = None, progress: Progress | None = None, known: Iterable[Choice] = (), keep: Callable[[Choice], object] = lambda choice: None,
) -> Choice:  # fmt: skip
    """Train ``recipe`` with every combination of ``grid`` (setting → values) and measure each on the validation split.

    ``measure``: one of the loop's monitors; by default the recipe's own, else mean average precision where classes are measured, else
    MRR. ``known``: earlier searches of the recipe, this one's earlier state among them; a training that one of them has is not repeated.
    ``keep`` is told after each point what there is so far. Raises TwoviewError on an unknown setting or measure, an ill-typed value, data without a validation split, or a recipe over folds.
    """
    require_no_folds(recipe)
    plans = _plans(recipe, grid)
    split = _validation(recipe)
    known_measures = (REGIONS,) if recipe.sampling is not None else tuple(MONITORS)
    measure = measure or _measure(recipe)
    if measure not in known_measures:
        raise TwoviewError(f"There is no validation measure {measure!r} for this recipe. Choose one of: {', '.join(known_measures)}.")
    start = Choice(
        recipe=recipe.name, name=name or "+".join(grid), recipe_hash=changed(recipe, {key: values[0] for key, values in grid.items()}).hash,
        code=code_of(recipe), grid={key: list(values) for key, values in grid.items()}, measure=measure, split=split, seed=seed, points=[],
        device=str(device), versions=versions(), created=datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
    trained_before = {made: point for choice in known if _comparable(choice, start) for made, point in _trainings(recipe, choice)}
    points: list[Point] = []
    ready: Prepared | None = None
    for number, (settings, plan) in enumerate(plans):
        if before := trained_before.get(plan.hash):
            points.append(before.model_copy(update={"settings": settings}))
            continue
        ready = ready or prepare(replace(recipe, validation=split, test=split), root, device, progress)
        told = None if progress is None else _counted(progress, number, len(plans), settings)
        points.append(_point(plan, settings, measure, ready, seed, device, told))
        keep(start.model_copy(update={"points": list(points)}))
    return start.model_copy(update={"points": points})


def chosen(recipe: Recipe, choice: Choice) -> Recipe:
    """The recipe with the settings that a search of it chose, and with the sentence saying so, which the checkpoint's card has."""
    said = "; ".join(f"{name} = {value} of {', '.join(map(str, choice.grid[name]))}" for name, value in choice.best.settings.items())
    note = f"Chosen by {choice.measure} on the {choice.split} split: {said}."
    return replace(changed(recipe, choice.best.settings), note=f"{recipe.note} {note}".strip(), kind="tuned")


def _point(plan: Recipe, settings: dict[str, Any], measure: str, ready: Prepared, seed: int, device: str | torch.device, progress: Progress | None) -> Point:
    cls, validation = model_class(plan.model), ready.splits["validation"]
    training = replaced(cls.paper_training, plan.training, f"{cls.title}'s training")
    model = create(cls, ready.splits["train"], settings_of(cls, plan.settings), seed)
    history = trained(plan, model, ready, training, seed, device, progress=progress)
    annotation = search = None
    if isinstance(validation, RegionPairs):
        value = float(grounding.values(validation, grounding.scorer(model.eval(), validation))[:, MEASURES.index("recall@1")].mean())
    else:
        value = Monitor(measure, model, validation, torch.device("cpu"))()
        annotation, search = (_first(model, validation, way) for way in ("x_to_y", "y_to_x"))
    return Point(
        settings=settings, value=value, annotation=annotation, search=search, epochs=len(history.epochs), best_epoch=history.best_epoch,
        parameters=sum(p.numel() for p in model.parameters()), seconds=history.seconds,
    )  # fmt: skip


def _first(model: TwoViewModel, data: PairedData, direction: Any) -> float:
    return float(np.mean(query_ranks(model, data, direction).ranks == 1))


def _plans(recipe: Recipe, grid: Grid) -> list[tuple[dict[str, Any], Recipe]]:
    """Every combination as (settings, recipe), all of them checked before the first is trained."""
    if not grid or not all(grid.values()):
        raise TwoviewError("Name at least one setting with its values: choose RECIPE learning_rate=0.001,0.0003 dropout=0.2,0.5.")
    combinations = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    if len(combinations) > MOST_POINTS:
        raise TwoviewError(f"The grid has {len(combinations)} points; {MOST_POINTS} are the most. Search in steps.")
    plans = [(settings, changed(recipe, settings)) for settings in combinations]
    cls = model_class(recipe.model)
    for _, plan in plans:
        settings_of(cls, plan.settings)
        replaced(cls.paper_training, plan.training, f"{cls.title}'s training")
    return plans


def _validation(recipe: Recipe) -> str:
    splits = find(recipe.data).splits
    split = recipe.validation or "validation"
    if split not in splits:
        raise TwoviewError(f"{recipe.data} has no validation split to choose on; it has {', '.join(splits)}. Settings are never chosen on the test split.")
    return split


def _measure(recipe: Recipe) -> str:
    if recipe.sampling is not None:
        return REGIONS
    cls = model_class(recipe.model)
    own = replaced(cls.paper_training, recipe.training, f"{cls.title}'s training").monitor
    return own or ("mean_average_precision" if "classes" in recipe.families else "mrr")


def _comparable(known: Choice, now: Choice) -> bool:
    return all(getattr(known, key) == getattr(now, key) for key in ("code", "measure", "split", "seed", "device", "versions"))


def _trainings(recipe: Recipe, choice: Choice) -> list[tuple[str, Point]]:
    """A stored search's points under the hashes of the recipes they trained; none if ``recipe`` has since changed in what the search did not name."""
    if changed(recipe, {key: values[0] for key, values in choice.grid.items()}).hash != choice.recipe_hash:
        return []
    return [(changed(recipe, point.settings).hash, point) for point in choice.points]


def _counted(progress: Progress, number: int, count: int, settings: Mapping[str, Any]) -> Progress:
    what = ", ".join(f"{name} {value}" for name, value in settings.items())
    return lambda done, total, told: progress(done, total, f"{number + 1} of {count}, {what}: {told}")


def store(choice: Choice, root: Path | None = None) -> Path:
    """Write ``choices/<recipe>/<name>.json``, replacing an older search of that name."""
    path = _path(choice.recipe, choice.name, root)
    with atomic_write(path) as temporary:
        temporary.write_text(choice.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def read(recipe: str, name: str, root: Path | None = None) -> Choice | None:
    """The stored search, None if there is none. Raises TwoviewError for a file that is no search."""
    path = _path(recipe, name, root)
    if not path.exists():
        return None
    try:
        return Choice.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as error:
        raise TwoviewError(f"{path} is no stored search ({str(error).splitlines()[0]}). Remove it, or search again.") from None


def stored(recipe: str, root: Path | None = None) -> list[Choice]:
    """All of a recipe's stored searches, by name. Raises TwoviewError for a file that is no search."""
    names = sorted(path.stem for path in (choices_dir(root) / recipe).glob("*.json"))
    return [choice for name in names if (choice := read(recipe, name, root)) is not None]


def trainings(searches: Iterable[Choice]) -> list[Point]:
    """What was trained for them: a training that several searches share, kept in each with the seconds it took, is there once."""
    return list({(point.value, point.seconds): point for choice in searches for point in choice.points}.values())


def _path(recipe: str, name: str, root: Path | None) -> Path:
    if not name or name != Path(name).name or name.startswith("."):
        raise TwoviewError(f"A search is stored under a plain name, but {name!r} came. Choose letters, digits, + and -.")
    return choices_dir(root) / recipe / f"{name}.json"
