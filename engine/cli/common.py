"""Options and a progress bar that several commands share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import TwoviewError

if TYPE_CHECKING:
    from engine.training.parts import Run

DataRoot = Annotated[Path | None, typer.Option("--data-root", "--root", help="Folder of the data sets; else TWOVIEW_DATA, else ./data.")]
MeasuredSplit = Annotated[str, typer.Option("--split", help="The part of the data to measure on.")]
Device = Annotated[str, typer.Option("--device", help="cpu, cuda, mps, or auto for the best there is.")]
On = Annotated[str | None, typer.Option("--on", help="ray: the cores of this machine; ray://host:port: a cluster. Else this process alone.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="With --on ray: how many at once; else one a core.")]
ShardRows = Annotated[int, typer.Option("--rows", min=1, help="Items in a shard: what a killed worker costs.")]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="Threads on the CPU; else TWOVIEW_THREADS, else torch's choice.")]
Epochs = Annotated[int | None, typer.Option("--epochs", min=1, help="At most as many epochs.")]
Seed = Annotated[int, typer.Option("--seed", help="What is random follows from it.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a run that was broken off.")]
Changes = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Replace one of the model's or the training's settings; again for more.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def assignment(text: str) -> tuple[str, Any]:
    """``--set``'s NAME=VALUE. Raises TwoviewError for anything else."""
    from engine.recipes.changes import plain

    name, equals, value = text.partition("=")
    if not equals:
        raise TwoviewError(f"--set takes NAME=VALUE, for instance --set k=32, but {text!r} came.")
    return name, plain(value)


def runner(on: str | None, workers: int | None, device: str) -> "Run":
    """What does tasks there, each with a card of its own where ``device`` is one. Raises TwoviewError when Ray is wanted and missing, or workers are and it is not."""
    from engine.distributed.on_ray import LOCAL, OnRay
    from engine.training.parts import one_by_one

    if workers and on != LOCAL:
        raise TwoviewError("--workers belongs to --on ray: a cluster has the workers that it was started with.")
    return OnRay(on, workers, gpus=1 if device.startswith("cuda") else 0) if on else one_by_one


@contextmanager
def progress_bar(quiet: bool = False) -> Iterator[Callable[[int, int, str], None]]:
    """One bar on stderr behind the engine's ``progress(done, total, what)``."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bar:
        task = bar.add_task("", total=None)

        def progress(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=what)

        yield progress


def metrics_table(metrics: list, title: str) -> None:
    """Metrics in rows, a column per direction, with their 95 % intervals; rates in percent."""
    from rich.console import Console
    from rich.table import Table

    directions = [d for d in ("x_to_y", "y_to_x", "x_to_x", "y_to_y", "both") if any(m.direction == d for m in metrics)]
    table = Table("measure", *directions, title=title, title_justify="left")
    for measure in dict.fromkeys(m.measure for m in metrics):
        found = {m.direction: m for m in metrics if m.measure == measure}
        table.add_row(measure, *(_cell(found[d]) if d in found else "" for d in directions))
    Console(highlight=False).print(table)


def _cell(metric) -> str:
    from engine.metric import is_rate

    rate = is_rate(metric.measure)
    value, low, high = (v if v is None else 100 * v if rate else v for v in (metric.value, metric.low, metric.high))
    unit = " %" if rate else ""
    return f"{value:.1f}{unit}" + (f"  ({low:.1f}–{high:.1f})" if low is not None and high is not None else "")
