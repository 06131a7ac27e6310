"""The empty places: sky, land, water, walls. Painted in daylight colours on a transparent ground, lit afterwards."""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from engine.data.scenes.canvas import Color, darker, grain_patch, lighter, mix
from engine.data.scenes.settings import SIZE, TIMES, Setting

S = 2  # backdrops are drawn at twice the size


def gradient(colors: Sequence[Color], height: int, width: int) -> Image.Image:
    """Colours running evenly from the top to the bottom."""
    column = np.array(colors, dtype=np.float64)
    at = np.linspace(0, len(colors) - 1, height)
    rows = np.stack([np.interp(at, np.arange(len(colors)), column[:, i]) for i in range(3)], axis=1)
    return Image.fromarray(rows[:, None, :].round().astype(np.uint8)).resize((width, height))


def paint_sky(rng: np.random.Generator, time: str, horizon: float) -> np.ndarray:
    """Gradient, thin clouds, stars at night. Shape (224, 224, 3) in [0, 1]."""
    light = TIMES[time]
    low = int(horizon) + 14
    sky = np.asarray(gradient(light.sky, low, SIZE), dtype=np.float32) / 255
    sky = np.concatenate([sky, np.repeat(sky[-1:], SIZE - low, axis=0)])
    wisps = Image.fromarray(grain_patch(rng, 60, 56)).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    veil = np.asarray(wisps.resize((SIZE, SIZE // 3)).resize((SIZE, SIZE)), dtype=np.float32)
    cover = np.clip(veil * 0.4, 0, 1)[..., None] * (0.10 if time == "night" else 0.26)
    top = np.array(lighter(light.haze, 0.3), dtype=np.float32) / 255
    sky = sky + (top - sky) * cover
    if time == "night":
        for _ in range(int(rng.integers(30, 60))):
            x, y = int(rng.integers(1, SIZE - 1)), int(rng.integers(1, max(int(horizon) - 8, 2)))
            bright = rng.uniform(0.25, 0.9)
            sky[y, x] += (1 - sky[y, x]) * bright
            if bright > 0.8:
                for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                    sky[y + dy, x + dx] += (1 - sky[y + dy, x + dx]) * 0.3
    return sky


class Land:
    """What is painted below (and in front of) the sky, in units of the picture's pixels."""

    def __init__(self, rng: np.random.Generator, time: str):
        self.rng, self.time = rng, time
        self.image = Image.new("RGBA", (SIZE * S, SIZE * S))
        self.draw = ImageDraw.Draw(self.image)
        self.windows: list[tuple[float, float, float, float]] = []

    def polygon(self, points: Sequence[tuple[float, float]], color: Color) -> None:
        self.draw.polygon([(x * S, y * S) for x, y in points], fill=(*color, 255))

    def box(self, left: float, top: float, right: float, bottom: float, color: Color) -> None:
        self.draw.rectangle((left * S, top * S, right * S - 1, bottom * S - 1), fill=(*color, 255))

    def ellipse(self, cx: float, cy: float, rx: float, ry: float, color: Color) -> None:
        self.draw.ellipse(((cx - rx) * S, (cy - ry) * S, (cx + rx) * S, (cy + ry) * S), fill=(*color, 255))

    def line(self, points: Sequence[tuple[float, float]], color: Color, width: float) -> None:
        self.draw.line([(x * S, y * S) for x, y in points], fill=(*color, 255), width=max(1, round(width * S)), joint="curve")

    def band(self, top: float, bottom: float, *colors: Color) -> None:
        """A horizontal strip whose colour runs downwards."""
        height = round((bottom - top) * S)
        self.image.paste(gradient(colors, height, SIZE * S), (0, round(top * S)))

    def ridge(self, y: float, swing: float, color: Color, low: float, detail: float = 1.0, below: Color | None = None) -> np.ndarray:
        """Hills: a rolling edge around ``y``, filled down to row ``low``; gives the edge's row for every column."""
        x = np.linspace(0, SIZE, 57)
        edge = np.full_like(x, y)
        for wave, part in ((0.8, 1.0), (1.9, 0.5), (4.3 * detail, 0.22)):
            edge += swing * part * np.sin(x / SIZE * 2 * np.pi * wave * self.rng.uniform(0.7, 1.3) + self.rng.uniform(0, 6.3))
        outline = [*zip(x.tolist(), edge.tolist(), strict=True), (SIZE, low), (0, low)]
        if below is None:
            self.polygon(outline, color)
        else:
            mask = Image.new("L", self.image.size)
            ImageDraw.Draw(mask).polygon([(a * S, b * S) for a, b in outline], fill=255)
            top = int(edge.min() * S)
            fill = gradient((color, below), max(int(low * S) - top, 2), SIZE * S)
            self.image.paste(fill, (0, top), mask.crop((0, top, SIZE * S, top + fill.height)))
        return np.interp(np.arange(SIZE), x, edge)

    def scatter(self, top: float, bottom: float, count: int) -> list[tuple[float, float, float]]:
        """Random places (x, y, scale), far ones first and closer together, as perspective has it."""
        depth = np.sort(self.rng.uniform(0, 1, count) ** 1.5)
        x = self.rng.uniform(-4, SIZE + 4, count)
        return [(float(a), float(top + (bottom - top) * d), float(0.3 + 0.7 * d)) for a, d in zip(x, depth, strict=True)]

    def grass(self, top: float, bottom: float, color: Color, count: int = 150, height: float = 7.0) -> None:
        """Tufts of a few blades."""
        for x, y, s in self.scatter(top, bottom, count):
            tone = mix(darker(color, 0.14), lighter(color, 0.2), float(self.rng.uniform()))
            for lean in (-2.2, 0.2, 2.4):
                self.line([(x, y), (x + lean * s, y - height * s * self.rng.uniform(0.6, 1))], tone, 0.9 * s)

    def blossoms(self, top: float, bottom: float, count: int, colors: Sequence[Color]) -> None:
        for x, y, s in self.scatter(top, bottom, count):
            color = colors[int(self.rng.integers(len(colors)))]
            self.ellipse(x, y, 1.7 * s, 1.5 * s, color)
            self.ellipse(x, y, 0.6 * s, 0.6 * s, (250, 220, 120))

    def ripples(self, top: float, bottom: float, color: Color, count: int) -> None:
        for x, y, s in self.scatter(top, bottom, count):
            half = self.rng.uniform(3, 13) * s
            self.line([(x - half, y), (x, y - 0.7 * s), (x + half, y)], color, 0.8 * s)

    def treeline(self, edge: np.ndarray, color: Color, count: int, size: float, pointed: bool = False) -> None:
        for x in np.sort(self.rng.uniform(0, SIZE, count)):
            y = float(edge[min(int(x), SIZE - 1)]) + 1
            h = size * self.rng.uniform(0.6, 1.2)
            tone = mix(color, darker(color, 0.25), float(self.rng.uniform()))
            if pointed:
                self.polygon([(x - h * 0.32, y + 1), (x, y - h * 1.5), (x + h * 0.32, y + 1)], tone)
            else:
                self.ellipse(x, y - h * 0.45, h * 0.6, h * 0.55, tone)

    def finish(self) -> tuple[np.ndarray, np.ndarray]:
        """Colours (224, 224, 3) and coverage (224, 224) in [0, 1]."""
        small = np.asarray(self.image.convert("RGBa").reduce(S), dtype=np.float32) / 255
        alpha = small[..., 3]
        return small[..., :3] / np.maximum(alpha, 1 / 255)[..., None], alpha


def paint(rng: np.random.Generator, setting: Setting, time: str, painter: Callable[[Land], None]) -> np.ndarray:
    """A setting without objects: what its ``painter`` paints, lit for the time of day. Shape (224, 224, 3) in [0, 1]."""
    land = Land(rng, time)
    painter(land)
    rgb, cover = land.finish()
    texture = np.asarray(Image.fromarray(grain_patch(rng, 150, 100)).resize((SIZE, SIZE), Image.Resampling.BILINEAR))
    strength = 0.016 if setting.inside else 0.020 if setting.name == "snow" else 0.034
    rgb = rgb * (1 + strength * texture[..., None])
    light = TIMES[time]
    tint = np.array(light.tint if not setting.inside else indoor_tint(time), dtype=np.float32)
    rgb = rgb * tint
    if setting.inside:
        return np.clip(rgb * pool_of_light(rng, time)[..., None], 0, 1)
    if time == "night":  # moonlight takes the yellow out of sand and grass
        rgb = rgb + (rgb.mean(2, keepdims=True) * np.array((0.72, 0.94, 1.55), dtype=np.float32) - rgb) * 0.4
    rows = np.arange(SIZE, dtype=np.float32)
    haze = 0.42 * np.exp(-np.abs(rows - setting.horizon) / 24.0)[:, None, None]
    rgb = rgb + (np.array(light.haze, dtype=np.float32) / 255 - rgb) * haze
    if time == "night" and land.windows:
        glow = Image.new("L", (SIZE, SIZE))
        draw = ImageDraw.Draw(glow)
        for box in land.windows:
            draw.rectangle(box, fill=255)
        shining = np.asarray(glow, dtype=np.float32) / 255
        halo = np.asarray(glow.filter(ImageFilter.GaussianBlur(5)), dtype=np.float32) / 255
        warm = np.array((255, 214, 130), dtype=np.float32) / 255
        rgb = rgb + (warm - rgb) * np.clip(shining * 0.92 + halo * 0.35, 0, 1)[..., None]
    sky = paint_sky(rng, time, setting.horizon)
    return np.clip(sky + (rgb - sky) * cover[..., None], 0, 1)


def indoor_tint(time: str) -> tuple[float, float, float]:
    return {"day": (1.0, 1.0, 0.98), "morning": (1.03, 0.99, 0.92), "night": (0.88, 0.77, 0.68)}[time]


def pool_of_light(rng: np.random.Generator, time: str) -> np.ndarray:
    """Brightness of a room around its middle. Shape (224, 224)."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    far = np.hypot(x - rng.uniform(0.35, 0.65), (y - 0.45) * 0.9)
    return 1.05 - (0.5 if time == "night" else 0.28) * far**1.5
