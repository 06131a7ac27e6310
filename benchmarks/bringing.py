"""Two models' embeddings of 1,000 pictures and 5,000 sentences: from the files to everything that Compare shows."""

from contextlib import AbstractContextManager
from functools import partial
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np

from benchmarks.measure import Row, at_most, seconds
from engine.data import load
from engine.recipes.bring import bring
from engine.report.build import Report, build
from engine.report.contenders import contender
from engine.search.retriever import Retriever

WIDTH = 512


def run(rounds: int) -> list[Row]:
    data, generator = load("scenes", "test"), np.random.default_rng(0)
    meanings = generator.normal(size=(int(data.x.groups.max()) + 1, WIDTH))
    took = []
    for _ in range(rounds):  # anew each time: other numbers, so that nothing is kept of them
        with TemporaryDirectory() as place, own_folders(Path(place)):
            for model in ("mine", "theirs"):
                for name, view in (("x", data.x), ("y", data.y)):
                    vectors = meanings[view.groups] + 3 * generator.normal(size=(len(view), WIDTH))
                    np.savez(Path(place) / f"{model}-{name}.npz", ids=np.array(view.ids), vectors=vectors.astype(np.float32))
            took += seconds(partial(bring_and_compare, Path(place)), rounds=1)
    note = f"{len(data.x):,} × {len(data.y):,}, {WIDTH} numbers; from files to every table and chart, imports left out; first {took[0]:.1f} s"
    return [at_most("two models' embeddings brought and compared", min(took), 5, "s", note)]


def bring_and_compare(place: Path) -> Report:
    """What ``bring`` twice and Compare do."""
    made = [bring(name, "scenes", place / f"{name}-x.npz", place / f"{name}-y.npz") for name in ("mine", "theirs")]
    opened = [Retriever.open(checkpoint.folder) for checkpoint in made]
    found = [contender(checkpoint.card.title, retriever) for checkpoint, retriever in zip(made, opened, strict=True)]
    return build(found, opened[0].gallery)


def own_folders(place: Path) -> AbstractContextManager:
    """Checkpoints and caches that nothing else sees."""
    return patch.dict(environ, TWOVIEW_CHECKPOINTS=str(place / "checkpoints"), TWOVIEW_CACHE=str(place / "cache"))
