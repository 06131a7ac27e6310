"""Visitors without a browser: they ask a Streamlit server for what a browser asks, over the same connections, and draw nothing.

Twenty browsers on the server's own two cores measure the browsers: an empty page of Streamlit takes them 36 s. These take little
from the server, as people at computers of their own do.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from time import perf_counter
from urllib.parse import urlsplit

from playwright.sync_api import Browser
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

AT_ONCE = 6  # requests of one browser to one server
LARGEST = 64 * 2**20  # bytes of a message
PATIENCE = 150  # seconds

Seen = Callable[[ForwardMsg], bool]


def files_of(browser: Browser, address: str, ready: Callable) -> list[str]:
    """The paths of the files that a browser fetches for the page at ``address`` until ``ready(page)`` comes back."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(urlsplit(request.url).path))
    page.goto(address)
    ready(page)
    context.close()
    return [path for path in dict.fromkeys(fetched) if path == "/" or path.startswith("/static/")]


async def crowd(address: str, number: int, files: Sequence[str], until: Sequence[Callable[[], Seen]]) -> list[list[float]]:
    """``number`` visitors at once. For each visitor the seconds until each of ``until`` said yes to a message, in their order.

    Raises TimeoutError when one waits longer than ``PATIENCE``.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(number * (AT_ONCE + 1)))
    return await asyncio.gather(*(_visit(address, files, [make() for make in until]) for _ in range(number)))


def connected(address: str) -> connect:
    """The line on which a page is asked for and sent, to be opened by ``async with``."""
    stream = f"ws://{urlsplit(address).netloc}/_stcore/stream"
    return connect(stream, subprotocols=["streamlit"], origin=address, max_size=LARGEST)  # type: ignore[arg-type, list-item]


async def _visit(address: str, files: Sequence[str], until: list[Seen]) -> list[float]:
    start, took = perf_counter(), []
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(asyncio.to_thread(_fetch, address, files[line::AT_ONCE]) for line in range(AT_ONCE)))
        async with connected(address) as line:
            asked = BackMsg()
            asked.rerun_script.query_string = ""
            await line.send(asked.SerializeToString())
            async for message in line:
                told = ForwardMsg.FromString(message) if isinstance(message, bytes) else ForwardMsg()
                while len(took) < len(until) and until[len(took)](told):
                    took.append(perf_counter() - start)
                if len(took) == len(until):
                    return took
    raise ConnectionError(f"{address} ended the connection after {len(took)} of {len(until)} sights.")


def _fetch(address: str, files: Sequence[str]) -> None:
    line = HTTPConnection(urlsplit(address).netloc)
    for file in files:
        line.request("GET", file)
        line.getresponse().read()
    line.close()
