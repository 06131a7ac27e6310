"""What whoever runs the app can read: how long each page took, and what failed, in the file that ``TWOVIEW_LOG`` names.

Failures go to the server's own output too; without the setting, nothing is written.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from logging import INFO, FileHandler, Formatter, getLogger
from time import perf_counter

log = getLogger("twoview")
if path := os.environ.get("TWOVIEW_LOG"):
    handler = FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(INFO)


@contextmanager
def timed(title: str) -> Iterator[None]:
    """Note how long the block took, also when it is broken off."""
    start = perf_counter()
    try:
        yield
    finally:
        log.info("%s took %.0f ms", title, 1000 * (perf_counter() - start))
