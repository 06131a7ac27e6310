"""Twoview's engine: train, load, measure and search models that learn from pairs."""

__version__ = "0.1.0"


def __getattr__(name: str):
    """The estimators, ``engine.CCA(k=64)``, without importing torch before one is asked for."""
    if name[:1].isupper():
        from engine import estimators

        return getattr(estimators, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
