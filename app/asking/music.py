"""Scores and their sounds as pages show them: staves as pictures, what sounds as files; each made once."""

from io import BytesIO

import numpy as np
import streamlit as st
from PIL import Image

from engine.data import MUSIC
from engine.data.music.collection import Collection
from engine.data.music.instruments import RATE


@st.cache_resource(max_entries=4, show_spinner=False)
def collection(data: str, split: str) -> Collection:
    return MUSIC[data](split)


@st.cache_data(max_entries=256, show_spinner=False)
def staff(data: str, split: str, tune: int) -> bytes:
    """A tune's staff, black on white, as PNG."""
    buffer = BytesIO()
    Image.fromarray(255 - collection(data, split).staff(tune)).save(buffer, "PNG")
    return buffer.getvalue()


@st.cache_data(max_entries=64, show_spinner=False)
def _played(data: str, split: str, tune: int) -> np.ndarray:
    return collection(data, split).played(tune)


@st.cache_data(max_entries=512, show_spinner=False)
def sound(data: str, split: str, tune: int, begins: float, ends: float) -> bytes:
    """A tune from one second to another, as OGG."""
    return encoded(_played(data, split, tune)[int(begins * RATE) : int(ends * RATE)])


@st.cache_data(max_entries=64, show_spinner=False)
def encoded(samples: np.ndarray) -> bytes:
    """Samples at ``RATE`` as OGG."""
    import soundfile

    buffer = BytesIO()
    with soundfile.SoundFile(buffer, "w", RATE, 1, format="OGG", subtype="VORBIS") as file:
        for start in range(0, len(samples), RATE):  # libsndfile overflows its stack on long parts
            file.write(samples[start : start + RATE])
    return buffer.getvalue()
