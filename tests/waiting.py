"""Waiting in tests for what another process does: looked at often, and not for ever."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(there: Callable[[], Found], seconds: float = 250.0) -> Found:
    """What ``there`` gives once that is something. Fails after so many seconds."""
    end = time.monotonic() + seconds
    while not (found := there()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
    return found
