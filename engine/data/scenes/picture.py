"""Painting a composed scene: shadows, reflections, haze, glow, and which pixel belongs to what."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from engine.data.scenes import backdrop
from engine.data.scenes.compose import ALOFT, Scene, Thing, sprite_of
from engine.data.scenes.places import PAINTERS
from engine.data.scenes.settings import SIZE, TIMES

LEAST_VISIBLE = 0.38
LEAST_PIXELS = 24
SATURATION = 1.12


@dataclass
class Painted:
    """One thing in paint: colours (h, w, 3), coverage and own light (h, w), already cut to the picture at ``rows``, ``columns``."""

    thing: Thing
    rgb: np.ndarray
    alpha: np.ndarray
    own: np.ndarray
    rows: slice
    columns: slice
    pixels: int
    glows: list[tuple[float, float, float, tuple[int, int, int]]]


def draw_thing(rng: np.random.Generator, scene: Scene, thing: Thing) -> Painted | None:
    sprite, left, top = sprite_of(rng, scene, thing)
    rgb, alpha, own = sprite.finish()
    height, width = alpha.shape
    rows, columns = slice(max(top, 0), min(top + height, SIZE)), slice(max(left, 0), min(left + width, SIZE))
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return None
    cut = np.s_[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    glows = [(left + x, top + y, reach, color) for x, y, reach, color in sprite.glows]
    return Painted(thing, rgb[cut], alpha[cut], own[cut], rows, columns, int((alpha > 0.5).sum()), glows)


def label_map(painted: list[Painted]) -> np.ndarray:
    """Which thing (1, 2, … in painting order, 0 = none) each pixel shows. Shape (224, 224) uint8."""
    labels = np.zeros((SIZE, SIZE), dtype=np.uint8)
    for i, item in enumerate(painted):
        labels[item.rows, item.columns][item.alpha > 0.5] = i + 1
    return labels


def keep_visible(painted: list[Painted], main: Thing) -> tuple[list[Painted], np.ndarray]:
    """Leave out what is nearly hidden or outside, worst first (never the main thing; then what hides it goes)."""
    while True:
        labels = label_map(painted)
        counts = np.bincount(labels.ravel(), minlength=len(painted) + 1)[1:]
        shares = [
            0.0 if count < LEAST_PIXELS else count / max(item.pixels, 1) for count, item in zip(counts, painted, strict=True)
        ]
        bad = [i for i, share in enumerate(shares) if share < LEAST_VISIBLE]
        if not bad:
            return painted, labels
        worst = min(bad, key=lambda i: shares[i])
        if painted[worst].thing is main:
            if worst == len(painted) - 1:
                return painted, labels
            worst = len(painted) - 1
        gone = painted[worst].thing
        painted = [item for item in painted if item.thing is not gone and item.thing.support is not gone]


def glow(canvas: np.ndarray, x: float, y: float, reach: float, color: tuple[int, int, int], strength: float) -> None:
    """Add a round soft light."""
    reach = max(reach, 4.0)
    top, low, left, right = max(int(y - reach), 0), min(int(y + reach) + 1, SIZE), max(int(x - reach), 0), min(int(x + reach) + 1, SIZE)
    if top >= low or left >= right:
        return
    rows, columns = np.mgrid[top:low, left:right]
    fall = np.clip(1 - np.hypot(columns - x, rows - y) / reach, 0, 1) ** 2
    patch = canvas[top:low, left:right]
    patch += (np.array(color, dtype=np.float32) / 255 - patch * 0.5) * (fall * strength)[..., None]


def cast_shadow(canvas: np.ndarray, scene: Scene, item: Painted) -> None:
    """A sheared shadow on the ground, away from the light, and a dark soft line where the thing touches it."""
    light, thing = TIMES[scene.time], item.thing
    strength, length = (0.30, 0.35) if scene.setting.inside else (light.shadow, light.length)
    foot = min(int(thing.y) + 1, SIZE)
    mask = Image.fromarray((item.alpha * 255).astype(np.uint8))
    base = foot - item.rows.start
    flat = 0.16
    reach = int(length * item.alpha.shape[0]) + 6
    drop = int(flat * item.alpha.shape[0]) + 6
    width = item.alpha.shape[1] + 2 * reach
    if thing.support is None:
        slope = length / flat * scene.light
        sheared = mask.transform((width, drop), Image.Transform.AFFINE, (1, slope, -reach, 0, -1 / flat, base), Image.Resampling.BILINEAR)
        padded = Image.new("L", (width, drop + 12))
        padded.paste(sheared, (0, 4))
        soft = np.asarray(padded.filter(ImageFilter.GaussianBlur(1.6)), dtype=np.float32) / 255
        fade = np.linspace(1, 0.45, drop + 12, dtype=np.float32)[:, None]
        darken(canvas, soft * fade * strength, foot - 4, item.columns.start - reach)
    low = item.alpha[max(base - max(int(item.alpha.shape[0] * 0.09), 3), 0) : base + 1].max(0, initial=0.0)
    touching = np.flatnonzero(low > 0.4)
    if len(touching):
        a, b = int(touching[0]), int(touching[-1]) + 1
        pad, tall = 5, max(int((b - a) * 0.07), 3) + 10
        contact = Image.new("L", (b - a + 2 * pad, tall))
        y, x = np.mgrid[0:tall, 0 : b - a + 2 * pad].astype(np.float32)
        round_ = np.clip(1.2 - np.hypot((x - contact.width / 2) / ((b - a) / 2 + 2), (y - tall / 2) / (tall / 2 - 3.5)), 0, 1)
        darken(canvas, np.minimum(round_ * 1.6, 1) * strength * 1.1, foot - tall // 2 - 1, item.columns.start + a - pad)


def darken(canvas: np.ndarray, amount: np.ndarray, top: int, left: int) -> None:
    """Multiply part of the canvas towards a cool dark."""
    height, width = amount.shape
    rows, columns = slice(max(top, 0), min(top + height, SIZE)), slice(max(left, 0), min(left + width, SIZE))
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return
    part = amount[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left, None]
    canvas[rows, columns] *= 1 - part * np.array((0.92, 0.86, 0.66), dtype=np.float32)


def reflect(canvas: np.ndarray, item: Painted, rgb: np.ndarray, shore: int) -> None:
    """A broken, paler image upside down in the water, down to the row where the ``shore`` begins."""
    foot = min(int(item.thing.y), SIZE - 1)
    source = slice(0, max(foot - item.rows.start, 0))
    colors, alpha = rgb[source][::-1], item.alpha[source][::-1]
    height = min(int(len(alpha) * 0.7), shore - foot)
    if height < 2:
        return
    pick = np.minimum((np.arange(height) / 0.7).astype(int), len(alpha) - 1)
    wave = np.round(np.sin(np.arange(height) * 1.3) * (0.6 + 0.03 * np.arange(height))).astype(int)
    share = 0.42 * np.linspace(1, 0.15, height)
    for row in range(height):
        part = np.roll(alpha[pick[row]], wave[row]) * share[row]
        line = canvas[foot + row, item.columns]
        line += (np.roll(colors[pick[row]], wave[row], 0) - line) * part[:, None]


def snowfall(rng: np.random.Generator, canvas: np.ndarray) -> None:
    layer = np.zeros((SIZE, SIZE), dtype=np.float32)
    for _ in range(150):
        x, y, r = rng.integers(2, SIZE - 2), rng.integers(2, SIZE - 2), rng.uniform()
        layer[y, x] = 1.0
        if r > 0.55:
            layer[y : y + 2, x : x + 2] = 1.0
        if r > 0.9:
            layer[y - 1 : y + 2, x - 1 : x + 2] = 1.0
    soft = np.asarray(Image.fromarray((layer * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32) / 255
    canvas += (1 - canvas) * (soft * 0.9)[..., None]


def paint(rng: np.random.Generator, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """The picture (224, 224, 3) uint8 and its label map (224, 224); ``scene`` keeps only what can be seen, in the map's order."""
    main = scene.things[scene.main]
    drawn = [item for thing in scene.things if (item := draw_thing(rng, scene, thing)) is not None]
    painted, labels = keep_visible(drawn, main)
    scene.things = [item.thing for item in painted]
    scene.main = next(i for i, thing in enumerate(scene.things) if thing is main)
    canvas = backdrop.paint(rng, scene.setting, scene.time, PAINTERS[scene.setting.name])
    light, inside = TIMES[scene.time], scene.setting.inside
    tint = np.array(backdrop.indoor_tint(scene.time) if inside else light.tint, dtype=np.float32)
    haze = np.array(light.haze, dtype=np.float32) / 255
    top = scene.setting.horizon
    for item in painted:
        zone = item.thing.zone
        depth = min(max((item.thing.y - top) / (200 - top), 0), 1)
        share = 0.0 if inside or zone in ("high", "arch", "air") else 0.10 if zone in ALOFT else 0.36 * (1 - depth) ** 1.5
        lit = np.maximum(tint, 0.60) if zone == "high" else tint * (1.14 if scene.time == "night" else 1.0)
        rgb = item.rgb * lit
        rgb = rgb + (haze - rgb) * share
        rgb = rgb + (item.rgb - rgb) * item.own[..., None]
        if zone == "high":
            for light_spot in item.glows:
                glow(canvas, *light_spot, 0.34)
        if zone == "water":
            reflect(canvas, item, rgb, scene.setting.shore)
        elif zone == "wall":
            darken(canvas, np.asarray(Image.fromarray((item.alpha * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2)), dtype=np.float32) / 255 * 0.3, item.rows.start + 3, item.columns.start - 2 * scene.light)
        elif zone not in (*ALOFT, "air"):
            cast_shadow(canvas, scene, item)
        part = canvas[item.rows, item.columns]
        part += (rgb - part) * item.alpha[..., None]
    if scene.time == "night":
        for item in painted:
            if item.thing.zone != "high":
                for spot in item.glows:
                    glow(canvas, *spot, 0.30)
    if scene.weather == "snowing":
        snowfall(rng, canvas)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE - 0.5
    canvas *= (1.02 - 0.22 * (x**2 + y**2))[..., None]
    grey = canvas.mean(2, keepdims=True)
    canvas = grey + (canvas - grey) * SATURATION
    return (np.clip(canvas, 0, 1) * 255 + 0.5).astype(np.uint8), labels
