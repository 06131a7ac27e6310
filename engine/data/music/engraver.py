"""The process that engraves: a line of JSON with MEI comes in, a line of JSON with the staff and its places goes out.

Verovio can end the process that calls it, so this one holds nothing but Verovio and is started by ``engine.data.music.engraving``, which
starts another when it dies. Run as a script; it imports nothing of the engine but numbers agreed on below.
"""

import base64
import io
import json
import re
import sys

ROWS = 80  # pixels of the picture's height: 10 staff spaces of 8 pixels, the middle line in the middle
SPACE = 180  # Verovio's units between two staff lines
OPTIONS = {
    "breaks": "none", "adjustPageHeight": True, "adjustPageWidth": True, "pageWidth": 60000, "header": "none", "footer": "none",
    "svgViewBox": True, "scale": 100, "mnumInterval": 0,
}  # fmt: skip
GREYS = 16


def engrave(toolkit, mei: str, places: int) -> dict:
    """The staff as PNG (base64) of ``ROWS`` rows in 16 greys, and the column of each place's note head in it."""
    import resvg_py
    from PIL import Image

    if not toolkit.loadData(mei):
        raise ValueError("Verovio cannot read it")
    if toolkit.getPageCount() != 1:
        raise ValueError("it does not fit on one line")
    svg = toolkit.renderToSVG(1)
    left, top = _numbers(r'class="page-margin" transform="translate\(([\d.-]+), ([\d.-]+)\)"', svg)
    width, height = _numbers(r'class="definition-scale"[^>]*viewBox="0 0 ([\d.]+) ([\d.]+)', svg)
    unit = _numbers(r'<svg viewBox="0 0 ([\d.]+)', svg)[0] / width  # the outer picture's units in an inner one
    staff = svg.index('class="staff"')
    middle = top + float(re.findall(r"M[\d.-]+ ([\d.-]+) L", svg[staff : staff + 1500])[2])
    scale = ROWS / (10 * SPACE)  # pixels a unit
    columns = [scale * (left + _head(svg, f"p{place}")) for place in range(places)]
    box = f"0 {unit * (middle - 5 * SPACE):.3f} {unit * width:.3f} {unit * 10 * SPACE:.3f}"
    svg = re.sub(r'<svg viewBox="[^"]*"', f'<svg viewBox="{box}" width="{unit * width:.3f}" height="{unit * 10 * SPACE:.3f}"', svg, count=1)
    # The inner picture fills the outer one's view box, so it has to be told the size that it had.
    svg = re.sub(r'class="definition-scale"', f'class="definition-scale" x="0" y="0" width="{unit * width:.3f}" height="{unit * height:.3f}" overflow="visible"', svg, count=1)
    drawn = resvg_py.svg_to_bytes(svg_string=svg, height=ROWS, background="#ffffff", skip_system_fonts=True)
    picture = Image.open(io.BytesIO(bytes(drawn))).convert("L").point(lambda value: round(value * (GREYS - 1) / 255) * 17)
    encoded = io.BytesIO()
    picture.save(encoded, "PNG", compress_level=1)
    return {"staff": base64.b64encode(encoded.getvalue()).decode(), "columns": [round(column, 2) for column in columns]}


def _numbers(pattern: str, text: str) -> list[float]:
    """What the pattern's groups catch first."""
    found = re.search(pattern, text)
    if not found:
        raise ValueError("Verovio drew it in another way than is known here")
    return [float(number) for number in found.groups()]


def _head(svg: str, name: str) -> float:
    """Where the note head of this element stands, in units; of a chord's the leftmost."""
    start = svg.index(f'id="{name}"')
    x = _numbers(r'class="notehead">\s*<use [^>]*transform="translate\(([\d.-]+),', svg[start : start + 6000])[0]
    return x + 0.6 * SPACE  # the middle of the head


def main() -> None:
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(OPTIONS)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = engrave(toolkit, asked["mei"], asked["places"])
        except Exception as error:
            answer = {"problem": f"{error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
