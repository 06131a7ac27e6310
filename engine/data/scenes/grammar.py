"""Five sentences about a scene, as different people might write them; each noun phrase remembers what it names."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engine.data.scenes.compose import Scene, one_of
from engine.data.scenes.lexicon import INDOOR_MOMENTS, MOMENTS, PLACES, SCENES, TIME_WORDS
from engine.data.scenes.phrasing import (
    Entity,
    NounPhrase,
    action,
    article,
    describe,
    entities,
    place,
    predicate,
    relation,
)

SENTENCES = 5
Link = tuple[int, int, tuple[int, ...]]


@dataclass
class Text:
    """A sentence in the making; ``links`` are (start, end, objects)."""

    text: str = ""
    links: list[Link] = field(default_factory=list)

    def say(self, words: str) -> "Text":
        self.text += words
        return self

    def name(self, entity: Entity, phrase: NounPhrase) -> "Text":
        start = len(self.text)
        self.text += phrase.head
        self.links.append((start, len(self.text), entity.objects))
        return self.say(phrase.tail)


@dataclass
class Writer:
    """Writes about one scene."""

    rng: np.random.Generator
    scene: Scene
    things: list[Entity]

    def maybe(self, chance: float) -> bool:
        return bool(self.rng.uniform() < chance)

    def subject(self) -> Entity:
        return self.things[0] if len(self.things) == 1 or self.maybe(0.62) else self.things[int(self.rng.integers(1, len(self.things)))]

    def related(self, a: Entity) -> tuple[Entity, str] | None:
        """Another entity and the preposition that leads to it."""
        options = [(b, words) for b in self.things if b is not a and (words := relation(self.rng, a, b))]
        return options[int(self.rng.integers(len(options)))] if options else None

    def moment(self, chance: float) -> str:
        """" at sunset", or nothing."""
        if self.scene.weather and self.maybe(0.3):
            return one_of(self.rng, (" while it is snowing", " on a snowy day", " in falling snow") if self.scene.time != "night" else (" while it is snowing", " on a snowy night"))
        table = INDOOR_MOMENTS if self.scene.setting.inside else MOMENTS
        if self.scene.time == "day":
            chance *= 0.4
        return f" {one_of(self.rng, table[self.scene.time])}" if self.maybe(chance) else ""

    def scene_place(self) -> str:
        return one_of(self.rng, PLACES[self.scene.setting.name])

    def whereabouts(self, text: Text, a: Entity, chance: float = 1.0) -> Text:
        return text.say(f" {place(self.rng, self.scene, a)}") if self.maybe(chance) else text

    # Frames. Each gives a sentence without its final stop, or None when the scene does not offer what it needs.

    def statement(self) -> Text | None:
        """A brown dog sits next to a red car on the beach."""
        a = self.subject()
        phrase = describe(self.rng, a)
        text = Text().name(a, phrase).say(f" {predicate(self.rng, a, phrase.plural)}")
        other = self.related(a)
        if other and self.maybe(0.75):
            b, words = other
            text.say(f" {words} ").name(b, describe(self.rng, b, plain=True))
            if self.maybe(0.5) and a.aloft == b.aloft and words != "on":
                text.say(f" {self.scene_place() if a.first.zone != b.first.zone or a.aloft else place(self.rng, self.scene, a)}")
        else:
            self.whereabouts(text, a)
        return text.say(self.moment(0.3))

    def there_is(self) -> Text | None:
        """There is a small house behind the pine tree."""
        a = self.subject()
        phrase = describe(self.rng, a)
        text = Text(f"There {'are' if phrase.plural else 'is'} ").name(a, phrase)
        other = self.related(a)
        if other and self.maybe(0.7):
            text.say(f" {other[1]} ").name(other[0], describe(self.rng, other[0], definite=self.maybe(0.45)))
            return text.say(self.moment(0.15))
        return self.whereabouts(text, a).say(self.moment(0.25))

    def place_first(self) -> Text | None:
        """In a meadow, a cow grazes near two sheep."""
        a = self.subject()
        opening = place(self.rng, self.scene, a) if a.first.zone != "wall" else self.scene_place()
        phrase = describe(self.rng, a)
        text = Text(f"{opening[0].upper()}{opening[1:]}{self.moment(0.15)}, ").name(a, phrase).say(f" {predicate(self.rng, a, phrase.plural)}")
        other = self.related(a)
        if other and self.maybe(0.7):
            text.say(f" {other[1]} ").name(other[0], describe(self.rng, other[0]))
        elif other is None and len(self.things) > 1:
            b = next(e for e in self.things if e is not a)
            more = describe(self.rng, b)
            text.say(", and ").name(b, more).say(f" {predicate(self.rng, b, more.plural)} nearby" if not b.aloft else f" {predicate(self.rng, b, more.plural)}")
        return text

    def fragment(self) -> Text | None:
        """two penguins in the snow"""
        a = self.subject()
        return self.whereabouts(Text().name(a, describe(self.rng, a)), a).say(self.moment(0.2))

    def doing(self) -> Text | None:
        """A cat sleeping on a sofa"""
        a = self.subject()
        text = Text().name(a, describe(self.rng, a)).say(f" {action(self.rng, a)[1]}")
        other = self.related(a)
        if other and self.maybe(0.7):
            return text.say(f" {other[1]} ").name(other[0], describe(self.rng, other[0])).say(self.moment(0.15))
        return self.whereabouts(text, a).say(self.moment(0.25))

    def listing(self) -> Text | None:
        """A dog, a bench and two trees by a lake."""
        if len(self.things) < 2:
            return None
        order = self.rng.permutation(len(self.things))[: int(self.rng.integers(2, 5))]
        chosen = [self.things[i] for i in order]
        if not any(e is self.things[0] for e in chosen) and self.maybe(0.7):
            chosen[0] = self.things[0]
        text = Text()
        for i, entity in enumerate(chosen):
            text.say("" if i == 0 else " and " if i == len(chosen) - 1 else ", ").name(entity, describe(self.rng, entity, plain=len(chosen) > 2))
        if not any(e.aloft for e in chosen):
            text.say(f" {self.scene_place()}" if self.maybe(0.85) else "")
        elif all(e.aloft for e in chosen):
            text.say(f" {place(self.rng, self.scene, chosen[0])}")
        return text.say(self.moment(0.15))

    def with_it(self) -> Text | None:
        """A barn with two sheep in front of it."""
        a = self.subject()
        options = [(b, words) for b in self.things if b is not a and (words := relation(self.rng, b, a)) and words not in ("close to", "near", "left of", "right of")]
        if not options:
            return None
        b, words = options[int(self.rng.integers(len(options)))]
        text = Text().name(a, describe(self.rng, a)).say(" with ").name(b, describe(self.rng, b))
        return text.say(f" {words} {'them' if a.plural else 'it'}").say(self.moment(0.15))

    def two_clauses(self) -> Text | None:
        """A boat sails on the lake while the sun shines above it."""
        if len(self.things) < 2:
            return None
        a = self.subject()
        b = next(self.things[i] for i in self.rng.permutation(len(self.things)) if self.things[i] is not a)
        first, second = describe(self.rng, a), describe(self.rng, b)
        text = Text().name(a, first).say(f" {predicate(self.rng, a, first.plural)} {place(self.rng, self.scene, a)}")
        text.say(one_of(self.rng, (" while ", ", and ", " and "))).name(b, second).say(f" {predicate(self.rng, b, second.plural)}")
        words = relation(self.rng, b, a)
        return text.say(f" {words} {'them' if a.plural else 'it'}" if words else " nearby" if not b.aloft else "")

    def scenery(self) -> Text | None:
        """A snowy landscape with a snowman and two rabbits."""
        name = one_of(self.rng, SCENES[self.scene.setting.name])
        words = TIME_WORDS[self.scene.time]
        if self.maybe(0.35) and not self.scene.setting.inside and not name.startswith(("calm", "snowy", "dry", "green")):
            name = f"{one_of(self.rng, words)} {name}"
        lead = one_of(self.rng, ("", "", "", "a picture of ", "a drawing of ", "a view of ", "an illustration of "))
        text = Text(f"{lead}{article(name)} {name} with ")
        chosen = [self.things[i] for i in self.rng.permutation(len(self.things))[: int(self.rng.integers(1, 4))]]
        if not any(e is self.things[0] for e in chosen) and self.maybe(0.7):
            chosen[0] = self.things[0]
        for i, entity in enumerate(chosen):
            text.say("" if i == 0 else " and " if i == len(chosen) - 1 else ", ").name(entity, describe(self.rng, entity, plain=i > 0))
        return text

    def facing(self) -> Text | None:
        """A fox looks to the left; a red truck heads right."""
        able = [e for e in self.things if e.common("facing") and not e.plural and e.first.kind.name in LOOKERS | MOVERS and e.first.pose != "sleeping"]
        if not able:
            return None
        a = able[int(self.rng.integers(len(able)))]
        side, phrase = a.first.facing, describe(self.rng, a)
        if a.first.kind.name in MOVERS:
            words = one_of(self.rng, (f"is heading {side}", f"faces {side}", f"heading to the {side}", f"is pointing to the {side}"))
        else:
            words = one_of(self.rng, (f"looks to the {side}", f"is facing {side}", f"faces {side}", f"is looking {side}", f"looking to the {side}"))
        text = Text().name(a, phrase).say(f" {words}")
        return self.whereabouts(text, a, 0.6)

    def summary(self) -> Text | None:
        """Some animals are out in a meadow."""
        for title, names in WIDE:
            chosen = [e for e in self.things if e.first.kind.name in names]
            objects = tuple(i for e in chosen for i in e.objects)
            if len(chosen) < 2 or self.maybe(0.25):
                continue
            count = {2: ("two", "a couple of", "some"), 3: ("three", "some", "a few")}.get(len(objects), ("several", "some", "a number of"))
            group = Entity(tuple(t for e in chosen for t in e.things), objects)
            text = Text().name(group, NounPhrase(f"{one_of(self.rng, count)} {title}", "", True))
            verb = one_of(self.rng, ("", " are seen", " can be seen", " together") if title != "fruits" else ("", " are lying"))
            text.say(verb)
            if chosen[0].aloft:
                return text
            rest = [e for e in self.things if not any(e is c for c in chosen) and not e.aloft and e.first.support is None]
            if rest and self.maybe(0.5):
                text.say(" near ").name(rest[0], describe(self.rng, rest[0]))
            return text.say(f" {self.scene_place()}").say(self.moment(0.2))
        return None

    def moment_first(self) -> Text | None:
        """At sunset, two camels rest in the desert."""
        opening = self.moment(3.0).strip()
        if not opening or opening.startswith("while"):
            return None
        a = self.subject()
        phrase = describe(self.rng, a)
        text = Text(f"{opening[0].upper()}{opening[1:]}, ").name(a, phrase).say(f" {predicate(self.rng, a, phrase.plural)}")
        other = self.related(a)
        if other and self.maybe(0.5):
            return text.say(f" {other[1]} ").name(other[0], describe(self.rng, other[0]))
        return self.whereabouts(text, a)


LOOKERS = {"dog", "cat", "rabbit", "horse", "cow", "sheep", "pig", "duck", "chicken", "penguin", "bear", "fox", "camel", "elephant", "giraffe"}
MOVERS = {"car", "bus", "truck", "tractor", "airplane", "bicycle"}
FRUITS = {"apple", "banana", "pear", "watermelon"}
WIDE: tuple[tuple[str, set[str]], ...] = (
    ("birds", {"duck", "chicken", "penguin", "owl"}),
    ("farm animals", {"horse", "cow", "sheep", "pig", "chicken"}),
    ("animals", LOOKERS | {"owl", "turtle", "crab"}),
    ("vehicles", {"car", "bus", "truck", "tractor", "bicycle"}),
    ("plants", {"tree", "pine tree", "palm tree", "cactus", "flower", "sunflower"}),
    ("buildings", {"house", "barn", "lighthouse", "windmill", "castle"}),
    ("pieces of fruit", FRUITS),
    ("pieces of furniture", {"chair", "table", "sofa", "lamp"}),
    ("things to eat", FRUITS | {"cake", "ice cream", "bread"}),
    ("toys", {"ball", "teddy bear"}),
)
FRAMES: tuple[tuple[Callable[[Writer], Text | None], float], ...] = (
    (Writer.statement, 3.0), (Writer.there_is, 1.2), (Writer.place_first, 1.0), (Writer.fragment, 1.3), (Writer.doing, 1.5), (Writer.listing, 1.4),
    (Writer.with_it, 1.0), (Writer.two_clauses, 1.0), (Writer.scenery, 1.0), (Writer.facing, 0.7), (Writer.summary, 1.0), (Writer.moment_first, 0.7),
)  # fmt: skip


def finish(rng: np.random.Generator, text: Text) -> Text:
    """Capital and full stop, as most people write them; some do without."""
    style = rng.uniform()
    first = text.text[0].upper() if style < 0.85 else text.text[0].lower()
    words = first + text.text[1:]
    return Text(words + ("." if style < 0.72 else ""), text.links)


def write(rng: np.random.Generator, scene: Scene) -> list[Text]:
    """Five different sentences about the scene."""
    writer = Writer(rng, scene, entities(scene))
    weights = np.array([weight for _, weight in FRAMES])
    sentences: list[Text] = []
    used: set[int] = set()
    while len(sentences) < SENTENCES:
        left = weights.copy()
        left[list(used)] *= 0.12
        frame = int(rng.choice(len(FRAMES), p=left / left.sum()))
        text = FRAMES[frame][0](writer)
        used.add(frame)
        if text is None or len(text.links) == 0:
            continue
        text = finish(rng, text)
        if all(text.text.lower().rstrip(".") != other.text.lower().rstrip(".") for other in sentences):
            sentences.append(text)
    return sentences
