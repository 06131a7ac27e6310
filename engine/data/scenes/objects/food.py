"""Food: apple, banana, pear, cake, ice cream, pumpkin, watermelon, bread."""

import numpy as np

from engine.data.scenes.canvas import Sprite, darker, lighter, mix
from engine.data.scenes.objects.kind import Kind, Look

LEAF = (104, 158, 84)


def apple(c: Sprite, a: Look) -> None:
    c.stroke([(50, 26), (50, 12), (56, 2)], 4, 3, (112, 80, 58))
    c.blob([(54, 14), (66, 2), (86, 4), (76, 16), (62, 18)], LEAF)
    c.blob([(50, 24), (66, 16), (88, 24), (98, 48), (88, 80), (66, 99), (50, 94), (34, 99), (12, 80), (2, 48), (12, 24), (34, 16)], a.color, ball=True)
    c.blob([(40, 24), (50, 21), (60, 24), (50, 30)], darker(a.color, 0.35), 0.4)
    x = 30 if (c.light < 0) != c.flip else 70
    c.ellipse(x, 40, 8, 12, lighter(a.color, 0.5), 0, 20)
    if a.style == "bitten":
        for bx, by in ((97, 44), (99, 58), (93, 70)):
            c.ellipse(bx, by, 12, 11, (252, 240, 206), 0.4)
    for _ in range(16):
        c.ellipse(50 + c.rng.uniform(-34, 34), 60 + c.rng.uniform(-28, 26), 0.9, 0.9, lighter(a.color, 0.45), 0)


def banana(c: Sprite, a: Look) -> None:
    fingers = 3 if a.style == "bunch" else 1
    for i in range(fingers):
        lift = (fingers - 1 - i) * 15
        skin = darker(a.color, 0.14 * (fingers - 1 - i))
        c.blob([(12, 20), (20, 14), (34, 48 - lift * 0.4), (74, 66 - lift), (122, 50 - lift * 0.6), (140, 38 - lift), (146, 46 - lift), (126, 78 - lift), (80, 98 - lift), (34, 84 - lift * 0.5), (14, 50)], skin)
        c.stroke([(18, 30), (34, 66 - lift * 0.6), (78, 84 - lift), (138, 46 - lift)], 2.2, 1.4, darker(skin, 0.18), 0)
        c.ellipse(143, 40 - lift, 4, 5, (104, 76, 54), 0)
        c.stroke([(17, 22), (14, 6)], 9, 6, darker(mix(skin, (150, 150, 70), 0.5), 0.1))
    for x, y in ((60, 80), (92, 88), (108, 74)):
        c.ellipse(x, y, 2.4, 1.5, (150, 106, 58), 0)


def pear(c: Sprite, a: Look) -> None:
    c.stroke([(38, 16), (39, 6), (44, -2)], 3.6, 2.8, (112, 80, 58))
    c.blob([(41, 8), (52, -2), (66, 2), (56, 12)], LEAF)
    c.blob([(38, 12), (52, 20), (56, 42), (72, 62), (72, 86), (54, 99), (38, 97), (22, 99), (4, 86), (4, 62), (20, 42), (24, 20)], a.color, ball=True)
    x = 22 if (c.light < 0) != c.flip else 54
    c.ellipse(x, 64, 6, 10, lighter(a.color, 0.5), 0, 12)
    for _ in range(22):
        c.ellipse(38 + c.rng.uniform(-24, 24), 72 + c.rng.uniform(-20, 20), 0.9, 0.9, darker(a.color, 0.3), 0)


def cake(c: Sprite, a: Look) -> None:
    cream, sponge = a.color, (226, 176, 116)
    c.ellipse(75, 94, 72, 8, (232, 230, 236))
    c.box(57, 91, 93, 100, (214, 212, 220), 0.6, 3)
    c.box(16, 46, 134, 92, sponge, 1, 4)
    c.box(16, 66, 134, 72, (252, 242, 224), 0)
    c.ellipse(75, 92, 59, 5, sponge, 0.5)
    drips = [(14, 44)] + [(14 + 122 * t, 52 + (12 if i % 2 else 2) + 3 * np.sin(i * 2.3)) for i, t in enumerate(np.linspace(0, 1, 14))] + [(136, 44), (75, 34)]
    c.blob(drips, darker(cream, 0.06))
    c.ellipse(75, 42, 60, 11, lighter(cream, 0.15))
    for i in range(18):
        angle, r = i * 2.4, (i / 18) ** 0.5
        c.ellipse(75 + 52 * r * np.cos(angle), 42 + 8 * r * np.sin(angle), 1.8, 1.2, ((90, 150, 200), (250, 210, 90), (120, 176, 96))[i % 3], 0)
    if a.style == "birthday":
        for x, color in ((45, (106, 158, 206)), (75, (240, 190, 80)), (105, (214, 96, 116))):
            c.box(x - 2.6, 18, x + 2.6, 42, color, 0.8)
            c.box(x - 2.6, 26, x + 2.6, 29, (255, 250, 240), 0)
            c.blob([(x, 3), (x + 4, 12), (x, 18), (x - 4, 12)], (252, 190, 70), 0)
            c.ellipse(x, 13, 1.8, 3, (255, 242, 190), 0)
    else:
        for x in (34, 62, 90, 116):
            c.ellipse(x, 37, 8.5, 5, (255, 248, 238))
            c.ellipse(x, 31, 6, 6, (204, 44, 58))
            c.stroke([(x, 26), (x + 4, 17)], 1.2, 1, (96, 120, 60), 0)


def ice_cream(c: Sprite, a: Look) -> None:
    scoop = a.color
    c.polygon([(8, 46), (52, 46), (30, 98)], (224, 168, 98))
    for t in (0.12, 0.36, 0.6, 0.84):
        c.stroke([(8 + 44 * t, 47), (30 + (t - 0.5) * 0.1, 98)], 1, 0.6, (180, 122, 66), 0)
    for y in (56, 66, 76, 86):
        half = 22 * (100 - y) / 54
        c.stroke([(30 - half, y - 3), (30 + half, y + 3)], 1, 1, (180, 122, 66), 0)
    if a.style == "double":
        c.ellipse(21, 36, 17, 16, lighter((250, 236, 204), 0.1))
        c.ellipse(41, 36, 16, 15, mix(scoop, (146, 92, 70), 0.55))
        c.ellipse(31, 18, 17, 16, scoop)
        top = 2
    else:
        c.ellipse(30, 28, 22, 21, scoop)
        top = 8
    c.blob([(6, 42), (30, 38), (54, 42), (50, 50), (42, 47), (34, 53), (24, 47), (14, 52)], lighter(scoop, 0.1), 0.6)
    for i in range(9):
        c.ellipse(30 + 12 * np.sin(i * 2.4), top + 12 + 9 * np.cos(i * 1.7), 1.7, 1, ((214, 80, 90), (250, 240, 220), (110, 150, 90))[i % 3], 0)
    c.ellipse(30, top, 5, 5, (206, 46, 60))
    c.polygon([(14, 100), (18, 78), (42, 78), (46, 100)], (184, 206, 216))
    c.ellipse(30, 78, 12, 2.6, (214, 228, 234), 0.3)
    c.stroke([(30, top - 4), (34, top - 11)], 1.2, 1, (96, 120, 60), 0)


def pumpkin(c: Sprite, a: Look) -> None:
    skin = a.color
    c.stroke([(62, 24), (60, 12), (68, 2)], 9, 6, (112, 130, 72))
    for x, half in ((18, 18), (106, 18), (36, 24), (88, 24), (62, 26)):
        c.ellipse(x, 60, half, 38, skin)
    c.stroke([(66, 20), (84, 14), (88, 22), (80, 26)], 2, 1.4, LEAF)
    if a.style == "carved":
        hole = (255, 206, 96) if c.night else (92, 50, 40)
        for x in (42, 82):
            c.shine([(x - 9, 56), (x, 42), (x + 9, 56)], hole) if c.night else c.polygon([(x - 9, 56), (x, 42), (x + 9, 56)], hole, 0)
        mouth = [(30, 66), (44, 72), (50, 68), (56, 74), (68, 74), (74, 68), (80, 72), (94, 66), (84, 84), (62, 90), (40, 84)]
        c.shine(mouth, hole, 40) if c.night else c.polygon(mouth, hole, 0)


def watermelon(c: Sprite, a: Look) -> None:
    flesh, rind = a.color, (86, 142, 80)
    if a.style == "slice":
        arc = np.linspace(0, np.pi, 24)
        for radius, color in ((1.0, rind), (0.92, (226, 236, 190)), (0.86, flesh)):
            c.polygon([(75 + 74 * radius * np.cos(t), 14 + 84 * radius * np.sin(t)) for t in arc], color, 0.9)
        for x, y in ((38, 30), (58, 46), (75, 26), (92, 48), (112, 30), (75, 66), (52, 64), (98, 64)):
            c.blob([(x, y - 5), (x + 2.8, y + 1), (x, y + 4), (x - 2.8, y + 1)], (64, 46, 44), 0)
    else:
        c.ellipse(75, 56, 68, 43, rind)
        for x in (-46, -28, -9, 10, 29, 47):
            bend = x * 0.36
            c.stroke([(75 + bend, 14), (75 + x * 1.06 + 3, 38), (75 + x * 1.1 - 3, 60), (75 + x * 1.0, 80), (75 + bend, 97)], 6, 5, darker(rind, 0.35), 0.5)
        c.stroke([(75, 14), (80, 4), (90, 4)], 3, 2, (130, 126, 76))


def bread(c: Sprite, a: Look) -> None:
    crust = a.color
    if a.style == "loaf":
        c.blob([(6, 84), (4, 52), (22, 30), (60, 20), (100, 20), (138, 30), (156, 54), (154, 84), (120, 98), (40, 98)], crust)
        for x in (42, 74, 106):
            c.stroke([(x - 8, 56), (x + 2, 42), (x + 16, 32)], 7, 4, lighter(crust, 0.5), 0.6)
    else:
        for x in (60, 36, 12):
            c.blob([(x, 96), (x, 48), (x - 6, 30), (x + 14, 10), (x + 70, 10), (x + 90, 30), (x + 84, 50), (x + 84, 96)], darker(crust, 0.1))
            c.blob([(x + 5, 91), (x + 5, 47), (x, 30), (x + 16, 16), (x + 68, 16), (x + 84, 30), (x + 79, 48), (x + 79, 91)], (246, 222, 172), 0.7)


FRUIT = {"kitchen": 4.0, "room": 0.5}
KINDS = (
    Kind("apple", apple, 15, 100, ("red", "green", "yellow"), FRUIT, styles=("plain", "bitten"), zones=("top", "ground"), close=58, herd=0.5, shades={"red": (206, 58, 54), "green": (146, 186, 84)}),
    Kind("banana", banana, 14, 152, ("yellow", "green"), FRUIT, styles=("bunch", "single"), zones=("top", "ground"), close=54, shades={"yellow": (248, 212, 92), "green": (186, 200, 92)}),
    Kind("pear", pear, 17, 76, ("green", "yellow", "orange"), FRUIT, zones=("top", "ground"), close=66, herd=0.45, shades={"green": (168, 192, 92), "yellow": (232, 208, 104), "orange": (222, 166, 92)}),
    Kind("cake", cake, 26, 150, ("pink", "white", "brown", "yellow"), {"kitchen": 3.5, "room": 0.8}, styles=("birthday", "cherry"), zones=("top", "ground"), close=90, shades={"pink": (244, 170, 182), "white": (252, 246, 234), "brown": (126, 80, 62), "yellow": (250, 222, 130)}),
    Kind("ice cream", ice_cream, 30, 60, ("pink", "green", "white", "brown", "blue"), {"kitchen": 3}, styles=("single", "double"), close=92, shades={"pink": (246, 166, 180), "green": (178, 214, 164), "white": (252, 242, 218), "brown": (150, 98, 74), "blue": (158, 202, 226)}),
    Kind("pumpkin", pumpkin, 32, 124, ("orange", "yellow", "white", "green"), {"farm": 4, "kitchen": 1.6, "street": 0.5, "meadow": 0.4}, styles=("plain", "carved"), close=72, herd=0.45, shades={"yellow": (236, 190, 90), "white": (238, 226, 204), "green": (128, 156, 92)}),
    Kind("watermelon", watermelon, 26, 150, ("red", "pink", "yellow"), {"kitchen": 2.5, "beach": 1.6, "farm": 0.6}, styles=("slice", "whole"), close=62, turns=False, shades={"red": (222, 74, 72), "pink": (238, 122, 126), "yellow": (246, 206, 98)}),
    Kind("bread", bread, 18, 160, ("golden", "brown"), {"kitchen": 3}, styles=("loaf", "sliced"), zones=("top", "ground"), close=60, shades={"brown": (168, 110, 66)}),
)  # fmt: skip
