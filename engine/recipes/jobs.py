"""Trainings that wait, run, failed or were broken off: a record of each on disk, in the folder of the checkpoint that it makes.

``job.json`` says what is to be trained; it is there as long as the checkpoint is not, so whatever is killed leaves a list that can be
read. ``progress.json`` says how far it is, ``state.safetensors`` holds the run itself. Nothing here imports torch; ``worker`` does the work.
"""

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict

from engine.checkpoints.cards import CARD, STATE, read_json, write_json
from engine.errors import TwoviewError
from engine.paths import checkpoints_dir, numbered
from engine.recipes.base import Recipe

JOB, PROGRESS = "job.json", "progress.json"
LOCK = ".training.lock"  # held by the one process that trains
MAX_RECORD = 2**20  # bytes
PROBE = 0.05  # seconds: others who look whether the lock is held hold it themselves for a moment

Known = TypeVar("Known", bound=BaseModel)
Status = Literal["waiting", "running", "broken off", "failed"]
BROKEN = "Its process was ended before it was done."


class Record(BaseModel):
    """``asked``: seconds since the epoch; the queue goes by it. ``problem``: why it failed, in a sentence."""

    model_config = ConfigDict(extra="forbid")

    recipe: Recipe
    seed: int
    asked: float
    status: Status = "waiting"
    problem: str = ""


class Progress(BaseModel):
    """``done`` of ``total`` of a phase (encoding, epochs), of which ``first`` were done when it began; ``began`` and ``told`` in seconds since the epoch."""

    model_config = ConfigDict(extra="forbid")

    done: int
    total: int
    what: str
    first: int
    began: float
    told: float

    @property
    def seconds_left(self) -> float | None:
        """Of this phase, at its pace so far; None before there is one. A training that stops early takes less."""
        done = self.done - self.first
        return (self.told - self.began) / done * (self.total - self.done) if done > 0 else None


@dataclass(frozen=True)
class Job:
    """A training that has not ended in a checkpoint. ``folder``: where that will be."""

    folder: Path
    recipe: Recipe
    seed: int
    asked: float
    status: Status
    problem: str
    progress: Progress | None


def add(recipe: Recipe, seed: int = 0) -> Path:
    """Put a training at the end of the queue; the folder of its checkpoint, ``recipe.name`` with a number where that is taken.

    Raises TwoviewError when nothing can be written there.
    """
    try:
        folder = _reserved(checkpoints_dir() / recipe.name)
        recipe = replace(recipe, name=f"{folder.parent.name}/{folder.name}")
        write_json(folder / JOB, Record(recipe=recipe, seed=seed, asked=time.time()))
    except OSError as error:
        raise TwoviewError(f"The training can't be noted down beside the checkpoints: {error.strerror or error}. Make room, or choose another folder with TWOVIEW_CHECKPOINTS.") from error
    return folder


def jobs() -> list[Job]:
    """All of them, in the order in which they were asked for."""
    records = _records()
    working = any(record.status == "running" for _, record in records) and is_held()
    found = []
    for folder, record in records:
        dead = record.status == "running" and not working
        status: Status = "broken off" if dead else record.status
        problem = BROKEN if dead else record.problem
        found.append(Job(folder, record.recipe, record.seed, record.asked, status, problem, _read(folder / PROGRESS, Progress)))
    return found


def next_job() -> Path | None:
    """The folder of the one that has waited longest."""
    return next((folder for folder, record in _records() if record.status == "waiting"), None)


def resume(folder: Path) -> None:
    """Let a training that was broken off, or failed, go on where it was: it waits again, in its old place."""
    _change(folder, status="waiting", problem="")


def cancel(folder: Path) -> None:
    """Take a training from the queue. One that runs is ended by its own process, which misses its record within a second."""
    with suppress(OSError):
        (folder / JOB).unlink(missing_ok=True)
        folder.rmdir()  # of one that has not begun, so that its name is free again; what has begun is not empty
    if not is_held():
        sweep()


# --- for the process that works ---------------------------------------------------------------------------------------
def begin(folder: Path) -> Job | None:
    """Take a job up; None when it was cancelled meanwhile."""
    _change(folder, status="running")
    return next((job for job in jobs() if job.folder == folder), None)


def fail(folder: Path, problem: str) -> None:
    _change(folder, status="failed", problem=problem)


def finish(folder: Path) -> None:
    """The checkpoint is there: the record goes, and what told of the way."""
    for name in (STATE, PROGRESS, JOB):
        (folder / name).unlink(missing_ok=True)


def tidy() -> None:
    """For whoever has just taken the lock, so that nothing runs: what seems to run was broken off or killed when it was done already."""
    for folder, record in _records():
        if (folder / CARD).exists():
            finish(folder)
        elif record.status == "running":
            _change(folder, status="broken off", problem=BROKEN)
    sweep()


def sweep() -> None:
    """Remove what cancelled trainings have left: folders that a worker has told of and that hold neither a record nor a checkpoint."""
    for path in checkpoints_dir().glob(f"*/*/{PROGRESS}"):
        if not any((path.parent / name).exists() for name in (JOB, CARD)):
            shutil.rmtree(path.parent, ignore_errors=True)


def lock() -> FileLock:
    """Held by the process that trains; the system lets go of it whenever that ends."""
    checkpoints_dir().mkdir(parents=True, exist_ok=True)
    return FileLock(checkpoints_dir() / LOCK)


def is_held() -> bool:
    """Whether a process trains now."""
    try:
        with lock().acquire(timeout=PROBE):
            return False
    except Timeout:
        return True
    except OSError:  # nothing can be written there, so nothing trains
        return False


# --- records ------------------------------------------------------------------------------------------------------------
def _records() -> list[tuple[Path, Record]]:
    found = [(path.parent, _read(path, Record)) for path in checkpoints_dir().glob(f"*/*/{JOB}")]
    return sorted(((folder, record) for folder, record in found if record), key=lambda one: (one[1].asked, one[0]))


def _read(path: Path, cls: type[Known]) -> Known | None:
    """None when it is not there (any more), or no record: somebody else's file stops no list."""
    try:
        return read_json(path, cls, MAX_RECORD)
    except (TwoviewError, OSError):
        return None


def _change(folder: Path, **changes: str) -> None:
    """Nothing, when the job was cancelled meanwhile."""
    if record := _read(folder / JOB, Record):
        write_json(folder / JOB, record.model_copy(update=changes))


def _reserved(wanted: Path) -> Path:
    """The folder of this name, made now by nobody else; with a number where that is taken."""
    wanted.parent.mkdir(parents=True, exist_ok=True)
    for folder in numbered(wanted):
        with suppress(FileExistsError):
            folder.mkdir()
            return folder
    raise AssertionError("unreachable")
