"""Buildings: house, barn, lighthouse, windmill, castle, tent, igloo."""

import numpy as np

from engine.data.scenes.canvas import Color, Sprite, circle, darker, lighter, mix
from engine.data.scenes.objects.kind import Kind, Look


def window(c: Sprite, x: float, y: float, w: float, h: float, frame: Color = (250, 244, 232), reach: float = 0.0) -> None:
    c.box(x - w / 2 - 1.6, y - h / 2 - 1.6, x + w / 2 + 1.6, y + h / 2 + 1.6, frame, 0.4)
    c.shine([(x - w / 2, y - h / 2), (x + w / 2, y - h / 2), (x + w / 2, y + h / 2), (x - w / 2, y + h / 2)], reach=reach)
    c.box(x - 0.6, y - h / 2, x + 0.6, y + h / 2, frame, 0)
    c.box(x - w / 2, y - 0.6, x + w / 2, y + 0.6, frame, 0)


def house(c: Sprite, a: Look) -> None:
    wall, roof = a.color, (176, 84, 66) if a.color_name not in ("red", "pink", "orange") else (104, 96, 112)
    if a.style == "thatched":
        roof = (206, 170, 110)
    c.box(84, 4, 94, 34, (170, 104, 86))
    for i, (x, y) in enumerate(((92, -2), (98, -8))):
        c.ellipse(x, y, 4 + i * 1.6, 3.4 + i, (236, 234, 236), 0.5)
    c.box(14, 44, 106, 99, wall)
    for y in (56, 68, 80, 92):
        c.stroke([(14, y), (60, y), (106, y)], 0.7, 0.7, darker(wall, 0.12), 0)
    c.polygon([(2, 48), (26, 10), (94, 10), (118, 48)], roof)
    for row in range(4):
        y = 18 + row * 8
        left, right = 25 - row * 5.2, 95 + row * 5.2
        for tile in np.arange(left, right, 6.5):
            c.stroke([(tile, y), (tile + 3, y + 2.4), (tile + 6, y)], 1, 1, darker(roof, 0.2), 0)
    c.box(2, 46, 118, 50, darker(roof, 0.25), 0.4)
    c.box(50, 64, 68, 99, darker(mix(roof, (120, 80, 60), 0.4), 0.1), 1, 2)
    c.ellipse(64, 83, 1.3, 1.3, (246, 214, 120), 0)
    window(c, 32, 72, 15, 16, reach=26)
    window(c, 87, 72, 15, 16, reach=26)
    c.box(48, 97, 70, 100, (190, 180, 172), 0.4)
    for x in (24, 40, 79, 95):
        c.ellipse(x, 83, 3.6, 2.6, (216, 96, 104), 0.4)


def barn(c: Sprite, a: Look) -> None:
    wall, trim = a.color, (250, 244, 232)
    c.box(20, 46, 124, 99, darker(wall, 0.08))
    for x in range(66, 124, 7):
        c.box(x, 46, x + 0.9, 99, darker(wall, 0.3), 0)
    c.polygon([(36, 8), (104, 8), (128, 32), (130, 48), (66, 48)], (118, 108, 118))
    c.polygon([(8, 99), (8, 44), (18, 22), (38, 8), (58, 22), (68, 44), (68, 99)], wall)
    for x in range(14, 66, 7):
        c.box(x, 46, x + 0.8, 99, darker(wall, 0.22), 0)
    c.stroke([(5, 46), (17, 22), (38, 6)], 3.4, 3.4, trim, 0.4)
    c.stroke([(71, 46), (59, 22), (38, 6)], 3.4, 3.4, trim, 0.4)
    window(c, 38, 32, 11, 11, reach=20)
    c.box(22, 58, 54, 99, trim, 0.3)
    c.box(24, 60, 52, 99, darker(wall, 0.14), 0.6)
    for p, q in (((24, 60), (52, 98)), ((52, 60), (24, 98)), ((38, 60), (38, 98))):
        c.stroke([p, q], 2, 2, trim, 0)
    window(c, 92, 70, 12, 12, reach=20)


def lighthouse(c: Sprite, a: Look) -> None:
    stripe, white = a.color, (248, 244, 236)
    c.blob([(4, 99), (8, 90), (22, 86), (40, 86), (54, 92), (58, 100)], (140, 132, 132))
    c.polygon([(14, 94), (20, 26), (40, 26), (46, 94)], white)
    for top, low in ((34, 47), (60, 73), (86, 94)):
        if a.style == "striped":
            c.polygon([(14 + (94 - low) * 0.088, low), (14 + (94 - top) * 0.088, top), (46 - (94 - top) * 0.088, top), (46 - (94 - low) * 0.088, low)], stripe)
    if a.style == "plain":
        c.polygon([(14, 94), (17.2, 58), (42.8, 58), (46, 94)], stripe)
    c.box(16, 23, 44, 27, (84, 80, 90), 0.6, 1)
    c.shine([(23, 12), (37, 12), (37, 23), (23, 23)], (255, 236, 160), 60)
    c.box(29.4, 12, 30.6, 23, (84, 80, 90), 0)
    c.blob([(20, 12), (24, 5), (30, 1), (36, 5), (40, 12)], stripe)
    c.stroke([(30, 2), (30, -5)], 1.4, 1, (84, 80, 90), 0)
    for y in (42, 66):
        c.shine([(28, y), (33, y), (33, y + 7), (28, y + 7)])
    c.box(26, 80, 35, 94, (120, 84, 66), 0.7, 2)


def windmill(c: Sprite, a: Look) -> None:
    wall = a.color
    c.polygon([(24, 99), (32, 34), (56, 34), (64, 99)], wall)
    for y in (50, 64, 80):
        c.stroke([(30, y), (44, y + 1), (58, y)], 0.8, 0.8, darker(wall, 0.14), 0)
    c.blob([(28, 36), (34, 22), (44, 17), (54, 22), (60, 36)], (150, 84, 66))
    c.box(38, 80, 50, 99, (124, 84, 62), 1, 2)
    window(c, 44, 60, 8, 9, reach=16)
    spin = {"plus": 0.15, "cross": 0.62}[a.style]
    for turn in np.arange(4) * np.pi / 2 + spin:
        u, v = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
        hub = np.array([44.0, 32.0])
        c.polygon([hub + u * 8 + v * 1, hub + u * 38 + v * 1, hub + u * 38 + v * 10, hub + u * 12 + v * 10], (250, 242, 224), 0.7)
        for step in (18, 25, 32):
            c.stroke([tuple(hub + u * step + v), tuple(hub + u * step + v * 10)], 0.9, 0.9, (150, 112, 80), 0)
        c.stroke([tuple(hub), tuple(hub + u * 40)], 2.6, 2, (128, 90, 66), 0.3)
    c.ellipse(44, 32, 3.4, 3.4, (104, 72, 58))


def castle(c: Sprite, a: Look) -> None:
    stone, roof = a.color, {"red roofs": (192, 78, 66), "blue roofs": (84, 112, 168), "purple roofs": (132, 96, 154)}[a.style]
    def tower(x: float, half: float, top: float, cone: float) -> None:
        c.box(x - half, top, x + half, 99, stone)
        c.box(x - half - 2, top - 2, x + half + 2, top + 3, darker(stone, 0.12), 0.5)
        c.polygon([(x - half - 4, top), (x, top - cone), (x + half + 4, top)], roof)
        c.stroke([(x, top - cone), (x, top - cone - 8)], 1, 1, (104, 90, 86), 0)
        c.polygon([(x, top - cone - 9), (x + 9, top - cone - 6), (x, top - cone - 3)], (232, 172, 66), 0.3)
        c.shine([(x - 2.4, top + 12), (x, top + 9), (x + 2.4, top + 12), (x + 2.4, top + 20), (x - 2.4, top + 20)], reach=12)
    tower(62, 14, 36, 24)
    c.box(22, 58, 102, 99, darker(stone, 0.06))
    for x in range(22, 102, 10):
        c.box(x, 53, x + 6, 60, darker(stone, 0.06), 0.5)
    tower(18, 11, 44, 22)
    tower(106, 11, 44, 22)
    for x, y in ((34, 70), (46, 84), (84, 68), (92, 88), (40, 92), (14, 78), (108, 84), (60, 64)):
        c.box(x, y, x + 7, y + 3.4, darker(stone, 0.13), 0, 1)
    arch = [(50, 99), (50, 82), (54, 75), (62, 72), (70, 75), (74, 82), (74, 99)]
    c.polygon(arch, (104, 72, 58))
    for x in (56, 62, 68):
        c.box(x - 0.5, 74, x + 0.5, 99, (74, 52, 46), 0)


def tent(c: Sprite, a: Look) -> None:
    cloth = a.color
    c.stroke([(8, 96), (-2, 99)], 1.4, 1.4, (120, 96, 74), 0)
    c.polygon([(58, 6), (112, 10), (146, 98), (100, 99)], darker(cloth, 0.26))
    c.polygon([(58, 4), (104, 99), (8, 99)], cloth)
    if a.style == "striped":
        for left in (24, 82):
            right = left + 11
            c.polygon([(58, 4), (left + (-5 if left < 50 else 4), 99), (right + (-5 if left < 50 else 4), 99)], (252, 244, 228), 0.5)
    inner = (76, 58, 62)
    if c.night:
        c.shine([(58, 30), (76, 99), (42, 99)], (255, 206, 122), 60)
    else:
        c.polygon([(58, 30), (76, 99), (42, 99)], inner, 0.6)
    c.polygon([(58, 30), (42, 99), (32, 99), (50, 60)], lighter(cloth, 0.3))
    c.stroke([(58, 4), (58, -4)], 2, 2, (120, 96, 74), 0)
    c.polygon([(58, -5), (70, -1), (58, 4)], (240, 196, 84), 0.3)


def igloo(c: Sprite, a: Look) -> None:
    ice = a.color
    dome = [(6 + 128 * t, 99 - 92 * np.sin(np.pi * t) ** 0.62) for t in np.linspace(0, 1, 26)]
    c.polygon(dome, ice, 1, ball=True)
    seam = darker(ice, 0.2)
    for i, y in enumerate((82, 64, 46, 28)):
        half = 62 * (1 - ((99 - y) / 96) ** 2.1) ** 0.5
        c.stroke([(70 - half, y + 2), (70, y - 4), (70 + half, y + 2)], 1.2, 1.2, seam, 0)
        for x in np.arange(-3, 4) * 20 + (10 if i % 2 else 0):
            if abs(x) < half - 4:
                c.stroke([(70 + x * 1.0, y - 3), (70 + x * 0.94, y + 14)], 1.1, 1.1, seam, 0)
    c.blob([(86, 99), (86, 66), (104, 54), (124, 60), (130, 78), (130, 99)], lighter(ice, 0.2))
    c.blob([(98, 99), (98, 76), (109, 66), (121, 76), (121, 99)], (70, 86, 122), 0.8)
    if c.night:
        c.shine(circle(110, 88, 9, 10), (255, 206, 122), 40)


OUTSKIRTS = {"meadow": 1.5, "farm": 1.2, "lake": 1.2, "snow": 1.5}
KINDS = (
    Kind("house", house, 118, 120, ("white", "yellow", "red", "blue", "pink", "cream", "green"), OUTSKIRTS, styles=("tiled", "thatched"), far=True, herd=0.15, shades={"red": (198, 96, 82), "blue": (134, 168, 194), "pink": (238, 190, 184), "green": (164, 190, 150), "yellow": (246, 214, 138)}),
    Kind("barn", barn, 116, 132, ("red", "brown", "green", "white"), {"farm": 4, "meadow": 0.6, "snow": 0.5}, far=True, shades={"red": (180, 66, 58), "green": (104, 134, 104), "white": (232, 226, 214)}),
    Kind("lighthouse", lighthouse, 150, 60, ("red", "blue", "black", "green"), {"beach": 4, "lake": 0.8}, styles=("striped", "plain"), far=True),
    Kind("windmill", windmill, 142, 88, ("white", "cream", "brown", "blue"), {"farm": 2, "meadow": 2, "lake": 0.8}, styles=("plus", "cross"), far=True, shades={"brown": (178, 132, 98), "blue": (150, 178, 198)}),
    Kind("castle", castle, 128, 124, ("grey", "cream", "pink", "white"), {"meadow": 1.8, "lake": 1.6, "forest": 0.8, "snow": 0.6}, styles=("red roofs", "blue roofs", "purple roofs"), far=True, shades={"grey": (176, 174, 180), "pink": (228, 190, 190)}),
    Kind("tent", tent, 78, 146, ("orange", "blue", "green", "red", "yellow"), {"forest": 3, "lake": 2.5, "meadow": 1, "desert": 1.2, "snow": 0.6, "savanna": 1}, styles=("plain", "striped")),
    Kind("igloo", igloo, 84, 140, ("white", "blue"), {"snow": 6}, far=True, shades={"white": (238, 242, 246), "blue": (190, 216, 236)}),
)  # fmt: skip
