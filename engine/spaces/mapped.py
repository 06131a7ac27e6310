"""A space as a notebook shows it: both views' items on a map, and the measures taken in all dimensions."""

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from io import BytesIO

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from engine.checkpoints.storage import Checkpoint
from engine.data.base import PairedData
from engine.spaces.atlas import OF_ONE, Space, measure, space_of
from engine.spaces.layouts import pca_layout

SIDE, MARGIN, MARK, FINE = 560, 16, 3, 2  # pixels; drawn FINE times as large and scaled down, so that edges are smooth
COLOURS = {"x": (11, 98, 168, 150), "y": (163, 71, 0, 150)}


@dataclass(frozen=True)
class MappedSpace:
    """``space.x`` (n, k) and ``space.y`` (m, k): embeddings; ``layout`` (n + m, 2): where each lies on the map, x first; ``measures``
    by name, in all k dimensions."""

    space: Space
    layout: np.ndarray
    measures: dict[str, float]

    @property
    def table(self) -> pd.DataFrame:
        """A row per measure: ``measure``, ``value``, ``about``, ``source``."""
        told = [(OF_ONE[name].title, value, OF_ONE[name].text, OF_ONE[name].source) for name, value in self.measures.items()]
        return pd.DataFrame(told, columns=["measure", "value", "about", "source"])

    @property
    def image(self) -> Image.Image:
        """The map: circles for the first view, triangles for the second."""
        low, high = self.layout.min(axis=0), self.layout.max(axis=0)
        places = MARGIN + (self.layout - low) / max(float((high - low).max()), 1e-12) * (SIDE - 2 * MARGIN)
        drawn = Image.new("RGB", (FINE * SIDE, FINE * SIDE), "white")
        pencil, r = ImageDraw.Draw(drawn, "RGBA"), FINE * MARK
        for place, (across, up) in enumerate(FINE * places):
            down = FINE * SIDE - up
            if place < len(self.space.x):
                pencil.ellipse((across - r, down - r, across + r, down + r), COLOURS["x"])
            else:
                pencil.polygon([(across, down - r), (across - r, down + r), (across + r, down + r)], COLOURS["y"])
        return drawn.resize((SIDE, SIDE), Image.Resampling.LANCZOS)

    def __repr__(self) -> str:
        n, m = len(self.space.x), len(self.space.y)
        return f"{self.space.title}: {n:,} + {m:,} items in {self.space.x.shape[1]} dimensions\n{self.table[['measure', 'value']].round(3).to_string(index=False)}"

    def _repr_html_(self) -> str:
        buffer = BytesIO()
        self.image.save(buffer, "PNG")
        alt = f"Map of {self.space.title}: {len(self.space.x):,} items of the first view as circles, {len(self.space.y):,} of the second as triangles"
        picture = f'<img alt="{escape(alt)}" width="{SIDE // 2}" src="data:image/png;base64,{b64encode(buffer.getvalue()).decode()}">'
        rows = "".join(f'<tr title="{escape(str(row.about))}"><td>{escape(str(row.measure))}</td><td style="text-align:right">{row.value:.3f}</td></tr>' for row in self.table.itertuples())
        return f'<div style="display:flex;gap:24px;align-items:flex-start"><figure>{picture}<figcaption>{escape(self.space.title)}: ● first view, ▲ second</figcaption></figure><table>{rows}</table></div>'


def mapped(checkpoint: Checkpoint, features: PairedData) -> MappedSpace:
    """A checkpoint's space of a split's items, on their first two principal components. Raises TwoviewError for a model that scores pairs."""
    space = space_of(checkpoint, features)
    return MappedSpace(space, pca_layout(space.points, space.metric), measure(space, features))
