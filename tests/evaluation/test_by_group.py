"""Values by group against a brute-force loop, and their means against the suite's metrics."""

import numpy as np
import pytest

from engine.data.base import PairedData, View
from engine.evaluation.by_group import by_group, group_means
from engine.evaluation.suite import evaluate
from engine.models import MODELS, settings_of
from engine.training.loop import create


def test_group_means_are_a_loops():
    generator = np.random.default_rng(1)
    values, groups = generator.random(50), generator.integers(5, 17, 50)
    expected = [values[groups == group].mean() for group in sorted(set(groups))]
    assert group_means(values, groups) == pytest.approx(expected)


def test_their_mean_is_the_suites_measure():
    generator = np.random.default_rng(2)
    x, y, groups = generator.normal(size=(12, 6)), generator.normal(size=(24, 6)), np.arange(12)
    twice = np.repeat(groups, 2)
    data = PairedData(
        "made", "test", View("vector", x.astype(np.float32), [f"x{i}" for i in groups], groups, groups % 3),
        View("vector", (x[twice] + y).astype(np.float32), [f"y{i}" for i in range(24)], twice, twice % 3),
    )  # fmt: skip
    model = create(MODELS["identity"], data, settings_of(MODELS["identity"], {}))
    found = by_group(model, data)
    metrics = {(m.measure, m.direction): m.value for m in evaluate(model, data, families=["retrieval", "classes", "within"])}
    assert set(found) == {("recall_at_1", way) for way in ("x_to_y", "y_to_x", "y_to_y")} | {("mean_average_precision", way) for way in ("x_to_y", "y_to_x")}
    for key, values in found.items():
        assert len(values) == 12 and values.mean() == pytest.approx(metrics[key]), key
