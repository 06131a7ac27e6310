"""Animals in the wild: penguin, bear, fox, camel, elephant, giraffe, owl, turtle, crab, butterfly."""

from engine.data.scenes.canvas import Sprite, darker, lighter, mix
from engine.data.scenes.objects.farm_animals import INK, leg
from engine.data.scenes.objects.kind import Kind, Look


def penguin(c: Sprite, a: Look) -> None:
    coat = a.color
    c.blob([(22, 94), (40, 92), (42, 100), (20, 100)], (240, 160, 60))
    c.blob([(42, 93), (60, 94), (62, 100), (42, 100)], (240, 160, 60))
    c.blob([(14, 40), (20, 34), (14, 70), (6, 78), (4, 68)], darker(coat, 0.2))
    c.blob([(40, 2), (58, 10), (62, 30), (66, 62), (60, 92), (40, 97), (20, 92), (14, 62), (18, 30), (22, 10)], coat)
    c.blob([(44, 34), (58, 44), (60, 68), (54, 90), (42, 93), (30, 88), (26, 66), (30, 44)], (250, 246, 238), 0.8)
    c.blob([(38, 12), (50, 10), (58, 22), (50, 34), (38, 32), (32, 22)], (250, 246, 238), 0.5)
    c.blob([(62, 38), (70, 52), (78, 62), (74, 70), (62, 60)], darker(coat, 0.12))
    c.polygon([(52, 19), (68, 24), (52, 28)], (242, 164, 56))
    c.eye(46, 18, 2.6)
    if a.style == "scarf":
        scarf = (206, 70, 64)
        c.stroke([(19, 34), (40, 41), (62, 34)], 8, 8, scarf)
        c.stroke([(28, 38), (24, 58)], 8, 9, darker(scarf, 0.12))
    else:
        c.ellipse(58, 36, 5, 4, (244, 206, 100), 0.3)


def bear(c: Sprite, a: Look) -> None:
    fur = a.color
    snout = lighter(mix(fur, (214, 176, 130), 0.4), 0.2)
    if a.pose == "sitting":
        c.ellipse(52, 70, 32, 30, fur)
        c.ellipse(54, 74, 19, 20, lighter(fur, 0.22), 0.6)
        for x in (24.0, 82.0):
            c.ellipse(x, 92, 13, 9, darker(fur, 0.06))
            c.ellipse(x, 92, 7, 5.5, snout, 0.3)
        for x, tip in ((28, 18), (76, 88)):
            c.stroke([(x, 52), (tip, 66), (tip + (8 if tip < 50 else -8), 80)], 17, 14, darker(fur, 0.1))
        x, y = 52.0, 28.0
    else:
        for x in (40.0, 92.0):
            leg(c, x, 66, 13, darker(fur, 0.32), 95)
        c.blob([(10, 56), (22, 36), (50, 30), (82, 28), (100, 44), (98, 68), (64, 76), (30, 78), (14, 72)], fur)
        for x in (26, 84):
            leg(c, x, 66, 15, fur, 97)
            c.ellipse(x + 3, 96, 10, 4, darker(fur, 0.12), 0.4)
        x, y = 104.0, 38.0
    for side in (-1, 1):
        c.ellipse(x + side * 14 - 1, y - 16, 7.5, 7.5, darker(fur, 0.1))
        c.ellipse(x + side * 14 - 1, y - 15, 4, 4, snout, 0.2)
    c.ellipse(x, y, 22, 20, fur)
    c.ellipse(x + 7, y + 7, 12, 9.5, snout, 0.7)
    c.ellipse(x + 11, y + 2, 4.6, 3.4, INK, 0)
    c.stroke([(x + 10, y + 5), (x + 9, y + 9), (x + 4, y + 10)], 1.5, 1.1, INK, 0)
    c.eye(x - 4, y - 5)
    c.eye(x + 13, y - 6)


def fox(c: Sprite, a: Look) -> None:
    fur, sock, cream = a.color, (82, 58, 56), (250, 240, 222)
    if a.pose == "sitting":
        c.blob([(42, 94), (22, 98), (2, 84), (4, 60), (16, 62), (26, 78), (44, 82)], fur)
        c.blob([(4, 60), (2, 76), (12, 74), (16, 62), (10, 54)], cream, 0.5)
        c.blob([(34, 97), (32, 74), (48, 54), (60, 40), (78, 44), (82, 66), (80, 97), (56, 99)], fur)
        c.blob([(66, 48), (80, 50), (80, 70), (72, 82), (66, 66)], cream, 0.5)
        leg(c, 75, 72, 9, fur)
        c.stroke([(75, 88), (76, 96)], 9, 9, sock)
        x, y = 72.0, 32.0
    else:
        c.blob([(26, 60), (10, 70), (-6, 64), (-10, 50), (4, 46), (22, 52)], fur)
        c.blob([(-10, 50), (-8, 62), (0, 62), (4, 52), (-2, 46)], cream, 0.5)
        for x in (38, 80):
            leg(c, x, 66, 7, darker(fur, 0.34), 95)
        c.blob([(20, 56), (36, 50), (62, 52), (86, 46), (96, 58), (90, 72), (60, 74), (32, 74)], fur)
        for x in (30, 90):
            leg(c, x, 66, 8, fur, 82)
            c.stroke([(x, 80), (x, 96)], 8.5, 7, sock)
        c.blob([(84, 54), (98, 50), (98, 66), (90, 72)], cream, 0.4)
        x, y = 98.0, 40.0
    for side in (-1, 1):
        c.polygon([(x + side * 17, y - 4), (x + side * 15, y - 27), (x + side * 2, y - 12)], fur)
        c.polygon([(x + side * 13.5, y - 9), (x + side * 13, y - 21), (x + side * 6, y - 12)], sock, 0)
    c.blob([(x - 19, y - 2), (x - 10, y - 14), (x + 8, y - 14), (x + 18, y - 4), (x + 22, y + 8), (x + 12, y + 12), (x - 6, y + 14)], fur)
    c.blob([(x - 16, y + 3), (x - 4, y + 5), (x + 8, y + 4), (x + 22, y + 8), (x + 10, y + 13), (x - 6, y + 14)], cream, 0.4)
    c.ellipse(x + 21, y + 6, 3.4, 2.9, INK, 0)
    c.eye(x - 3, y - 3)
    c.eye(x + 11, y - 3)


def camel(c: Sprite, a: Look) -> None:
    coat = a.color
    for x in (36, 76):
        leg(c, x, 56, 6.5, darker(coat, 0.3), 95, 2)
    c.stroke([(16, 48), (8, 62)], 3, 3, darker(coat, 0.2))
    c.blob([(13, 52), (18, 40), (26, 37), (32, 20), (42, 20), (48, 36), (56, 36), (62, 18), (72, 19), (78, 38), (88, 46), (88, 58), (60, 64), (28, 62)], coat)
    c.blob([(80, 44), (92, 58), (102, 44), (102, 20), (112, 12), (100, 10), (94, 24), (90, 40)], coat)
    c.blob([(98, 6), (110, 4), (126, 13), (126, 20), (114, 22), (102, 18)], coat)
    c.polygon([(100, 8), (99, 0), (105, 5)], darker(coat, 0.2))
    for x in (26, 86):
        leg(c, x, 54, 7.5, coat, 98, -1)
        c.ellipse(x + 1, 97, 6, 3, darker(coat, 0.25), 0.3)
    c.eye(112, 10, 2.1)
    c.stroke([(118, 18), (125, 18)], 1.3, 1, darker(coat, 0.5), 0)
    if a.style == "saddled":
        c.blob([(26, 36), (32, 21), (42, 21), (52, 36), (62, 20), (72, 20), (78, 38), (76, 56), (30, 56)], (186, 70, 66))
        c.stroke([(29, 50), (52, 54), (77, 50)], 4, 4, (238, 190, 84), 0.3)


def elephant(c: Sprite, a: Look) -> None:
    skin = a.color
    for x in (38, 78):
        leg(c, x, 64, 14, darker(skin, 0.3), 95)
    c.stroke([(12, 46), (4, 60), (5, 72)], 3.5, 2, darker(skin, 0.2))
    c.blob([(10, 54), (18, 32), (44, 20), (74, 24), (94, 36), (94, 66), (66, 74), (28, 76), (12, 68)], skin)
    for x in (24, 90):
        leg(c, x, 62, 16, skin, 97)
        for s in (-5, 0, 5):
            c.ellipse(x + s, 96, 2.2, 2, lighter(skin, 0.5), 0)
    c.blob([(88, 22), (104, 14), (118, 24), (122, 42), (112, 54), (96, 50)], skin)
    curl = [(116, 40), (126, 58), (124, 80), (132, 88), (138, 82)] if a.style == "curled" else [(116, 40), (124, 60), (123, 80), (127, 92)]
    c.stroke(curl, 14, 6, skin)
    c.stroke([(110, 52), (118, 62), (128, 60)], 5, 2, (250, 244, 228))
    c.blob([(98, 20), (84, 16), (70, 28), (70, 48), (82, 60), (94, 50), (100, 34)], darker(skin, 0.14))
    c.blob([(93, 26), (84, 24), (76, 32), (77, 46), (84, 52), (91, 44)], mix(skin, (226, 170, 164), 0.3), 0.4)
    c.eye(110, 30, 2.3)


def giraffe(c: Sprite, a: Look) -> None:
    coat, patch = (244, 212, 146), a.color
    for x in (24, 48):
        leg(c, x, 68, 4.4, darker(coat, 0.28), 96, 1)
    c.stroke([(12, 60), (6, 74)], 1.8, 1.6, patch)
    c.blob([(10, 60), (20, 53), (42, 52), (56, 46), (62, 56), (54, 68), (30, 70), (14, 70)], coat)
    c.blob([(48, 58), (52, 38), (62, 10), (70, 10), (66, 36), (62, 60)], coat)
    for x in (18, 55):
        leg(c, x, 66, 5, coat, 98)
        c.box(x - 3, 95, x + 3, 99, (96, 70, 58), 0.3, 1)
    for x, y, r in (
        (20, 60, 4), (30, 58, 4.4), (40, 57, 4.2), (26, 66, 3), (36, 65, 3.4), (46, 64, 3.6), (55, 54, 3.6), (57, 44, 3), (61, 49, 2.6), (60, 36, 3), (62, 27, 2.7), (65, 19, 2.4), (17, 74, 1.8), (55, 73, 1.9), (54, 81, 1.4),
    ):  # fmt: skip
        c.ellipse(x, y, r, r * 0.85, patch, 0.4)
    c.stroke([(51, 44), (58, 20), (63, 10)], 2.4, 1.8, darker(patch, 0.2), 0.4)
    for x in (64, 69):
        c.stroke([(x, 7), (x - 0.6, 0)], 1.5, 1.5, darker(coat, 0.3))
        c.ellipse(x - 0.6, -0.6, 1.5, 1.4, (84, 62, 56), 0)
    c.blob([(60, 6), (58, 2), (52, 4), (57, 9)], darker(coat, 0.1))
    c.blob([(61, 4), (72, 4), (83, 12), (83, 17), (76, 18), (63, 14)], coat)
    c.ellipse(80, 14.6, 3.7, 3.2, lighter(patch, 0.35), 0.3)
    c.eye(70, 8, 1.5)


def owl(c: Sprite, a: Look) -> None:
    coat = a.color
    c.blob([(22, 97), (38, 94), (38, 100), (22, 100)], (236, 164, 66))
    c.blob([(44, 94), (60, 97), (60, 100), (44, 100)], (236, 164, 66))
    c.blob([(41, 12), (64, 16), (72, 40), (72, 70), (58, 94), (41, 98), (24, 94), (10, 70), (10, 40), (18, 16)], coat)
    for side in (-1, 1):
        c.polygon([(41 + side * 28, 22), (41 + side * 29, 0), (41 + side * 11, 14)], coat)
        c.blob([(41 + side * 27, 42), (41 + side * 35, 58), (41 + side * 28, 84), (41 + side * 20, 76), (41 + side * 21, 52)], darker(coat, 0.22))
    c.ellipse(41, 72, 19, 21, lighter(coat, 0.45), 0.6)
    for row, count in ((60, 3), (68, 4), (76, 3), (84, 2)):
        for i in range(count):
            x = 41 + (i - (count - 1) / 2) * 8
            c.stroke([(x - 2.6, row), (x, row + 2.6), (x + 2.6, row)], 1.7, 1.3, darker(coat, 0.15), 0)
    for side in (-1, 1):
        c.ellipse(41 + side * 13.5, 34, 14.5, 14.5, lighter(coat, 0.6), 0.4)
        c.ellipse(41 + side * 12.5, 34, 9.4, 9.4, (250, 206, 84), 0.3)
        c.eye(41 + side * 12.5, 34, 5.4)
    c.polygon([(36.5, 40), (45.5, 40), (41, 51)], (232, 150, 58))


def turtle(c: Sprite, a: Look) -> None:
    shell, skin = a.color, (150, 180, 104)
    c.blob([(18, 84), (6, 90), (0, 96), (12, 95)], skin)
    for x in (36, 102):
        c.stroke([(x, 74), (x - 2, 92)], 17, 15, darker(skin, 0.28))
    for x in (46, 112):
        c.stroke([(x, 74), (x + 4, 92)], 19, 16, skin)
    c.stroke([(116, 78), (132, 66), (142, 50)], 20, 16, skin)
    c.ellipse(146, 46, 17, 14, skin)
    c.eye(151, 41, 3.6)
    c.stroke([(148, 53), (158, 52)], 1.8, 1.2, darker(skin, 0.5), 0)
    c.blob([(14, 82), (22, 44), (50, 18), (84, 14), (114, 34), (130, 82), (74, 90)], shell, ball=True)
    for points in (
        [(60, 28), (84, 26), (92, 46), (76, 60), (54, 48)], [(30, 46), (52, 32), (46, 52), (28, 64)], [(92, 30), (112, 46), (116, 62), (98, 50)],
        [(32, 72), (50, 58), (70, 66), (64, 80), (36, 80)], [(82, 66), (98, 56), (116, 70), (112, 80), (80, 80)],
    ):  # fmt: skip
        c.blob(points, lighter(shell, 0.24), 0.8)
    c.blob([(10, 80), (72, 84), (132, 78), (136, 86), (74, 93), (10, 88)], mix(shell, (226, 196, 130), 0.55))


def crab(c: Sprite, a: Look) -> None:
    shell, dark = a.color, darker(a.color, 0.2)
    for side in (-1, 1):
        for i, (out, low) in enumerate(((34, 99), (46, 97), (56, 92))):
            c.stroke([(70 + side * 24, 74), (70 + side * (out + 6), 66 + 4 * i), (70 + side * (out + 10), low)], 6, 3, dark)
        c.stroke([(70 + side * 30, 62), (70 + side * 52, 52), (70 + side * 50, 34)], 8, 8, dark)
        x = 70 + side * 50
        c.blob([(x - 10, 36), (x - 14, 14), (x - 4, 4), (x, 20), (x + 4, 4), (x + 14, 14), (x + 10, 36)], shell)
        c.stroke([(70 + side * 9, 50), (70 + side * 10, 34)], 4, 4, dark)
    c.blob([(32, 66), (46, 50), (70, 46), (94, 50), (108, 66), (94, 88), (70, 93), (46, 88)], shell, ball=True)
    for side in (-1, 1):
        c.ellipse(70 + side * 10, 31, 6, 6.5, (252, 248, 240), 0.3)
        c.eye(70 + side * 10, 31, 3)
    c.stroke([(58, 76), (70, 81), (82, 76)], 2.4, 2.4, darker(shell, 0.5), 0)
    for x, y in ((50, 62), (60, 56), (88, 60)):
        c.ellipse(x, y, 2.6, 2, lighter(shell, 0.4), 0)


def butterfly(c: Sprite, a: Look) -> None:
    wing, edge = a.color, darker(a.color, 0.62)
    wide = 0.62 if a.pose == "flying" else 1.0
    for side, reach in ((-1, wide), (1, 1.0)):
        def out(x: float, side: int = side, reach: float = reach) -> float:
            return 60 + side * x * reach
        c.blob([(out(3), 44), (out(22), 8), (out(50), 2), (out(58), 24), (out(42), 50), (out(6), 56)], edge, 0.4)
        c.blob([(out(6), 44), (out(24), 13), (out(47), 8), (out(51), 24), (out(38), 44), (out(8), 52)], wing)
        c.blob([(out(4), 54), (out(34), 54), (out(46), 72), (out(34), 96), (out(16), 88)], edge, 0.4)
        c.blob([(out(7), 57), (out(32), 58), (out(40), 72), (out(31), 90), (out(18), 83)], lighter(wing, 0.15))
        c.ellipse(out(40), 22, 6 * reach, 6, (252, 244, 226), 0)
        c.ellipse(out(28), 74, 5 * reach, 5, (252, 244, 226), 0)
    c.stroke([(60, 30), (60, 86)], 8, 4, (62, 50, 56))
    c.ellipse(60, 27, 5, 5.5, (62, 50, 56))
    for side in (-1, 1):
        c.stroke([(60, 24), (60 + side * 8, 8), (60 + side * 14, 5)], 1.6, 1.6, (62, 50, 56), 0)


KINDS = (
    Kind("penguin", penguin, 62, 82, ("black", "blue", "grey"), {"snow": 7}, ("standing",), ("plain", "scarf"), herd=0.5, shades={"blue": (74, 92, 132), "grey": (112, 116, 130)}),
    Kind("bear", bear, 88, 126, ("brown", "black", "white"), {"forest": 3.5, "snow": 2, "lake": 1}, ("standing", "sitting"), herd=0.12, shades={"brown": (136, 90, 62), "white": (238, 234, 224)}),
    Kind("fox", fox, 54, 120, ("orange", "white", "grey"), {"forest": 4, "snow": 2, "meadow": 1.2}, ("standing", "sitting"), shades={"orange": (222, 118, 58)}),
    Kind("camel", camel, 108, 130, ("tan", "golden", "brown", "white"), {"desert": 7}, ("standing",), ("plain", "saddled"), herd=0.35, shades={"tan": (206, 158, 106), "brown": (158, 112, 76)}),
    Kind("elephant", elephant, 116, 138, ("grey", "blue", "brown"), {"savanna": 6}, ("standing",), ("straight", "curled"), herd=0.25, shades={"grey": (150, 148, 158), "blue": (126, 146, 172), "brown": (160, 134, 118)}),
    Kind("giraffe", giraffe, 136, 86, ("brown", "orange", "dark"), {"savanna": 6}, ("standing",), herd=0.25, shades={"orange": (206, 124, 62), "dark": (110, 72, 58)}),
    Kind("owl", owl, 46, 82, ("brown", "grey", "white"), {"forest": 5, "snow": 1, "farm": 0.6}, ("standing",), times=("sunset", "night", "morning")),
    Kind("turtle", turtle, 34, 164, ("green", "brown", "blue"), {"beach": 3, "lake": 2.5, "desert": 1.2}, ("standing",), shades={"green": (92, 132, 84), "blue": (76, 126, 138)}),
    Kind("crab", crab, 30, 140, ("red", "orange", "blue"), {"beach": 6}, ("standing",), herd=0.35),
    Kind("butterfly", butterfly, 26, 120, ("orange", "blue", "yellow", "purple", "pink"), {"meadow": 4, "forest": 1.5, "farm": 1.2, "savanna": 0.6}, ("resting", "flying"), zones=("air",), herd=0.35, times=("morning", "day", "sunset")),
)  # fmt: skip
