"""A person's own data at full size: Flickr8k laid out as a stranger's folder, a table of a million rows, two large matrices.

That nothing is special about built-in data: the stranger's folder gives the figures of the recipe ``flickr8k/cca`` to the digit.
"""

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import torch

from benchmarks.measure import Row, at_least, at_most, seconds
from engine.data import load
from engine.data.base import View
from engine.data.flickr8k import INFO, PHOTOS
from engine.data.images import PictureFiles
from engine.encoders import open_encoder
from engine.encoders.cache import BATCH, encode_view
from engine.paths import PROJECT
from engine.recipes import RECIPES

RECIPE = "flickr8k/cca"
ROWS = 1_000_000
PAIRS, WIDTH = 100_000, 512
PHOTOS_ENCODED = 256
COMMAND = """
import importlib, sys, time
importlib.import_module(sys.argv.pop(1))
from engine.cli import app
start, work = time.perf_counter(), time.process_time()
code = app(standalone_mode=False)
took, work = time.perf_counter() - start, time.process_time() - work
from benchmarks.measure import peak_memory
print(took, work, peak_memory(), file=sys.stderr)
sys.exit(code or 0)
"""


@dataclass(frozen=True)
class Ran:
    """A command: what it printed, its seconds without the program's start, those that it computed in, the most memory it held, in MB."""

    output: str
    seconds: float
    computed: float
    memory: float


def engine(*arguments: str, stands_on: str = "engine.recipes.checkpoint", **environment: str) -> Ran:
    """``stands_on``: the module that is imported before the clock starts."""
    done = subprocess.run([sys.executable, "-c", COMMAND, stands_on, *arguments], cwd=PROJECT, env={**os.environ, **environment}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Ran(done.stdout, *map(float, done.stderr.split()[-3:]))


def run(root: Path, rounds: int) -> list[Row]:
    rows = [a_million_rows(), *large_matrices()]
    if not INFO.missing(root):
        rows += [*strangers_folder(root), encoding_speed(root, rounds)]
    return rows


def strangers_folder(root: Path) -> list[Row]:
    """All photos in one folder with one table whose columns nobody knows, trained and measured at the command line."""
    recipe = RECIPES[RECIPE]
    x, y = recipe.encoders or (None, None)
    settings = [part for name, value in recipe.settings.items() for part in ("--set", f"{name}={json.dumps(value)}")]
    with TemporaryDirectory() as temporary:
        lay_out(root, Path(temporary) / "photos")
        environment = {"TWOVIEW_CHECKPOINTS": f"{temporary}/checkpoints", "TWOVIEW_OWN": f"{temporary}/own"}
        checked = engine("data", "add", f"{temporary}/photos", "--name", "stranger", "--split-column", "Teil", **environment)
        built_in = engine("train", RECIPE, "--json", **environment)
        trained, again = (
            engine("train", "cca", "--data", "stranger", "--x", str(x), "--y", str(y), *settings, "--name", f"stranger/{name}", "--json", **environment)
            for name in ("first", "again")
        )
    expected, ours = ({(m["measure"], m["direction"]): m["value"] for m in json.loads(ran.output)["metrics"]} for ran in (built_in, trained))
    other = [f"{measure} {direction} {ours.get((measure, direction))} for {value}" for (measure, direction), value in expected.items() if ours.get((measure, direction)) != value]
    return [
        at_most("figures of flickr8k/cca that differ on a stranger's folder", len(other), 0, "figures", f"of {len(expected)} {', '.join(other)}"),
        at_most("8,000 photos and 40,000 rows of one's own brought and checked", checked.seconds, 120, "s"),
        at_most("CCA on them, the second time", again.seconds, 3, "s", f"{again.computed:.1f} s computed; the first time {trained.seconds:.1f} s"),
    ]


def lay_out(root: Path, folder: Path) -> None:
    """Flickr8k as somebody would have it who never heard of it: photos beside ``meine Bilder.csv``, with a column of splits."""
    folder.mkdir(parents=True)
    with (folder / "meine Bilder.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Bild", "Beschreibung", "Teil"])
        for split in INFO.splits:
            data = load("flickr8k", split, root)
            names = {int(group): name for group, name in zip(data.x.groups, data.x.ids, strict=True)}
            for name in data.x.ids:
                (folder / name).write_bytes((root / PHOTOS / name).read_bytes())
            writer.writerows([names[int(group)], text, split] for group, text in zip(data.y.groups, data.y.items, strict=True))


def encoding_speed(root: Path, rounds: int) -> Row:
    """Photos a second of the cached encoding beside a plain loop of the same network over the same batches."""
    encoder = open_encoder(str((RECIPES[RECIPE].encoders or ("",))[0]))
    photos = load("flickr8k", "test", root).x.take(np.arange(PHOTOS_ENCODED))
    files = PictureFiles([root / PHOTOS / name for name in photos.ids])
    view = View("image", files, photos.ids, photos.groups)

    def ours() -> None:
        with TemporaryDirectory() as cache, patch.dict(os.environ, TWOVIEW_CACHE=cache):
            encode_view(view, encoder)

    def plain() -> None:
        for start in range(0, len(files), BATCH["image"]):
            encoder([files[row] for row in range(start, min(start + BATCH["image"], len(files)))])

    took, loop = seconds(ours, plain, rounds=rounds)
    return at_least("encoding photos beside a plain loop", loop / took, 0.95, "×", f"{PHOTOS_ENCODED / took:.1f} and {PHOTOS_ENCODED / loop:.1f} photos a second, {torch.get_num_threads()} threads")


def a_million_rows() -> Row:
    """Pairs of sentences, all of them different: the most that a table can ask of memory."""
    chance = np.random.default_rng(0)
    words = np.array(["a", "the", "dog", "cat", "runs", "in", "red", "water", "man", "woman", "child", "ball", "over", "with", "jumps", "plays"])
    with TemporaryDirectory() as temporary:
        table = Path(temporary) / "pairs.csv"
        with table.open("w", encoding="utf-8") as file:
            file.write("deutsch,english\n")
            for row in range(ROWS):
                left, right = " ".join(words[chance.integers(len(words), size=8)]), " ".join(words[chance.integers(len(words), size=8)])
                file.write(f"{left} {row},{right} nr {row}\n")
        ran = engine("data", "check", str(table), stands_on="engine.data.own")
    return at_most("checking a table of 1,000,000 pairs of sentences", ran.memory, 1000, "MB", f"{ran.seconds:.0f} s")


def large_matrices() -> list[Row]:
    """Two matrices (100,000, 512) into CCA, a CCA layer and the leaderboard."""
    chance = np.random.default_rng(0)
    shared = chance.normal(size=(PAIRS, 64)).astype(np.float32)
    with TemporaryDirectory() as temporary:
        for view in "xy":
            noise = chance.normal(size=(PAIRS, WIDTH)).astype(np.float32)
            np.save(Path(temporary) / f"{view}.npy", shared @ chance.normal(size=(64, WIDTH)).astype(np.float32) + noise)
        environment = {"TWOVIEW_CHECKPOINTS": f"{temporary}/checkpoints"}
        ran = [engine("train", model, "--data", temporary, "--name", f"large/{model}", "--epochs", "2", **environment) for model in ("cca", "cca_layer")]
        ran.append(engine("report", "large/cca", "large/cca_layer", "--out", f"{temporary}/report.html", **environment))
    note = ", ".join(f"{what} {one.seconds:.0f} s, {one.memory:,.0f} MB" for what, one in zip(("CCA", "CCA layer (2 epochs)", "leaderboard"), ran, strict=True))
    return [at_most("100,000 pairs of 512 numbers: peak memory", max(one.memory for one in ran), 2000, "MB", note)]
