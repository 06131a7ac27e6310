"""Training the scenes' own network on a handful of drawn pictures: it learns, it repeats itself, it opens again."""

import json

import numpy as np
import pytest
import torch

from engine.data import load
from engine.data.base import PairedData, View
from engine.encoders import open_encoder
from engine.encoders.scenes_training import (
    GRID,
    IGNORE,
    NOTHING,
    Lesson,
    Plan,
    Vocabulary,
    _mean_average_precision,
    cover,
    train,
)
from engine.errors import TwoviewError

PLAN = Plan(small_epochs=4, full_epochs=1, batch_size=8)


@pytest.fixture(scope="module")
def pictures():
    data = load("scenes", "test")
    return data.take_groups(np.arange(24), "train"), data.take_groups(np.arange(24, 32), "validation")


def test_targets_are_what_the_masks_show(pictures):
    data = pictures[0]
    vocabulary = Vocabulary.of(data)
    lesson = Lesson.of(data, vocabulary)
    names, labels = list(vocabulary.attributes), vocabulary.attributes["label"]
    assert names[0] == "label" and NOTHING in labels
    for row in range(4):
        covers = np.stack([cover(thing.mask()) for thing in data.x.objects[row]])
        for y, x in np.ndindex(GRID, GRID):
            thing = data.x.objects[row][covers[:, y, x].argmax()]
            seen = covers[:, y, x].max() >= 0.25
            assert labels[lesson.cells[row, 0, y, x]] == (thing.label if seen else NOTHING)
            color = lesson.cells[row, names.index("color"), y, x]
            expected = thing.attributes.get("color") if seen else None
            assert (color == IGNORE) if expected is None else (vocabulary.attributes["color"][color] == expected)
    said = {vocabulary.terms[i] for i in lesson.terms[0].nonzero()[:, 0]}
    words = " ".join(data.y.items[i] for i in range(len(data.y)) if data.y.groups[i] == data.x.groups[0]).lower()
    assert said and all(term.split()[0][:3] in words for term in said)


def test_training_learns_repeats_itself_and_opens_again(pictures, tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path))
    losses = []
    folder = train(*pictures, seed=3, plan=PLAN, progress=lambda step, steps, what: losses.append(float(what.rpartition(" ")[2])))
    assert len(losses) == 15 and np.mean(losses[9:12]) < np.mean(losses[:3])
    card = json.loads((folder / "encoder.json").read_text())
    encoder = open_encoder("scenes-cnn")
    assert encoder.weights_hash == card["weights_hash"] and card["data"]["train"] == pictures[0].content_hash
    assert 0 <= card["validation"]["cells_label"] <= 1
    picture = pictures[0].x.items[0]
    features = encoder([picture])
    torch.testing.assert_close(encoder.pool(encoder.maps(encoder.preprocess(picture)[None])), features)
    again = train(*pictures, seed=3, plan=PLAN, folder=tmp_path / "again")
    assert (again / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(TwoviewError, match="does not hold the weights"):
        open_encoder("scenes-cnn")


def test_pictures_without_annotations_are_refused(pictures):
    data = pictures[0]
    bare = View("image", data.x.items, data.x.ids, data.x.groups)
    with pytest.raises(TwoviewError, match="has no annotations"):
        train(PairedData("own", "train", bare, data.y), pictures[1], plan=PLAN)


def test_mean_average_precision():
    scores = torch.tensor([[0.9, 0.1, 0.0], [0.8, 0.2, 0.0], [0.7, 0.3, 0.0]])
    truth = torch.tensor([[True, True, False], [False, False, False], [True, False, False]])
    assert _mean_average_precision(scores, truth) == pytest.approx(((1 + 2 / 3) / 2 + 1 / 3) / 2)
