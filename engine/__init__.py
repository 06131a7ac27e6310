"""Twoview's engine: train, load, measure and search models that learn from pairs.

``engine.compare`` and ``engine.open_checkpoint`` (see ``engine.lab``), and an estimator per model (``engine.CCA``, see
``engine.estimators``): what is meant for people who write Python. Everything else is for the engine itself.
"""

__version__ = "0.1.0"
LAB = ("compare", "open_checkpoint", "open_picture")


def __getattr__(name: str):
    """The public names, without importing torch before one is asked for."""
    if name in LAB:
        from engine import lab

        return getattr(lab, name)
    if name[:1].isupper():
        from engine import estimators

        return getattr(estimators, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    from engine import estimators

    return sorted([*globals(), *LAB, *estimators.names()])
