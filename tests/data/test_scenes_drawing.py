"""scenes as art and language: every kind draws in every look, compositions hold together, sentences are true and well formed."""

import re
from itertools import product

import numpy as np
import pytest

from engine.data.scenes.canvas import Sprite, circle, grain_patch, smooth
from engine.data.scenes.compose import ALOFT, Composer, Thing, covered
from engine.data.scenes.grammar import write
from engine.data.scenes.lexicon import LEXICON, PLACES
from engine.data.scenes.objects import KINDS, NAMES
from engine.data.scenes.phrasing import Entity, describe, entities, relation, third
from engine.data.scenes.picture import paint
from engine.data.scenes.places import PAINTERS
from engine.data.scenes.settings import SETTINGS, SIZE

VOWEL_AFTER_A = re.compile(r"\b[Aa] [aeiou]")
CONSONANT_AFTER_AN = re.compile(r"\b[Aa]n [^aeiou]")


def scenes(count: int, start: int = 9_000_000):
    for seed in range(start, start + count):
        rng = np.random.default_rng(seed)
        yield rng, Composer(rng, NAMES, NAMES).compose()


def test_there_is_enough_to_see():
    assert len(KINDS) >= 32 and len(SETTINGS) >= 6
    assert set(LEXICON) == set(NAMES) and set(PLACES) == set(SETTINGS) == set(PAINTERS)
    for kind in KINDS.values():
        assert len(kind.colors) * len(kind.styles) * len(kind.poses) * (2 if kind.turns else 1) * 3 >= 3
        assert any(setting in SETTINGS for setting in kind.homes)


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_draws_in_every_look(name):
    kind = KINDS[name]
    looks = list(product(kind.poses, kind.styles))
    for i, (pose, style) in enumerate(looks):
        sprite = Sprite(kind.width, 44, -1, bool(i % 2), i % 2 == 0, np.random.default_rng(0))
        kind.draw(sprite, kind.look(kind.colors[i % len(kind.colors)], pose, style))
        rgb, alpha, own = sprite.finish()
        assert rgb.shape == (*alpha.shape, 3) and own.shape == alpha.shape
        assert rgb.min() >= 0 and rgb.max() <= 1 and np.isfinite(rgb).all()
        rows = np.flatnonzero((alpha > 0.5).any(1))
        assert (alpha > 0.5).sum() > 60
        assert rows[-1] - rows[0] > 0.4 * 44, "fills its nominal height"


def test_turning_an_object_mirrors_its_outline():
    kind = KINDS["dog"]
    shapes = []
    for flip in (False, True):
        sprite = Sprite(kind.width, 90, -1, flip, False, np.random.default_rng(0))
        kind.draw(sprite, kind.look("brown", "standing", "plain"))
        cover = np.asarray(sprite.cover) > 0
        columns = np.flatnonzero(cover.any(0))
        shapes.append(cover[:, columns[0] : columns[-1] + 1])
    width = min(s.shape[1] for s in shapes)
    assert (shapes[0][:, :width] == shapes[1][:, ::-1][:, :width]).mean() > 0.97


def test_light_comes_from_its_side():
    means = []
    for light in (-1, 1):
        sprite = Sprite(100, 90, light, False, False, np.random.default_rng(0))
        sprite.ellipse(50, 50, 48, 48, (150, 150, 150))
        rgb, alpha, _ = sprite.finish()
        half = rgb.shape[1] // 2
        left, right = (part[mask > 0.9].mean() for part, mask in ((rgb[:, :half], alpha[:, :half]), (rgb[:, half:], alpha[:, half:])))
        means.append(left - right)
    assert means[0] > 0.02 and means[1] < -0.02


def test_curves():
    points = [(0.0, 0.0), (10.0, 5.0), (20.0, 0.0)]
    opened = smooth(points, closed=False)
    assert np.allclose(opened[0], points[0]) and np.allclose(opened[-1], points[-1])
    assert all(np.abs(smooth(points, closed=True) - p).sum(1).min() < 1e-9 for p in np.array(points))
    assert np.allclose(np.hypot(*(circle(3, 4, 2, 2) - (3, 4)).T), 2)
    patch = grain_patch(np.random.default_rng(0), 30, 70)
    assert patch.shape == (30, 70)


def test_compositions_hold_together():
    for rng, scene in scenes(40):
        main = scene.things[scene.main]
        orders = [thing.order for thing in scene.things]
        assert orders == sorted(orders) and 1 <= len(scene.things) <= 6
        for thing in scene.things:
            assert scene.setting.name in thing.kind.homes and scene.time in thing.kind.times
            if thing.support is not None:
                assert thing.support in scene.things and thing.order > thing.support.order
                assert abs(thing.x - thing.support.x) <= thing.support.pixels * thing.support.kind.width / 200
            elif thing.zone not in (*ALOFT, "air"):
                low, high = scene.setting.zones[thing.zone]
                assert low - 1e-6 <= thing.y <= high + 1e-6, "stands on its ground"
        picture, labels = paint(rng, scene)
        assert scene.things[scene.main] is main and (labels == scene.main + 1).sum() > 60
        assert labels.max() == len(scene.things) and picture.std() > 8
        far = [t for t in scene.things if t.zone == "ground" and t is not main and t.support is None and t.kind is not main.kind]
        for a, b in product(far, far):
            if a.kind is b.kind and a.size == b.size and a.y < b.y:
                assert a.pixels <= b.pixels + 1e-6, "what is farther is smaller"


def test_sentences_are_english():
    seen, lengths = set(), []
    for rng, scene in scenes(100):
        sentences = write(rng, scene)
        assert len(sentences) == 5
        for sentence in sentences:
            text = sentence.text
            seen.add(text)
            lengths.append(len(text.split()))
            assert not VOWEL_AFTER_A.search(text), text
            assert not CONSONANT_AFTER_AN.search(text), text
            assert "  " not in text and " ," not in text and " ." not in text and not text.startswith(" "), text
            assert not re.search(r"\b(\w+) \1\b", text), text
            assert not re.search(r"\b[Aa]n? (two|three|four|some|several|few)\b(?! )", text), text
            for start, end, objects in sentence.links:
                check_number(text[start:end], text[end:], [scene.things[i] for i in objects])
    assert len(seen) > 0.9 * 100 * 5
    assert min(lengths) <= 5 and max(lengths) >= 16 and 6 < np.mean(lengths) < 14


def check_number(phrase: str, rest: str, things: list[Thing]) -> None:
    """One thing has a or the and a singular verb; more have a number and, unless they are a group, a plural verb."""
    first = phrase.split()[0].lower()
    several = first in ("two", "three", "four", "five", "six", "several", "some") or phrase.lower().startswith(("a couple", "a few", "a group", "a herd", "a flock", "a number"))
    assert several == (len(things) > 1), phrase
    verb = re.match(r" (is|are)\b", rest)
    if verb and not phrase.lower().startswith(("a group", "a herd", "a flock")):
        assert verb[1] == ("are" if several else "is"), phrase + rest


def test_mentions_name_what_they_link_to():
    rng = np.random.default_rng(0)
    for _, scene in scenes(40):
        for entity in entities(scene):
            words = LEXICON[entity.first.kind.name]
            known = [form for pair in (*words.nouns, *words.wider) for form in pair]
            phrase = describe(rng, entity)
            stems = [w for form in known for w in form.split()] + ["van", "minibus", "truck", "tulip", "daisy", "rooster", "cockerel", "hen", "bunch", "slice", "stack", "pile", "loa", "clock", "dais"]
            assert any(stem in phrase.head for stem in stems), phrase.head
            colors = {thing.color for thing in entity.things}
            if len(colors) > 1:
                assert not any(re.search(rf"\b{color}\b", phrase.head) for color in colors), "a colour is said only when all have it"


def test_relations_are_true():
    rng = np.random.default_rng(1)
    met = set()
    for _, scene in scenes(150):
        found = entities(scene)
        for a, b in product(found, found):
            words = relation(rng, a, b) if a is not b else None
            if words is None:
                continue
            met.add(words)
            holds(words, a, b)
    assert {"behind", "in front of", "to the left of", "to the right of", "next to", "above", "on", "under"} <= met


def holds(words: str, a: Entity, b: Entity) -> None:
    (ax, ay), (bx, by) = a.at, b.at
    if "left" in words:
        assert ax < bx
    elif "right" in words:
        assert ax > bx
    elif words == "behind" and a.first.zone != "arch":
        assert ay < by
    elif words == "in front of":
        assert ay > by
    elif words in ("on", "on top of"):
        assert a.first.support is b.first
    elif words in ("next to", "beside", "by", "close to"):
        gap = max(b.span[0] - a.span[1], a.span[0] - b.span[1])
        assert gap < 22 or (a.aloft and b.aloft)


def test_verbs_and_overlaps():
    assert [third(v) for v in ("fly", "sit", "pass", "arch", "sway")] == ["flies", "sits", "passes", "arches", "sways"]
    assert covered((0, 0, 10, 10), (5, 0, 20, 10)) == pytest.approx(0.5)
    assert covered((0, 0, 10, 10), (20, 20, 30, 30)) == 0
    assert SIZE == 224
