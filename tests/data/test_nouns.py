"""What items are called."""

from engine.data import load
from engine.data.nouns import described, in_tune, noun


def test_places_and_sounds_have_names_and_whereabouts():
    pairs = load("tunes", "test_2000")
    assert (noun(pairs, "x"), noun(pairs, "y", 2)) == ("place", "sounds")
    row = pairs.y.ids.index(next(id for id in pairs.y.ids if id.startswith("tune-0000/")))
    place, seconds = pairs.y.ids[row].removeprefix("tune-0000/").removesuffix("s").split("@")
    assert in_tune(pairs, "y", row) == ("Polka in D minor, no. 0", int(place))
    assert described(pairs, "y", row) == f"Polka in D minor, no. 0, place {place}, at {seconds} s"


def test_halves_of_digits_are_pictures_with_their_labels():
    digits = load("digits", "test")
    assert noun(digits, "x") == noun(digits, "y") == "picture"
    assert described(digits, "x", 0) == f"Picture {digits.x.ids[0]}, {digits.label_names[digits.x.labels[0]]}"
