"""Linked maps: the same points in several 2-D layouts, side by side, for the browser.

``pack`` turns layouts, colours and pictures into one block of bytes that crosses the wire once per set of maps;
``linked_map`` mounts it and gives back what the person selected, ``{"items": [i, …]}`` after a click or
``{"map": m, "polygon": [[x, y], …]}`` after a lasso, and what the points are coloured by.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import streamlit as st
from matplotlib.path import Path as Outline
from PIL import Image, ImageOps

HERE = Path(__file__).parent
SPRITE = 72  # pixels of a small picture on the sprite sheet
MOST_CORNERS, MOST_ITEMS = 200, 200  # of a selection that comes back


@dataclass(frozen=True)
class Colour:
    """A way to colour the points. ``values``: (n,) for all maps, or one (n,) per map; with ``names`` they are category
    numbers (−1 = none). Without values it is offered, and the page makes them when it is chosen."""

    key: str
    title: str
    values: np.ndarray | Sequence[np.ndarray] | None
    names: Sequence[str] | None = None
    unit: str = ""


@dataclass(frozen=True)
class Pin:
    """A place on one map, and the points nearest to it in that map's space."""

    x: float
    y: float
    near: list[int]
    label: str


def sprite_sheet(pictures: Sequence[Image.Image]) -> tuple[bytes, int]:
    """Small squares of the pictures in one WebP file, row by row; also the number of columns."""
    columns = max(1, int(np.ceil(np.sqrt(len(pictures)))))
    rows = max(1, -(-len(pictures) // columns))
    sheet = Image.new("RGB", (columns * SPRITE, rows * SPRITE))
    for i, picture in enumerate(pictures):
        if picture.width > 2 * picture.height:  # a staff: its middle would tell little
            picture = ImageOps.pad(picture, (picture.width, picture.width), color="white")
        sheet.paste(picture.resize((SPRITE, SPRITE)), (i % columns * SPRITE, i // columns * SPRITE))
    buffer = BytesIO()
    sheet.save(buffer, "WEBP", quality=72, method=2)
    return buffer.getvalue(), columns


def pack(
    layouts: Sequence[np.ndarray],
    titles: Sequence[str],
    notes: Sequence[str],
    groups: np.ndarray,
    forms: np.ndarray,
    colours: Sequence[Colour],
    shapes: Sequence[str],
    texts: Sequence[str] | None = None,
    sprites: np.ndarray | None = None,
    sheet: tuple[bytes, int] | None = None,
) -> tuple[bytes, str]:
    """The maps as bytes for the browser, and their content id.

    ``layouts``: one (n, 2) per map. ``groups`` (n,): what belongs together. ``forms`` (n,): 0 = circle, 1 = triangle.
    ``sprites`` (n,): position of a point's picture on the ``sheet`` of ``sprite_sheet``, −1 = none.
    """
    arrays: dict[str, np.ndarray] = {f"layout{m}": np.asarray(l, np.float32).ravel() for m, l in enumerate(layouts)}
    arrays["groups"] = np.asarray(groups, np.int32)
    arrays["forms"] = np.asarray(forms, np.uint8)
    arrays["sprites"] = np.full(len(groups), -1, np.int32) if sprites is None else np.asarray(sprites, np.int32)
    if sheet:
        arrays["sheet"] = np.frombuffer(sheet[0], np.uint8)
    described = [_describe(colour, arrays) for colour in colours]
    places, blocks, offset = {}, [], 0
    for name, array in arrays.items():
        places[name] = {"type": array.dtype.name, "offset": offset, "length": array.size}
        block = array.tobytes()
        blocks.append(block + b"\0" * (-len(block) % 4))
        offset += len(blocks[-1])
    header: dict = {
        "count": len(groups),
        "maps": [{"title": t, "note": n} for t, n in zip(titles, notes, strict=True)],
        "colours": described,
        "shapes": list(shapes),
        "texts": list(texts) if texts is not None else None,
        "sheet": {"type": "image/webp", "side": SPRITE, "columns": sheet[1]} if sheet else None,
        "arrays": places,
    }
    body = b"".join(blocks)
    header["layouts"] = sha256(b"".join(arrays[f"layout{m}"].tobytes() for m in range(len(layouts)))).hexdigest()[:24]
    header["id"] = sha256(json.dumps(header).encode() + body).hexdigest()[:24]
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 4)
    return len(head).to_bytes(4, "little") + head + body, header["id"]


def _describe(colour: Colour, arrays: dict[str, np.ndarray]) -> dict:
    """Put a colour's values among the arrays; what the browser has to know about them."""
    if colour.values is None:
        return {"key": colour.key, "title": colour.title, "pending": True}
    each = [colour.values] if isinstance(colour.values, np.ndarray) else list(colour.values)
    per_map = not isinstance(colour.values, np.ndarray)
    dtype = np.int32 if colour.names else np.float32
    for m, values in enumerate(each):
        arrays[f"{colour.key}{m}" if per_map else colour.key] = np.asarray(values, dtype)
    described: dict = {"key": colour.key, "title": colour.title, "per_map": per_map, "unit": colour.unit}
    if colour.names:
        described["names"] = list(colour.names)
        if not per_map:
            named = np.asarray(each[0])
            described["counts"] = np.bincount(named[named >= 0], minlength=len(colour.names)).tolist()
    else:
        finite = np.concatenate([v[np.isfinite(v)] for v in each]) if each else np.zeros(1)
        described["low"], described["high"] = (float(f(finite)) if finite.size else 0.0 for f in (np.min, np.max))
    return described


def inside(layout: np.ndarray, polygon: np.ndarray | Sequence[Sequence[float]]) -> np.ndarray:
    """Rows of the layout (n, 2) that lie inside a lasso's outline."""
    corners = np.asarray(polygon, dtype=float)
    near = np.flatnonzero(((layout >= corners.min(axis=0)) & (layout <= corners.max(axis=0))).all(axis=1))
    return near[Outline(corners).contains_points(layout[near])]


def checked(selection: object, layouts: Sequence[np.ndarray]) -> dict | None:
    """A selection as it may come from a browser or a link, or None where it selects nothing that there is."""
    if not isinstance(selection, Mapping):
        return None
    try:
        if "polygon" in selection:
            polygon, index = np.asarray(selection["polygon"], dtype=float), int(selection.get("map", -1))
            fits = polygon.ndim == 2 and polygon.shape[1] == 2 and 3 <= len(polygon) <= MOST_CORNERS and np.isfinite(polygon).all() and 0 <= index < len(layouts)
            return {"map": index, "polygon": polygon.tolist()} if fits else None
        items = np.asarray(selection.get("items", []), dtype=int)
    except (TypeError, ValueError, OverflowError):
        return None
    if items.ndim != 1:
        return None
    items = items[(items >= 0) & (items < len(layouts[0]))][:MOST_ITEMS]
    return {"items": items.tolist()} if len(items) else None


def selected_rows(selection: Mapping | None, layouts: Sequence[np.ndarray]) -> np.ndarray:
    """The points a person selected. What comes from a browser is checked: foreign numbers select nothing."""
    found = checked(selection, layouts)
    if found is None:
        return np.zeros(0, dtype=int)
    return inside(layouts[found["map"]], found["polygon"]) if "polygon" in found else np.array(found["items"], dtype=int)


def written(selection: Mapping | None) -> str:
    """A checked selection as it stands in a link: "3.14.15", or the map's number and the outline's corners."""
    if not selection:
        return ""
    if "items" in selection:
        return ".".join(map(str, selection["items"]))
    return f"{selection['map']}:" + "_".join(f"{x:.6g},{y:.6g}" for x, y in selection["polygon"])


def read(text: str, layouts: Sequence[np.ndarray]) -> dict | None:
    """What ``written`` wrote; None for anything else."""
    try:
        if ":" in text:
            index, outline = text.split(":", 1)
            return checked({"map": int(index), "polygon": [[float(v) for v in corner.split(",")] for corner in outline.split("_")]}, layouts)
        return checked({"items": [int(item) for item in text.split(".")]}, layouts)
    except ValueError:
        return None


def _source(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _maps() -> str:
    return _source("density.js") + _source("linked_map.js")


@cache
def _components() -> tuple:
    """The two browser parts, registered once: the holder of the geometry, and the maps."""
    return (
        st.components.v2.component("twoview_geometry", js=_source("geometry.js")),
        st.components.v2.component("twoview_linked_map", css=_source("linked_map.css"), js=_maps()),
    )


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Twoview maps</title><style>
:root {{ color-scheme: light dark; --st-font: system-ui, sans-serif; --st-text-color: #23211e; --st-background-color: #fdfcfa;
  --st-secondary-background-color: #f3f0ea; --st-border-color: #dcd7ce; --st-primary-color: #0a7a5c; }}
@media (prefers-color-scheme: dark) {{ :root {{ --st-text-color: #ecebe7; --st-background-color: #16181c;
  --st-secondary-background-color: #20242a; --st-border-color: #3a3f47; --st-primary-color: #5ccb9f; }} }}
body {{ margin: 1rem; background: var(--st-background-color); }}
{css}</style></head><body><main id="maps"></main><script type="module">
{hold}
{show}
hold({{ data: Uint8Array.from(atob("{bytes}"), (c) => c.charCodeAt(0)) }});
show({{ data: {{ geometry: "{identity}", height: "70vh", alone: true }}, parentElement: document.getElementById("maps"), setStateValue() {{}} }});
</script></body></html>
"""


def standalone(geometry: bytes, identity: str) -> str:
    """The maps as one HTML file that needs no server and no network."""
    as_function = "export default function"
    return PAGE.format(
        css=_source("linked_map.css"), identity=identity, bytes=b64encode(geometry).decode(),
        hold=_source("geometry.js").replace(as_function, "function hold"),
        show=_maps().replace(as_function, "function show"),
    )  # fmt: skip


def hold(geometry: bytes, key: str) -> None:
    """Send the maps to the browser, which keeps them: reruns of a fragment that only mounts ``linked_map`` send nothing again."""
    _components()[0](key=f"{key}-geometry", data=geometry, height=1)


def linked_map(identity: str, key: str, height: str = "34rem", colour: str | None = None, wish: tuple[str, Mapping] | None = None, pins: Sequence[Pin] = ()):
    """Mount the maps that ``hold`` sent; gives ``selection`` (see the module's docstring) and ``colour``, a key or None.

    ``wish`` is a selection that the page itself makes, with a name ("biggest mover 3"): a new name lights it up.
    ``pins``: one per map, a point that is not of the data, drawn over it with lines to its neighbours.
    """
    return _components()[1](
        key=key,
        data={"geometry": identity, "height": height, "colour": colour, "wish": {"name": wish[0], **wish[1]} if wish else None, "pins": [vars(pin) for pin in pins]},
        on_selection_change=lambda: None,
        on_colour_change=lambda: None,
    )
