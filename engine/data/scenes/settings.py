"""Light by time of day, and how each setting divides the picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.data.scenes.canvas import Color

SIZE = 224


@dataclass(frozen=True)
class Light:
    """``tint`` multiplies daylight colours; ``shadow`` is its darkness, ``length`` its length per height of the object."""

    sky: Sequence[Color]
    tint: tuple[float, float, float]
    haze: Color
    shadow: float
    length: float


TIMES: dict[str, Light] = {
    "morning": Light(((146, 192, 224), (214, 226, 224), (255, 234, 206)), (1.03, 0.99, 0.93), (248, 234, 216), 0.30, 0.85),
    "day": Light(((88, 160, 220), (150, 202, 236), (216, 238, 246)), (1.0, 1.0, 1.0), (216, 234, 242), 0.34, 0.45),
    "sunset": Light(((104, 92, 152), (222, 134, 124), (255, 206, 140)), (1.04, 0.84, 0.78), (244, 178, 142), 0.36, 1.05),
    "night": Light(((16, 24, 60), (38, 52, 102), (78, 94, 146)), (0.55, 0.62, 0.88), (66, 82, 134), 0.40, 0.5),
}


@dataclass(frozen=True)
class Setting:
    """A place. ``zones`` gives, for each kind of ground, the range of rows where feet stand (or centres, up in the air).

    ``scale`` is how large things appear at the far and the near end of the ground; ``times`` the times of day with weights;
    water ends at the row ``shore``.
    """

    name: str
    horizon: float
    zones: Mapping[str, tuple[float, float]]
    scale: tuple[float, float]
    times: Mapping[str, float]
    inside: bool = False
    close: bool = False
    shore: int = SIZE

    def scale_at(self, y: float) -> float:
        """How large something is whose feet stand in row ``y``."""
        far, near = self.scale
        top = min(self.zones[zone][0] for zone in ("ground", "road", "water") if zone in self.zones)
        return far + (near - far) * min(max((y - top) / (212 - top), 0.0), 1.1)


ANY_TIME = {"morning": 2.0, "day": 4.0, "sunset": 2.0, "night": 1.2}
AIR = {"sky": (22.0, 70.0), "high": (26.0, 52.0), "air": (84.0, 150.0), "arch": (104.0, 116.0)}
SETTINGS: dict[str, Setting] = {
    "beach": Setting("beach", 98, {**AIR, "water": (106, 132), "ground": (152, 214)}, (0.36, 1.0), ANY_TIME, shore=135),
    "meadow": Setting("meadow", 112, {**AIR, "ground": (126, 214)}, (0.40, 1.0), ANY_TIME),
    "farm": Setting("farm", 108, {**AIR, "ground": (128, 214)}, (0.42, 1.0), ANY_TIME),
    "forest": Setting("forest", 112, {"air": (84, 150), "ground": (140, 214)}, (0.50, 1.0), {"morning": 2, "day": 3, "sunset": 1.5, "night": 2.5}),
    "street": Setting("street", 118, {"sky": (14, 26), "ground": (202, 217), "road": (166, 194)}, (0.62, 0.98), ANY_TIME),
    "snow": Setting("snow", 112, {**AIR, "ground": (128, 214)}, (0.42, 1.0), {"morning": 2, "day": 3, "sunset": 2, "night": 2}),
    "desert": Setting("desert", 112, {**AIR, "ground": (128, 214)}, (0.42, 1.0), {"morning": 1.5, "day": 4, "sunset": 2.5, "night": 1.2}),
    "savanna": Setting("savanna", 116, {**AIR, "ground": (134, 214)}, (0.46, 1.0), {"morning": 2, "day": 3, "sunset": 3, "night": 0.6}),
    "lake": Setting("lake", 96, {**AIR, "water": (112, 158), "ground": (178, 214)}, (0.40, 1.0), ANY_TIME, shore=164),
    "room": Setting("room", 142, {"wall": (34, 58), "ground": (154, 214)}, (0.82, 1.06), {"day": 3, "morning": 1, "night": 2}, inside=True),
    "kitchen": Setting("kitchen", 118, {"wall": (34, 56), "ground": (142, 212)}, (0.70, 1.0), {"day": 3, "morning": 2, "night": 1}, inside=True, close=True),
}  # fmt: skip
