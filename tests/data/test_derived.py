"""Objects of interest and picture pairs."""

import numpy as np
import pytest

from engine.data.base import ObjectAnnotation, PairedData, View
from engine.data.derived import objects_of_interest, picture_pairs, prompt
from engine.errors import TwoviewError

KINDS = [["dog", "cat", "dog"], ["cat"], [], ["tree"], ["dog", "tree"], ["boat"]]


class Pictures(list):
    def encoded(self, index):
        return bytes([index])


def annotated(kinds=KINDS) -> PairedData:
    objects = [[ObjectAnnotation(kind, (0, 0, 1, 1)) for kind in row] for row in kinds]
    n = len(kinds)
    pictures = View("image", Pictures(range(n)), [f"p{i}" for i in range(n)], 10 + np.arange(n), objects=objects)
    return PairedData("toy", "train", pictures, View("text", ["…"] * n, list(map(str, range(n))), 10 + np.arange(n)))


def test_every_kind_in_a_picture_is_asked_for_once():
    made = objects_of_interest(annotated())
    assert list(made.x.ids) == ["p0", "p1", "p3", "p4", "p5"]
    asked = {(made.x.ids[i], made.y.items[j]) for i, j in made.pairs}
    assert asked == {(f"p{i}", prompt(kind)) for i, row in enumerate(KINDS) for kind in row}


@pytest.mark.parametrize("sharing", [True, False])
def test_pairs_share_a_kind_or_none(sharing):
    made = picture_pairs(annotated(), 50, sharing, seed=3)
    np.testing.assert_array_equal(made.pairs, np.stack([np.arange(50)] * 2, axis=1))
    for a, b in zip(made.x.objects, made.y.objects, strict=True):
        assert bool({o.label for o in a} & {o.label for o in b}) is sharing
    assert all(a.split("~")[0] != b.split("~")[0] for a, b in zip(made.x.ids, made.y.ids, strict=True))
    again = picture_pairs(annotated(), 50, sharing, seed=3)
    assert made.content_hash == again.content_hash != picture_pairs(annotated(), 50, sharing, seed=4).content_hash


def test_pairs_that_cannot_be_drawn_are_refused():
    with pytest.raises(TwoviewError, match="share"):
        picture_pairs(annotated([["a"], ["b"]]), 3)
    with pytest.raises(TwoviewError, match="0 of 3"):
        picture_pairs(annotated([["a"], ["a"]]), 3, sharing=False)


def test_pictures_without_annotations_are_refused():
    data = annotated()
    bare = PairedData("toy", "train", View("image", data.x.items, data.x.ids, data.x.groups), data.y)
    with pytest.raises(TwoviewError, match="objects are known"):
        objects_of_interest(bare)
