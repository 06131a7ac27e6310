"""From things to words: noun phrases, verbs that agree, and where one thing is seen from another."""

from dataclasses import dataclass

import numpy as np

from engine.data.scenes.compose import Scene, Thing, one_of
from engine.data.scenes.lexicon import (
    AFTER,
    ALWAYS_STYLED,
    BEFORE,
    COLOR_WORDS,
    DRIVE,
    LEXICON,
    ON_WATER,
    OVER,
    PLACES,
    POSES,
    SIZE_WORDS,
    STYLE_NOUNS,
)  # fmt: skip

NUMBERS = {2: ("two", "two", "two", "a couple of"), 3: ("three", "three", "three", "several", "a few"), 4: ("four", "four", "several", "a group of"), 5: ("five", "several"), 6: ("six", "several")}
HERDS = {"sheep": "a flock of", "cow": "a herd of", "horse": "a herd of", "elephant": "a herd of"}
NEVER_WIDER = {"book", "umbrella", "vase", "mailbox", "teapot", "clock", "traffic light"}
LONG_NOUNS = {"wooden chair", "wooden table", "leafy tree", "prickly cactus"}  # take one adjective, not two
SILENT = {"campfire", "rainbow", "giraffe", "watermelon", "snowman", "palm tree", "sun", "bread", "moon", "crab"}
COLOR_TALK: dict[tuple[str, str], tuple[str, ...]] = {
    ("cow", "orange"): ("reddish-brown", "brown"), ("cat", "orange"): ("orange", "ginger"), ("fox", "orange"): ("red", "orange"), ("chicken", "orange"): ("reddish-brown",),
    ("cactus", "blue"): ("blue-green",), ("pine tree", "blue"): ("blue-green",), ("elephant", "blue"): ("bluish-grey", "blue"), ("penguin", "black"): ("black and white",), ("penguin", "blue"): ("blue", "dark blue"),
    ("tree", "pink"): ("pink", "blossoming"), ("tree", "orange"): ("orange", "autumn"), ("horse", "brown"): ("brown", "chestnut"), ("cloud", "white"): ("white", "fluffy", "fluffy white"), ("cloud", "grey"): ("grey", "dark grey"),
    ("moon", "yellow"): ("yellow",), ("sun", "orange"): ("orange",), ("crab", "orange"): ("orange",), ("crab", "red"): ("red",), ("crab", "blue"): ("blue",), ("rabbit", "cream"): ("cream-coloured",), ("sheep", "cream"): ("cream-coloured", "woolly"), ("sheep", "white"): ("white", "woolly", "fluffy white"),
    ("castle", "grey"): ("grey", "stone"), ("house", "cream"): ("cream-coloured",), ("castle", "cream"): ("cream-coloured",), ("windmill", "cream"): ("cream-coloured",), ("igloo", "white"): (), ("lighthouse", "black"): ("black and white",), ("cake", "brown"): ("chocolate",), ("ice cream", "brown"): ("chocolate",), ("ice cream", "pink"): ("pink", "strawberry"), ("airplane", "red"): ("red and white", "red"), ("airplane", "blue"): ("blue and white", "blue"),
}  # fmt: skip


@dataclass(frozen=True)
class Entity:
    """One thing, or all of a kind that are in the picture; ``objects`` are their positions in the scene."""

    things: tuple[Thing, ...]
    objects: tuple[int, ...]

    @property
    def first(self) -> Thing:
        return self.things[0]

    @property
    def plural(self) -> bool:
        return len(self.things) > 1

    @property
    def aloft(self) -> bool:
        return self.first.zone in ("sky", "high", "arch", "wall")

    @property
    def at(self) -> tuple[float, float]:
        return float(np.mean([t.x for t in self.things])), float(np.mean([t.y for t in self.things]))

    @property
    def span(self) -> tuple[float, float]:
        return min(t.box[0] for t in self.things), max(t.box[2] for t in self.things)

    def common(self, name: str) -> str:
        values = {getattr(thing, name) for thing in self.things}
        return values.pop() if len(values) == 1 else ""


def entities(scene: Scene) -> list[Entity]:
    """The scene's things, those of a kind together, the main one's kind first."""
    names: dict[str, list[int]] = {scene.things[scene.main].kind.name: []}
    for i, thing in enumerate(scene.things):
        names.setdefault(thing.kind.name, []).append(i)
    return [Entity(tuple(scene.things[i] for i in rows), tuple(rows)) for rows in names.values()]


def article(words: str) -> str:
    return "an" if words[0].lower() in "aeiou" else "a"


def color_word(rng: np.random.Generator, entity: Entity) -> str:
    kind, color = entity.first.kind.name, entity.common("color")
    talk = COLOR_TALK.get((kind, color))
    if not color or talk == () or (talk is None and kind in SILENT):
        return ""
    if kind == "cow" and color == "black" and entity.common("style") == "spotted":
        return one_of(rng, ("black and white", "black-and-white"))
    if kind in ("lighthouse", "umbrella", "tent", "ball", "hot-air balloon") and entity.common("style") == "striped" and color not in ("white", "black") and rng.uniform() < 0.4:
        return f"{color} and white"
    return one_of(rng, talk if talk else COLOR_WORDS.get(color, (color,)))


@dataclass(frozen=True)
class NounPhrase:
    """``head`` is what is linked to the picture ("two small red cars"), ``tail`` what follows; ``plural`` for the verb."""

    head: str
    tail: str
    plural: bool


def noun_for(rng: np.random.Generator, entity: Entity) -> tuple[tuple[str, str], bool, bool]:
    """A noun (singular, plural), whether it is a wider term ("animal"), and whether it already tells the style ("tulip")."""
    kind, style = entity.first.kind.name, entity.common("style")
    words = LEXICON[kind]
    nouns, wide = words.nouns, False
    styled = STYLE_NOUNS.get((kind, style))
    if styled and ((kind, style) in ALWAYS_STYLED or rng.uniform() < 0.6):
        nouns = styled
    elif words.wider and kind not in NEVER_WIDER and rng.uniform() < 0.11:
        nouns, wide = words.wider, True
    usual = not wide and rng.uniform() < 0.6
    return nouns[0] if usual else nouns[int(rng.integers(len(nouns)))], wide, nouns is styled


def details(entity: Entity, noun: tuple[str, str], general: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words that can stand before the noun and after it; ``general`` nouns take none of their own."""
    kind, style = entity.first.kind.name, entity.common("style")
    before: tuple[str, ...] = () if general else BEFORE.get((kind, style)) or BEFORE.get((kind, entity.common("pose"))) or ()
    after: tuple[str, ...] = () if general or entity.plural else AFTER.get((kind, style), ())
    if kind == "snowman" and entity.common("color") and not entity.plural:
        after = (*after, f"with a {entity.common('color')} scarf")
    return before, () if "flower" in noun[0] else after


def describe(rng: np.random.Generator, entity: Entity, plain: bool = False, definite: bool = False) -> NounPhrase:
    """A noun phrase for the entity; ``plain`` leaves attributes out more often."""
    kind = entity.first.kind.name
    noun, wide, styled = noun_for(rng, entity)
    form = 1 if entity.plural else 0
    detail = 0.35 if plain else 1.0
    adjectives: list[str] = []
    size = entity.common("size")
    if size and rng.uniform() < 0.55 * detail and kind not in ("sun", "moon", "rainbow"):
        adjectives.append(one_of(rng, SIZE_WORDS[size]))
    color = color_word(rng, entity)
    before, after = details(entity, noun, wide or styled)
    if kind == "sailboat" and not wide and color not in ("", "white") and rng.uniform() < 0.6:
        after = () if entity.plural else (f"with {color.split()[-1]} sails",)
        color = ""
    if noun[0].startswith(("bunch", "pile", "stack")):
        color = ""
    if before and rng.uniform() < 0.35 * detail:
        word = one_of(rng, before)
        after = ()
        _, toss = rng.uniform(size=2)
        both = toss < 0.5 and " " not in color and word not in (color, "dark")
        adjectives += [color, word] if both else [word]
    elif color and rng.uniform() < 0.62 * (0.7 if plain else 1):
        adjectives.append(color)
    name = " ".join(word for word in [*adjectives, noun[form]] if word)
    if noun[0] in LONG_NOUNS and len(adjectives) > 1:
        name = f"{adjectives[-1]} {LEXICON[kind].nouns[0][form]}"
    tail = f" {one_of(rng, after)}" if after and rng.uniform() < 0.32 * detail else ""
    if entity.plural:
        number = one_of(rng, NUMBERS[len(entity.things)])
        if number == "a group of" and not wide:
            number = HERDS.get(kind, number)
        return NounPhrase(f"{number} {name}", tail, number not in ("a group of", *HERDS.values()))
    unique = kind in ("sun", "moon") and not adjectives
    lead = "the" if unique or definite else article(name)
    return NounPhrase(f"{lead} {name}", tail, False)


def third(verb: str) -> str:
    """He, she or it does so."""
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "sh", "ch", "x")) else "s")


def action(rng: np.random.Generator, entity: Entity) -> tuple[str, str]:
    """(base form, -ing form) of what the entity does."""
    kind, pose = entity.first.kind, entity.common("pose")
    if kind.name in ("car", "bus", "truck") and entity.first.zone == "road" and rng.uniform() < 0.5:
        verbs: tuple[tuple[str, str], ...] = DRIVE
    elif pose in POSES:
        verbs = POSES[pose]
    elif kind.name == "clock" and entity.first.zone == "wall":
        verbs = (("hang", "hanging"),)
    elif entity.first.support is not None:
        verbs = (("sit", "sitting"), *LEXICON[kind.name].verbs)
    else:
        verbs = LEXICON[kind.name].verbs
    return verbs[int(rng.integers(len(verbs)))]


def predicate(rng: np.random.Generator, entity: Entity, plural: bool) -> str:
    """A verb that agrees: "stands", "are grazing"."""
    base, ing = action(rng, entity)
    if rng.uniform() < 0.5:
        return f"{'are' if plural else 'is'} {ing}"
    return base if plural else third(base)


def relation(rng: np.random.Generator, a: Entity, b: Entity) -> str | None:
    """A preposition that truly leads from ``a`` to ``b``, or None."""
    if not a.plural and not b.plural:
        if a.first.support is b.first:
            return one_of(rng, ("on", "on", "on top of")) if b.first.kind.name == "table" else "on"
        if b.first.support is a.first:
            return None
    if any(t.support is not None for t in (*a.things, *b.things)) and not (a.aloft or b.aloft):
        supports = {id(t.support) for t in (*a.things, *b.things)}
        if len(supports) > 1 or a.plural or b.plural:
            return None
    (ax, ay), (bx, by) = a.at, b.at
    dx = bx - ax
    gap = max(b.span[0] - a.span[1], a.span[0] - b.span[1])
    if "arch" in (a.first.zone, b.first.zone):
        if a.first.zone == "arch" and not b.aloft:
            return one_of(rng, ("over", "above", "behind"))
        return one_of(rng, ("under", "beneath")) if b.first.zone == "arch" and not a.aloft else None
    if a.aloft != b.aloft:
        if abs(dx) > 60:
            return None
        if a.aloft:
            return one_of(rng, ("above", "above", "over") if a.first.zone == "wall" else ("above", "over", "high above"))
        return one_of(rng, ("under", "below", "beneath"))
    wide = (a.span[1] - a.span[0] > 120 and a.plural) or (b.span[1] - b.span[0] > 120 and b.plural)
    if a.aloft:
        if wide:
            return None
        if abs(dx) > 34:
            return one_of(rng, ("to the left of", "left of") if dx > 0 else ("to the right of", "right of"))
        return "above" if by - ay > 24 else "below" if ay - by > 24 else "next to"
    nearer = ay - by
    half = (b.span[1] - b.span[0]) / 2
    if b.first.kind.name in ("umbrella", "tree", "palm tree") and not b.plural and abs(dx) < half * 0.8 and abs(nearer) < 16 and not a.first.kind.far and a.first.pixels < b.first.pixels * 0.7:
        return one_of(rng, ("under", "beneath"))
    if not wide and "air" not in (a.first.zone, b.first.zone):
        if (nearer < -11 and gap < 2) or (nearer < -30 and gap < 26):
            return "behind"
        if (nearer > 11 and gap < 2) or (nearer > 30 and gap < 26):
            return "in front of"
    if gap < 22 and abs(nearer) < 22:
        return one_of(rng, ("next to", "beside", "near", "close to", "by", "next to"))
    if abs(dx) > 34 and not wide:
        return one_of(rng, ("to the left of", "to the left of", "on the left of") if dx > 0 else ("to the right of", "to the right of", "on the right of"))
    return "near" if abs(nearer) < 30 and gap < 50 else None


def place(rng: np.random.Generator, scene: Scene, entity: Entity) -> str:
    """Where in the setting the entity is: "in a meadow", "over the dunes", "on the lake"."""
    name, zone = scene.setting.name, entity.first.zone
    if zone == "wall":
        return one_of(rng, OVER[name])
    if entity.aloft or (zone == "air" and rng.uniform() < 0.2 and name == "meadow"):
        return "in the sky" if rng.uniform() < 0.35 and name != "forest" and zone != "air" else one_of(rng, OVER[name])
    if zone == "water":
        return one_of(rng, ON_WATER[name])
    if zone == "road" and rng.uniform() < 0.5:
        return one_of(rng, ("on the road", "on a city street", "along the street"))
    return one_of(rng, PLACES[name])
