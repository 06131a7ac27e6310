"""Things of the house: chair, table, sofa, lamp, clock, cup, vase, book, teddy bear, teapot."""

import numpy as np

from engine.data.scenes.canvas import Color, Sprite, circle, darker, lighter, mix
from engine.data.scenes.objects.kind import Kind, Look

WOOD: Color = (160, 112, 76)


def chair(c: Sprite, a: Look) -> None:
    paint = a.color
    for x in (18, 54):
        c.box(x, 56, x + 5, 92, darker(paint, 0.34), 0.6)
    for x in (8, 58):
        c.box(x, 4, x + 6, 60, paint, 0.8, 2)
    if a.style == "slatted":
        for y in (10, 22, 34):
            c.box(10, y, 62, y + 7, lighter(paint, 0.08), 0.8, 2)
    else:
        c.box(8, 2, 64, 46, paint, 1, 9)
        c.box(14, 8, 58, 40, lighter(paint, 0.22), 0.7, 6)
    c.polygon([(10, 54), (62, 54), (68, 64), (2, 64)], lighter(paint, 0.15))
    c.box(2, 63, 68, 68, darker(paint, 0.15), 0.5, 1)
    for x in (3, 61):
        c.box(x, 66, x + 6, 99, paint, 0.8, 1)


def table(c: Sprite, a: Look) -> None:
    paint = a.color
    if a.style == "round":
        c.stroke([(95, 34), (95, 88)], 13, 10, darker(paint, 0.12))
        for x in (60, 130):
            c.stroke([(95, 84), (x, 97)], 8, 6, darker(paint, 0.12))
        c.ellipse(95, 28, 90, 17, darker(paint, 0.25))
        c.ellipse(95, 22, 90, 17, lighter(paint, 0.12), 0.7)
        c.ellipse(95, 21, 78, 13, lighter(paint, 0.2), 0.4)
    else:
        for x in (34, 148):
            c.box(x, 36, x + 8, 88, darker(paint, 0.36), 0.5)
        c.box(16, 36, 174, 48, darker(paint, 0.26), 0.5)
        for x in (12, 168):
            c.box(x, 36, x + 10, 99, paint, 0.8, 1)
        c.polygon([(22, 10), (168, 10), (188, 32), (2, 32)], lighter(paint, 0.12))
        c.box(2, 32, 188, 38, darker(paint, 0.1), 0.6, 1)
        for y, inset in ((17, 14), (24, 8)):
            c.stroke([(2 + inset + 4, y), (188 - inset - 4, y)], 0.8, 0.8, darker(paint, 0.08), 0)


def sofa(c: Sprite, a: Look) -> None:
    cloth = a.color
    for x in (16, 168):
        c.box(x, 90, x + 8, 99, (106, 76, 58), 0.5)
    c.box(14, 6, 178, 70, darker(cloth, 0.06), 1, 16)
    for x in (22, 98):
        c.box(x, 14, x + 72, 62, lighter(cloth, 0.08), 1, 10)
    c.box(18, 56, 174, 80, lighter(cloth, 0.14), 0.9, 8)
    c.box(95.4, 58, 96.8, 80, darker(cloth, 0.3), 0)
    c.box(10, 76, 182, 93, darker(cloth, 0.12), 0.8, 5)
    for x in (2, 164):
        c.box(x, 38, x + 26, 94, cloth, 1, 11)
    if a.style == "cushions":
        for x, color, tilt in ((46, (244, 208, 110), -12), (146, (232, 128, 112), 14)):
            p = circle(x, 48, 17, 16, tilt)[::9]
            c.blob(p.tolist(), color)


def lamp(c: Sprite, a: Look) -> None:
    shade = a.color
    tall = a.style == "floor"
    if tall:
        c.ellipse(28, 96, 17, 4, (110, 92, 88))
        c.stroke([(28, 96), (28, 28)], 3, 3, (130, 108, 98))
        top, low, half_top, half_low = 2, 30, 13, 24
    else:
        c.blob([(16, 98), (14, 82), (24, 66), (26, 56), (31, 56), (33, 66), (43, 82), (41, 98)], mix(shade, (250, 240, 220), 0.5))
        c.ellipse(28.5, 97, 14, 3, (120, 96, 84))
        top, low, half_top, half_low = 6, 56, 17, 32
    points = [(28.5 - half_top, top), (28.5 + half_top, top), (28.5 + half_low, low), (28.5 - half_low, low)]
    if c.night:
        c.shine(points, lighter(mix(shade, (255, 216, 130), 0.55), 0.2), 110 if tall else 170)
    else:
        c.polygon(points, lighter(shade, 0.1))
    c.stroke([points[3], points[2]], 2.4, 2.4, darker(shade, 0.2), 0)
    c.stroke([points[0], points[1]], 1.8, 1.8, darker(shade, 0.2), 0)


def clock(c: Sprite, a: Look) -> None:
    rim = a.color
    if a.style == "alarm":
        for side in (-1, 1):
            c.stroke([(50 + side * 26, 84), (50 + side * 34, 98)], 7, 6, darker(rim, 0.2))
            c.ellipse(50 + side * 24, 12, 16, 11, darker(rim, 0.1), 1, side * 35)
        c.stroke([(40, 8), (50, 1), (60, 8)], 4, 4, darker(rim, 0.3))
        centre, r = (50.0, 54.0), 41.0
    else:
        centre, r = (50.0, 50.0), 49.0
    x, y = centre
    c.ellipse(x, y, r, r, rim)
    c.ellipse(x, y, r * 0.83, r * 0.83, (252, 246, 232), 0.4)
    for t in np.arange(12) * np.pi / 6:
        big = 3.0 if abs(np.sin(2 * t)) < 0.01 else 1.8
        c.ellipse(x + r * 0.69 * np.sin(t), y - r * 0.69 * np.cos(t), big, big, (84, 70, 72), 0)
    hour, minute = c.rng.uniform(0, 2 * np.pi), int(c.rng.integers(12)) * np.pi / 6
    for angle, length, width in ((hour, 0.38, 5.5), (minute, 0.58, 3.8)):
        c.stroke([(x, y), (x + (-1 if c.flip else 1) * r * length * np.sin(angle), y - r * length * np.cos(angle))], width, width * 0.7, (66, 54, 60), 0)
    c.ellipse(x, y, 4, 4, (204, 76, 66), 0)


def cup(c: Sprite, a: Look) -> None:
    paint = a.color
    angle = np.linspace(-1.9, 1.9, 12)
    c.stroke([(88 + 20 * np.cos(t), 58 + 23 * np.sin(t)) for t in angle], 8, 8, darker(paint, 0.1))
    c.blob([(8, 30), (14, 70), (22, 94), (48, 100), (76, 94), (84, 70), (90, 30), (50, 26)], paint)
    c.ellipse(49, 31, 41, 11, lighter(paint, 0.2), 0.5)
    c.ellipse(49, 33, 35, 8, (122, 80, 58), 0.7)
    if a.style == "dotted":
        for x, y in ((26, 54), (46, 60), (66, 54), (36, 76), (58, 78)):
            c.ellipse(x, y, 5, 5, lighter(paint, 0.75) if a.color_name != "white" else (206, 84, 76), 0)
    elif a.style == "striped":
        for y, half in ((56, 37), (70, 34)):
            c.stroke([(49 - half, y), (49, y + 7), (49 + half, y)], 6, 6, lighter(paint, 0.75) if a.color_name != "white" else (88, 130, 180), 0)
    for x in (38, 58):
        c.stroke([(x, 18), (x - 5, 8), (x + 3, -2), (x - 2, -11)], 2.6, 1, (240, 236, 232), 0)


def vase(c: Sprite, a: Look) -> None:
    paint = a.color
    blooms = {"roses": (208, 70, 78), "daisies": (250, 246, 236), "tulips": (242, 176, 72)}[a.style]
    spots = ((12, 20), (28, 8), (46, 14), (20, 32), (40, 30), (32, 20))
    for x, y in spots:
        c.stroke([(30, 58), ((30 + x) / 2, 40), (x, y)], 2, 1.6, (98, 142, 80), 0.4)
    for x, y in ((8, 40), (54, 36), (18, 46)):
        c.blob([(30, 56), ((30 + x) / 2 + 3, y), (x, y - 6), ((30 + x) / 2 - 3, y + 6)], (116, 162, 92))
    for x, y in spots:
        if a.style == "daisies":
            for t in np.arange(7) * 0.898:
                c.ellipse(x + 5 * np.cos(t), y + 5 * np.sin(t), 3.8, 2.6, blooms, 0.4, np.rad2deg(t))
            c.ellipse(x, y, 3, 3, (246, 196, 76), 0.3)
        elif a.style == "tulips":
            c.blob([(x, y + 8), (x - 6, y + 2), (x - 6, y - 8), (x - 2, y - 3), (x, y - 9), (x + 2, y - 3), (x + 6, y - 8), (x + 6, y + 2)], blooms)
        else:
            c.ellipse(x, y, 8, 7.4, blooms)
            c.stroke([(x - 3, y + 1), (x, y - 3), (x + 3, y), (x, y + 2)], 1.3, 1.3, darker(blooms, 0.3), 0)
    c.blob([(22, 52), (38, 52), (37, 60), (50, 76), (46, 94), (38, 99), (22, 99), (14, 94), (10, 76), (23, 60)], paint)
    c.ellipse(30, 53, 9.5, 3, lighter(paint, 0.25), 0.4)
    c.stroke([(12, 80), (30, 84), (48, 80)], 2.4, 2.4, lighter(paint, 0.5), 0)


def book(c: Sprite, a: Look) -> None:
    cover = a.color
    if a.style == "open":
        c.polygon([(4, 90), (12, 36), (150, 36), (158, 90), (81, 99)], cover)
        c.blob([(81, 92), (44, 80), (8, 84), (16, 34), (50, 28), (81, 40)], (252, 246, 230))
        c.blob([(81, 92), (118, 80), (154, 84), (146, 34), (112, 28), (81, 40)], (246, 238, 218))
        for i in range(5):
            y = 42 + i * 8
            c.stroke([(22 - i, y), (46, y - 2), (72, y + 3)], 1.5, 1.5, (170, 158, 148), 0)
            c.stroke([(90, y + 3), (116, y - 2), (140 + i, y)], 1.5, 1.5, (170, 158, 148), 0)
        c.stroke([(81, 40), (81, 92)], 1.6, 1.6, (196, 182, 160), 0)
    else:
        other = mix(cover, (90, 140, 180), 0.75) if a.color_name != "blue" else (222, 150, 78)
        for left, right, top, color in ((4, 150, 70, darker(cover, 0.1)), (14, 156, 40, other), (10, 140, 12, cover)):
            c.box(left, top, right, top + 28, color, 0.9, 4)
            c.box(left + 8, top + 5, right + 1, top + 22, (250, 240, 218), 0.5)
            c.box(left + 18, top, left + 22, top + 28, lighter(color, 0.4), 0)
            c.box(left + 6, top + 24, right, top + 28, color, 0.4)


def teddy(c: Sprite, a: Look) -> None:
    fur, pad = a.color, lighter(a.color, 0.45)
    for side in (-1, 1):
        c.ellipse(44 + side * 20, 9, 9.5, 9.5, fur)
        c.ellipse(44 + side * 20, 10, 5, 5, pad, 0.3)
        c.stroke([(44 + side * 20, 52), (44 + side * 36, 68)], 16, 14, darker(fur, 0.1))
    c.ellipse(44, 70, 27, 27, fur)
    c.ellipse(44, 73, 16, 17, pad, 0.6)
    for side in (-1, 1):
        c.ellipse(44 + side * 24, 89, 13, 11, darker(fur, 0.04))
        c.ellipse(44 + side * 26, 90, 7.5, 7, pad, 0.3)
    c.ellipse(44, 27, 26, 23, fur)
    c.ellipse(44, 34, 12, 9.5, pad, 0.6)
    c.ellipse(44, 30, 4.2, 3.2, (66, 48, 46), 0)
    c.stroke([(38, 37), (44, 40), (50, 37)], 1.5, 1.5, (66, 48, 46), 0)
    for side in (-1, 1):
        c.eye(44 + side * 10.5, 23, 2.7)
    if a.style == "bow tie":
        for side in (-1, 1):
            c.polygon([(44, 51), (44 + side * 14, 44), (44 + side * 14, 59)], (206, 66, 64), 0.7)
        c.ellipse(44, 51, 3.6, 3.6, (172, 48, 52), 0.4)


def teapot(c: Sprite, a: Look) -> None:
    paint = a.color
    angle = np.linspace(1.9, 4.4, 12)
    c.stroke([(36 + 30 * np.cos(t), 58 + 26 * np.sin(t)) for t in angle], 8, 8, darker(paint, 0.12))
    c.stroke([(104, 74), (124, 62), (132, 36), (144, 28)], 20, 9, paint)
    c.blob([(26, 62), (38, 36), (72, 26), (106, 36), (118, 62), (104, 92), (72, 99), (40, 92)], paint, ball=True)
    c.blob([(44, 32), (72, 18), (100, 32), (72, 38)], lighter(paint, 0.12))
    c.ellipse(72, 14, 8, 8, darker(paint, 0.1))
    if a.style == "flowered":
        for x, y in ((58, 62), (84, 58), (72, 78)):
            for t in np.arange(5) * 1.257:
                c.ellipse(x + 5 * np.cos(t), y + 5 * np.sin(t), 4, 4, (252, 244, 232) if a.color_name != "white" else (220, 110, 120), 0)
            c.ellipse(x, y, 2.6, 2.6, (246, 196, 76), 0)
    c.ellipse(72, 98, 26, 3, darker(paint, 0.2), 0.3)


KINDS = (
    Kind("chair", chair, 78, 70, ("brown", "white", "red", "blue", "green", "yellow"), {"room": 4, "beach": 0.4}, styles=("slatted", "padded"), herd=0.2, turns=False),
    Kind("table", table, 66, 190, ("brown", "white", "golden", "blue"), {"room": 4}, styles=("square", "round"), turns=False, shades={"golden": (206, 158, 100)}),
    Kind("sofa", sofa, 78, 192, ("red", "blue", "green", "grey", "yellow", "pink"), {"room": 4}, styles=("plain", "cushions"), turns=False, shades={"green": (122, 156, 122), "blue": (102, 136, 172), "red": (186, 84, 78)}),
    Kind("lamp", lamp, 112, 57, ("yellow", "red", "white", "green", "orange", "blue"), {"room": 3.5}, styles=("floor",), turns=False),
    Kind("clock", clock, 40, 100, ("red", "blue", "brown", "green", "black"), {"room": 3, "kitchen": 2}, styles=("wall", "alarm"), zones=("wall", "ground"), close=74, turns=False),
    Kind("cup", cup, 16, 112, ("red", "blue", "white", "green", "yellow", "pink"), {"kitchen": 4, "room": 1}, styles=("plain", "dotted", "striped"), zones=("top", "ground"), close=60, herd=0.25),
    Kind("vase", vase, 44, 60, ("blue", "white", "green", "pink", "turquoise", "orange"), {"kitchen": 3, "room": 3}, styles=("roses", "daisies", "tulips"), zones=("top", "ground"), close=124, turns=False),
    Kind("book", book, 17, 162, ("red", "blue", "green", "orange", "purple"), {"kitchen": 2, "room": 2.4}, styles=("stack", "open"), zones=("top", "ground"), close=54, turns=False),
    Kind("teddy bear", teddy, 48, 88, ("brown", "golden", "white", "pink", "grey"), {"room": 4, "kitchen": 1}, styles=("plain", "bow tie"), zones=("top", "ground"), close=112, turns=False, shades={"brown": (166, 116, 80), "golden": (222, 172, 110)}),
    Kind("teapot", teapot, 24, 146, ("white", "blue", "red", "green", "yellow", "turquoise"), {"kitchen": 4, "room": 0.8}, styles=("plain", "flowered"), zones=("top", "ground"), close=82),
)  # fmt: skip
