"""The app as a server: the pages of ``main.py``, and the engine loading beside them from the start."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

# What the frame and the first page import, before anybody asks for them: a page must not wait for the thread that waits for it.
import pandas  # noqa: F401
import streamlit as st
from starlette.middleware import Middleware

from app.frame import items, warm, workspace  # noqa: F401
from app.start import findings  # noqa: F401
from app.static_files import StaticFiles


@asynccontextmanager
async def loading(server: st.App) -> AsyncIterator[None]:
    warm.start()
    yield


app = st.App(Path(__file__).with_name("main.py"), lifespan=loading, middleware=[Middleware(StaticFiles)])
