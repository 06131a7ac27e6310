"""Sheet music and sound: how fast tunes are engraved and played, and how soon a recording has its places among those of the test tunes."""

import os
import resource
import subprocess
import sys
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from unittest.mock import patch

import numpy as np

from benchmarks.measure import Row, at_least, at_most, faster
from engine.data.music.instruments import RATE
from engine.data.music.pairs import rendered
from engine.data.tunes import manner_of
from engine.data.tunes.compose import compose
from engine.paths import PROJECT
from engine.search.listening import Listener

FIRST = 5000  # numbers of tunes that no split has
TUNES, TAKES = 40, 10
KEEPING = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000"}  # what README tells
STEP = """
import resource, time, torch
from engine.models.convolutional import ConvolutionalTower
torch.set_num_threads(1)
torch.manual_seed(0)
towers = [ConvolutionalTower(shape, 32) for shape in ((40, 100), (136, 100))]
batches = [torch.randn(250, *tower.shape) for tower in towers]
took = []
for _ in range(4):
    start = time.perf_counter()
    sum((tower(batch) ** 2).sum() for tower, batch in zip(towers, batches)).backward()
    took.append(time.perf_counter() - start)
print(min(took), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
"""


def run(rounds: int) -> list[Row]:
    return [_rendering(), _listening(rounds), _step()]


def _rendering() -> Row:
    """By the processor's time, so that what else runs counts less."""
    numbers = range(FIRST, FIRST + TUNES)
    with TemporaryDirectory() as cache, patch.dict(os.environ, TWOVIEW_CACHE=cache, TWOVIEW_THREADS="1"):
        start = _processor_seconds()
        music = rendered([compose(number) for number in numbers], [manner_of(number) for number in numbers])
        took = _processor_seconds() - start
    seconds = music.sound.shape[1] / 31.25 / TUNES
    return at_least("tunes engraved, played and analysed a second of one core", TUNES / took, 5, "1/s", f"{TUNES} tunes of {seconds:.0f} s of sound on average")


def _listening(rounds: int) -> Row:
    listener = Listener.open(PROJECT / "checkpoints" / "tunes" / "cca_layer-short")
    samples = [listener.collection.played(tune)[2 * RATE : 12 * RATE] for tune in range(TAKES)]
    listener.rank_recording(samples[0])
    took, used = [], []
    for take in samples * rounds:
        start, before = perf_counter(), process_time()
        listener.rank_recording(take)
        took.append(1000 * (perf_counter() - start))
        used.append(1000 * (process_time() - before))
    return at_most(
        "a recording of 10 s to its places, median", float(np.median(took)), 400, "ms",
        f"warm, among {len(listener.pairs.x):,} places; {np.median(used):.0f} ms of the processor's time",
    )


def _step() -> Row:
    """Both networks forward and back, in a process of its own that returns freed blocks to the system, as glibc does by itself, and in one that keeps them."""
    returning, keeping = (_timed_step(settings) for settings in ({}, KEEPING))
    note = f"one core, {250 / keeping[0]:.0f} pairs a second; peak {keeping[1]:.1f} GB against {returning[1]:.1f}"
    return faster("a training step of 250 pairs, freed memory kept, against returned to the system", keeping[0], returning[0], 1.2, note)


def _timed_step(settings: dict[str, str]) -> tuple[float, float]:
    """Seconds of the shortest of four steps, and the process's peak in GB."""
    run = subprocess.run([sys.executable, "-c", STEP], capture_output=True, text=True, check=True, env=os.environ | settings)
    seconds, peak = run.stdout.split()
    return float(seconds), float(peak)


def _processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
