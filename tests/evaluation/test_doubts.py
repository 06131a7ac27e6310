"""Doubts against a loop over queries and models."""

from types import SimpleNamespace

import numpy as np
import pytest

from engine.errors import TwoviewError
from engine.evaluation.doubts import doubts


def asked(seed: int, n: int = 60, m: int = 40):
    rng = np.random.default_rng(seed)
    return SimpleNamespace(rows=np.arange(n), ranks=rng.integers(1, m + 1, n), rivals=rng.integers(0, 3, n), candidates=m)


def test_doubts_are_what_a_loop_finds():
    models = [asked(seed) for seed in range(3)]
    found = doubts(models)
    misplaced = sorted((row for row in range(60) if all(model.ranks[row] > 20 for model in models)), key=lambda row: (-min(model.ranks[row] for model in models), row))
    missing = [row for row in range(60) if len({model.rivals[row] for model in models}) == 1 and all(model.ranks[row] > 1 for model in models)]
    assert misplaced and missing
    assert found.misplaced().tolist() == misplaced
    assert sorted(found.missing().tolist()) == missing and [found.agreed[row] for row in missing] == [models[0].rivals[row] for row in missing]


def test_models_that_were_asked_other_things_are_refused():
    with pytest.raises(TwoviewError, match="different things"):
        doubts([asked(0), asked(1, n=50)])
