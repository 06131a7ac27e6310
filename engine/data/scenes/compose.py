"""What is in a picture and where: choosing, sizing and placing things so that the whole could be true."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.data.scenes.canvas import MARGIN, Sprite
from engine.data.scenes.objects import KINDS, Kind
from engine.data.scenes.settings import SETTINGS, SIZE, Setting

COUNTS = ((1, 0.08), (2, 0.20), (3, 0.27), (4, 0.23), (5, 0.14), (6, 0.08))
SIZES = {"small": 0.76, "": 1.0, "large": 1.28}
SUPPORTS = {"table": (0.20, 0.36), "sofa": (0.66, 0.30), "bench": (0.62, 0.36), "chair": (0.58, 0.2)}  # seat's height, half width
ALOFT = ("arch", "high", "sky", "wall")
FOR_SEATS = ("cat", "teddy bear", "book")
SMALLEST_MAIN = 48.0


@dataclass
class Thing:
    """One object in a picture. ``y`` is the row where it stands (its centre's row when ``zone`` is up in the air)."""

    kind: Kind
    color: str
    pose: str
    style: str
    size: str
    facing: str
    zone: str
    x: float
    y: float
    pixels: float
    support: "Thing | None" = None

    @property
    def order(self) -> float:
        """Painted in this order: the sky, the wall, then from far to near, things right after what they stand on."""
        if self.zone in ALOFT:
            return ALOFT.index(self.zone) - 10.0
        if self.support is not None:
            return self.support.order + 0.5
        return self.y + (60 if self.zone == "air" else 0)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Nominal box before drawing."""
        half, high = self.pixels * self.kind.width / 200, self.pixels
        top = self.y - high / 2 if self.zone in ("sky", "high", "air", "wall") else self.y - high
        return self.x - half, top, self.x + half, top + high


@dataclass
class Scene:
    """A composed picture. ``things`` are in painting order; ``main`` is the position of what the picture is about."""

    setting: Setting
    time: str
    weather: str
    light: int
    things: list[Thing] = field(default_factory=list)
    main: int = 0


def choose(rng: np.random.Generator, weights: dict[str, float]) -> str:
    names, values = list(weights), np.array(list(weights.values()), dtype=np.float64)
    return names[int(rng.choice(len(names), p=values / values.sum()))]


def one_of(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]


def covered(box: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Share of ``box`` that ``other`` covers."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    return max(width, 0) * max(height, 0) / max((box[2] - box[0]) * (box[3] - box[1]), 1e-9)


def needs_support(kind: Kind) -> bool:
    """Small things of the table do not lie about on a floor."""
    return "top" in kind.zones and kind.size < 30


class Composer:
    """Fills one scene. ``kinds`` are the classes that may appear."""

    def __init__(self, rng: np.random.Generator, kinds: Collection[str], mains: Collection[str]):
        self.rng = rng
        main = KINDS[one_of(rng, sorted(mains))]
        homes = {home: weight for home, weight in main.homes.items() if not (home == "room" and needs_support(main))}
        self.setting = SETTINGS[choose(rng, homes)]
        times = {time: weight for time, weight in self.setting.times.items() if time in main.times}
        self.time = choose(rng, times)
        weather = "snowing" if self.setting.name == "snow" and rng.uniform() < 0.4 else ""
        self.scene = Scene(self.setting, self.time, weather, int(rng.choice((-1, 1))))
        self.kinds = [k for k in KINDS.values() if k.name in kinds and self.setting.name in k.homes and self.time in k.times]
        self.main_kind = main

    def compose(self) -> Scene:
        rng = self.rng
        count = int(rng.choice([n for n, _ in COUNTS], p=[p for _, p in COUNTS]))
        main = self.thing(self.main_kind, None)
        placed = [main]
        group = self.main_kind
        while len(placed) < count:
            repeat = rng.uniform() < group.herd and sum(t.kind is group for t in placed) < 4
            kind = group if repeat else self.companion(placed)
            thing = self.place(kind, placed, like=next((t for t in placed if t.kind is kind), None))
            group = kind
            if thing is None:
                count -= 1
            else:
                placed.append(thing)
        self.scene.things = sorted(placed, key=lambda thing: thing.order)
        self.scene.main = next(i for i, thing in enumerate(self.scene.things) if thing is main)
        for thing in placed:
            if thing.kind.name in ("sun", "moon"):
                self.scene.light = -1 if thing.x < SIZE / 2 else 1
        return self.scene

    def companion(self, placed: list[Thing]) -> Kind:
        here = {thing.kind.name for thing in placed}
        once = {"sun", "moon", "rainbow"} if here & {"sun", "moon", "rainbow"} else set()
        weights = {k.name: k.homes[self.setting.name] for k in self.kinds if k.name not in here | once}
        return KINDS[choose(self.rng, weights)] if weights else placed[0].kind

    def place(self, kind: Kind, placed: list[Thing], like: Thing | None) -> Thing | None:
        """The best of some random places: nothing hides or is hidden too much, yet things may overlap."""
        best, least = None, 0.45
        for _ in range(10):
            thing = self.thing(kind, placed[0], placed, like)
            if self.setting.name == "room" and needs_support(kind) and thing.support is None:
                return None
            worst = 0.0
            for other in placed:
                if other in (thing.support,) or "arch" in (thing.zone, other.zone):
                    continue
                front, back = (thing, other) if thing.order > other.order else (other, thing)
                worst = max(worst, covered(back.box, front.box), 0.8 * covered(front.box, back.box) if abs(thing.y - other.y) < 9 else 0)
            worst += self.rng.uniform(0, 0.22)
            if worst < least:
                best, least = thing, worst
        return best

    def zone(self, kind: Kind, style: str, supports: list[Thing]) -> str:
        for zone in kind.zones:
            if zone == "top" and supports and self.rng.uniform() < 0.7:
                return zone
            if zone in self.setting.zones and not (zone == "wall" and style != "wall"):
                return zone
        return "ground"

    def thing(self, kind: Kind, main: Thing | None, placed: Sequence[Thing] = (), like: Thing | None = None) -> Thing:
        """A thing of this kind at a random place; ``main`` is None for the main thing itself, ``like`` another of its herd."""
        rng, setting = self.rng, self.setting
        styles = [s for s in kind.styles if not (s == "alarm" and not setting.close)]
        twin = like if like is not None and rng.uniform() < 0.75 else None
        color = twin.color if twin else one_of(rng, kind.colors)
        style = twin.style if twin else one_of(rng, styles)
        pose = like.pose if like is not None and rng.uniform() < 0.5 else one_of(rng, kind.poses)
        size = like.size if like is not None else choose(rng, {"": 0.6, "small": 0.2, "large": 0.2})
        facing = one_of(rng, ("left", "right")) if kind.turns else ""
        taken = {id(t.support) for t in placed}
        supports = [t for t in placed if t.kind.name in SUPPORTS and id(t) not in taken and (t.kind.name == "table" or kind.name in FOR_SEATS)]
        zone = self.zone(kind, style, supports)
        near = main is None
        base = (kind.close if setting.close and kind.close and zone != "wall" else kind.size) * SIZES[size]
        thing = Thing(kind, color, pose, style, size, facing, zone, 0.0, 0.0, base)
        if zone == "water" and kind.name == "duck":
            thing.pose = "swimming"
        if zone == "top":
            self.set_on(thing, supports[int(rng.integers(len(supports)))])
        elif zone in ("sky", "high", "air", "wall", "arch"):
            self.hang(thing, near)
        else:
            self.stand(thing, main, like)
        return thing

    def set_on(self, thing: Thing, support: Thing) -> None:
        seat, half = SUPPORTS[support.kind.name]
        thing.support = support
        thing.pixels *= support.pixels / (support.kind.size * SIZES[support.size])
        thing.y = support.y - support.pixels * (1 - seat)
        reach = half * support.pixels * support.kind.width / 100
        thing.x = support.x + self.rng.uniform(-reach, reach)

    def hang(self, thing: Thing, near: bool) -> None:
        rng = self.rng
        low, high = self.setting.zones.get(thing.zone, (24.0, 60.0))
        if thing.zone == "arch":
            thing.pixels, thing.x, thing.y = rng.uniform(78, 96), SIZE / 2 + rng.uniform(-34, 34), self.setting.horizon + 6
            return
        thing.pixels *= rng.uniform(1.15, 1.4) if near else rng.uniform(0.62, 0.95)
        if thing.zone == "air":
            thing.pixels = max(thing.pixels, 44 if near else 15)
        limit = 2 * (high + 10) if thing.zone == "sky" else 200.0
        thing.pixels = min(thing.pixels, 150 * 100 / thing.kind.width, limit)
        half_w, half_h = thing.pixels * thing.kind.width / 200, thing.pixels / 2
        thing.x = rng.uniform(min(half_w + 3, 112), max(SIZE - half_w - 3, 112))
        thing.y = max(rng.uniform(low, high), half_h + 5)

    def stand(self, thing: Thing, main: Thing | None, like: Thing | None) -> None:
        rng, setting, kind = self.rng, self.setting, thing.kind
        low, high = setting.zones[thing.zone]
        depth = rng.uniform(0.55, 0.98) if main is None else rng.uniform(0.08, 0.96)
        if kind.far:
            depth = rng.uniform(0.4, 0.72) if main is None else rng.uniform(0.0, 0.34)
        elif like is not None:
            depth = np.clip((like.y - low) / (high - low) + rng.uniform(-0.24, 0.24), 0, 1)
        thing.y = low + (high - low) * float(depth)
        boost = 1.0
        if main is None:
            boost = min(max(1.2, SMALLEST_MAIN / (thing.pixels * setting.scale_at(thing.y))), 1.9)
        elif like is main:
            boost = main.pixels / (kind.close if setting.close and kind.close else kind.size) / SIZES[main.size] / setting.scale_at(main.y)
        elif main.zone not in (*ALOFT, "air") and main.kind.size < 42 and not setting.close:
            thing.y = max(low, min(thing.y, main.y - 10))
        thing.pixels *= boost * setting.scale_at(thing.y)
        thing.pixels = min(thing.pixels, 186 * 100 / kind.width, thing.y - 8)
        half = thing.pixels * kind.width / 200
        edge = half * 0.86
        thing.x = rng.uniform(min(edge, 104), max(SIZE - edge, 120))


def sprite_of(rng: np.random.Generator, scene: Scene, thing: Thing) -> tuple[Sprite, int, int]:
    """The thing in paint, and the picture's column and row of its sprite's left upper corner."""
    flip = thing.facing == "left"
    sprite = Sprite(thing.kind.width, thing.pixels, scene.light, flip, scene.time == "night", rng)
    thing.kind.draw(sprite, thing.kind.look(thing.color, thing.pose, thing.style))
    foot = 50.0 if thing.zone in ("sky", "high", "air", "wall") else 99.0
    left = thing.x - (thing.kind.width / 2 + MARGIN) * sprite.scale
    top = thing.y - (foot + MARGIN) * sprite.scale
    return sprite, round(left), round(top)
