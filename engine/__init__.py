"""Twoview's engine: train, load, measure and search models that learn from pairs."""

__version__ = "0.1.0"
