"""Pictures encoded by two workers on Ray: shards by plain tasks, as ``engine encode --on ray`` does it, beside Ray Data: seconds, memory, and what somebody killed in the middle costs.

Ray Data as its documentation has it: ``from_items`` (the paths) → ``map_batches`` with the encoder kept by two actors → ``write_parquet``, in as many blocks as there are shards.
4,096 drawn pictures through the Scenes CNN. Each way runs in processes of its own; memory is what all of them hold together, what they share counted once (PSS), at most.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter, sleep

import numpy as np
from PIL import Image

from benchmarks.measure import Row, family, faster, held

ITEMS, ROWS, BATCH, WORKERS, ENCODER = 4096, 256, 32, 2, "scenes-cnn"
SIZE = (320, 240)
LOG = "encoded.log"
ENDING = 180  # seconds, at most, that workers take to end after their driver; in the middle of a task it was seen to be a minute


def run(rounds: int) -> list[Row]:
    if find_spec("ray") is None:
        print("ray-encoding is left out: Ray is not installed (pip install -r requirements-scale.txt)", file=sys.stderr)
        return []
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        draw(folder / "album")
        whole = [[measured(folder, way) for way in WAYS] for _ in range(rounds)]
        (tasks, data), (tasks_memory, data_memory) = (np.min([[one[place] for one in each] for each in whole], axis=0).tolist() for place in (0, 1))
        again = {who: [cost(folder, way, who) for way in WAYS] for who in ("worker", "driver")}
    what = f"{ITEMS:,} pictures by {WORKERS} workers on Ray"
    return [
        faster(what, tasks, data, 1, "tasks that write shards beside Ray Data, from the command to its end"),
        Row(f"{what}: memory", tasks_memory, data_memory, "MB", data_memory / tasks_memory, 1, higher=True, note="of all processes together, at most"),
        *(
            Row(f"{what}: encoded again after a killed {who}", ours, theirs, "items", (theirs + 1) / (ours + 1), 1, higher=True, note="killed when half were encoded" + ("; the same command once more" if who == "driver" else ""))
            for who, (ours, theirs) in again.items()
        ),
    ]  # fmt: skip


def draw(folder: Path) -> None:
    """Pictures of soft colours, and a table that names them."""
    folder.mkdir()
    generator = np.random.default_rng(0)
    for row in range(ITEMS):
        colours = Image.fromarray(generator.integers(256, size=(6, 8, 3), dtype=np.uint8))
        colours.resize(SIZE, Image.Resampling.BICUBIC).save(folder / f"{row}.jpg", quality=90)
    (folder / "album.csv").write_text("\n".join(["image,caption", *(f"{row}.jpg,picture {row}" for row in range(ITEMS))]))


def measured(folder: Path, way: str) -> tuple[float, float]:
    """Seconds and MB of one run from an empty cache."""
    with TemporaryDirectory(dir=folder) as out:
        start, over, memory = perf_counter(), Event(), [0.0]
        process = started(folder, way, out)
        watch = Thread(target=watched, args=(process.pid, over, memory))
        watch.start()
        process.wait()
        seconds = perf_counter() - start
        over.set()
        watch.join()
        assert process.returncode == 0 and sum(count for _, count in encoded(out)) == ITEMS, way
    return seconds, memory[0]


def cost(folder: Path, way: str, who: str) -> int:
    """How many items are encoded more than once when a worker, or the driver, is killed after half of them."""
    with TemporaryDirectory(dir=folder) as out:
        process = started(folder, way, out)
        while sum(count for _, count in encoded(out)) < ITEMS // 2:
            assert process.poll() is None, way
            sleep(0.02)
        members = family(process.pid)
        os.kill(process.pid if who == "driver" else encoded(out)[-1][0], signal.SIGKILL)
        process.wait()
        if who == "driver":
            ended(members)  # by themselves, when their driver has
            process = started(folder, way, out)
            process.wait()
        assert process.returncode == 0, way
        return sum(count for _, count in encoded(out)) - ITEMS


def ended(processes: list[int]) -> None:
    """Come back when none of these is left."""
    end = perf_counter() + ENDING
    while any(map(held, processes)):
        assert perf_counter() < end, "workers outlive their driver"
        sleep(0.1)


def started(folder: Path, way: str, out: str) -> subprocess.Popen:
    surroundings = os.environ | {"TWOVIEW_CACHE": f"{out}/cache", "TWOVIEW_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-m", "benchmarks.ray_encoding", way, str(folder / "album"), out], env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def watched(driver: int, over: Event, most: list[float]) -> None:
    """The most that the driver and all that descend from it hold together, in MB."""
    while not over.wait(0.25):
        most[0] = max(most[0], sum(map(held, family(driver))))


def encoded(out: str) -> list[tuple[int, int]]:
    """Of each batch so far: the process, and how many items."""
    path = Path(out) / LOG
    lines = path.read_text().splitlines() if path.exists() else []
    return [(int(process), int(count)) for process, count in map(str.split, lines)]


def counting(out: str) -> Callable:
    """The encoder, which notes whatever it encodes."""
    from engine.encoders import open_encoder

    encoder = open_encoder(ENCODER)

    def note(module: object, given: tuple, features: object) -> None:
        with (Path(out) / LOG).open("a") as log:
            log.write(f"{os.getpid()} {len(given[0])}\n")

    encoder.register_forward_hook(note)
    return encoder


def by_tasks(album: str, out: str) -> None:
    from engine.data import load
    from engine.distributed import shards
    from engine.distributed.on_ray import OnRay

    def counted(task: Callable) -> Callable:
        def done() -> object:
            from engine.distributed import shards

            if not hasattr(shards, "counting"):
                encoder = counting(out)
                shards.counting, shards._opened = True, lambda *_: encoder  # type: ignore[attr-defined,assignment]
            return task()

        return done

    on_ray = OnRay(workers=WORKERS)
    shards.encode_in_shards(load(album, "all"), ENCODER, None, rows=ROWS, run=lambda tasks: on_ray([counted(task) for task in tasks]))


class Actor:
    def __init__(self, out: str):
        self.encoder = counting(out)

    def __call__(self, batch: dict) -> dict:
        from engine.data.images import open_picture

        return {"path": batch["path"], "features": self.encoder([open_picture(Path(path)) for path in batch["path"]]).numpy()}


def by_ray_data(album: str, out: str) -> None:
    import ray

    ray.init(address="local", num_cpus=2 * WORKERS, include_dashboard=False, log_to_driver=False)  # two for the actors, the others for what reads and writes
    paths = [{"path": f"{album}/{row}.jpg"} for row in range(ITEMS)]
    features = ray.data.from_items(paths, override_num_blocks=ITEMS // ROWS).map_batches(Actor, batch_size=BATCH, concurrency=WORKERS, fn_constructor_args=(out,))
    features.write_parquet(f"{out}/features")


WAYS = {"tasks": by_tasks, "ray-data": by_ray_data}

if __name__ == "__main__":
    from benchmarks import ray_encoding  # by its own name, so that workers find what they are sent

    ray_encoding.WAYS[sys.argv[1]](*sys.argv[2:])
