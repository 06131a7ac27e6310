"""The embedded default data set: pictures drawn and sentences written by this package."""

from engine.data.scenes.reader import INFO, INFO_ZERO_SHOT, load, prepare

__all__ = ["INFO", "INFO_ZERO_SHOT", "load", "prepare"]
