"""``compare()`` of two models on 5,000 × 25,000 embeddings, with every interval, beside plain NumPy that finds the recalls alone."""

import json
import subprocess
import sys
from os import environ
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np
import torch

from benchmarks.measure import Row, at_most, peak_memory
from engine import compare
from engine.compute import use_threads

PICTURES, EACH, WIDTH = 5_000, 5, 512
NOISE = {"mine": 3.0, "theirs": 3.3}
LEVELS = (1, 5, 10)


def embeddings() -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], np.ndarray]:
    """Two models of random pictures with five sentences each, and the picture of each sentence."""
    generator = np.random.default_rng(0)
    meanings, groups = generator.normal(size=(PICTURES, WIDTH)), np.repeat(np.arange(PICTURES), EACH)

    def noisy(rows: np.ndarray, noise: float) -> np.ndarray:
        return (rows + noise * generator.normal(size=rows.shape)).astype(np.float32)

    return {name: (noisy(meanings, noise), noisy(meanings[groups], noise)) for name, noise in NOISE.items()}, groups


def run(rounds: int) -> list[Row]:
    """Each round in a process of its own, with an empty cache."""
    found = [_fresh() for _ in range(rounds)]
    best = min(found, key=lambda one: one["ours"])
    size = f"{PICTURES:,} × {PICTURES * EACH:,}, {WIDTH} numbers, two models"
    note = f"{size}; {best['busy']:.0f} s on all cores, imports left out; theirs: NumPy, recalls alone, without intervals; they agree"
    return [
        Row("compare(), every measure with its interval", best["ours"], best["theirs"], "s", best["ours"], 20, higher=False, note=note),
        at_most("compare(), peak memory", max(one["memory"] for one in found), 2000, "MB", f"{size}; of the whole process, libraries and both models' embeddings included"),
    ]


def _fresh() -> dict[str, float]:
    with TemporaryDirectory() as cache:
        asked = [sys.executable, "-m", "benchmarks.comparing", str(torch.get_num_threads())]
        done = subprocess.run(asked, capture_output=True, text=True, check=True, env=environ | {"TWOVIEW_CACHE": cache})
    return json.loads(done.stdout)


def _measure() -> dict[str, float]:
    models, groups = embeddings()
    began, worked = perf_counter(), process_time()
    table = compare(models, groups=groups).table.set_index("model")
    ours, busy, memory = perf_counter() - began, process_time() - worked, peak_memory()
    began = perf_counter()
    plain = {name: plain_recalls(x, y, groups) for name, (x, y) in models.items()}
    theirs = perf_counter() - began
    for name, recalls in plain.items():
        for column, recall in recalls.items():
            if abs(table.loc[name, column] - recall) > 1e-9:
                raise AssertionError(f"{name}: {column} is {table.loc[name, column]}, but plain NumPy finds {recall}.")
    return {"ours": ours, "busy": busy, "memory": memory, "theirs": theirs}


def plain_recalls(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> dict[str, float]:
    """Recall in both directions as somebody writes it who needs nothing else: all products, then the first of every list."""
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    found = {}
    for way, queries, candidates, keys, of in (("x_to_y", x, y, np.arange(len(x)), groups), ("y_to_x", y, x, groups, np.arange(len(x)))):
        right = []
        for start in range(0, len(queries), 500):
            scores = queries[start : start + 500] @ candidates.T
            first = np.argsort(-scores, axis=1)[:, : max(LEVELS)]
            right.append(of[first] == keys[start : start + 500, None])
        hit = np.concatenate(right)
        found |= {f"recall_at_{k}_{way}": float(hit[:, :k].any(axis=1).mean()) for k in LEVELS}
    return found


if __name__ == "__main__":
    use_threads(int(sys.argv[1]))
    print(json.dumps(_measure()))
