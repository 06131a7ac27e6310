"""Doubts against a loop over queries and models."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from engine.errors import TwoviewError
from engine.evaluation.doubts import EXTREME, doubts, standing_out


def asked(seed: int, n: int = 60, m: int = 40):
    rng = np.random.default_rng(seed)
    return SimpleNamespace(rows=np.arange(n), ranks=rng.integers(1, m + 1, n), rivals=rng.integers(0, 3, n), candidates=m)


def test_doubts_are_what_a_loop_finds():
    models, standing = [asked(seed) for seed in range(3)], [np.arange(60)] * 3
    found = doubts(models, standing)
    misplaced = sorted((row for row in range(60) if all(model.ranks[row] > 20 for model in models)), key=lambda row: (-min(model.ranks[row] for model in models), row))
    agreed = {row: models[0].rivals[row] for row in range(60) if len({model.rivals[row] for model in models}) == 1 and all(model.ranks[row] > 1 for model in models)}
    missing = [row for row in reversed(range(60)) if row in agreed and (row + 1) / 60 > 1 - EXTREME]  # sure in the order of the rows
    assert misplaced and missing
    assert found.misplaced().tolist() == misplaced and found.missing().tolist() == missing
    assert {int(row): found.agreed[row] for row in np.flatnonzero(found.agreed >= 0)} == agreed


def test_models_that_were_asked_other_things_are_refused():
    with pytest.raises(TwoviewError, match="different things"):
        doubts([asked(0), asked(1, n=50)], [np.arange(60), np.arange(50)])


def test_what_no_model_can_place_is_what_a_loop_finds():
    models, rng = [asked(seed) for seed in range(2)], np.random.default_rng(0)
    standing = [rng.integers(0, 30, 60) / 10 + shared for shared in np.repeat(rng.normal(size=(1, 60)), 2, axis=0)]
    surest = [max((each <= each[row]).mean() for each in standing) for row in range(60)]
    expected = sorted((row for row in range(60) if surest[row] <= EXTREME and all(model.ranks[row] > 1 for model in models)), key=lambda row: (surest[row], row))
    assert expected and doubts(models, standing).unplaced().tolist() == expected


def test_how_far_an_answer_stands_out_has_no_scale():
    scores = torch.randn(7, 40, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = standing_out([(slice(0, 4), scores[:4]), (slice(4, 7), scores[4:])])
    array = scores.numpy()
    assert found == pytest.approx((array.max(1) - array.mean(1)) / array.std(1))
    assert standing_out([(slice(0, 7), 100 * scores - 3)]) == pytest.approx(found)
    assert standing_out([(slice(0, 1), torch.ones(1, 5))]).tolist() == [0]
