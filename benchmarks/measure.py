"""Timing two ways of doing the same thing fairly, and saying what came out."""

import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any


@dataclass(frozen=True)
class Row:
    """One line of the table: our figure, the other's (None where there is none), and the bar that ours has to clear.

    ``higher``: whether ``figure`` clears ``bar`` by being at least as large (a ratio) or at most as large (seconds, MB).
    """

    what: str
    ours: float
    theirs: float | None
    unit: str
    figure: float
    bar: float
    higher: bool
    note: str = ""

    @property
    def cleared(self) -> bool:
        return self.figure >= self.bar if self.higher else self.figure <= self.bar


def faster(what: str, ours: float, theirs: float, bar: float, note: str = "") -> Row:
    """Seconds of ours and theirs; the figure is how many times faster ours is."""
    return Row(what, ours, theirs, "s", theirs / ours, bar, higher=True, note=note)


def at_most(what: str, value: float, bar: float, unit: str, note: str = "") -> Row:
    return Row(what, value, None, unit, value, bar, higher=False, note=note)


def at_least(what: str, value: float, bar: float, unit: str, note: str = "") -> Row:
    return Row(what, value, None, unit, value, bar, higher=True, note=note)


def seconds(*tasks: Callable[[], Any], rounds: int = 3) -> list[float]:
    """The shortest time of each task, all of them in turn in every round, so that a busy moment falls on each alike."""
    best = [float("inf")] * len(tasks)
    for _ in range(rounds):
        for place, task in enumerate(tasks):
            start = perf_counter()
            task()
            best[place] = min(best[place], perf_counter() - start)
    return best


def peak_memory() -> float:
    """The most memory this process has held since its program started, in MB.

    Linux keeps it with the address space: what ``getrusage`` says there includes the program that started this one.
    """
    if Path("/proc/self/status").exists():
        return memory_of("self")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1000**2 if sys.platform == "darwin" else 1000)


def memory_of(process: int | str) -> float:
    """The most memory that a process of Linux has held, in MB."""
    return int(Path(f"/proc/{process}/status").read_text().partition("VmHWM:")[2].split()[0]) / 1000


def family(pid: int) -> list[int]:
    """A process of Linux and all that descend from it."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended meanwhile
            continue
    found = [pid]
    for parent in found:
        found += [child for child, of in parents.items() if of == parent]
    return found


def held(pid: int) -> float:
    """The memory of a process of Linux in MB, its share of what it shares with others; 0 when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/smaps_rollup").read_text().partition("\nPss:")[2].split()[0]) / 1000
    except (OSError, IndexError):
        return 0.0
