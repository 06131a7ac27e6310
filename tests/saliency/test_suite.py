"""The suite finds what a known map must find."""

import pytest

from engine.saliency import suite
from tests.saliency.doubles import FIRST, MODEL, SECOND, Painted, Words, data, scene


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


def test_what_tells_a_pair_apart_is_what_only_one_of_them_shows():
    """Green in the first, blue in the second: the distance points there, and never at the red that both show."""
    found = suite.compare_pairs(MODEL, data([FIRST], [SECOND]), [Painted(), Painted()])
    assert [f.pointing for f in found["apart"]] == [1, 1]
    assert all(f.precision > 0.9 for f in found["apart_objects"])


def test_each_side_of_a_pair_has_its_own_encoder_and_size():
    class Larger(Painted):
        input_size = 64

    found = suite.compare_pairs(MODEL, data([FIRST], [SECOND]), [Painted(), Larger()])
    assert [f.pointing for f in found["common"]] == [1, 1]
    assert found["common"][0].uniform == found["common"][1].uniform == 1 / 16


def test_nothing_in_common_is_weakest_under_eq_4():
    green, blue = scene({"green": (0, 0, 16, 16)}), scene({"blue": (0, 0, 16, 16)})
    result = suite.magnitudes(MODEL, data([green], [blue]), [Painted(), Painted()])
    assert result["common"][0] == 0 < result["norm"][0]


def test_nothing_to_summarise_is_said():
    with pytest.raises(ValueError, match="No map"):
        suite.summary([])
