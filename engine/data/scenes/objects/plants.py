"""Plants: tree, pine tree, palm tree, cactus, flower, sunflower, mushroom."""

import numpy as np

from engine.data.scenes.canvas import Color, Sprite, darker, lighter, mix
from engine.data.scenes.objects.kind import Kind, Look

BARK: Color = (126, 90, 66)


def tree(c: Sprite, a: Look) -> None:
    leaf = a.color
    c.stroke([(42, 99), (41, 76), (40, 50)], 11, 6, BARK)
    c.stroke([(41, 66), (30, 54), (24, 44)], 5, 3, BARK)
    c.stroke([(41, 62), (52, 52), (58, 42)], 5, 3, BARK)
    c.blob([(34, 99), (40, 92), (44, 92), (50, 99)], darker(BARK, 0.1), 0.5)
    spread = ((22, 48, 17), (60, 46, 17), (42, 52, 16), (18, 34, 15), (64, 32, 15), (42, 36, 20), (30, 20, 15), (52, 18, 15), (41, 12, 11))
    for depth, (x, y, r) in enumerate(spread):
        radius = r * c.rng.uniform(0.9, 1.1)
        c.ellipse(x + c.rng.uniform(-2, 2), y, radius, radius * 0.92, darker(leaf, 0.22 - 0.024 * depth))
    side = -1 if (c.light < 0) != c.flip else 1
    for _ in range(46):
        angle, reach = c.rng.uniform(0, 2 * np.pi), c.rng.uniform(0, 1) ** 0.5
        x, y = 41 + 27 * reach * np.cos(angle), 31 + 26 * reach * np.sin(angle)
        lit = side * (x - 41) / 27 - (y - 31) / 26
        color = lighter(leaf, 0.16 + 0.12 * lit) if lit > -0.1 else darker(leaf, 0.2)
        c.ellipse(x, y, 3.4, 2.3, color, 0, c.rng.uniform(0, 180))
    if a.style == "fruit":
        for x, y in ((24, 40), (36, 28), (52, 42), (60, 30), (44, 50), (28, 18), (50, 16)):
            c.ellipse(x, y, 3.4, 3.4, (212, 64, 56))


def pine(c: Sprite, a: Look) -> None:
    leaf = a.color
    c.box(30, 84, 38, 99, BARK)
    tiers = ((62, 92, 33), (40, 74, 27), (20, 54, 21), (2, 34, 14))
    for top, low, half in tiers:
        points: list[tuple[float, float]] = [(34, top - 4)]
        points += [(34 + half * t, low + (3 if i % 2 else -3)) for i, t in enumerate((1, 0.72, 0.45, 0.15, -0.15, -0.45, -0.72, -1))]
        c.polygon(points, leaf)
        for t in (-0.6, -0.2, 0.25, 0.65):
            c.stroke([(34 + half * t * 0.5, (top + low) / 2 + 2), (34 + half * t * 0.8, low - 5)], 2.2, 1, darker(leaf, 0.22), 0)
        if a.style == "snowy":
            for t in (-0.78, -0.3, 0.2, 0.7):
                c.stroke([(34 + half * (t - 0.16), low - 5 + abs(t) * 2), (34 + half * t, low - 7.5), (34 + half * (t + 0.16), low - 5 + abs(t) * 2)], 5.2, 4.2, (246, 248, 252), 0.4)
    if a.style == "snowy":
        c.polygon([(34, -3), (42, 12), (38, 10), (34, 14), (30, 10), (26, 12)], (246, 248, 252), 0.5)
    if a.style == "decorated":
        for i, (x, y) in enumerate(((30, 30), (40, 44), (26, 52), (44, 66), (22, 72), (34, 60), (50, 84), (16, 88), (34, 80))):
            c.ellipse(x, y, 2.8, 2.8, ((220, 70, 62), (248, 206, 90), (90, 140, 200))[i % 3])
        star = [(34 + r * np.sin(t), -2 - r * np.cos(t)) for t, r in zip(np.linspace(0, 2 * np.pi, 10, endpoint=False), [8, 3.4] * 5, strict=True)]
        c.shine(star, (255, 220, 110), 20)


def palm(c: Sprite, a: Look) -> None:
    leaf = a.color
    c.stroke([(30, 99), (36, 70), (44, 46), (50, 26)], 10, 6, (160, 120, 84))
    for t in np.linspace(0.06, 0.92, 9):
        x, y = 30 + 20 * t**0.9, 97 - 70 * t
        c.stroke([(x - 3.6, y), (x, y + 1.6), (x + 3.6, y)], 1.3, 1.3, (120, 86, 62), 0)
    for i, (x, y, drop) in enumerate(((4, 26, 22), (92, 24, 22), (12, 6, 12), (86, 6, 12), (28, -4, 4), (70, -6, 4), (20, 44, 16), (80, 44, 16))):
        mid = ((50 + x) / 2, min(22, y) - 7)
        tip = (x, y + drop * 0.6)
        c.blob([(50, 24), (mid[0], mid[1]), tip, (mid[0] + (50 - mid[0]) * 0.15, mid[1] + 10)], darker(leaf, 0.16) if i > 5 else lighter(leaf, 0.08 * (i % 2)))
        c.stroke([(50, 24), (mid[0], mid[1] + 3), tip], 1.3, 0.6, darker(leaf, 0.3), 0)
    for x in (45, 52, 57):
        c.ellipse(x, 30, 4.2, 4.4, (124, 84, 58) if a.style == "coconuts" else (186, 150, 80))


def cactus(c: Sprite, a: Look) -> None:
    green, dark = a.color, darker(a.color, 0.3)
    if a.style == "round":
        c.ellipse(35, 66, 34, 34, green)
        for x in (-24.0, -13.0, 0.0, 13.0, 24.0):
            c.stroke([(35 + x * 0.4, 34), (35 + x, 66), (35 + x * 0.5, 97)], 1.6, 1.6, dark, 0)
        flowers: tuple[tuple[float, float], ...] = ((35, 30),)
    else:
        c.stroke([(22, 60), (7, 58), (6, 38)], 12, 10, green)
        c.stroke([(48, 52), (64, 48), (64, 24)], 12, 10, green)
        c.stroke([(35, 97), (35, 50), (35, 12)], 22, 20, green)
        for x in (-5.5, 0, 5.5):
            c.stroke([(35 + x, 8), (35 + x, 96)], 1.3, 1.3, dark, 0)
        for x, y in ((6.0, 46.0), (64.0, 34.0)):
            c.stroke([(x, y - 8), (x, y + 10)], 1.2, 1.2, dark, 0)
        flowers = ((35, 1), (64, 17))
    for _ in range(20):
        x, y = 35 + c.rng.uniform(-9, 9), c.rng.uniform(16, 92)
        c.stroke([(x - 1.6, y), (x + 1.6, y - 1)], 0.8, 0.8, (240, 232, 196), 0)
    for x, y in flowers:
        for t in range(5):
            c.ellipse(x + 5 * np.sin(t * 1.257), y - 4 * np.cos(t * 1.257), 4, 3.4, (232, 104, 140), 0.5)
        c.ellipse(x, y, 2.6, 2.4, (250, 216, 110), 0)


def flower(c: Sprite, a: Look) -> None:
    petal = a.color
    stem = (96, 146, 78)
    c.stroke([(30, 100), (33, 70), (30, 32)], 4.6, 3.6, stem)
    c.blob([(31, 84), (12, 74), (2, 58), (18, 62), (32, 78)], lighter(stem, 0.1))
    c.blob([(32, 78), (48, 66), (60, 52), (50, 74), (34, 86)], stem)
    if a.style == "tulip":
        c.blob([(30, 44), (10, 34), (9, 6), (21, 16), (30, 2), (39, 16), (51, 6), (50, 34)], petal)
        c.blob([(30, 44), (19, 30), (21, 16), (30, 3), (39, 16), (41, 30)], lighter(petal, 0.2))
    else:
        for t in np.arange(8) * np.pi / 4 + 0.2:
            c.ellipse(30 + 15 * np.cos(t), 25 + 15 * np.sin(t), 10.5, 6.6, petal, 0.8, np.rad2deg(t))
        c.ellipse(30, 25, 8.6, 8.6, (246, 196, 76) if a.color_name != "yellow" else (168, 104, 58))


def sunflower(c: Sprite, a: Look) -> None:
    stem = (98, 142, 74)
    c.stroke([(28, 100), (30, 66), (28, 34)], 5.4, 4.2, stem)
    c.blob([(29, 80), (10, 78), (-2, 62), (16, 60), (30, 72)], lighter(stem, 0.08))
    c.blob([(30, 70), (46, 66), (58, 50), (44, 52), (30, 62)], stem)
    for layer, r in ((0.16, 20), (0.0, 17)):
        for t in np.arange(13) * 2 * np.pi / 13 + layer * 1.5:
            c.ellipse(28 + r * np.cos(t), 26 + r * np.sin(t), 9, 4.4, darker(a.color, layer), 0.7, np.rad2deg(t))
    c.ellipse(28, 26, 13, 13, (112, 74, 54))
    for t in range(26):
        r, turn = 1.9 * t**0.55, t * 2.4
        c.ellipse(28 + r * np.cos(turn), 26 + r * np.sin(turn), 1.1, 1.1, (164, 112, 66), 0)


def mushroom(c: Sprite, a: Look) -> None:
    cap = a.color
    c.blob([(36, 52), (62, 52), (64, 80), (70, 96), (50, 100), (30, 96), (36, 80)], (246, 236, 216))
    c.blob([(30, 56), (50, 52), (70, 56), (66, 66), (50, 70), (34, 66)], (226, 208, 184), 0.5)
    c.blob([(2, 52), (10, 26), (34, 6), (66, 6), (90, 26), (98, 52), (72, 60), (50, 56), (28, 60)], cap)
    if a.style == "spotted":
        for x, y, r in ((30, 24, 7), (54, 16, 6), (72, 32, 7.4), (48, 38, 6.4), (20, 44, 5), (86, 46, 4)):
            c.ellipse(x, y, r, r * 0.86, (252, 246, 234), 0.5)
    c.stroke([(40, 76), (42, 94)], 1.6, 1.2, mix(cap, (226, 208, 184), 0.8), 0)


OUT = {"meadow": 2.0, "farm": 1.5, "lake": 2.0, "street": 0.8}
KINDS = (
    Kind("tree", tree, 132, 82, ("green", "orange", "pink", "yellow", "red"), {**OUT, "forest": 1.5}, styles=("plain", "fruit"), far=True, herd=0.25, turns=True, shades={"green": (98, 150, 78), "orange": (222, 136, 62), "pink": (238, 170, 184), "yellow": (232, 190, 84), "red": (188, 82, 62)}),
    Kind("pine tree", pine, 134, 68, ("green", "blue"), {"forest": 3, "snow": 4, "lake": 1.2}, styles=("plain", "snowy", "decorated"), far=True, herd=0.4, shades={"green": (64, 116, 84), "blue": (76, 116, 126)}),
    Kind("palm tree", palm, 136, 98, ("green", "yellow"), {"beach": 5, "desert": 1.4}, styles=("plain", "coconuts"), far=True, herd=0.35, shades={"green": (92, 152, 84), "yellow": (164, 170, 82)}),
    Kind("cactus", cactus, 86, 70, ("green", "blue"), {"desert": 7}, styles=("tall", "round"), herd=0.4, shades={"green": (96, 152, 90), "blue": (96, 148, 132)}),
    Kind("flower", flower, 40, 60, ("red", "pink", "yellow", "purple", "white", "orange", "blue"), {"meadow": 4, "farm": 1.2, "lake": 1.2, "forest": 0.8}, styles=("tulip", "daisy"), herd=0.6),
    Kind("sunflower", sunflower, 74, 56, ("yellow", "orange"), {"farm": 3, "meadow": 1.6}, herd=0.55, shades={"yellow": (248, 202, 66), "orange": (238, 156, 58)}),
    Kind("mushroom", mushroom, 32, 100, ("red", "brown", "white", "purple", "orange"), {"forest": 6, "meadow": 0.6}, styles=("spotted", "plain"), herd=0.5, shades={"white": (236, 222, 202)}),
)  # fmt: skip
