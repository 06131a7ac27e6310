"""How long all measures of 1,000 × 5,000 take, and how much memory 50,000 × 50,000."""

import subprocess
import sys

import numpy as np

from benchmarks.measure import Row, at_most, peak_memory, seconds
from engine.data.base import PairedData, View
from engine.evaluation.suite import evaluate, query_ranks
from engine.models.cca import CCA


def gallery(things: int, each: int, width: int) -> PairedData:
    """Random features: ``each`` sentences for every one of ``things`` pictures, ten classes."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(things, width)).astype(np.float32)
    groups = np.repeat(np.arange(things), each)
    y = x[groups] + rng.normal(size=(len(groups), width)).astype(np.float32)
    views = (
        View("vector", items, [str(i) for i in range(len(items))], own, own % 10)
        for items, own in ((x, np.arange(things)), (y, groups))
    )
    return PairedData("random", "test", *views)


def model(width: int) -> CCA:
    """A projection that keeps the features as they are."""
    made = CCA((width,), (width,), CCA.Settings(k=width))
    for weights in (made.weights_x, made.weights_y):
        weights.fill_diagonal_(1.0)
    made.correlations.fill_(1.0)
    return made


def run(rounds: int) -> list[Row]:
    data, projection = gallery(1000, 5, 256), model(256)
    metrics = evaluate(projection, data)
    (took,) = seconds(lambda: evaluate(projection, data), rounds=rounds)
    size, took_large = large_evaluation()
    return [
        at_most("evaluation, 1,000 × 5,000, every measure", took, 1, "s", f"{len(metrics)} figures with their intervals, both directions"),
        at_most("evaluation, 50,000 × 50,000, peak memory", size, 1000, "MB", f"of the whole process; ranks in both directions in {took_large:.0f} s; the score matrix alone would take 10,000 MB"),
    ]


def large_evaluation() -> tuple[float, float]:
    """Peak memory (MB) of a process that does nothing else, its libraries included, and the seconds it took."""
    process = subprocess.run([sys.executable, "-m", "benchmarks.evaluation"], capture_output=True, text=True, check=True)
    size, took = process.stdout.split()
    return float(size), float(took)


def _rank_large() -> None:
    from time import perf_counter

    data, projection = gallery(50_000, 1, 32), model(32)
    start = perf_counter()
    for direction in ("x_to_y", "y_to_x"):
        query_ranks(projection, data, direction)
    took = perf_counter() - start
    print(peak_memory(), took)


if __name__ == "__main__":
    _rank_large()
