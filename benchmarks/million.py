"""One linked map of 1,000,000 points, served for ``benchmarks.maps``."""

import sys
from pathlib import Path

import numpy as np
import streamlit as st

if (PROJECT := str(Path(__file__).resolve().parent.parent)) not in sys.path:
    sys.path.insert(0, PROJECT)

from app.components.linked_map import Colour, hold, linked_map, pack

N = 1_000_000


@st.cache_resource(show_spinner=False)
def geometry() -> tuple[bytes, str]:
    rng = np.random.default_rng(0)
    kinds = rng.integers(40, size=N)
    layout = (10 * rng.normal(size=(40, 2))[kinds] + rng.normal(size=(N, 2))).astype(np.float32)
    colours = [Colour("kind", "Kind", kinds, [f"kind {i}" for i in range(40)])]
    return pack([layout], ["A million points"], [""], np.arange(N) // 5, np.arange(N) % 5 > 0, colours, ["● one", "▲ other"])


st.set_page_config(layout="wide")
block, identity = geometry()
hold(block, "million")
linked_map(identity, "million")
