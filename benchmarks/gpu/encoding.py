"""How many pictures and sentences a second encoders take in, on the card: the network alone, and from a picture in memory.

The throughput of a network does not depend on what it has learned: where weights cannot travel, random ones of the same shape
are measured, which the notes say.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks.measure import Row, at_least
from engine.encoders import open_encoder
from engine.encoders.base import ImageEncoder, TokenBatch
from engine.encoders.minilm import MAX_TOKENS, MiniLM
from engine.encoders.preprocessing import Preprocessing
from engine.encoders.timm_models import TimmEncoder

BATCH, SECONDS = 256, 2.0
TOKENS = 16  # of a caption
PHOTO = (640, 480)


def run(device: str) -> list[Row]:
    import timm

    networks: dict[str, ImageEncoder] = {"scenes-cnn": open_encoder("scenes-cnn", device)}  # type: ignore[dict-item]
    for name in ("mobilenetv2_100", "resnet50", "vit_base_patch16_224"):
        trunk = timm.create_model(name, num_classes=0)
        networks[f"{name}, random weights"] = TimmEncoder(f"timm:{name}", "", trunk, Preprocessing()).to(device)
    rows = []
    for name, encoder in networks.items():
        pixels = torch.randn(BATCH, 3, encoder.input_size, encoder.input_size, device=device)
        rows += _both_precisions(f"pictures, {name}", lambda encoder=encoder, pixels=pixels: encoder.pool(encoder.maps(pixels)), device)
    photos = [Image.fromarray(np.random.default_rng(row).integers(256, size=(PHOTO[1], PHOTO[0], 3), dtype=np.uint8)) for row in range(BATCH)]
    whole = networks["resnet50, random weights"]
    rows.append(_rate("pictures, resnet50 from decoded photos", lambda: whole(photos), device, f"{PHOTO[0]} × {PHOTO[1]} pixels, resized by one process"))
    return rows + _sentences(device)


def _sentences(device: str) -> list[Row]:
    torch.manual_seed(0)
    encoder = MiniLM("minilm", "", _NoTokenizer()).eval().to(device)  # type: ignore[arg-type]
    ids = torch.randint(1000, 30_000, (4 * BATCH, TOKENS), device=device)
    tokens = TokenBatch(ids, torch.ones_like(ids), [])
    return _both_precisions(f"sentences of {TOKENS} tokens, MiniLM, random weights", lambda: encoder.pool(encoder.states(encoder.embeddings(tokens), tokens), tokens), device)


class _NoTokenizer:
    """Token ids are drawn here: the tokenizer is not part of what the card computes."""

    def enable_truncation(self, length: int) -> None:
        assert length == MAX_TOKENS

    def enable_padding(self) -> None: ...


def _both_precisions(what: str, encode: Callable[[], Tensor], device: str) -> list[Row]:
    def halved() -> Tensor:
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            return encode()

    with torch.no_grad():
        exact, rounded = encode().float(), halved().float()
    alike = float(torch.nn.functional.cosine_similarity(exact, rounded).min())
    return [
        _rate(what, encode, device, f"batches of {len(exact)}, float32"),
        _rate(what, halved, device, f"bfloat16; least cosine with float32's features {alike:.4f}"),
    ]


@torch.no_grad()
def _rate(what: str, encode: Callable[[], Tensor], device: str, note: str) -> Row:
    for _ in range(3):
        count = len(encode())
    _wait(device)
    done, start = 0, perf_counter()
    while perf_counter() - start < SECONDS:
        encode()
        _wait(device)
        done += count
    return at_least(what, done / (perf_counter() - start), 0, "a second", note)


def _wait(device: str) -> None:
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize()
