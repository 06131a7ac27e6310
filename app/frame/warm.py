"""The engine, loaded beside the server's first pages: imports and first answers begin with the server, not with a visitor.

Importing torch and what stands on it takes several seconds. One thread does it, so that no two visits import the same at
once and see it half done; a page that needs the engine waits until what it needs is there, and says how far it is.
"""

import gc
import sys
from importlib import import_module
from importlib.util import find_spec
from threading import Event, Lock, Thread
from time import monotonic

import streamlit as st

from app.asking import catalogue
from app.frame import courtesy
from app.frame.log import log
from app.frame.pages import ROOMS, Room

ENGINE = "app.asking.answering"  # every page stands on it
# Modules to import, and functions to call then: what the first visitors ask, asked before they do, in the order of the pages.
STEPS = (
    "torch", ENGINE, "app.look.ask", "app.spaces.ask", "app.compare.ask", "app.listen.ask",
    f"{ENGINE}:first_answers", "app.spaces.ask:first_answers", "app.compare.ask:first_answers", "app.listen.ask:first_answers", "app.start.ask",
)  # fmt: skip
# A new map brings torchvision, which takes as long as torch, and what Look shows first is kept; scikit-learn is needed for single measures only.
# Both, and what few ask, can wait until nobody is being served.
LAST = ("app.look.ask:first_answers", "app.asking.from_index:ready", "sklearn.linear_model", "sklearn.model_selection", "sklearn.svm", "app.yours.ask:first_answers")
STEP = 0.5  # seconds between two words about how far it is

_lock = Lock()
_begun: list[float] = []  # when, once it has
_done: dict[str, Event] = {}


def start() -> None:
    """Begin, if nobody has."""
    with _lock:
        if _begun:
            return
        _begun.append(monotonic())
    # Every operation of torch gives the interpreter away and asks for it back, and an import never gives it away by itself. At
    # Python's usual 5 ms a page that is being drawn would wait so long for each of hundreds of steps.
    sys.setswitchinterval(0.0005)
    rooms = [f"app.{room.folder}.ask" for room in ROOMS]
    names = [*STEPS, *(name for name in rooms if name not in STEPS and find_spec(name)), *LAST]
    _done.update({name: Event() for name in names})
    Thread(target=_load, args=(names,), name="warm", daemon=True).start()


def is_loading() -> bool:
    """Whether the engine is on its way, and not there yet."""
    return bool(_begun) and not (ENGINE in _done and _done[ENGINE].is_set())


def wait(room: Room) -> None:
    """Come back when what a room asks of the engine is loaded; until then, say what will stand there and how far it is.

    Inside ``courtesy.served`` it is called inside ``courtesy.waiting``: loading would step aside for who waits for it.
    """
    start()
    needed = _done.get(f"app.{room.folder}.ask", _done[ENGINE])
    place = st.empty()  # drawn in every run: what follows keeps its place, so that a text that is being typed outlives the first run without it
    while not needed.wait(STEP):
        done = sum(event.is_set() for event in _done.values())
        with place.container():
            st.progress(done / len(_done), f"**{room.coming}** The models are being loaded, once for everybody: {monotonic() - _begun[0]:.0f} s.")
            st.skeleton(height=420)
    place.empty()


def _load(names: list[str]) -> None:
    for name in names:
        if ":" in name and not gc.isenabled():  # what comes now computes, and leaves garbage
            gc.freeze()
            gc.enable()
        if name in LAST:
            courtesy.wait_for_leisure()
        with courtesy.at_each_import():  # not while waiting: all threads' imports are slower meanwhile
            courtesy.step_aside()
            _load_one(name)


def _load_one(name: str) -> None:
    module, _, function = name.partition(":")
    try:
        if function and catalogue.data_sets():
            getattr(import_module(module), function)()
        else:
            import_module(module)
    except catalogue.TwoviewError as problem:  # which the page says as well
        log.info("%s: %s", name, problem)
    except Exception:  # the page that needs it says so to whoever opens it
        log.exception("%s could not be loaded", name)
    _done[name].set()
    log.info("%s is loaded, %.1f s after the start", name, monotonic() - _begun[0])
