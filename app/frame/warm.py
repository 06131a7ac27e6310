"""The engine, loaded beside the server's first pages: imports and first answers begin with the server, not with a visitor.

Importing torch and what stands on it takes several seconds. One thread does it, so that no two visits import the same at
once and see it half done; a page that needs the engine waits for ``ready`` and says how far it is.
"""

from importlib import import_module
from threading import Event, Lock, Thread
from time import monotonic

import streamlit as st

from app.frame.log import log
from app.frame.pages import ROOMS

# In this order: the libraries that take longest, then what the pages ask of the engine.
MODULES = ("numpy", "pandas", "torch", "sklearn", "plotly.graph_objects", "app.asking.answering", "app.asking.saliency")
STEP = 0.25  # seconds between two words about how far it is

ready = Event()  # everything that pages import is imported
_lock = Lock()
_begun: list[float] = []  # when, once it has
_done = 0  # modules that are imported


def start() -> None:
    """Begin, if nobody has."""
    with _lock:
        if not _begun:
            _begun.append(monotonic())
            Thread(target=_load, name="warm", daemon=True).start()


def begun() -> bool:
    return bool(_begun)


def wait(coming: str) -> None:
    """Come back when the engine is loaded; until then, say what will stand here and how far it is."""
    if ready.is_set():
        return
    start()
    place = st.empty()
    while not ready.wait(STEP):
        with place.container():
            st.progress(min(_done / (len(_modules()) or 1), 1.0), f"**{coming}** The models are being loaded, once for everybody: {monotonic() - _begun[0]:.0f} s.")
            st.skeleton(height=420)
    place.empty()


def _modules() -> list[str]:
    return [*MODULES, *(f"app.{room.folder}.ask" for room in ROOMS)]


def _load() -> None:
    global _done
    for name in _modules():
        try:
            import_module(name)
        except ModuleNotFoundError as missing:  # a room that asks the engine nothing of its own
            if missing.name != name:
                log.exception("%s could not be imported", name)
        except Exception:  # the page that needs it says so to whoever opens it
            log.exception("%s could not be imported", name)
        _done += 1
    ready.set()
    _answer_first()


def _answer_first() -> None:
    """What the first visitors ask, asked before they do."""
    for name in _modules():
        try:
            if first := getattr(import_module(name), "first_answers", None):
                first()
        except Exception:  # nobody asked yet: whoever does is told
            log.exception("first answers of %s", name)
