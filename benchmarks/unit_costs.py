"""``python -m benchmarks.unit_costs``: what one unit of each kind of work costs on one core, which ``docs/scale.md`` multiplies.

Each is measured several times; the median counts, the lowest and highest are its error bar. A busy machine widens the bar upwards.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch
from PIL import Image

from engine.encoders import open_encoder
from engine.encoders.preprocessing import Preprocessing
from engine.encoders.timm_models import TimmEncoder
from engine.models.moments import Moments
from engine.search.exact import ExactIndex
from engine.spaces.placing import placed

REPEATS = 7
PHOTO = (640, 480)
WIDTH = 512  # of the features on both sides, and of nothing else


def costs() -> dict[str, tuple[Callable[[], object], int]]:
    """By name: the work, and how many units it does."""
    generator = np.random.default_rng(0)
    photos = [Image.fromarray(generator.integers(256, size=(PHOTO[1], PHOTO[0], 3), dtype=np.uint8)) for _ in range(8)]
    sentences = [f"A {word} dog runs over the grass behind a house number {number}" for number in range(16) for word in ("brown", "small", "very old", "wet")]
    x, y = (torch.from_numpy(generator.normal(size=(8192, WIDTH)).astype(np.float32)) for _ in range(2))
    index = ExactIndex(torch.from_numpy(generator.normal(size=(200_000, 256)).astype(np.float32)))
    asked = torch.from_numpy(generator.normal(size=(1, 256)).astype(np.float32))
    points, anchors = (generator.normal(size=(n, 64)).astype(np.float32) for n in (4000, 20_000))
    places = generator.normal(size=(20_000, 2)).astype(np.float32)
    import timm

    pictures, words = TimmEncoder("timm:mobilenetv2_100", "", timm.create_model("mobilenetv2_100", num_classes=0), Preprocessing()), open_encoder("minilm")
    return {
        f"a photo of {PHOTO[0]} × {PHOTO[1]} pixels, resized, through MobileNetV2": (lambda: pictures(photos), len(photos)),
        "a sentence of 14 tokens through MiniLM": (lambda: words(sentences), len(sentences)),
        f"a pair of {WIDTH} + {WIDTH} features into the sums of a closed form": (lambda: Moments.of(x, y), len(x)),
        "an embedding of 256 numbers scored exactly": (lambda: index.search(asked, 10), len(index)),
        "a point of 64 dimensions placed beside 20,000 others": (lambda: placed(points, anchors, places), len(points)),
    }  # fmt: skip


def main() -> None:
    torch.set_num_threads(1)
    print(f"One core, torch {torch.__version__}, {REPEATS} repeats.\n\n| what | microseconds | lowest to highest | a second on a core |\n| --- | --- | --- | --- |")
    for name, (work, units) in costs().items():
        work()
        taken = []
        for _ in range(REPEATS):
            start = perf_counter()
            work()
            taken.append((perf_counter() - start) / units * 1e6)
        middle = float(np.median(taken))
        print(f"| {name} | {middle:.3g} | {min(taken):.3g} to {max(taken):.3g} | {1e6 / middle:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
