"""The sum of correlations of several models against how often they find the right answer first, as SVG: the start page shows it
at once, without waiting a second for the charts' library."""

from collections.abc import Sequence
from html import escape

from app.asking.theme import ticks

MARKED = "#9a6cc0"  # stands out on light and on dark
WIDTH, HEIGHT = 420, 232
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 14, 46  # margins
LETTER, LINE, AWAY = 6.4, 12, 12  # a title's size, about: a letter's width, its height, and how far from its point it stands
Box = tuple[float, float, float, float]  # left, top, right, bottom


def sum_and_recall(titles: Sequence[str], sums: Sequence[float], recall: Sequence[float], named: Sequence[int], ink: str, line: str) -> str:
    """One point a model, ``recall`` of 1; those ``named``, by their place, carry their title, the first of them as a diamond.

    ``ink`` and ``line``: colours of words and points, and of the grid.
    """
    x_ticks, y_ticks = ticks(0, max(sums)), ticks(0, 100 * max(recall))
    right, low = WIDTH - RIGHT, HEIGHT - BOTTOM

    def place(total: float, share: float) -> tuple[float, float]:
        return LEFT + (right - LEFT) * total / x_ticks[-1], low - (low - TOP) * 100 * share / y_ticks[-1]

    drawn, heights = [], [place(0, tick / 100)[1] for tick in y_ticks]
    for tick, y in zip(y_ticks, heights, strict=True):
        drawn.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="{line}" stroke-opacity="0.6"/><text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    drawn += [f'<text x="{place(tick, 0)[0]:.1f}" y="{low + 18}" text-anchor="middle">{tick:g}</text>' for tick in x_ticks]
    drawn.append(f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 6}" text-anchor="middle" font-size="13">sum of correlations</text>')
    middle = (TOP + low) / 2
    drawn.append(f'<text x="12" y="{middle}" text-anchor="middle" font-size="13" transform="rotate(-90 12 {middle})">right answer first, %</text>')
    for model, (total, share) in enumerate(zip(sums, recall, strict=True)):
        x, y = place(total, share)
        if model in named[:1]:
            drawn.append(f'<path d="M{x:.1f} {y - 8:.1f}l8 8l-8 8l-8 -8z" fill="{MARKED}"/>')
        else:
            drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{ink}"/>')
    points = [place(total, share) for total, share in zip(sums, recall, strict=True)]
    taken: list[Box] = [(x - 8, y - 8, x + 8, y + 8) for x, y in points] + [(LEFT, y - 1, right, y + 1) for y in heights]
    for model in named:
        box = _room(points[model], LETTER * len(titles[model]), taken)
        taken.append(box)
        drawn.append(f'<text x="{(box[0] + box[2]) / 2:.1f}" y="{box[3] - 2:.1f}" text-anchor="middle">{escape(titles[model])}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{ink}">{"".join(drawn)}</svg>'
    )


def _room(point: tuple[float, float], width: float, taken: Sequence[Box]) -> Box:
    """Beside, above or below a point: where a title of this width covers least of what is drawn."""
    x, y = point
    lefts = (x + AWAY, x - AWAY - width, x - width / 2, x, x - width)
    tops = (y - LINE / 2, y - AWAY - LINE, y + AWAY)
    boxes = [(left, top, left + width, top + LINE) for left in lefts for top in tops if left >= LEFT and left + width <= WIDTH and 0 <= top <= HEIGHT - BOTTOM - LINE]
    return min(boxes or [(x - width, y + AWAY, x, y + AWAY + LINE)], key=lambda box: sum(_shared(box, other) for other in taken))


def _shared(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
