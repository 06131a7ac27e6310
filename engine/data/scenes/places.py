"""One painter per setting: beach, meadow, farm, forest, street, snow, desert, savanna, lake, room, kitchen."""

from collections.abc import Callable

import numpy as np

from engine.data.scenes.backdrop import Land, gradient
from engine.data.scenes.canvas import Color, darker, lighter, mix
from engine.data.scenes.settings import SIZE

SEA: Color = (66, 146, 178)


def pick(land: Land, *choices: Color) -> Color:
    return choices[int(land.rng.integers(len(choices)))]


def beach(land: Land) -> None:
    land.ridge(96, 3, (120, 150, 150), 100)
    land.band(98, 142, mix(SEA, (180, 214, 220), 0.35), SEA, (112, 190, 196))
    land.ripples(101, 138, (176, 220, 226), 46)
    sand = pick(land, (240, 216, 166), (246, 224, 180), (236, 208, 164))
    land.ridge(137, 2.5, (248, 250, 246), SIZE)
    land.ridge(139.5, 2.5, mix(sand, (170, 150, 120), 0.35), SIZE)
    land.ridge(144, 2.8, lighter(sand, 0.1), SIZE, below=darker(sand, 0.1))
    for x, y, s in land.scatter(152, 224, 34):
        land.line([(x - 12 * s, y), (x - 3 * s, y - 1.4 * s), (x + 8 * s, y)], darker(sand, 0.10), 0.9 * s)
    for x, y, s in land.scatter(156, 222, 18):
        land.ellipse(x, y, 1.7 * s, 1.1 * s, pick(land, (250, 240, 226), (214, 160, 140), (160, 140, 126)))
    if land.rng.uniform() < 0.5:
        side = float(land.rng.choice([-8, SIZE + 8]))
        for dx in (-14, -6, 4, 12):
            for lean in (-9, -3, 4, 10):
                land.line([(side + dx, 158), (side + dx + lean, 142)], (150, 164, 98), 1.0)


def meadow(land: Land) -> None:
    grass = pick(land, (132, 178, 92), (148, 184, 98), (120, 170, 96))
    land.ridge(98, 9, (126, 158, 166), 130, 0.6)
    edge = land.ridge(106, 6, (118, 164, 128), 136, 0.8)
    land.treeline(edge, (92, 142, 104), 16, 7)
    land.ridge(115, 4, lighter(grass, 0.22), SIZE, below=darker(grass, 0.12))
    if land.rng.uniform() < 0.45:
        x = float(land.rng.uniform(60, 164))
        lean = float(land.rng.uniform(-70, 70))
        land.polygon([(x - 1.5, 117), (x + 1.5, 117), (x + lean * 0.3 + 10, 150), (x + lean + 34, 224), (x + lean - 14, 224), (x + lean * 0.3 - 4, 150)], (224, 200, 152))
    land.grass(120, 222, grass, 130)
    land.blossoms(126, 220, int(land.rng.integers(14, 50)), ((250, 246, 236), (248, 208, 96), (232, 142, 150), (164, 140, 200)))


def farm(land: Land) -> None:
    field, crop = pick(land, (222, 188, 104), (176, 190, 100), (206, 178, 112)), pick(land, (148, 176, 90), (196, 170, 92))
    land.ridge(98, 6, (142, 170, 150), 130, 0.6)
    edge = land.ridge(106, 3, crop, 140)
    land.treeline(edge, (98, 142, 98), 9, 8)
    land.ridge(113, 2.5, lighter(field, 0.2), SIZE, below=mix(field, (150, 168, 84), 0.5))
    vanish = float(land.rng.uniform(70, 154))
    for x in np.linspace(-260, 480, 30):
        land.line([(vanish + (x - vanish) * 0.13, 117), (x, 226)], darker(mix(field, (140, 156, 84), 0.3), 0.13), 1.1)
    land.grass(150, 222, mix(field, (140, 166, 84), 0.6), 80, 6)
    y = 124.0
    for x in range(-4, 230, 19):
        land.box(x, y - 11, x + 2.6, y + 2, (206, 178, 140))
    for dy in (-8.5, -3.5):
        land.box(-4, y + dy, 230, y + dy + 1.8, (222, 198, 160))


def forest(land: Land) -> None:
    floor = pick(land, (112, 138, 78), (134, 130, 80), (104, 130, 86))
    land.band(0, 134, (150, 184, 148), (198, 214, 170))
    for layer, (tone, low, count) in enumerate((((146, 176, 146), 118, 15), ((112, 146, 118), 124, 11), ((82, 112, 90), 131, 8))):
        for x in np.sort(land.rng.uniform(-6, SIZE + 6, count)):
            w = float(land.rng.uniform(2.5, 4.5) + layer * 1.8)
            trunk = mix(tone, (110, 84, 70), 0.25 + 0.14 * layer)
            land.polygon([(x - w / 2, 0), (x + w / 2, 0), (x + w * 0.65, low), (x - w * 0.65, low)], trunk)
            land.polygon([(x + w * 0.1, 0), (x + w / 2, 0), (x + w * 0.65, low), (x + w * 0.2, low)], darker(trunk, 0.16))
        for _ in range(26):
            x, y = float(land.rng.uniform(-8, SIZE + 8)), float(land.rng.uniform(-10, 34 - layer * 6))
            land.ellipse(x, y, land.rng.uniform(9, 17), land.rng.uniform(6, 11), mix(tone, lighter(tone, 0.25), float(land.rng.uniform())))
        edge = np.full(SIZE, low, dtype=float)
        land.treeline(edge, mix(tone, floor, 0.3), 17, 9 + 2 * layer)
    land.ridge(131, 2.5, lighter(floor, 0.14), SIZE, below=darker(floor, 0.24))
    land.grass(136, 222, floor, 110, 8)
    for x, y, s in land.scatter(138, 222, 46):
        land.ellipse(x, y, 2.3 * s, 1.2 * s, pick(land, (186, 132, 78), (206, 160, 88), (158, 108, 74)))


def street(land: Land) -> None:
    x = -float(land.rng.uniform(0, 24))
    walls: tuple[Color, ...] = ((222, 170, 140), (236, 214, 176), (190, 120, 102), (206, 196, 186), (166, 178, 186), (232, 190, 120), (200, 150, 160))
    land.band(110, 134, (180, 176, 176), (190, 186, 184))
    while x < SIZE:
        w, top = float(land.rng.uniform(32, 56)), float(land.rng.uniform(30, 64))
        wall = pick(land, *walls)
        land.box(x, top, x + w, 134, wall)
        land.box(x, top, x + 2, 134, lighter(wall, 0.2))
        land.box(x + w - 3, top, x + w, 134, darker(wall, 0.14))
        if land.rng.uniform() < 0.5:
            land.polygon([(x - 1, top), (x + w * 0.18, top - 14), (x + w * 0.82, top - 14), (x + w + 1, top)], pick(land, (150, 82, 70), (110, 104, 116)))
        else:
            land.box(x - 1, top - 3, x + w + 1, top + 2, darker(wall, 0.25))
        columns = max(2, int(w // 13))
        step = w / columns
        for row in np.arange(top + 8, 104, 18):
            for i in range(columns):
                left = x + step * (i + 0.5) - 3.4
                land.box(left - 1, row - 1, left + 7.8, row + 11, lighter(wall, 0.5))
                land.box(left, row, left + 6.8, row + 10, (126, 158, 176))
                land.box(left, row, left + 6.8, row + 3.5, (166, 194, 204))
                if land.rng.uniform() < 0.45:
                    land.windows.append((left, row, left + 6.3, row + 9.5))
        awning = pick(land, (206, 84, 76), (92, 140, 160), (232, 182, 90), (122, 158, 110))
        land.box(x + 4, 113, x + w - 4, 133, (112, 132, 146))
        land.box(x + 4, 113, x + w - 4, 118, (150, 172, 182))
        for i, left in enumerate(np.arange(x + 3, x + w - 6, 4)):
            land.polygon([(left + 0.6, 107), (left + 4.4, 107), (left + 4, 114), (left, 114)], awning if i % 2 else (250, 244, 232))
        land.windows.append((x + 6, 117, x + w - 6, 131))
        x += w
    land.band(133, 150, (214, 206, 196), (198, 190, 184))
    for left in range(-6, 230, 16):
        land.line([(left, 134), (left - 4, 149)], (182, 174, 170), 0.6)
    land.band(149, 152, (164, 158, 158), (138, 134, 138))
    land.band(152, 200, (122, 120, 130), (104, 102, 114))
    for left in range(-10, 230, 38):
        land.polygon([(left + 2, 172), (left + 22, 172), (left + 21, 175), (left, 175)], (238, 230, 208))
    land.band(199, 203, (176, 170, 168), (150, 146, 148))
    land.band(203, 224, (210, 202, 194), (190, 182, 178))
    for left in range(-20, 260, 26):
        land.line([(left, 203), (left - 9, 224)], (178, 170, 168), 0.8)
    land.line([(0, 212), (224, 212)], (180, 172, 170), 0.7)


def snow(land: Land) -> None:
    land.ridge(84, 14, (172, 190, 212), 130, 0.8, below=(204, 216, 230))
    edge = land.ridge(103, 5, (206, 220, 232), 134)
    land.treeline(edge, (120, 152, 160), 18, 10, pointed=True)
    land.ridge(112, 3, (226, 234, 242), 150, below=(232, 238, 246))
    land.ridge(124, 5, (246, 248, 250), SIZE, below=(222, 230, 242))
    land.ridge(162, 7, (250, 250, 252), SIZE, below=(224, 232, 244))
    for x, y, s in land.scatter(130, 222, 26):
        land.line([(x - 14 * s, y), (x - 2 * s, y - 1.6 * s), (x + 12 * s, y)], (208, 220, 236), 1.0 * s)
    for x, y, s in land.scatter(128, 222, 40):
        land.ellipse(x, y, 0.9 * s, 0.7 * s, (255, 255, 255))


def desert(land: Land) -> None:
    sand = pick(land, (234, 190, 128), (238, 202, 142), (226, 176, 118))
    rock = pick(land, (206, 142, 104), (196, 134, 112))
    x = float(land.rng.uniform(0, 150))
    for shift, w, h in ((0, 52, 26), (60, 34, 17)):
        left = x + shift
        land.polygon([(left, 114), (left + 6, 112 - h), (left + w - 8, 112 - h), (left + w, 114)], mix(rock, (250, 226, 200), 0.25))
        land.polygon([(left + w * 0.6, 114), (left + w * 0.62, 112 - h), (left + w - 8, 112 - h), (left + w, 114)], mix(rock, (180, 140, 130), 0.25))
    land.ridge(110, 5, lighter(sand, 0.3), 140, 0.5, below=sand)
    land.ridge(122, 6, lighter(sand, 0.12), 170, 0.5, below=darker(sand, 0.08))
    land.ridge(150, 10, lighter(sand, 0.2), SIZE, 0.4, below=darker(sand, 0.12))
    for x, y, s in land.scatter(156, 222, 30):
        land.line([(x - 16 * s, y + 1), (x - 4 * s, y - 1.5 * s), (x + 6 * s, y), (x + 16 * s, y - 1.5 * s)], darker(sand, 0.13), 0.9 * s)
    for x, y, s in land.scatter(134, 222, 12):
        land.ellipse(x, y, 3.2 * s, 1.9 * s, darker(rock, 0.06))
        land.ellipse(x - 0.5 * s, y - 0.5 * s, 2.2 * s, 1.1 * s, lighter(rock, 0.2))


def savanna(land: Land) -> None:
    grass = pick(land, (220, 186, 104), (206, 180, 98), (226, 196, 122))
    land.ridge(108, 4, (186, 170, 150), 130, 0.5)
    for _ in range(int(land.rng.integers(3, 6))):
        x, s = float(land.rng.uniform(0, SIZE)), float(land.rng.uniform(0.6, 1.3))
        land.line([(x, 120), (x + 1 * s, 120 - 15 * s), (x - 6 * s, 120 - 23 * s)], (112, 88, 70), 1.5 * s)
        land.line([(x + 1 * s, 120 - 14 * s), (x + 8 * s, 120 - 23 * s)], (112, 88, 70), 1.2 * s)
        land.ellipse(x, 120 - 25 * s, 18 * s, 4.4 * s, (122, 138, 82))
        land.ellipse(x - 3 * s, 120 - 26.5 * s, 12 * s, 3 * s, (146, 158, 96))
    land.ridge(119, 2, lighter(grass, 0.2), SIZE, below=darker(mix(grass, (176, 150, 80), 0.4), 0.08))
    land.grass(123, 222, grass, 190, 10)


def lake(land: Land) -> None:
    land.ridge(76, 15, (126, 148, 176), 112, 0.9, below=(166, 186, 196))
    edge = land.ridge(93, 4, (112, 152, 120), 110)
    land.treeline(edge, (84, 130, 104), 22, 8, pointed=bool(land.rng.uniform() < 0.5))
    water = (92, 152, 186)
    land.band(100, 176, mix(water, (128, 164, 150), 0.4), lighter(water, 0.15), water, darker(water, 0.08))
    land.ripples(104, 172, (158, 200, 216), 60)
    land.ripples(104, 172, darker(water, 0.12), 26)
    grass = pick(land, (126, 170, 92), (142, 176, 98))
    land.ridge(167, 3.5, (196, 178, 132), SIZE)
    land.ridge(170.5, 3.5, lighter(grass, 0.1), SIZE, below=darker(grass, 0.14))
    land.grass(176, 222, grass, 90, 8)
    land.blossoms(180, 220, 16, ((250, 246, 236), (248, 208, 96), (190, 160, 214)))
    for side in ((0, 34), (190, 224)):
        if land.rng.uniform() < 0.55:
            for x in land.rng.uniform(*side, 9):
                high = float(land.rng.uniform(16, 30))
                land.line([(x, 176), (x + land.rng.uniform(-3, 3), 176 - high)], (112, 146, 82), 1.1)
                if high > 24:
                    land.line([(x, 177 - high), (x, 183 - high)], (128, 88, 62), 2.4)


def wallpaper(land: Land, wall: Color) -> None:
    land.band(0, 142, lighter(wall, 0.16), darker(wall, 0.05))
    paper = darker(wall, 0.05) if land.rng.uniform() < 0.5 else lighter(wall, 0.35)
    style = int(land.rng.integers(3))
    land.band(26, 88, lighter(wall, 0.10), wall)
    if style == 0:
        for x in range(4, 230, 12):
            land.box(x, 0, x + 5, 134, paper)
    elif style == 1:
        for i, y in enumerate(range(6, 132, 13)):
            for x in range(-4 + 8 * (i % 2), 230, 16):
                land.ellipse(x, y, 1.7, 1.7, paper)


def window(land: Land, at: float, wall: Color) -> None:
    """A window with what is outside by day or night, and curtains; ``at`` is its left edge."""
    night = land.time == "night"
    frame = (250, 246, 238)
    land.box(at - 4, 22, at + 60, 92, frame)
    glass = ((26, 34, 78), (62, 76, 130)) if night else ((136, 192, 228), (222, 240, 244))
    land.image.paste(gradient(glass, 124, round((at + 56) * 2) - round(at * 2)), (round(at * 2), 52))
    if night:
        for _ in range(9):
            land.ellipse(at + land.rng.uniform(3, 53), land.rng.uniform(29, 66), 0.6, 0.6, (250, 244, 220))
    else:
        land.ellipse(at + 14, 90, 20, 14, (150, 188, 118))
        land.ellipse(at + 42, 92, 20, 18, (130, 174, 108))
        land.box(at - 4, 88, at + 60, 112, lighter(wall, 0.02))
    land.box(at - 6, 88, at + 62, 93, (240, 232, 220))
    land.box(at + 26.6, 24, at + 29.4, 90, frame)
    land.box(at, 55, at + 56, 57.4, frame)
    cloth = pick(land, (206, 104, 92), (104, 140, 172), (228, 186, 104), (132, 164, 128))
    for side, edge in ((-1, at - 4), (1, at + 60)):
        land.polygon([(edge - 6 * side, 17), (edge + 9 * side, 17), (edge + 11 * side, 104), (edge, 104), (edge - 12 * side, 40)], cloth)
        for fold in (-1, 4, 8):
            land.line([(edge + fold * side, 20), (edge + (fold + 1) * side, 102)], darker(cloth, 0.18), 1.0)
    land.line([(at - 16, 17), (at + 72, 17)], (140, 104, 80), 2.4)


def room(land: Land) -> None:
    wall = pick(land, (214, 226, 214), (240, 224, 196), (236, 208, 196), (206, 220, 232), (228, 214, 230), (246, 228, 178))
    wallpaper(land, wall)
    window(land, float(land.rng.uniform(18, 142)), wall)
    land.box(0, 135, SIZE, 142, (250, 244, 234))
    land.box(0, 141, SIZE, 143, darker(wall, 0.3))
    wood = pick(land, (196, 148, 104), (178, 130, 92), (210, 168, 124))
    land.band(142, 224, darker(wood, 0.08), lighter(wood, 0.12))
    for i in range(-14, 16):
        tone = mix(wood, darker(wood, 0.16) if i % 2 else lighter(wood, 0.14), float(land.rng.uniform(0.1, 0.6)))
        land.polygon([(112 + i * 15, 143), (112 + (i + 1) * 15, 143), (112 + (i + 1) * 32, 224), (112 + i * 32, 224)], tone)
        land.line([(112 + i * 15, 143), (112 + i * 32, 224)], darker(wood, 0.22), 0.7)
    if land.rng.uniform() < 0.75:
        rug, cx = pick(land, (190, 86, 80), (92, 122, 158), (226, 186, 120), (122, 150, 120)), float(land.rng.uniform(86, 138))
        for grow, color in ((1.0, darker(rug, 0.2)), (0.94, rug), (0.78, lighter(rug, 0.5)), (0.72, rug), (0.4, lighter(rug, 0.4))):
            land.ellipse(cx, 188, 84 * grow, 24 * grow, color)


def kitchen(land: Land) -> None:
    tile = pick(land, (232, 226, 208), (206, 226, 222), (244, 222, 206), (216, 224, 236))
    land.band(0, 128, tile, darker(tile, 0.06))
    for row, y in enumerate(range(-2, 128, 20)):
        for x in range(-24 + 12 * (row % 2), 240, 24):
            tone = mix(tile, lighter(tile, 0.5), float(land.rng.uniform(0, 0.8)))
            land.box(x + 0.7, y + 0.7, x + 23.3, y + 19.3, tone)
            land.box(x + 0.7, y + 17.5, x + 23.3, y + 19.3, darker(tone, 0.06))
    shelf = (170, 122, 84)
    if land.rng.uniform() < 0.6:
        land.box(0, 62, SIZE, 66, shelf)
        land.box(0, 66, SIZE, 69, darker(tile, 0.2))
        left = 6.0
        while left < 216:
            w, h = float(land.rng.uniform(8, 15)), float(land.rng.uniform(10, 22))
            color = pick(land, (214, 150, 120), (142, 172, 168), (232, 196, 128), (186, 164, 190), (244, 236, 222))
            color = mix(color, tile, 0.35)
            land.box(left, 62 - h, left + w, 62, color)
            land.box(left, 62 - h, left + 2, 62, lighter(color, 0.3))
            land.box(left - 0.5, 60 - h, left + w + 0.5, 63 - h, darker(color, 0.2))
            left += w + float(land.rng.uniform(2, 22))
    wood = pick(land, (190, 138, 94), (206, 160, 112), (168, 118, 84))
    land.band(118, 224, darker(wood, 0.06), lighter(wood, 0.1))
    land.box(0, 117, SIZE, 119, darker(wood, 0.3))
    if land.rng.uniform() < 0.5:
        cloth = pick(land, (206, 92, 84), (96, 132, 172), (120, 158, 118), (230, 180, 96))
        pale = lighter(cloth, 0.82)
        land.band(119, 224, pale, pale)
        half = mix(cloth, pale, 0.55)
        rows = 119 + 105 * (np.linspace(0, 1, 10) ** 1.35)
        for i in range(-9, 10, 2):
            land.polygon([(112 + i * 14, 119), (112 + (i + 1) * 14, 119), (112 + (i + 1) * 25, 224), (112 + i * 25, 224)], half)
        for j in range(0, 9, 2):
            top, low = float(rows[j]), float(rows[j + 1])
            land.box(0, top, SIZE, low, half)
            for i in range(-9, 10, 2):
                a, b = 14 + 11 * (top - 119) / 105, 14 + 11 * (low - 119) / 105
                land.polygon([(112 + i * a, top), (112 + (i + 1) * a, top), (112 + (i + 1) * b, low), (112 + i * b, low)], cloth)
            for i in range(-8, 10, 2):
                a, b = 14 + 11 * (top - 119) / 105, 14 + 11 * (low - 119) / 105
                land.polygon([(112 + i * a, top), (112 + (i + 1) * a, top), (112 + (i + 1) * b, low), (112 + i * b, low)], half)
    else:
        for joint in (126, 140, 160, 188):
            land.box(0, joint, SIZE, joint + 0.9, darker(wood, 0.22))
        for gx, gy, s in land.scatter(122, 222, 40):
            land.line([(gx - 18 * s, gy), (gx, gy - 0.8), (gx + 18 * s, gy + 0.4)], darker(wood, 0.10), 0.7 * s)


PAINTERS: dict[str, Callable[[Land], None]] = {
    "beach": beach, "meadow": meadow, "farm": farm, "forest": forest, "street": street, "snow": snow,
    "desert": desert, "savanna": savanna, "lake": lake, "room": room, "kitchen": kitchen,
}  # fmt: skip
