"""What items are called, in words: a picture, a sentence, a place in a score, a sound."""

from functools import lru_cache

from engine.data import MUSIC
from engine.data.base import PairedData

CALLED = {"image": ("picture", "pictures"), "text": ("sentence", "sentences"), "vector": ("item", "items")}
OF_MUSIC = {"x": ("place", "places"), "y": ("sound", "sounds")}


def noun(data: PairedData, view: str, number: int = 1) -> str:
    """What ``number`` items of view "x" or "y" are called: "picture", "sounds"."""
    chosen = getattr(data, view)
    called = OF_MUSIC[view] if data.name in MUSIC else CALLED["image" if chosen.visible else chosen.kind]
    return called[number != 1]


def described(data: PairedData, view: str, row: int) -> str:
    """An item in words: a sentence itself, a place or moment of a tune, or what it is called with its id and label."""
    chosen = getattr(data, view)
    if chosen.kind == "text":
        return chosen.items[row]
    if data.name in MUSIC:
        title, place = in_tune(data, view, row)
        return f"{title}, place {place}" + (f", at {seconds.removesuffix('s')} s" if (seconds := chosen.ids[row].partition("@")[2]) else "")
    label = -1 if chosen.labels is None else int(chosen.labels[row])
    named = f"{noun(data, view).capitalize()} {chosen.ids[row]}"
    return f"{named}, {data.label_names[label]}" if 0 <= label < len(data.label_names) else named


def in_tune(data: PairedData, view: str, row: int) -> tuple[str, int]:
    """Of music's places and sounds: the tune's title, and which of its places, counted from 1."""
    tune, _, place = getattr(data, view).ids[row].partition("@")[0].rpartition("/")
    return _titles(data.name, data.split)[tune], int(place)


@lru_cache(maxsize=4)
def _titles(name: str, split: str) -> dict[str, str]:
    music = MUSIC[name](split).music
    return dict(zip(music.names, music.titles, strict=True))
