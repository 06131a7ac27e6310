"""All measures of two models over 100,000 points, in a process of its own: the memory that they add at most."""

import subprocess
import sys

import numpy as np

from benchmarks.measure import Row, at_most, peak_memory
from benchmarks.spaces import clustered
from engine.data.base import PairedData, View
from engine.spaces import atlas, layouts

PICTURES, EACH, WIDTH = 20_000, 4, 64


def run(rounds: int) -> list[Row]:
    told = subprocess.run([sys.executable, "-m", "benchmarks.spaces_memory"], check=True, capture_output=True, text=True).stdout
    added, held, took = map(float, told.split())
    note = f"beyond {held:.0f} MB of embeddings; {took:.0f} s; every distance at once would be 40,000 MB"
    return [at_most(f"memory of all measures, two models × {PICTURES * (1 + EACH):,} points", added, 1_000, "MB", note)]


def main() -> None:
    from time import perf_counter

    n = PICTURES * EACH
    groups = np.repeat(np.arange(PICTURES), EACH)
    x = View("vector", np.zeros((PICTURES, 1)), [f"{i}" for i in range(PICTURES)], np.arange(PICTURES), np.arange(PICTURES) % 50)
    y = View("vector", np.zeros((n, 1)), [f"{i}" for i in range(n)], groups, groups % 50)
    data = PairedData("crowd", "test", x, y, [f"{i}" for i in range(50)])
    spaces = []
    for seed in (0, 1):
        points = clustered(PICTURES, WIDTH, seed)
        noise = np.random.default_rng(seed).normal(size=(n, WIDTH)).astype(np.float32)
        spaces.append(atlas.Space("", "", "cosine", points, points[groups] + 0.5 * noise, ""))
    data.pairs, atlas.measure(atlas.Space("", "", "cosine", x=points[:200], y=points[:200], identity=""), _first(data, 200))
    held, before, start = sum(s.x.nbytes + s.y.nbytes for s in spaces) / 1e6, peak_memory(), perf_counter()
    for space in spaces:
        atlas.measure(space, data)
        atlas.measure_layout(space, layouts.pca_layout(space.points))
    atlas.measure_two(*spaces)
    print(peak_memory() - before, held, perf_counter() - start)


def _first(data: PairedData, n: int) -> PairedData:
    """The first groups with one partner each, to have everything imported and warm."""
    rows = np.arange(n)
    return PairedData(data.name, data.split, data.x.take(rows), data.y.take(rows * EACH), data.label_names)


if __name__ == "__main__":
    main()
