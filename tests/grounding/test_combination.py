"""Eq. 8 against plain loops over sentences, phrases and regions."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from engine.data.base import View, paired_arrays
from engine.errors import TwoviewError
from engine.grounding import combination
from engine.models.similarity_network import SimilarityNetwork
from engine.models.two_branch import TwoBranch
from engine.training.loop import create


def angle(a, b):
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    return np.sqrt(max(2 - 2 * float(a @ b), 0) + 1e-4)


def test_region_distances_are_means_of_each_phrases_nearest(data):
    numbered = [replace(one, sentence=row // 2, text=f"phrase {row % 7}") for row, one in enumerate(data.phrases)]
    items = np.stack([data.y.items[row % 7] for row in range(len(numbered))])  # one text, one vector
    data = replace(data, phrases=numbered, y=replace(data.y, items=items))
    model = create(TwoBranch, data, TwoBranch.Settings(hidden=8, k=4, dropout=0.0)).eval()
    sentences = len(numbered) // 2 + 2  # the last one has no phrase
    found = combination.region_distances(model, data, sentences)
    phrases = combination.embed(model, data.y.items, "y").numpy()
    for picture, features in enumerate(data.regions.features):
        regions = combination.embed(model, features.astype(np.float32), "x").numpy()
        for sentence in range(sentences - 1):
            own = [row for row, one in enumerate(numbered) if one.sentence == sentence]
            nearest = [min(angle(phrases[row], region) for region in regions) for row in own]
            assert (not own and np.isnan(found[sentence, picture])) or found[sentence, picture] == pytest.approx(np.mean(nearest), abs=1e-4)
    assert np.isnan(found[-1]).all()


def test_alpha_weighs_the_two_and_a_sentence_without_phrases_keeps_the_whole():
    whole, regions = np.array([[0.2, 0.8], [0.4, 0.6]]), np.array([[1.0, 0.5], [np.nan, np.nan]])
    assert np.allclose(combination.together(whole, regions, 0.0), whole)
    assert np.allclose(combination.together(whole, regions, 0.25), [[0.4, 0.725], [0.4, 0.6]])


def test_who_is_found_first():
    data = paired_arrays(np.zeros((2, 1)), np.zeros((2, 1)))
    data = replace(data, y=View("vector", np.zeros((3, 1)), ["a", "b", "c"], np.array([0, 0, 1])))
    distance = np.array([[0.1, 0.5], [0.9, 0.3], [0.7, 0.2]])  # (sentences, pictures)
    assert combination.found_first(distance, data, "y_to_x").tolist() == [True, False, True]
    assert combination.found_first(distance, data, "x_to_y").tolist() == [True, True]


def test_what_is_kept_is_read_again(tmp_path):
    made = combination.Combination(whole="a/b", regions="c/d", alphas=[0.0, 1.0], curve=[0.5, 0.4], alpha=0.0, gains=[])
    (tmp_path / "c" / "d").mkdir(parents=True)
    (tmp_path / "c" / "e").mkdir()
    combination.keep_combination(tmp_path / "c" / "d", made)
    (tmp_path / "c" / "e" / combination.FILE).write_text("{}")
    assert combination.kept_combinations(tmp_path) == [made]


def test_models_without_a_space_are_a_sentence(data):
    pairwise = SimpleNamespace(model=create(SimilarityNetwork, data, SimilarityNetwork.Settings(hidden=8, k=4)), card=SimpleNamespace(title="The similarity network"))
    with pytest.raises(TwoviewError, match="The similarity network scores pairs without one"):
        combination.combine(pairwise, pairwise, (data, data))
