"""Vehicles: car, bus, truck, tractor, bicycle, sailboat, airplane, hot-air balloon."""

import numpy as np

from engine.data.scenes.canvas import Color, Sprite, circle, darker, lighter
from engine.data.scenes.objects.kind import Kind, Look

TYRE: Color = (58, 54, 62)
METAL: Color = (206, 208, 212)


def wheel(c: Sprite, x: float, y: float, r: float, hub: Color = METAL) -> None:
    c.ellipse(x, y, r, r, TYRE, 0.8)
    c.ellipse(x, y, r * 0.55, r * 0.55, hub)
    c.ellipse(x, y, r * 0.2, r * 0.2, darker(hub, 0.4), 0)


def car(c: Sprite, a: Look) -> None:
    paint, dark = a.color, darker(a.color, 0.25)
    if a.style == "round":
        c.blob([(6, 82), (8, 60), (30, 50), (50, 22), (88, 12), (128, 24), (150, 52), (182, 60), (190, 82), (100, 90)], paint)
        c.shine([(56, 46), (66, 28), (90, 23), (90, 46)])
        c.shine([(97, 46), (97, 23), (118, 28), (134, 46)])
    elif a.style == "van":
        c.blob([(8, 84), (6, 40), (14, 16), (60, 12), (130, 14), (158, 44), (190, 56), (194, 84), (100, 88)], paint)
        for left in (22, 58, 94):
            c.shine([(left, 46), (left, 24), (left + 28, 24), (left + 28, 46)])
        c.shine([(130, 46), (130, 25), (150, 46)])
    else:
        c.blob([(6, 84), (6, 58), (20, 50), (46, 47), (66, 22), (112, 18), (142, 44), (184, 54), (194, 66), (192, 84), (100, 88)], paint)
        c.shine([(58, 46), (72, 28), (92, 26), (92, 46)])
        c.shine([(99, 46), (99, 26), (114, 27), (130, 46)])
    c.stroke([(10, 62), (100, 64), (190, 66)], 2, 2, lighter(paint, 0.35), 0)
    c.box(4, 76, 196, 85, dark, 0.8, 4)
    c.box(96, 52, 97.6, 76, dark, 0)
    c.box(100, 57, 110, 60, METAL, 0)
    for x in (44, 154):
        c.ellipse(x, 82, 21, 19, darker(paint, 0.5), 0.3)
        wheel(c, x, 84, 16)
    c.shine(circle(190, 63, 5, 6), (255, 232, 160), 26)
    c.ellipse(8, 64, 4, 6, (196, 62, 56), 0.4)


def bus(c: Sprite, a: Look) -> None:
    paint, dark = a.color, darker(a.color, 0.25)
    double = a.style == "double-decker"
    top = 2 if double else 26
    c.box(4, top, 196, 86, paint, 1, 9)
    c.box(4, 62, 196, 68, lighter(paint, 0.55), 0.4)
    for row in ((10, 31), (38, 58)) if double else ((34, 56),):
        for left in range(14, 170, 27):
            c.shine([(left, row[0]), (left + 22, row[0]), (left + 22, row[1]), (left, row[1])])
    c.shine([(178, 36), (196, 36), (196, 60), (178, 60)])
    c.box(150, 40, 170, 84, lighter(paint, 0.25), 0.6, 2)
    c.shine([(153, 43), (167, 43), (167, 66), (153, 66)])
    c.box(2, 78, 198, 88, dark, 0.8, 4)
    for x in (42, 132):
        c.ellipse(x, 86, 18, 16, darker(paint, 0.55), 0.3)
        wheel(c, x, 87, 13)
    c.shine(circle(194, 73, 4, 4), (255, 232, 160), 24)


def truck(c: Sprite, a: Look) -> None:
    paint, dark = a.color, darker(a.color, 0.25)
    c.box(6, 76, 190, 84, (90, 86, 94), 0.7, 2)
    if a.style == "tipper":
        for x, y, r in ((36, 34, 16), (62, 28, 18), (90, 34, 16), (110, 38, 10)):
            c.ellipse(x, y, r, r * 0.8, (176, 138, 98), 0.8)
        c.polygon([(2, 36), (128, 36), (118, 76), (16, 76)], (232, 176, 72))
        for x in (34, 62, 90):
            c.stroke([(x, 38), (x + 2, 74)], 3, 3, (196, 138, 50), 0)
    else:
        c.box(4, 8, 126, 76, (242, 236, 224), 1, 4)
        c.box(4, 34, 126, 48, lighter(paint, 0.15), 0.6)
        c.box(4, 8, 126, 14, (222, 214, 204), 0.4, 3)
    c.blob([(132, 78), (132, 28), (140, 22), (168, 24), (182, 50), (190, 56), (192, 80)], paint)
    c.shine([(144, 48), (144, 31), (162, 31), (172, 48)])
    c.box(130, 72, 196, 84, dark, 0.8, 3)
    for x in (36, 66, 160):
        wheel(c, x, 84, 15)
    c.shine(circle(190, 66, 4, 5), (255, 232, 160), 24)


def tractor(c: Sprite, a: Look) -> None:
    paint = a.color
    c.box(96, 16, 101, 44, (84, 80, 86), 0.8, 1)
    c.stroke([(98, 12), (102, 4), (110, -2)], 5, 8, (214, 210, 212), 0.4)
    c.box(24, 6, 74, 12, darker(paint, 0.3), 0.6, 3)
    for x in (28, 68):
        c.box(x - 2, 10, x + 2, 52, darker(paint, 0.2), 0.4)
    c.shine([(32, 14), (64, 14), (64, 44), (32, 44)])
    c.blob([(66, 42), (116, 42), (128, 50), (130, 76), (64, 78)], paint)
    c.blob([(12, 50), (36, 40), (66, 46), (72, 70), (40, 74), (10, 66)], paint)
    for y in (52, 58, 64):
        c.stroke([(112, y), (124, y)], 2.4, 2.4, darker(paint, 0.4), 0)
    wheel(c, 38, 70, 30, (240, 202, 92))
    wheel(c, 112, 82, 17, (240, 202, 92))
    c.shine(circle(128, 56, 3.4, 4), (255, 232, 160), 22)


def bicycle(c: Sprite, a: Look) -> None:
    paint = a.color
    for x in (34, 118):
        angle = np.linspace(0, 2 * np.pi, 25)
        for spoke in angle[:-1:4]:
            c.stroke([(x, 70), (x + 26 * np.cos(spoke), 70 + 26 * np.sin(spoke))], 1, 1, (180, 178, 182), 0)
        ring = np.stack([x + 28 * np.cos(angle), 70 + 28 * np.sin(angle)], axis=1)
        c.stroke(ring.tolist(), 4.6, 4.6, TYRE, 0.4)
    for p, q in (((34, 70), (54, 34)), ((54, 34), (100, 34)), ((54, 30), (68, 72)), ((68, 72), (100, 36)), ((34, 70), (68, 72)), ((97, 22), (118, 70))):
        c.stroke([p, q], 5, 5, paint, 0.7)
    c.ellipse(68, 72, 7, 7, (110, 106, 112), 0.6)
    c.stroke([(68, 72), (76, 84)], 3, 3, (110, 106, 112), 0)
    c.box(70, 83, 84, 87, TYRE, 0, 1.5)
    c.blob([(42, 24), (56, 22), (66, 25), (56, 30), (44, 30)], (96, 66, 54))
    c.stroke([(98, 24), (96, 14), (108, 10), (114, 16)], 4, 4, TYRE, 0.4)
    if a.style == "basket":
        c.polygon([(104, 20), (130, 20), (126, 42), (108, 42)], (198, 152, 96))
        for y in (26, 33):
            c.stroke([(106, y), (128, y)], 1.6, 1.6, (150, 106, 66), 0)
        for x, color in ((110, (232, 120, 130)), (118, (246, 214, 110)), (125, (236, 150, 90))):
            c.ellipse(x, 17, 5, 5, color, 0.5)


def sailboat(c: Sprite, a: Look) -> None:
    sail = a.color
    hull = (150, 98, 68) if a.style == "wooden" else (240, 236, 226)
    c.box(48, 2, 51, 80, (126, 88, 64), 0.6)
    c.blob([(52, 4), (72, 30), (86, 66), (70, 70), (53, 70)], sail)
    c.blob([(46, 12), (40, 40), (18, 66), (34, 70), (46, 70)], lighter(sail, 0.35))
    if a.style == "striped":
        for y, x in ((28, 66), (46, 74)):
            c.polygon([(53, y), (x, y + 1), (x + 5, y + 8), (53, y + 7)], (250, 246, 236), 0.3)
    c.polygon([(51, 0), (62, 3), (51, 7)], (214, 70, 62), 0.4)
    c.blob([(4, 78), (30, 80), (60, 80), (98, 75), (88, 94), (70, 99), (28, 99), (12, 94)], hull)
    c.stroke([(8, 82), (50, 85), (94, 80)], 3.4, 3.4, darker(sail, 0.1) if hull[2] > 200 else (224, 190, 130), 0.3)


def airplane(c: Sprite, a: Look) -> None:
    paint = a.color
    body = (246, 244, 238)
    c.polygon([(104, 50), (80, 22), (94, 20), (130, 50)], darker(paint, 0.15))
    c.polygon([(16, 42), (2, 6), (22, 6), (46, 42)], paint)
    c.blob([(6, 46), (30, 36), (100, 32), (170, 36), (192, 48), (194, 56), (176, 66), (100, 70), (36, 62), (12, 54)], body)
    c.blob([(6, 48), (30, 56), (100, 60), (160, 60), (192, 55), (178, 66), (100, 71), (36, 63)], lighter(paint, 0.1), 0.6)
    for x in range(54, 156, 13):
        c.shine(circle(x, 46, 3.4, 4))
    c.shine([(172, 40), (184, 46), (172, 49)])
    c.polygon([(88, 60), (126, 60), (86, 98), (64, 98)], paint)
    c.box(92, 72, 112, 82, (206, 206, 212), 1, 4)
    c.polygon([(14, 50), (40, 50), (14, 66), (4, 66)], paint, 0.7)


def balloon(c: Sprite, a: Look) -> None:
    main = a.color
    other = (250, 238, 212) if a.color_name != "white" else (214, 90, 80)
    c.ellipse(42, 36, 38, 37, main)
    if a.style == "striped":
        for x, half in ((-26, 7.5), (0, 9.5), (26, 7.5)):
            c.blob([(42 + x * 0.25, 0), (42 + x + half, 34), (42 + x * 0.5 + half * 0.5, 68), (42 + x * 0.5 - half * 0.5, 68), (42 + x - half, 34)], other, 0.9)
    else:
        c.blob([(5, 34), (42, 44), (79, 34), (76, 50), (42, 60), (8, 50)], other, 0.9)
    c.polygon([(13, 60), (71, 60), (52, 78), (32, 78)], darker(main, 0.1))
    for x, low in ((33, 36), (51, 48)):
        c.stroke([(x, 77), (low, 88)], 1, 1, (120, 88, 66), 0)
    if c.night:
        c.shine([(38, 72), (46, 72), (42, 80)], (255, 196, 96), 60)
    c.box(33, 87, 51, 100, (176, 124, 76), 1, 2.5)
    c.box(32, 86, 52, 89.5, (140, 94, 60), 0.4, 1.5)


ROAD = ("road", "ground")
KINDS = (
    Kind("car", car, 62, 200, ("red", "blue", "yellow", "green", "white", "black"), {"street": 5, "farm": 0.6, "desert": 1, "beach": 0.6, "snow": 0.8, "meadow": 0.4}, styles=("round", "van", "sedan"), zones=ROAD, herd=0.12),
    Kind("bus", bus, 92, 200, ("red", "yellow", "blue", "green", "orange"), {"street": 5, "snow": 0.4, "desert": 0.5}, styles=("plain", "double-decker"), zones=ROAD),
    Kind("truck", truck, 80, 198, ("red", "blue", "green", "white", "orange"), {"street": 4, "farm": 1.2, "desert": 1, "snow": 0.6}, styles=("box", "tipper"), zones=ROAD),
    Kind("tractor", tractor, 84, 134, ("red", "green", "blue", "orange"), {"farm": 5, "meadow": 0.8, "snow": 0.3}),
    Kind("bicycle", bicycle, 66, 150, ("red", "blue", "green", "black", "yellow", "pink"), {"street": 4, "meadow": 1, "beach": 1.4, "lake": 1.2, "farm": 0.6, "forest": 0.6}, styles=("plain", "basket")),
    Kind("sailboat", sailboat, 84, 100, ("white", "red", "blue", "yellow", "orange"), {"beach": 4, "lake": 4}, styles=("plain", "striped", "wooden"), zones=("water",), herd=0.2),
    Kind("airplane", airplane, 38, 196, ("red", "blue", "green", "orange", "yellow"), {"beach": 1.2, "meadow": 1, "desert": 1.2, "farm": 0.8, "snow": 1, "lake": 0.8}, zones=("sky",)),
    Kind("hot-air balloon", balloon, 66, 84, ("red", "yellow", "blue", "green", "purple", "orange"), {"meadow": 2.4, "desert": 2, "savanna": 2, "farm": 1.2, "lake": 1.4, "snow": 0.6, "beach": 0.8}, styles=("striped", "banded"), zones=("sky",), herd=0.3),
)  # fmt: skip
