"""Twoview's engine: train, load, measure and search models that learn from pairs.

What is meant for people who write Python is ``__all__``, and README.md beside this file lists it: an estimator per model
(``engine.CCA``, see ``engine.estimators``), and a few functions (see ``engine.lab``). Everything else is for the engine itself.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.estimators import estimator
    from engine.evaluation.components import canonical_components
    from engine.lab import compare, open_checkpoint, open_picture

__version__ = "0.1.0"
__all__ = [
    "ACMR", "CCA", "DCCA", "DCCAE", "DRSL", "GMA", "MUC2M", "PLS", "RCCA", "SDCCA",
    "CCALayer", "CLIPLoss", "CorrNet", "Identity", "LearnedRanking", "SigLIPLoss", "SimilarityNetwork", "SoftCCA", "TwoBranch", "TwoWay",
    "canonical_components", "compare", "estimator", "open_checkpoint", "open_picture",
]  # fmt: skip

_MODULES = {"canonical_components": "engine.evaluation.components", "compare": "engine.lab", "open_checkpoint": "engine.lab", "open_picture": "engine.lab"}


def __getattr__(name: str) -> Any:
    """The public names, without importing torch before one is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES.get(name, "engine.estimators")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
