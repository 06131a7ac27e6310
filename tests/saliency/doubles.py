"""Small encoders and painted scenes whose maps are known."""

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn

from engine.data.base import ObjectAnnotation, PairedData, View
from engine.encoders.base import ImageEncoder, TextEncoder, TokenBatch
from engine.encoders.preprocessing import Preprocessing
from engine.models.base import EmbeddingModel


class TinyEncoder(ImageEncoder):
    id, weights_hash, dim, input_size = "tiny", "none", 6, 32

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.trunk = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 6, 3, 2, 1), nn.ReLU())
        self.preprocess_with = Preprocessing(32, (0.0,) * 3, (1.0,) * 3, "squash")
        self.eval().requires_grad_(False)

    def maps(self, pixels):
        return self.trunk(pixels)

    def pool(self, maps):
        return maps.mean((2, 3))


class TinyText(TextEncoder):
    """Tokens are runs of at most three letters; a sentence is the mean of its tokens' embeddings."""

    id, weights_hash, dim = "tiny-text", "none", 4

    def tokens(self, sentences):
        spans = [[(i, min(i + 3, len(s))) for i in range(0, len(s), 3)] or [(0, 0)] for s in sentences]
        length = max(map(len, spans))
        ids = torch.tensor([[sum(map(ord, s[a:b])) % 97 for a, b in row] + [0] * (length - len(row)) for s, row in zip(sentences, spans, strict=True)])
        mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in spans])
        return TokenBatch(ids, mask, spans)

    def embeddings(self, tokens):
        return torch.sin(tokens.ids[..., None] * torch.arange(1.0, 5.0))

    def states(self, embeddings, tokens):
        return torch.tanh(embeddings)

    def pool(self, states, tokens):
        weights = tokens.mask[..., None].float()
        return (states * weights).sum(1) / weights.sum(1)


class Painted(TinyEncoder):
    """The last maps are the picture's own colour channels, eight pixels to a cell."""

    dim = 3

    def __init__(self):
        super().__init__()
        self.trunk = torch.nn.Conv2d(3, 3, 8, 8, bias=False)
        self.trunk.weight.data = torch.eye(3)[:, :, None, None].expand(3, 3, 8, 8) / 64


class Words(TinyText):
    dim = 3

    def pool(self, states, tokens):
        return self.colours

    def forward(self, items):
        return torch.tensor([[float(colour in item) for colour in ("red", "green", "blue")] for item in items])


class Same(EmbeddingModel):
    name = title = paper = "same"

    def embed_x(self, x):
        return x

    def embed_y(self, y):
        return y


COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}


def scene(places: dict[str, tuple[int, int, int, int]]):
    picture = Image.new("RGB", (64, 64))
    objects = []
    for label, (left, top, right, bottom) in places.items():
        ImageDraw.Draw(picture).rectangle((left, top, right - 1, bottom - 1), COLOURS[label])
        mask = np.zeros((64, 64), bool)
        mask[top:bottom, left:right] = True
        objects.append(ObjectAnnotation(label, (left, top, right, bottom), (lambda m: lambda: m)(mask) if label != "blue" else None))
    return picture, objects


def data(scenes, others=None) -> PairedData:
    def view(of):
        pictures, objects = zip(*of, strict=True)
        return View("image", list(pictures), [str(i) for i in range(len(of))], np.arange(len(of)), objects=list(objects))

    return PairedData("painted", "test", view(scenes), view(others or scenes))


FIRST = scene({"red": (0, 0, 16, 16), "green": (32, 32, 64, 64)})
SECOND = scene({"red": (48, 0, 64, 16), "blue": (0, 48, 16, 64)})
MODEL = Same((3,), (3,)).eval()
