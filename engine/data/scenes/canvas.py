"""Drawing with paint: supersampled shapes whose every part is lit from one side.

A `Sprite` holds one object. Its local coordinates are 100 units high (y down, 100 = the ground) and ``width`` units wide;
everything is drawn facing right and mirrored on the way to the pixels, so that light stays where it is when an object turns.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Color = tuple[int, int, int]
Points = Sequence[tuple[float, float]]

MARGIN = 14.0

PALETTE: dict[str, Color] = {
    "red": (205, 66, 58), "blue": (70, 124, 186), "yellow": (244, 200, 84), "green": (104, 156, 92),
    "orange": (234, 138, 62), "purple": (142, 104, 168), "pink": (236, 156, 168), "white": (246, 242, 234),
    "black": (66, 64, 74), "brown": (146, 100, 68), "grey": (156, 156, 162), "golden": (216, 166, 98),
    "cream": (240, 222, 186), "turquoise": (88, 172, 172), "tan": (206, 166, 118), "dark": (78, 66, 62),
}  # fmt: skip


def mix(a: Color, b: Color, share: float) -> Color:
    """``a`` with a ``share`` of ``b`` in it."""
    return tuple(round(p + (q - p) * share) for p, q in zip(a, b, strict=True))  # type: ignore[return-value]


def darker(color: Color, share: float = 0.25) -> Color:
    """Towards a cool shadow rather than towards black."""
    return mix(color, (52, 44, 76), share)


def lighter(color: Color, share: float = 0.25) -> Color:
    """Towards warm light rather than towards white."""
    return mix(color, (255, 247, 226), share)


@lru_cache(maxsize=4)
def ramp(light: int, ball: bool) -> np.ndarray:
    """How much light falls on a 16 × 16 tile lit from the upper left (−1) or right (1): a slope or a ball. Shape (16, 16)."""
    y, x = np.mgrid[0:16, 0:16] / 15.0
    if light > 0:
        x = 1 - x
    value = 1.15 - np.hypot(x - 0.32, y - 0.24) * 1.25 if ball else 1.08 - 0.42 * x - 0.66 * y
    return np.clip(value, 0, 1)


@lru_cache(maxsize=1)
def grain() -> np.ndarray:
    """Soft paint texture with mean 0 and standard deviation 1. Shape (512, 512)."""
    rng = np.random.default_rng(7)
    total = np.zeros((512, 512))
    for step, weight in ((2, 0.5), (4, 0.8), (12, 0.8), (40, 0.7)):
        cells = rng.normal(size=(512 // step + 2,) * 2).astype(np.float32)
        total += weight * np.asarray(Image.fromarray(cells).resize((512, 512), Image.Resampling.BICUBIC))
    return ((total - total.mean()) / total.std()).astype(np.float32)


def grain_patch(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A random piece of `grain`. Shape (height, width), each at most 512."""
    top, left = rng.integers(0, 513 - height), rng.integers(0, 513 - width)
    return grain()[top : top + height, left : left + width]


def smooth(points: Points, closed: bool, steps: int = 7) -> np.ndarray:
    """A Catmull-Rom curve through ``points``. Shape (n, 2)."""
    p = np.asarray(points, dtype=np.float64)
    if closed:
        a, b, c, d = np.roll(p, 1, 0), p, np.roll(p, -1, 0), np.roll(p, -2, 0)
    else:
        q = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
        a, b, c, d = q[:-3], q[1:-2], q[2:-1], q[3:]
    t = (np.arange(steps) / steps)[None, :, None]
    a, b, c, d = (v[:, None, :] for v in (a, b, c, d))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    curve = curve.reshape(-1, 2)
    return curve if closed else np.concatenate([curve, p[-1:]])


TURN = np.linspace(0, 2 * np.pi, 36, endpoint=False)
COS, SIN = np.cos(TURN), np.sin(TURN)
CAP = np.linspace(-np.pi / 2, np.pi / 2, 7)[:, None]
CAP_COS, CAP_SIN = np.cos(CAP), np.sin(CAP)


@lru_cache(maxsize=256)
def tile(color: Color, shade: float, light: int, ball: bool) -> Image.Image:
    """16 × 16 pixels of a colour from its shadow to its light."""
    low, high = np.array(darker(color, 0.30 * shade)), np.array(lighter(color, 0.22 * shade))
    return Image.fromarray((low + (high - low) * ramp(light, ball)[..., None]).astype(np.uint8))


def circle(cx: float, cy: float, rx: float, ry: float, tilt: float = 0.0) -> np.ndarray:
    """Points of an ellipse, turned clockwise by ``tilt`` degrees. Shape (36, 2)."""
    x, y = rx * COS, ry * SIN
    turn = np.deg2rad(tilt)
    return np.stack([cx + x * np.cos(turn) - y * np.sin(turn), cy + x * np.sin(turn) + y * np.cos(turn)], axis=1)


class Sprite:
    """One object in paint. ``pixels`` is its nominal height in the picture, ``light`` −1 or 1 the side the light is on."""

    def __init__(self, width: float, pixels: float, light: int, flip: bool, night: bool, rng: np.random.Generator):
        self.width, self.light, self.flip, self.night, self.rng = width, light, flip, night, rng
        self.scale = pixels / 100
        # Large things have smooth enough edges at twice the size; small ones need more.
        self.factor = step = 2 if pixels >= 84 else 3
        self.unit = self.scale * step
        size = (step * (int((width + 2 * MARGIN) * self.unit / step) + 1), step * (int((100 + 2 * MARGIN) * self.unit / step) + 1))
        # Paint on black with coverage apart: together they are colours premultiplied by alpha, right for averaging.
        self.paint, self.cover = Image.new("RGB", size), Image.new("L", size)
        self.paint_draw, self.cover_draw = ImageDraw.Draw(self.paint), ImageDraw.Draw(self.cover)
        self.emission: Image.Image | None = None
        self.opacity = 1.0
        self.glows: list[tuple[float, float, float, Color]] = []

    def at(self, points: Points | np.ndarray) -> np.ndarray:
        """Pixels of local points. Shape (n, 2)."""
        p = np.array(points, dtype=np.float64)
        if self.flip:
            p[:, 0] = self.width - p[:, 0]
        return (p + MARGIN) * self.unit

    def polygon(self, points: Points | np.ndarray, color: Color, shade: float = 1.0, ball: bool = False) -> None:
        """Fill straight-edged ``points``; ``shade`` 0 leaves the colour flat."""
        p = self.at(points)
        left, top = np.floor(p.min(0)).astype(int)
        right, bottom = np.ceil(p.max(0)).astype(int) + 1
        outline = list(map(tuple, p.tolist()))
        self.cover_draw.polygon(outline, fill=255)
        if shade == 0 or min(right - left, bottom - top) < 14:
            self.paint_draw.polygon(outline, fill=color)
            return
        mask = Image.new("L", (int(right - left), int(bottom - top)))
        ImageDraw.Draw(mask).polygon(list(map(tuple, (p - (left, top)).tolist())), fill=255)
        shaded = tile(color, shade, self.light, ball)
        self.paint.paste(shaded.resize(mask.size, Image.Resampling.BILINEAR), (int(left), int(top)), mask)

    def blob(self, points: Points, color: Color, shade: float = 1.0, ball: bool = False) -> None:
        """Fill a smooth closed curve through ``points``."""
        self.polygon(smooth(points, closed=True), color, shade, ball)

    def ellipse(self, cx: float, cy: float, rx: float, ry: float, color: Color, shade: float = 1.0, tilt: float = 0.0) -> None:
        self.polygon(circle(cx, cy, rx, ry, tilt), color, shade, ball=True)

    def box(self, left: float, top: float, right: float, bottom: float, color: Color, shade: float = 1.0, corner: float = 0.0) -> None:
        """A rectangle with round corners."""
        if corner == 0:
            self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], color, shade)
            return
        turn = np.linspace(0, np.pi / 2, 5)
        centres = ((right, bottom, 0), (left, bottom, 1), (left, top, 2), (right, top, 3))
        arcs = []
        for x, y, quarter in centres:
            angle = turn + quarter * np.pi / 2
            cx = x - corner if x == right else x + corner
            cy = y - corner if y == bottom else y + corner
            arcs.append(np.stack([cx + corner * np.cos(angle), cy + corner * np.sin(angle)], axis=1))
        self.polygon(np.concatenate(arcs), color, shade)

    def stroke(self, points: Points, start: float, end: float, color: Color, shade: float = 1.0) -> None:
        """A smooth line with round ends whose width runs from ``start`` to ``end``."""
        line = smooth(points, closed=False, steps=6)
        along = np.empty_like(line)
        along[1:-1] = line[2:] - line[:-2]
        along[0], along[-1] = line[1] - line[0], line[-1] - line[-2]
        along /= np.maximum(np.sqrt((along**2).sum(1, keepdims=True)), 1e-9)
        across = np.stack([-along[:, 1], along[:, 0]], axis=1)
        half = np.linspace(start, end, len(line))[:, None] / 2
        first = line[0] - half[0] * (CAP_COS * along[0] + CAP_SIN * across[0])
        last = line[-1] + half[-1] * (CAP_COS * along[-1] - CAP_SIN * across[-1])
        outline = np.concatenate([line + across * half, last, (line - across * half)[::-1], first[::-1]])
        self.polygon(outline, color, shade)

    def eye(self, x: float, y: float, r: float = 2.4) -> None:
        self.ellipse(x, y, r, r * 1.1, (38, 32, 40), 0)
        self.ellipse(x + r * 0.3, y - r * 0.4, r * 0.38, r * 0.38, (255, 255, 255), 0)

    def shine(self, points: Points | np.ndarray, color: Color = (255, 226, 140), reach: float = 0.0) -> None:
        """Paint that gives light at night (windows, lamps); ``reach`` is the glow's radius in units."""
        self.polygon(points, color if self.night else mix(color, (188, 216, 228), 0.72), 0.4)
        if not self.night:
            return
        if self.emission is None:
            self.emission = Image.new("L", self.cover.size)
        p = self.at(points)
        ImageDraw.Draw(self.emission).polygon([tuple(q) for q in p.tolist()], fill=255)
        if reach:
            self.glow(p.mean(0), reach, color)

    def glow(self, centre: np.ndarray, reach: float, color: Color) -> None:
        """Remember a soft light around a place in this sprite's own pixels; ``reach`` in units."""
        x, y = (float(value) / self.factor for value in centre)
        self.glows.append((x, y, reach * self.scale, color))

    def finish(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Colours (h, w, 3), coverage (h, w) and own light (h, w) at the picture's scale, floats in [0, 1]."""
        alpha = np.asarray(self.cover.reduce(self.factor), dtype=np.float32) / 255
        rgb = np.asarray(self.paint.reduce(self.factor), dtype=np.float32) / 255 / np.maximum(alpha, 1 / 255)[..., None]
        height, width = alpha.shape
        soft = Image.fromarray((alpha * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2.0))
        around = np.asarray(soft, dtype=np.float32) / 255
        slope = np.roll(around, self.light, 1) - np.roll(around, -self.light, 1) + 0.7 * (np.roll(around, -1, 0) - np.roll(around, 1, 0))
        rgb = rgb * (1 + 0.30 * slope[..., None]) * (1 + 0.022 * grain_patch(self.rng, height, width)[..., None])
        own = np.zeros_like(alpha)
        if self.emission is not None:
            own = np.asarray(self.emission.reduce(self.factor), dtype=np.float32) / 255
        return np.clip(rgb, 0, 1), alpha * self.opacity, own
