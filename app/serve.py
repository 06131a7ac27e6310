"""The app as a server: the pages of ``main.py``, and the engine loading beside them from the start."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

from app.frame import warm


@asynccontextmanager
async def loading(server: st.App) -> AsyncIterator[None]:
    warm.start()
    yield


app = st.App(Path(__file__).with_name("main.py"), lifespan=loading)
