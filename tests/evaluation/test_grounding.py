"""Overlap and the measures of grounding against loops over pixels and phrases, and the phrases of the embedded scenes."""

import numpy as np
import pytest

from engine.data.base import PairedData, Phrase, View
from engine.data.regions import around, overlaps, phrase_regions
from engine.data.scenes.reader import load
from engine.errors import TwoviewError
from engine.evaluation.grounding import MEASURES, Ranked, by_score, grounding, per_phrase


def boxes(rng, n, size=20):
    corners = rng.integers(0, size, (n, 2, 2))
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


def pixels(box, size=20):
    left, top, right, bottom = box
    return {(x, y) for x in range(left, right) for y in range(top, bottom)}


def test_overlaps_count_pixels(rng):
    a, b = boxes(rng, 12), boxes(rng, 9)
    for i, row in enumerate(overlaps(a, b)):
        for j, value in enumerate(row):
            p, q = pixels(a[i]), pixels(b[j])
            assert value == pytest.approx(len(p & q) / len(p | q) if p | q else 0)


@pytest.mark.parametrize("wrong", [[[3, 0, 1, 2]], [[0, 0, np.nan, 1]], [0, 0, 1, 1], [[0, 0, np.inf, 1]]])
def test_impossible_boxes_are_sentences(wrong):
    with pytest.raises(TwoviewError):
        overlaps(np.array(wrong, dtype=float), np.array([[0, 0, 1, 1]]))


def test_measures_equal_a_plain_loop(rng):
    ranked = [Ranked(boxes(rng, n), boxes(rng, 1)[0], int(rng.integers(6))) for n in rng.integers(0, 40, 60)]
    expected = []
    for phrase in ranked:
        truth = pixels(phrase.truth)
        shared = []
        for box in phrase.boxes:
            union = pixels(box) | truth
            shared.append(len(pixels(box) & truth) / len(union) if union else 0.0)
        points = False
        if shared:
            x, y = (phrase.boxes[0][0] + phrase.boxes[0][2]) / 2, (phrase.boxes[0][1] + phrase.boxes[0][3]) / 2
            points = phrase.truth[0] <= x <= phrase.truth[2] and phrase.truth[1] <= y <= phrase.truth[3]
        hits = [float(any(value >= 0.5 for value in shared[:k])) for k in (1, 5, 10, len(shared))]
        expected.append([*hits, shared[0] if shared else 0.0, float(points)])
    np.testing.assert_allclose(per_phrase(ranked), expected)
    means = np.mean(expected, axis=0)
    assert [grounding(ranked)[name].value for name in MEASURES] == pytest.approx(means)


def test_half_an_overlap_is_right_and_less_is_not():
    truth = (0, 0, 10, 10)
    found = per_phrase([Ranked(np.array([[0, 0, 10, width]]), truth, 0) for width in (5, 4)])
    assert found[:, MEASURES.index("recall@1")].tolist() == [1, 0]


def test_scores_order_regions_and_ties_keep_theirs():
    three = np.array([[0, 0, 1, 1], [0, 0, 2, 2], [0, 0, 3, 3]])
    assert by_score(three, np.array([1, 2, 1]))[:, 2].tolist() == [2, 1, 3]
    with pytest.raises(TwoviewError):
        by_score(three, np.array([1, np.nan, 1]))


def test_phrases_of_scenes_name_what_their_boxes_hold():
    data = load("test")
    found = phrase_regions(data)
    assert len(found) == sum(bool(phrase.objects) for phrases in data.y.phrases for phrase in phrases)
    for phrase in found[:200]:
        assert data.y.items[phrase.sentence][phrase.start : phrase.end] == phrase.text
        assert data.y.groups[phrase.sentence] == data.x.groups[phrase.picture]
        named = [data.x.objects[phrase.picture][i] for i in phrase.objects]
        assert phrase.box == around([item.box for item in named])
        assert set(phrase.labels) == {item.label for item in named}


def test_data_without_links_are_told():
    texts = View("text", ["a dog"], ["a"], np.array([0]))
    with pytest.raises(TwoviewError, match="linked"):
        phrase_regions(PairedData("own", "test", texts, texts))
    pictures = View("text", ["picture"], ["p"], np.array([0]), objects=[[]])
    broken = View("text", ["a dog"], ["a"], np.array([0]), phrases=[[Phrase(0, 5, (3,))]])
    with pytest.raises(TwoviewError, match="does not have"):
        phrase_regions(PairedData("own", "test", pictures, broken))
