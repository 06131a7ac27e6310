"""What the composer has to know about a kind of object: how it is drawn, how large it is, where it goes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.data.scenes.canvas import PALETTE, Color, Sprite


@dataclass(frozen=True)
class Look:
    """One object's attributes as its drawing function needs them."""

    color: Color
    color_name: str
    pose: str
    style: str


@dataclass(frozen=True)
class Kind:
    """A class of objects.

    ``size`` is the height in pixels of a middling one at the front of the picture, ``width`` its drawing's width per 100 units of height.
    ``homes`` maps settings to how likely it is met there; ``zones`` are tried in order (ground, road, water, sky, wall, top = on furniture).
    ``close`` is the height on the kitchen table, where everything is seen from near. ``herd``: how often it comes in twos and threes.
    ``far`` things (houses, trees) stay away from the front edge unless they are what the picture is about.
    """

    name: str
    draw: Callable[[Sprite, Look], None]
    size: float
    width: float
    colors: Sequence[str]
    homes: Mapping[str, float]
    poses: Sequence[str] = ("",)
    styles: Sequence[str] = ("",)
    zones: Sequence[str] = ("ground",)
    close: float = 0.0
    herd: float = 0.0
    far: bool = False
    turns: bool = True
    shades: Mapping[str, Color] = field(default_factory=dict)
    times: Sequence[str] = ("morning", "day", "sunset", "night")

    def look(self, color: str, pose: str, style: str) -> Look:
        return Look(self.shades.get(color) or PALETTE[color], color, pose, style)
