"""What to compute on and with: the device, the number of threads, the versions that decide a run's numbers."""

import ctypes
import os
import platform
import sys

import torch

from engine import __version__
from engine.errors import TwoviewError

# malloc.h: M_MMAP_MAX, no block outside the heap; M_TRIM_THRESHOLD and M_TOP_PAD, bytes: the heap does not shrink, and grows in large steps
MALLOC_OPTIONS = ((-4, 0), (-1, 2**31 - 1), (-2, 2**28))


def pick_device(name: str = "auto") -> torch.device:
    """"auto" is CUDA where there is one, else MPS, else the CPU. Raises TwoviewError when the named device is not there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError):
        raise TwoviewError(f"The device {name!r} is not here. Choose cpu, cuda, mps or auto.") from None
    return device


def use_threads(count: int | None = None) -> None:
    """Let torch use ``count`` threads, else ``TWOVIEW_THREADS``, else its own choice.

    On a machine whose cores are busy, two threads can be twenty times slower than one.
    """
    count = count or int(os.environ.get("TWOVIEW_THREADS") or 0)
    if count:
        torch.set_num_threads(count)


def keep_freed_memory() -> None:
    """Let this process keep what it frees, for the next step of a training needs as much again.

    Else glibc returns every large block to the system, which hands it out anew page by page, zeroed: that is a third of a
    convolutional training's time (``benchmarks music``). Other C libraries have no such setting, and nothing happens.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        for option, value in MALLOC_OPTIONS:
            libc.mallopt(option, value)


def versions() -> dict[str, str]:
    """Of what decides a run's numbers beside its settings, as cards and results have it."""
    return {"python": platform.python_version(), "torch": torch.__version__, "twoview": __version__}
