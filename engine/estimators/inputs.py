"""What estimators are given, as scikit-learn's tools expect it to be checked: all that is wrong is a ValueError."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import column_or_1d

from engine.errors import TwoviewError

DTYPES = [np.float64, np.float32]


class InvalidInput(TwoviewError, ValueError):
    """What scikit-learn's tools expect of bad parameters and data, with the engine's own sentence."""


@contextmanager
def said_as_value_errors() -> Iterator[None]:
    try:
        yield
    except TwoviewError as error:
        raise InvalidInput(str(error)) from None


def rows_of(items: Any, name: str) -> np.ndarray:
    """Rows of numbers; one column where there was but one number for each."""
    items = check_array(items, dtype=DTYPES, ensure_2d=False, allow_nd=True, input_name=name)
    return items[:, None] if items.ndim == 1 else items


def classes_of(labels: Any, rows: int) -> np.ndarray | None:
    """A whole number for each row's class; names are numbered in their order."""
    if labels is None:
        return None
    labels = column_or_1d(labels)
    check_consistent_length(labels, range(rows))
    if labels.dtype.kind in "OUS":
        return np.unique(labels.astype(str), return_inverse=True)[1]
    if not np.array_equal(labels, labels.astype(np.int64)):
        raise InvalidInput("labels are classes, whole numbers or names, but other numbers came.")
    return labels.astype(np.int64)
