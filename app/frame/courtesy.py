"""Loading the engine steps aside while a visitor is being served: the interpreter runs one thread at a time, and a page that takes
a twentieth of a second alone takes a second beside imports.
"""

import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, get_ident
from time import monotonic
from types import ModuleType
from typing import Any

QUIET = 0.05  # seconds without a visitor until loading goes on: between the files of a page
LEISURE = 3.0  # seconds without a visitor until what nobody waits for is loaded
MOST = 2.5  # seconds that loading is put off in all: what twenty visitors at once take; after that they wait for it themselves

_changed = Condition()
_served = 0
_last = -QUIET
_put_off = 0.0


@contextmanager
def served() -> Iterator[None]:
    """A visitor is being served a file, the frame, or a page for which what it needs is loaded."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


@contextmanager
def waiting() -> Iterator[None]:
    """Within ``served``: this visitor waits for the engine, so that loading must go on."""
    _count(-1)
    try:
        yield
    finally:
        _count(1)


def step_aside() -> None:
    """Come back when nobody is being served, or when loading was put off for long enough."""
    global _put_off
    with _changed:
        began = monotonic()
        while _put_off + monotonic() - began < MOST and (_served > 0 or monotonic() < _last + QUIET):
            _changed.wait(QUIET if _served > 0 else max(_last + QUIET - monotonic(), 0.001))
        _put_off += monotonic() - began


def wait_for_leisure() -> None:
    """Come back when nobody has been served for a while, however long that takes."""
    with _changed:
        while _served > 0 or monotonic() < _last + LEISURE:
            _changed.wait(None if _served > 0 else max(_last + LEISURE - monotonic(), 0.001))


@contextmanager
def at_each_import() -> Iterator[None]:
    """This thread steps aside before each of its import statements.

    Not a finder on ``sys.meta_path``: those are asked under the lock of all imports, and visitors import too.
    """
    thread, importing = get_ident(), builtins.__import__

    def import_between_visitors(*args: Any, **kwargs: Any) -> ModuleType:
        if get_ident() == thread:
            step_aside()
        return importing(*args, **kwargs)

    builtins.__import__ = import_between_visitors
    try:
        yield
    finally:
        builtins.__import__ = importing


def _count(change: int) -> None:
    global _served, _last
    with _changed:
        _served += change
        _last = monotonic()
        _changed.notify_all()
