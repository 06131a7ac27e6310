"""Rendering pictures with their sentences and annotations into one archive per split.

Run as a program it renders one part: ``python -m engine.data.scenes.render NAME SPLIT FIRST COUNT FILE``.
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from PIL import Image

from engine.data.scenes.compose import Composer
from engine.data.scenes.grammar import write
from engine.data.scenes.objects import NAMES
from engine.data.scenes.picture import paint
from engine.errors import TwoviewError
from engine.paths import PROJECT, atomic_write, cache_dir

# Changes whenever a picture or a sentence does; rendered splits of another edition are not used.
EDITION = "1"
PART = 200
WEBP_QUALITY = 80
UNSEEN = (
    "rabbit", "horse", "fox", "giraffe", "tractor", "hot-air balloon", "palm tree",
    "windmill", "pear", "cake", "sofa", "teddy bear", "umbrella", "kite",
)  # fmt: skip
SEEN = tuple(name for name in NAMES if name not in UNSEEN)


@dataclass(frozen=True)
class Split:
    """``count`` pictures drawn from seeds ``seed``, ``seed`` + 1, …; ``mains`` are the classes they can be about."""

    seed: int
    count: int
    kinds: Sequence[str]
    mains: Sequence[str]


SPLITS: dict[tuple[str, str], Split] = {
    ("scenes", "train"): Split(0, 8_000, NAMES, NAMES),
    ("scenes", "validation"): Split(1_000_000, 1_000, NAMES, NAMES),
    ("scenes", "test"): Split(2_000_000, 1_000, NAMES, NAMES),
    ("scenes-zero-shot", "train"): Split(3_000_000, 3_000, SEEN, SEEN),
    ("scenes-zero-shot", "validation"): Split(4_000_000, 300, SEEN, SEEN),
    ("scenes-zero-shot", "test"): Split(5_000_000, 600, NAMES, UNSEEN),
}


@dataclass(frozen=True)
class Rendered:
    """One picture (224, 224, 3), its label map (224, 224; k + 1 where object k is seen) and what is known about both."""

    picture: np.ndarray
    labels: np.ndarray
    about: dict


def render(split: Split, index: int) -> Rendered:
    """Picture number ``index`` of a split; the same every time."""
    rng = np.random.default_rng(split.seed + index)
    scene = Composer(rng, split.kinds, split.mains).compose()
    picture, labels = paint(rng, scene)
    objects = []
    for i, thing in enumerate(scene.things):
        rows, columns = np.nonzero(labels == i + 1)
        values = {"color": thing.color, "size": thing.size, "pose": thing.pose, "style": thing.style, "facing": thing.facing}
        objects.append({
            "label": thing.kind.name,
            "box": [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1],
            "attributes": {name: value for name, value in values.items() if value},
        })  # fmt: skip
    sentences = [{"text": t.text, "phrases": [[start, end, list(things)] for start, end, things in t.links]} for t in write(rng, scene)]
    about = {
        "setting": scene.setting.name, "time": scene.time, "weather": scene.weather,
        "main": scene.main, "objects": objects, "sentences": sentences,
    }  # fmt: skip
    return Rendered(picture, labels, about)


def encode(image: np.ndarray, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format, **options)
    return buffer.getvalue()


def add(archive: ZipFile, name: str, content: bytes, compression: int = ZIP_STORED) -> None:
    """An entry without a date, so that equal contents give equal archives."""
    entry = ZipInfo(name)
    entry.compress_type = compression
    archive.writestr(entry, content)


def add_annotations(archive: ZipFile, about: list[dict]) -> None:
    add(archive, "annotations.json", json.dumps(about, separators=(",", ":")).encode(), ZIP_DEFLATED)


def render_part(name: str, split: str, first: int, count: int, path: Path) -> None:
    """Pictures ``first`` to ``first + count`` into the archive ``path``, which appears only when it is complete."""
    about = []
    with atomic_write(path) as temporary, ZipFile(temporary, "w") as archive:
        for index in range(first, first + count):
            item = render(SPLITS[name, split], index)
            add(archive, f"{index:05d}.webp", encode(item.picture, "WEBP", quality=WEBP_QUALITY, method=2))
            add(archive, f"{index:05d}.png", encode(item.labels, "PNG"))
            about.append(item.about)
        add_annotations(archive, about)


def archive_path(name: str, split: str) -> Path:
    """Where a split's archive lies: with the code for the test gallery, in the cache for the rest."""
    if (name, split) == ("scenes", "test"):
        return Path(__file__).parent / "gallery" / "test.zip"
    return cache_dir("scenes", EDITION, f"{name}-{split}.zip")


def render_split(name: str, split: str, path: Path, progress: Callable[[int, int, str], None] | None = None, processes: int | None = None) -> None:
    """Render a split into the archive ``path``, going on from finished parts if an earlier run was stopped.

    Parts are rendered by processes of their own. ``progress`` hears (pictures done, pictures in all, what). Raises TwoviewError when a part fails.
    """
    total = SPLITS[name, split].count
    parts = path.with_suffix(".parts")
    starts = range(0, total, PART)
    files = [parts / f"{first:05d}.zip" for first in starts]
    done = sum(min(PART, total - first) for first, file in zip(starts, files, strict=True) if file.exists())

    def make(first: int, file: Path) -> int:
        if path.exists():  # another run finished the split meanwhile
            return 0
        count = min(PART, total - first)
        command = [sys.executable, "-m", "engine.data.scenes.render", name, split, str(first), str(count), str(file)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        result = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
        if result.returncode:
            raise TwoviewError(f"Drawing the {split} pictures of {name} failed: {result.stderr.strip()[-300:]}")
        return count

    with ThreadPoolExecutor(processes or os.cpu_count() or 1) as pool:
        jobs = [pool.submit(make, first, file) for first, file in zip(starts, files, strict=True) if not file.exists()]
        for job in as_completed(jobs):
            done += job.result()
            if progress:
                progress(done, total, f"drawing {name} {split}")
    if not path.exists():
        merge(files, path)


def merge(files: Sequence[Path], path: Path) -> None:
    """One archive of all parts; the parts go."""
    about: list[dict] = []
    with atomic_write(path) as temporary, ZipFile(temporary, "w") as archive:
        for file in files:
            with ZipFile(file) as part:
                for entry in part.namelist():
                    if entry == "annotations.json":
                        about += json.loads(part.read(entry))
                    else:
                        add(archive, entry, part.read(entry))
        add_annotations(archive, about)
    for file in files:
        file.unlink(missing_ok=True)
    if files and not any(files[0].parent.iterdir()):
        files[0].parent.rmdir()


if __name__ == "__main__":
    render_part(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
