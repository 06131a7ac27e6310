"""The suite finds what a known map must find."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from test_saliency import TinyEncoder, TinyText

from engine.data.base import ObjectAnnotation, PairedData, View
from engine.models.base import EmbeddingModel
from engine.saliency import suite


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


def test_prompts_find_their_colour():
    found = suite.find_objects([suite.Question(MODEL)], data([FIRST, SECOND]), Painted(), Words())[0]
    assert {(f.group, f.label) for f in found} == {(0, "red"), (0, "green"), (1, "red"), (1, "blue")}
    assert all(f.pointing == 1 for f in found)
    assert all(f.precision > 0.6 > 3 * f.uniform or (f.label == "green" and f.precision > 0.8) for f in found)
    total = suite.summary(found)
    assert total.maps == 4 and total.gain == pytest.approx(total.precision.value / total.uniform.value)
    assert total.precision.low <= total.precision.value <= total.precision.high


def test_boxes_can_be_left_out():
    found = suite.find_objects([suite.Question(MODEL)], data([SECOND]), Painted(), Words(), masks_only=True)[0]
    assert [f.label for f in found] == ["red"]


def test_shuffled_prompts_miss():
    other = {"red": "green", "green": "red"}
    right, wrong = suite.find_objects([suite.Question(MODEL), suite.Question(MODEL, other.get)], data([FIRST]), Painted(), Words())
    assert all(f.pointing == 1 for f in right)
    assert all(f.pointing == 0 and f.precision < 0.1 for f in wrong)


def test_pairs_share_red():
    found = suite.compare_pairs(MODEL, data([FIRST], [SECOND]), [Painted(), Painted()])
    assert len(found["common"]) == 2 and not found["individual"]
    assert all(f.pointing == 1 for f in found["common"])


def test_nothing_in_common_is_weakest_under_eq_4():
    green, blue = scene({"green": (0, 0, 16, 16)}), scene({"blue": (0, 0, 16, 16)})
    result = suite.magnitudes(MODEL, data([green], [blue]), [Painted(), Painted()])
    assert result["common"][0] == 0 < result["norm"][0]


def test_nothing_to_summarise_is_said():
    with pytest.raises(ValueError, match="No map"):
        suite.summary([])
