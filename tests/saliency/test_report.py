"""The report's numbers are the suite's, and the sanity checks fall to what they must."""

import pytest

from engine.saliency import by_picture, report, suite
from tests.saliency.doubles import FIRST, MODEL, SECOND, Painted, Words, data, scene

BLUE = scene({"blue": (0, 0, 16, 16)})


def test_objects_of_interest_are_found_by_their_own_name_only():
    painted = data([FIRST, SECOND])
    values = {m.measure: m for m in report.object_metrics(MODEL, painted, Painted(), Words())}
    found = suite.summary(suite.find_objects([suite.Question(MODEL)], painted, Painted(), Words())[0])
    assert values["saliency_precision"].value == found.precision.value
    assert values["saliency_gain"].value == pytest.approx(values["saliency_precision"].value / values["saliency_precision_uniform"].value)
    assert values["pointing_game"].value == 1
    assert values["saliency_precision_trunk"].value < 0.5, "all colours alike"
    assert values["saliency_precision_shuffled_prompt"].value < 0.2 < values["saliency_precision"].value


def test_pairs_that_share_something_are_table_3_and_the_others_table_4():
    values = {m.measure: m for m in report.pair_metrics(MODEL, data([FIRST, FIRST], [SECOND, BLUE]), [Painted(), Painted()])}
    assert values["common_precision"].value > 2 * values["common_precision_uniform"].value
    assert values["common_precision"].queries == 2, "both pictures of the one pair"
    assert values["magnitude_common"].value == 0 < values["magnitude_norm"].value
    assert values["magnitude_cosine"].queries == 1
    assert not any(name.startswith("individual") for name in values), "this model has no individual component"


def test_the_first_pictures_keep_their_questions():
    few = report.first_pictures(data([FIRST, SECOND]), 1)
    assert len(few.x) == 1 and few.x.ids == ["0"]
    assert report.first_pictures(few, None) is few


def test_precision_is_kept_picture_by_picture_and_pair_by_pair():
    painted = data([FIRST, SECOND])
    found = suite.find_objects([suite.Question(MODEL)], painted, Painted(), Words())[0]
    kept = by_picture.object_precision(MODEL, painted, Painted(), Words())
    for group, value in zip(sorted({each.group for each in found}), kept, strict=True):
        own = [each.precision for each in found if each.group == group]
        assert value == pytest.approx(sum(own) / len(own))
    pairs = data([FIRST, FIRST], [SECOND, BLUE])
    (value,) = by_picture.common_precision(MODEL, pairs, [Painted(), Painted()])
    assert value == pytest.approx({m.measure: m.value for m in report.pair_metrics(MODEL, pairs, [Painted(), Painted()])}["common_precision"])
