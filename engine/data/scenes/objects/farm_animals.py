"""Animals of house and farm: dog, cat, rabbit, horse, cow, sheep, pig, duck, chicken."""

from engine.data.scenes.canvas import Color, Sprite, darker, lighter, mix
from engine.data.scenes.objects.kind import Kind, Look

INK: Color = (58, 46, 50)


def leg(c: Sprite, x: float, top: float, width: float, color: Color, foot: float = 98.0, lean: float = 0.0) -> None:
    c.stroke([(x, top), (x + lean * 0.4, (top + foot) / 2), (x + lean, foot - width * 0.4)], width * 1.25, width * 0.9, color, 0.7)


def dog(c: Sprite, a: Look) -> None:
    fur, ear = a.color, darker(a.color, 0.38) if a.color_name != "black" else (40, 38, 46)
    belly = lighter(fur, 0.35)
    if a.pose == "sitting":
        c.stroke([(36, 92), (16, 90), (8, 74)], 9, 5, fur)
        c.blob([(30, 97), (26, 78), (38, 58), (52, 40), (72, 40), (78, 62), (76, 96), (52, 98)], fur)
        c.blob([(64, 50), (76, 52), (76, 78), (68, 84), (62, 66)], belly, 0.5)
        c.blob([(28, 97), (30, 78), (46, 74), (56, 86), (56, 98)], darker(fur, 0.08))
        leg(c, 71, 66, 10, fur, lean=2)
        c.ellipse(76, 96, 7, 4, lighter(fur, 0.2), 0.5)
        x, y = 70.0, 26.0
    else:
        c.stroke([(24, 52), (10, 42), (8, 24)], 9, 5, fur)
        for x in (37, 84):
            leg(c, x, 62, 8.5, darker(fur, 0.28), 95)
        c.blob([(20, 52), (36, 45), (62, 47), (88, 40), (98, 54), (92, 70), (66, 70), (46, 68), (28, 72)], fur)
        leg(c, 28, 62, 9.5, fur)
        leg(c, 92, 60, 9.5, fur)
        c.blob([(84, 52), (94, 30), (108, 38), (100, 62)], fur, 0.6)
        x, y = 102.0, 27.0
    if a.style == "spotted":
        for px, py, r in ((46, 56, 7), (64, 62, 5), (36, 64, 4)) if a.pose == "standing" else ((44, 62, 6), (54, 74, 5), (36, 84, 5)):
            c.ellipse(px, py, r, r * 0.8, ear, 0.5)
    collar = (206, 72, 66) if a.color_name != "golden" else (74, 126, 176)
    c.stroke([(x - 13, y + 17), (x - 2, y + 22), (x + 7, y + 19)], 5, 5, collar, 0.6)
    c.ellipse(x, y, 17, 16, fur)
    c.ellipse(x + 13, y + 7, 12, 8.5, belly, 0.8)
    c.ellipse(x + 22, y + 3, 4.6, 3.8, INK, 0)
    c.stroke([(x + 22, y + 9), (x + 15, y + 13), (x + 9, y + 11)], 1.6, 1, INK, 0)
    c.eye(x + 5, y - 3)
    c.blob([(x - 6, y - 15), (x - 14, y - 10), (x - 19, y + 8), (x - 13, y + 16), (x - 5, y + 6), (x - 2, y - 8)], ear)


def cat(c: Sprite, a: Look) -> None:
    fur, dark = a.color, darker(a.color, 0.4)
    belly = lighter(fur, 0.5)
    if a.pose == "sleeping":
        c.blob([(8, 92), (12, 66), (40, 54), (72, 58), (92, 76), (90, 97), (50, 99), (16, 99)], fur)
        x, y = 84.0, 76.0
        if a.style == "striped":
            for s in (28, 42, 56):
                c.stroke([(s, 57), (s - 3, 66), (s - 1, 74)], 4.5, 1.5, dark, 0)
        c.stroke([(12, 92), (30, 100), (58, 97), (72, 95)], 9, 7, darker(fur, 0.14))
    elif a.pose == "sitting":
        c.stroke([(38, 92), (16, 94), (8, 76), (16, 60)], 8, 6, fur)
        c.blob([(30, 97), (26, 76), (42, 56), (56, 42), (74, 44), (80, 66), (78, 97), (54, 99)], fur)
        c.ellipse(70, 66, 8, 16, belly, 0.5)
        c.blob([(30, 98), (32, 80), (48, 76), (58, 88), (58, 98)], darker(fur, 0.07))
        leg(c, 72, 72, 8, fur)
        c.ellipse(76, 96, 6, 3.6, belly, 0.4)
        x, y = 68.0, 30.0
        if a.style == "striped":
            for s in (60, 69, 78):
                c.stroke([(36, s), (44, s + 2), (50, s - 1)], 3.8, 1.2, dark, 0)
    else:
        c.stroke([(20, 56), (6, 46), (4, 26), (12, 16)], 8, 6, fur)
        for x in (34, 76):
            leg(c, x, 66, 7, darker(fur, 0.26), 95)
        c.blob([(16, 58), (34, 50), (62, 52), (84, 48), (92, 60), (86, 74), (54, 75), (24, 76)], fur)
        leg(c, 25, 66, 8, fur)
        leg(c, 84, 66, 8, fur)
        x, y = 92.0, 40.0
        if a.style == "striped":
            for s in (34, 48, 62):
                c.stroke([(s, 51), (s - 2, 59), (s, 66)], 4.2, 1.4, dark, 0)
    for side in (-1, 1):
        c.polygon([(x + side * 16, y - 4), (x + side * 14, y - 24), (x + side * 2, y - 13)], fur)
        c.polygon([(x + side * 13, y - 8), (x + side * 12.4, y - 19), (x + side * 5, y - 12)], (226, 152, 148), 0)
    c.ellipse(x, y, 18, 15.5, fur)
    c.ellipse(x + 4, y + 7, 9, 6, belly, 0.4)
    if a.style == "striped":
        for s in (-5, 0, 5):
            c.stroke([(x + s, y - 14), (x + s * 0.8, y - 7)], 2.4, 1, dark, 0)
    if a.pose == "sleeping":
        for s in (-6, 10):
            c.stroke([(x + s - 4, y), (x + s, y + 2.5), (x + s + 4, y)], 1.7, 1.7, INK, 0)
    else:
        for s in (-6, 10):
            c.ellipse(x + s, y - 1, 3.4, 3.8, (176, 194, 96), 0)
            c.ellipse(x + s + 0.3, y - 1, 1.5, 3.4, INK, 0)
    c.polygon([(x + 1.5, y + 4), (x + 7, y + 4), (x + 4.2, y + 7.6)], (214, 122, 122), 0)
    for s in (-1, 1):
        c.stroke([(x + 4 + s * 6, y + 7), (x + 4 + s * 21, y + 5)], 0.9, 0.5, lighter(fur, 0.6), 0)
        c.stroke([(x + 4 + s * 6, y + 9), (x + 4 + s * 20, y + 11)], 0.9, 0.5, lighter(fur, 0.6), 0)


def rabbit(c: Sprite, a: Look) -> None:
    fur, inner = a.color, mix(a.color, (236, 160, 160), 0.5)
    c.ellipse(17, 84, 9, 8, lighter(fur, 0.6))
    c.blob([(20, 96), (16, 76), (32, 58), (54, 60), (66, 76), (68, 97), (40, 99)], fur)
    c.blob([(22, 98), (24, 78), (42, 74), (52, 86), (56, 98)], darker(fur, 0.08))
    leg(c, 63, 78, 9, fur)
    c.ellipse(44, 96, 13, 4.2, lighter(fur, 0.25), 0.5)
    for x, tip in ((56, 50), (67, 70)):
        c.blob([(x - 5, 36), (tip - 8, 10), (tip - 1, 0), (tip + 5, 12), (x + 6, 36)], fur)
        c.blob([(x - 2, 32), (tip - 4, 13), (tip - 1, 6), (tip + 2, 14), (x + 3, 32)], inner, 0.3)
    c.ellipse(65, 46, 17, 15.5, fur)
    c.ellipse(74, 52, 8.5, 6.5, lighter(fur, 0.45), 0.5)
    c.ellipse(80, 48.5, 3, 2.3, (210, 116, 120), 0)
    c.eye(69, 43, 2.8)


def horse(c: Sprite, a: Look) -> None:
    coat, mane = a.color, (62, 46, 46) if a.color_name != "black" else (34, 32, 40)
    if a.color_name == "white":
        mane = (206, 200, 196)
    c.stroke([(22, 46), (8, 56), (7, 82)], 9, 3, mane)
    for x, lean in ((33, -2), (82, 3)):
        leg(c, x, 58, 7.5, darker(coat, 0.3), 96, lean)
    c.blob([(18, 46), (34, 40), (58, 44), (80, 40), (92, 48), (90, 62), (70, 66), (48, 64), (28, 66)], coat)
    for x, lean in ((26, -1), (88, -1)):
        leg(c, x, 58, 8.5, coat, 98, lean)
        c.box(x + lean - 5, 94, x + lean + 5, 99, (74, 62, 60), 0.5, 1.5)
    c.blob([(76, 56), (80, 36), (94, 12), (106, 14), (102, 34), (94, 56)], coat)
    c.blob([(94, 8), (108, 10), (124, 28), (124, 35), (114, 36), (100, 26)], coat)
    c.ellipse(120, 31, 6, 5, lighter(coat, 0.3), 0.5)
    c.ellipse(122, 29, 1.3, 1.3, INK, 0)
    c.polygon([(96, 10), (98, -3), (104, 9)], coat)
    c.blob([(98, 4), (90, 14), (82, 32), (76, 46), (72, 42), (78, 22), (90, 4)], mane)
    c.eye(108, 17)
    if a.style == "saddled":
        c.blob([(46, 40), (70, 40), (68, 58), (50, 58)], (178, 66, 62))
        c.blob([(50, 40), (58, 37), (66, 39), (64, 48), (52, 48)], (112, 72, 52))


def cow(c: Sprite, a: Look) -> None:
    coat = (246, 240, 230) if a.style == "spotted" else a.color
    patch = a.color
    c.stroke([(14, 40), (7, 56), (9, 72)], 3.5, 3, coat)
    c.ellipse(9, 75, 3.5, 6, darker(patch, 0.3), 0.4)
    for x in (30.0, 86.0):
        leg(c, x, 64, 9, darker(coat, 0.28), 95)
    c.ellipse(36, 73, 9, 6.5, (232, 170, 164), 0.8)
    c.blob([(12, 42), (30, 35), (64, 37), (94, 34), (102, 50), (94, 68), (60, 72), (26, 70)], coat)
    if a.style == "spotted":
        c.blob([(22, 38), (42, 37), (46, 52), (32, 60), (22, 52)], patch, 0.7)
        c.blob([(60, 38), (76, 38), (80, 52), (68, 62), (58, 50)], patch, 0.7)
    for x in (22, 94):
        leg(c, x, 62, 10, coat)
        c.box(x - 5.5, 94, x + 5.5, 99, (82, 70, 66), 0.4, 1.5)
    x, y = 112.0, 32.0
    for side in (-1, 1):
        c.stroke([(x + side * 8, y - 12), (x + side * 16, y - 17), (x + side * 15, y - 25)], 4.5, 2, (236, 222, 190))
        c.blob([(x + side * 10, y - 8), (x + side * 24, y - 11), (x + side * 22, y - 2), (x + side * 12, y - 1)], darker(coat, 0.15))
    c.blob([(x - 14, y - 13), (x, y - 17), (x + 14, y - 13), (x + 13, y + 10), (x, y + 24), (x - 13, y + 10)], coat)
    if a.style == "spotted":
        c.blob([(x - 13, y - 12), (x - 3, y - 15), (x - 3, y + 3), (x - 12, y + 4)], patch, 0.6)
    c.ellipse(x, y + 15, 13.5, 9.5, (234, 176, 168))
    for side in (-1, 1):
        c.ellipse(x + side * 5, y + 14, 2, 2.4, (136, 84, 88), 0)
        c.eye(x + side * 7, y - 3, 2.5)


def sheep(c: Sprite, a: Look) -> None:
    wool = a.color
    face = (72, 62, 66) if a.color_name in ("white", "cream") else (226, 200, 176)
    for x in (38.0, 84.0):
        leg(c, x, 70, 7.5, darker(face, 0.2), 95)
    for x in (30, 92):
        leg(c, x, 72, 8, face)
    c.ellipse(12, 56, 8, 7, wool)
    for angle_x, angle_y, r in (
        (22, 46, 14), (22, 64, 14), (36, 34, 15), (54, 30, 16), (74, 32, 16), (92, 44, 15), (94, 62, 14), (78, 74, 14), (58, 76, 15), (38, 74, 14), (58, 52, 24), (76, 54, 20), (38, 54, 19),
    ):  # fmt: skip
        c.ellipse(angle_x, angle_y, r, r * 0.92, wool, 0.7)
    for x, y in ((44.0, 48.0), (62.0, 42.0), (70.0, 60.0), (50.0, 66.0), (34.0, 60.0), (82.0, 48.0)):
        c.stroke([(x - 5, y), (x, y + 4), (x + 5, y)], 1.8, 1.8, darker(wool, 0.16), 0)
    c.blob([(92, 36), (84, 42), (82, 48), (92, 46)], darker(face, 0.12))
    c.blob([(92, 30), (106, 26), (116, 38), (118, 54), (110, 60), (98, 54)], face)
    c.blob([(110, 32), (122, 34), (124, 40), (114, 42)], darker(face, 0.12))
    for x, y, size in ((94.0, 28.0, 8.0), (103.0, 24.0, 8.5), (111.0, 28.0, 6.0)):
        c.ellipse(x, y, size, size, wool, 0.7)
    c.ellipse(109, 42, 3, 3.2, (250, 248, 240), 0)
    c.ellipse(109.6, 42.3, 1.5, 1.9, INK, 0)
    c.stroke([(110, 54), (114, 55)], 1.4, 1.2, mix(face, (240, 190, 190), 0.5), 0)


def pig(c: Sprite, a: Look) -> None:
    skin, dark = a.color, darker(a.color, 0.2)
    c.stroke([(16, 48), (6, 46), (5, 37), (12, 36), (9, 44)], 3, 2.4, dark)
    for x in (40.0, 88.0):
        leg(c, x, 72, 10, darker(skin, 0.26), 95)
    c.blob([(12, 54), (28, 32), (62, 26), (94, 32), (104, 54), (94, 78), (56, 84), (24, 78)], skin)
    if a.style == "spotted":
        for x, y, r in ((38.0, 44.0, 9), (62.0, 62.0, 7), (56.0, 38.0, 5), (30.0, 66.0, 5)):
            c.ellipse(x, y, r, r * 0.8, (108, 82, 84), 0.5)
    for x in (30, 96):
        leg(c, x, 74, 11, skin)
        c.box(x - 5.5, 94.5, x + 5.5, 99, (140, 92, 92), 0.4, 1.5)
    x, y = 106.0, 46.0
    c.ellipse(x, y, 22, 20, skin)
    for side in (-1, 1):
        c.blob([(x + side * 8 - 1, y - 16), (x + side * 17, y - 26), (x + side * 20, y - 11), (x + side * 12, y - 8)], dark)
    c.ellipse(x + 9, y + 6, 11, 9, lighter(skin, 0.08))
    for side in (-1, 1):
        c.ellipse(x + 9 + side * 4, y + 6, 1.9, 3.2, darker(skin, 0.5), 0)
    c.eye(x - 6, y - 5)
    c.eye(x + 15, y - 7)


def duck(c: Sprite, a: Look) -> None:
    body = a.color
    head = (60, 124, 92) if a.style == "mallard" else body
    if a.pose != "swimming":
        for x in (46, 60):
            c.stroke([(x, 82), (x, 96)], 4, 4, (226, 136, 54))
            c.blob([(x - 2, 95), (x + 12, 97), (x + 10, 100), (x - 3, 99)], (236, 146, 58))
    c.blob([(4, 48), (22, 58), (48, 56), (70, 52), (86, 62), (82, 82), (56, 91), (28, 86), (12, 70)], body)
    c.blob([(64, 66), (66, 36), (76, 22), (92, 34), (88, 62)], head)
    if a.style == "mallard":
        c.stroke([(67, 50), (77, 54), (89, 51)], 4, 4, (246, 244, 236), 0.4)
    c.blob([(24, 64), (50, 60), (66, 66), (56, 80), (34, 80), (14, 66)], darker(body, 0.14))
    for y in (68, 74):
        c.stroke([(30, y), (44, y + 3), (54, y)], 1.8, 1.2, darker(body, 0.28), 0)
    c.ellipse(80, 24, 16, 14.5, head)
    c.blob([(92, 21), (104, 23), (114, 27), (104, 32), (92, 31)], (240, 160, 52))
    c.stroke([(94, 27.5), (110, 27.5)], 1.2, 0.8, (184, 108, 36), 0)
    c.eye(84, 20, 2.8)


def chicken(c: Sprite, a: Look) -> None:
    body = a.color
    tail = (50, 92, 88) if a.style == "rooster" else darker(body, 0.22)
    for x in (44, 56):
        c.stroke([(x, 78), (x, 95)], 3.4, 3, (228, 158, 60))
        c.stroke([(x - 5, 98), (x, 95), (x + 8, 98)], 2.6, 2, (228, 158, 60))
    if a.style == "rooster":
        for tip, high in ((-2, 30), (2, 18), (10, 10), (20, 10)):
            c.stroke([(26, 62), (tip + 4, high + 12), (tip, high + 24)], 10, 3, tail)
    else:
        c.blob([(30, 66), (12, 54), (6, 34), (18, 34), (24, 40), (30, 36), (40, 54)], tail)
    c.blob([(16, 56), (34, 56), (56, 48), (64, 26), (80, 26), (84, 50), (80, 72), (58, 84), (34, 82), (20, 70)], body)
    c.blob([(30, 60), (50, 58), (62, 66), (50, 76), (32, 74)], darker(body, 0.18))
    for x in (38, 46, 54):
        c.stroke([(x - 4, 68), (x, 72), (x + 4, 68)], 1.8, 1.4, darker(body, 0.36), 0)
    for x, y in ((64, 13), (71, 9), (78, 13)):
        c.ellipse(x, y, 5, 6.5, (206, 58, 54), 0.6)
    c.ellipse(72, 25, 12.5, 12.5, body)
    c.polygon([(83, 21), (95, 26), (83, 30)], (238, 172, 62))
    c.ellipse(83, 34, 3.6, 5.6, (206, 58, 54), 0.6)
    c.eye(76, 22)


FIELDS = {"farm": 3.0, "meadow": 2.0}
KINDS = (
    Kind("dog", dog, 62, 126, ("brown", "black", "white", "golden", "grey"), {"beach": 2, "meadow": 2, "street": 3, "room": 3, "snow": 1.5, "lake": 1.5, "farm": 1.5, "forest": 1}, ("standing", "sitting"), ("plain", "spotted")),
    Kind("cat", cat, 50, 112, ("orange", "grey", "black", "white", "brown"), {"room": 5, "street": 2, "farm": 1.5, "meadow": 1}, ("sitting", "standing", "sleeping"), ("plain", "striped"), zones=("top", "ground"), shades={"orange": (226, 146, 84)}),
    Kind("rabbit", rabbit, 46, 92, ("brown", "grey", "white", "cream"), {"meadow": 3, "forest": 2.5, "farm": 1.5, "snow": 2}, ("sitting",), herd=0.35),
    Kind("horse", horse, 104, 130, ("brown", "black", "white", "golden", "grey"), {**FIELDS, "desert": 0.6, "beach": 0.7, "snow": 0.5, "lake": 0.7}, ("standing",), ("plain", "saddled"), herd=0.2, shades={"brown": (150, 92, 62)}),
    Kind("cow", cow, 84, 136, ("black", "brown", "orange"), {**FIELDS, "lake": 0.6}, ("standing",), ("spotted", "plain"), herd=0.3, shades={"orange": (194, 122, 72)}),
    Kind("sheep", sheep, 62, 128, ("white", "cream", "black", "grey"), {**FIELDS, "snow": 0.5}, ("standing",), herd=0.55, shades={"black": (84, 78, 86)}),
    Kind("pig", pig, 56, 134, ("pink", "brown", "black"), {"farm": 4, "meadow": 0.7}, ("standing",), ("plain", "spotted"), herd=0.35, shades={"pink": (240, 178, 172), "brown": (178, 128, 104), "black": (98, 88, 94)}),
    Kind("duck", duck, 40, 118, ("white", "yellow", "brown", "grey"), {"lake": 5, "farm": 2.5, "meadow": 0.7}, ("standing",), ("plain", "mallard"), zones=("water", "ground"), herd=0.55),
    Kind("chicken", chicken, 40, 98, ("white", "brown", "orange", "black"), {"farm": 5, "meadow": 0.7}, ("standing",), ("hen", "rooster"), herd=0.45, shades={"orange": (214, 136, 76)}),
)  # fmt: skip
