"""Things out of doors and in the sky: ball, umbrella, bench, mailbox, traffic light, snowman, campfire, kite, sun, moon, cloud, rainbow."""

import numpy as np

from engine.data.scenes.canvas import Color, Sprite, circle, darker, lighter, mix
from engine.data.scenes.objects.kind import Kind, Look

WOOD: Color = (150, 106, 74)
IRON: Color = (74, 72, 82)


def ball(c: Sprite, a: Look) -> None:
    c.ellipse(50, 50, 49, 49, a.color)
    if a.style == "striped":
        for x, half in ((-30, 8), (0, 11), (30, 8)):
            c.blob([(50 + x * 0.2, 2), (50 + x + half, 50), (50 + x * 0.2, 98), (50 + x - half, 50)], (252, 246, 234), 0.9)
        c.ellipse(50, 5, 8, 4, (250, 206, 90), 0.5)
    elif a.style == "starred":
        star = [(50 + r * np.sin(t), 52 - r * np.cos(t)) for t, r in zip(np.linspace(0, 2 * np.pi, 10, endpoint=False), [30, 12] * 5, strict=True)]
        c.polygon(star, (252, 240, 206) if a.color_name != "white" else (220, 90, 80), 0.6)


def umbrella(c: Sprite, a: Look) -> None:
    cloth = a.color
    c.stroke([(62, 20), (56, 99)], 3.4, 3.4, (236, 226, 210))
    ribs = np.linspace(4, 120, 7)
    arch = [(62 - 58 * np.cos(t), 46 - 40 * np.sin(t)) for t in np.linspace(0, np.pi, 22)]
    scallops = [(62 + 58 * np.cos(t), 46 + (5 if i % 2 else 0)) for i, t in enumerate(np.linspace(0, np.pi, 13))]
    c.polygon(arch + scallops, cloth, ball=True)
    if a.style == "striped":
        for i in (1, 3, 5):
            x0, x1 = (62 + 58 * np.cos(np.pi - np.pi * (i + s) / 7) for s in (0, 1))
            c.blob([(62, 6), ((62 + x0) / 2 + (x0 - 62) * 0.22, 20), (x0, 46), ((x0 + x1) / 2, 49), (x1, 46), ((62 + x1) / 2 + (x1 - 62) * 0.22, 20)], (252, 246, 234), 0.7)
    else:
        for x in ribs[1:-1]:
            c.stroke([(62, 6), (62 + (x - 62) * 0.7, 24), (x, 46)], 1, 1, darker(cloth, 0.25), 0)
    c.ellipse(62, 4, 2.6, 3.4, (246, 214, 120), 0.3)


def bench(c: Sprite, a: Look) -> None:
    plank = a.color
    for x in (16, 132):
        c.stroke([(x - 6, 12), (x, 60), (x - 4, 98)], 6, 6, IRON)
        c.stroke([(x + 8, 62), (x + 12, 98)], 6, 6, IRON)
    for y in (6, 22, 38):
        c.box(2, y, 158, y + 12, lighter(plank, 0.1), 0.8, 2)
    c.polygon([(4, 56), (156, 56), (164, 68), (-2, 68)], lighter(plank, 0.2))
    c.box(-2, 67, 164, 73, darker(plank, 0.15), 0.5, 1)
    c.stroke([(3, 62), (158, 62)], 1.2, 1.2, darker(plank, 0.2), 0)


def mailbox(c: Sprite, a: Look) -> None:
    paint = a.color
    if a.style == "pillar":
        c.box(6, 92, 52, 99, (72, 66, 72), 0.6, 2)
        c.box(9, 18, 49, 94, paint, 1, 3)
        c.blob([(4, 20), (10, 8), (29, 2), (48, 8), (54, 20), (29, 23)], darker(paint, 0.08))
        c.box(16, 30, 42, 35, (58, 46, 52), 0.2, 1)
        c.box(19, 44, 39, 60, (250, 244, 230), 0.4, 1)
        for y in (49, 54):
            c.stroke([(22, y), (36, y)], 1.2, 1.2, (150, 142, 140), 0)
    else:
        c.box(24, 46, 32, 99, WOOD, 0.8)
        c.blob([(0, 50), (0, 28), (8, 16), (22, 14), (22, 52)], darker(paint, 0.3))
        c.blob([(10, 52), (10, 26), (18, 15), (50, 15), (58, 26), (58, 52)], paint)
        c.box(30, 6, 33, 26, (216, 70, 62), 0.4)
        c.box(30, 6, 42, 13, (216, 70, 62), 0.4)


def traffic_light(c: Sprite, a: Look) -> None:
    c.box(17, 44, 22, 99, IRON, 0.8)
    c.box(11, 95, 28, 100, darker(IRON, 0.2), 0.5, 1)
    c.box(5, 0, 34, 52, (58, 58, 66), 1, 6)
    for i, (name, color) in enumerate((("red", (232, 68, 58)), ("yellow", (250, 200, 70)), ("green", (88, 196, 112)))):
        y = 10 + i * 16
        c.ellipse(19.5, y, 7, 7, (40, 40, 48), 0.2)
        if name == a.color_name:
            if c.night:
                c.shine(circle(19.5, y, 6, 6), color, 22)
            else:
                c.ellipse(19.5, y, 6, 6, color, 0.5)
                c.ellipse(17.8, y - 2, 1.8, 1.6, (255, 250, 240), 0)
        else:
            c.ellipse(19.5, y, 6, 6, mix(color, (52, 50, 58), 0.78), 0.4)


def snowman(c: Sprite, a: Look) -> None:
    snow, scarf = (248, 250, 252), a.color
    c.ellipse(40, 78, 30, 23, snow)
    c.ellipse(40, 47, 22, 18, snow)
    for side in (-1, 1):
        c.stroke([(40 + side * 19, 45), (40 + side * 34, 36), (40 + side * 42, 26)], 2.6, 1.6, (114, 82, 62), 0.3)
        c.stroke([(40 + side * 36, 34), (40 + side * 43, 36)], 1.7, 1.2, (114, 82, 62), 0)
    c.ellipse(40, 23, 16, 15, snow)
    c.stroke([(26, 35), (40, 39), (54, 34)], 6.6, 6.6, scarf)
    c.stroke([(31, 37), (27, 58)], 6.4, 7.4, darker(scarf, 0.1))
    for x in (34, 45):
        c.ellipse(x, 20, 1.9, 2.2, (50, 46, 54), 0)
    c.polygon([(40, 23), (58, 27), (40, 28)], (240, 142, 58), 0.5)
    for x, y in ((34, 31), (38, 33), (43, 33), (47, 31)):
        c.ellipse(x, y, 1.1, 1.1, (50, 46, 54), 0)
    for y in (48, 56, 72, 82):
        c.ellipse(42, y, 2, 2, (50, 46, 54), 0)
    if a.style == "top hat":
        c.box(27, -10, 53, 10, (66, 60, 72), 1, 2)
        c.box(27, 3, 53, 8, scarf, 0.4)
        c.box(19, 8, 61, 12, (66, 60, 72), 0.5, 2)
    else:
        c.blob([(24, 14), (27, 0), (40, -7), (53, 0), (56, 14), (40, 11)], scarf)
        c.stroke([(24, 13), (40, 11), (56, 13)], 6, 6, lighter(scarf, 0.5))
        c.ellipse(40, -8, 5, 5, lighter(scarf, 0.5))


def campfire(c: Sprite, a: Look) -> None:
    for x, y in ((18, 92), (40, 97), (66, 98), (92, 95), (108, 91)):
        c.ellipse(x, y, 11, 7, (140, 134, 138))
    for p, q in (((22, 90), (96, 76)), ((30, 76), (102, 92)), ((46, 92), (80, 74))):
        c.stroke([p, q], 11, 10, (124, 84, 60))
        c.ellipse(*q, 5, 5, (206, 164, 112), 0.3)
    lean = 6 if a.style == "windy" else 0
    flames = (
        ([(62, 88), (32, 82), (28, 60), (42, 38), (46, 54), (58 + lean, 8), (74, 40), (84, 34 - lean), (94, 62), (88, 82)], (236, 104, 52)),
        ([(62, 88), (42, 82), (40, 64), (50, 50), (56, 58), (62 + lean, 28), (74, 54), (82, 66), (78, 84)], (248, 168, 62)),
        ([(62, 88), (52, 82), (52, 70), (62 + lean, 50), (72, 72), (70, 84)], (255, 228, 130)),
    )
    for points, color in flames:
        c.blob(points, color, 0.4)
    c.shine(circle(62, 70, 7, 13), (255, 236, 160), 150)


def kite(c: Sprite, a: Look) -> None:
    cloth = a.color
    other = lighter(cloth, 0.5)
    c.stroke([(40, 66), (30, 80), (38, 92), (24, 108)], 1.6, 1, (108, 92, 92), 0)
    for x, y in ((31, 78), (37, 90), (28, 102)):
        for side in (-1, 1):
            c.polygon([(x, y), (x + side * 7, y - 4), (x + side * 7, y + 4)], other if side > 0 else cloth, 0.4)
    if a.style == "diamond":
        c.polygon([(50, 0), (80, 28), (40, 68), (16, 20)], cloth)
        c.polygon([(50, 0), (80, 28), (47, 26)], other, 0.8)
        c.polygon([(16, 20), (47, 26), (40, 68)], other, 0.8)
        c.stroke([(50, 0), (40, 68)], 1.2, 1.2, (120, 92, 76), 0)
        c.stroke([(16, 20), (80, 28)], 1.2, 1.2, (120, 92, 76), 0)
    else:
        c.polygon([(46, 2), (90, 52), (40, 66), (2, 38)], cloth)
        c.polygon([(46, 2), (62, 46), (40, 66), (26, 42)], other, 0.8)


def sun(c: Sprite, a: Look) -> None:
    warm = a.color
    if a.style == "rays":
        for t in np.arange(14) * 2 * np.pi / 14:
            u, v = np.array([np.cos(t), np.sin(t)]), np.array([-np.sin(t), np.cos(t)])
            o = np.array([50.0, 50.0])
            c.polygon([o + u * 34 - v * 5, o + u * 50, o + u * 34 + v * 5], lighter(warm, 0.2), 0)
    c.ellipse(50, 50, 32, 32, lighter(warm, 0.25), 0)
    c.ellipse(50, 50, 29, 29, lighter(warm, 0.5), 0)
    c.shine(circle(50, 50, 28, 28), lighter(warm, 0.55))
    c.ellipse(50, 50, 28, 28, lighter(warm, 0.45), 0.35)
    c.glow(c.at([(50, 50)])[0], 110, warm)


def moon(c: Sprite, a: Look) -> None:
    if a.style == "crescent":
        outer = [(50 + 42 * np.cos(t), 50 + 42 * np.sin(t)) for t in np.linspace(-2.2, 2.2, 30)]
        inner = [(24 + 36 * np.cos(t), 50 + 36 * np.sin(t)) for t in np.linspace(1.25, -1.25, 20)]
        c.shine(outer + inner, a.color)
    else:
        c.shine(circle(50, 50, 42, 42), a.color)
        for x, y, r in ((38, 38, 8), (62, 54, 10), (44, 66, 6), (64, 32, 5)):
            c.ellipse(x, y, r, r * 0.9, darker(a.color, 0.12), 0)
    c.glow(c.at([(56, 50)])[0], 130, (186, 200, 240))


def cloud(c: Sprite, a: Look) -> None:
    c.opacity = 0.94
    puffs = ((24, 66, 22), (150, 68, 22), (52, 52, 28), (126, 54, 27), (88, 40, 36), (66, 66, 24), (110, 68, 25), (88, 66, 30))
    base = a.color
    for x, y, r in puffs:
        c.ellipse(x + c.rng.uniform(-4, 4), y, r, r * 0.82, base, 0.7)
    c.box(20, 66, 156, 88, darker(base, 0.1), 0.3, 11)
    for x, y, r in puffs[2:5]:
        c.ellipse(x, y + 4, r * 0.8, r * 0.62, lighter(base, 0.25), 0.4)
    if a.style == "rainy":
        for i in range(10):
            x = 28 + i * 13
            y = 96 + (i * 7) % 11
            c.stroke([(x, y), (x - 4, y + 14)], 2.6, 2.2, (120, 160, 206), 0)


def rainbow(c: Sprite, a: Look) -> None:
    c.opacity = 0.72
    bands = ((226, 84, 78), (240, 152, 78), (248, 214, 104), (124, 186, 110), (98, 152, 208), (142, 110, 178))
    arc = np.linspace(0, np.pi, 40)
    for i, color in enumerate(bands):
        outer, inner = 98 - i * 5.4, 92.4 - i * 5.4
        points = [(100 - outer * np.cos(t), 100 - outer * np.sin(t)) for t in arc] + [(100 - inner * np.cos(t), 100 - inner * np.sin(t)) for t in arc[::-1]]
        c.polygon(points, color, 0)


SKIES = {"beach": 1.0, "meadow": 1.0, "farm": 0.8, "desert": 0.8, "lake": 0.9, "snow": 0.6, "savanna": 0.8}
DAY = ("morning", "day", "sunset")
KINDS = (
    Kind("ball", ball, 26, 100, ("red", "blue", "yellow", "green", "orange", "purple"), {"beach": 3, "meadow": 1.5, "room": 2.5, "street": 1, "lake": 1}, styles=("striped", "starred", "plain"), close=60),
    Kind("umbrella", umbrella, 98, 124, ("red", "blue", "yellow", "green", "orange", "pink"), {"beach": 5, "lake": 0.6}, styles=("striped", "plain")),
    Kind("bench", bench, 52, 162, ("brown", "green", "red", "blue", "white"), {"street": 3, "lake": 2.4, "meadow": 1, "snow": 1, "forest": 0.6}, turns=False),
    Kind("mailbox", mailbox, 62, 58, ("red", "blue", "green", "yellow"), {"street": 4, "snow": 0.6, "farm": 0.6}, styles=("pillar", "post")),
    Kind("traffic light", traffic_light, 108, 39, ("red", "yellow", "green"), {"street": 4.5}, turns=False),
    Kind("snowman", snowman, 86, 80, ("red", "blue", "green", "orange", "purple"), {"snow": 7}, styles=("top hat", "woolly hat")),
    Kind("campfire", campfire, 44, 124, ("orange",), {"forest": 3.5, "lake": 1.6, "desert": 1, "beach": 1, "snow": 0.6, "savanna": 0.6}, styles=("plain", "windy"), times=("sunset", "night")),
    Kind("kite", kite, 50, 92, ("red", "blue", "yellow", "green", "purple", "orange"), {"beach": 3, "meadow": 2.5, "lake": 1, "farm": 0.6}, styles=("diamond", "delta"), zones=("sky",), herd=0.25, times=DAY),
    Kind("sun", sun, 52, 100, ("yellow", "orange"), SKIES, styles=("rays", "plain"), zones=("high",), turns=False, times=DAY, shades={"yellow": (255, 214, 96), "orange": (252, 160, 72)}),
    Kind("moon", moon, 40, 100, ("white", "yellow"), SKIES, styles=("crescent", "full"), zones=("high",), times=("night",), shades={"white": (250, 246, 230), "yellow": (255, 232, 160)}),
    Kind("cloud", cloud, 38, 174, ("white", "grey", "pink"), SKIES, styles=("plain", "rainy"), zones=("sky",), herd=0.4, turns=True, times=DAY, shades={"white": (250, 250, 250), "grey": (172, 178, 192), "pink": (248, 206, 204)}),
    Kind("rainbow", rainbow, 88, 200, ("white",), {"meadow": 1.6, "lake": 1.4, "farm": 1.2, "beach": 0.8, "savanna": 0.6}, zones=("arch",), turns=False, times=("morning", "day")),
)  # fmt: skip
