"""What to compute on and with: the device, the number of threads, the versions that decide a run's numbers."""

import os
import platform

import torch

from engine import __version__
from engine.errors import TwoviewError


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


def versions() -> dict[str, str]:
    """Of what decides a run's numbers beside its settings, as cards and results have it."""
    return {"python": platform.python_version(), "torch": torch.__version__, "twoview": __version__}
