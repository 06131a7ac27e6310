"""What a recipe gave when it ran: one JSON file per recipe, with the recipe's hash."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from engine.errors import TwoviewError
from engine.metric import Direction, Metric
from engine.paths import atomic_write, results_dir


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Run(Strict):
    """One seed: the metrics it reached, how many epochs and seconds its training took. ``by_group``: see ``packed``."""

    seed: int
    epochs: int
    seconds: float
    metrics: list[Metric]
    by_group: dict[str, str] = {}


class Result(Strict):
    """All runs of a recipe. ``recipe_hash``: of everything in it that decides the numbers. ``k``: width of the outputs. ``parameters``: how many
    numbers were fitted, None where that was not stored yet.

    ``code``: fingerprint of the code they came from (see ``code.py``); empty where none was kept yet.
    """

    recipe: str
    recipe_hash: str
    model: str
    data: str
    k: int | None
    parameters: int | None = None
    code: str = ""
    runs: list[Run]
    device: str
    versions: dict[str, str]
    created: str

    def values(self, measure: str, direction: Direction) -> list[float]:
        """The measure's value in each run that has it."""
        found = ([m.value for m in run.metrics if (m.measure, m.direction) == (measure, direction)] for run in self.runs)
        return [value for values in found for value in values]

    def by_group(self, measure: str, direction: Direction) -> np.ndarray | None:
        """The measure of each run and group of queries (runs, groups); None where a run has not kept it."""
        kept = [run.by_group.get(f"{measure} {direction}") for run in self.runs]
        return np.stack([np.frombuffer(b64decode(text), np.float16).astype(float) for text in kept if text]) if all(kept) else None

    @property
    def measures(self) -> list[tuple[str, Direction]]:
        """(measure, direction) of every metric, in the order of the first run."""
        return [(metric.measure, metric.direction) for metric in self.runs[0].metrics]

    @property
    def split(self) -> str:
        return self.runs[0].metrics[0].split

    @property
    def seconds(self) -> float:
        """Mean training time of a run."""
        return fmean(run.seconds for run in self.runs)


def packed(by_group: Mapping[tuple[str, Direction], np.ndarray]) -> dict[str, str]:
    """An evaluation's values by group as JSON holds them: base64 of float16, under "measure direction"."""
    return {f"{measure} {direction}": b64encode(values.astype(np.float16).tobytes()).decode() for (measure, direction), values in by_group.items()}


def store(result: Result, root: Path | None = None) -> Path:
    """Write ``results/<recipe>.json``, replacing an older result of the recipe."""
    path = results_dir(root) / f"{result.recipe}.json"
    with atomic_write(path) as temporary:
        temporary.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def read(name: str, root: Path | None = None) -> Result | None:
    """The stored result of the recipe ``name``, None if there is none. Raises TwoviewError for a file that is no result."""
    path = results_dir(root) / f"{name}.json"
    return _parse(path) if path.exists() else None


def stored(root: Path | None = None) -> list[Result]:
    """All stored results by name. Raises TwoviewError for a file that is no result."""
    return [_parse(path) for path in sorted(results_dir(root).rglob("*.json"))]


def _parse(path: Path) -> Result:
    try:
        return Result.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as error:
        raise TwoviewError(f"{path} is no result of a recipe ({str(error).splitlines()[0]}). Remove it, or run the recipe again.") from None
