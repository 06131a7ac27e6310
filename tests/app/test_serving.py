"""``python -m app``: where it listens, and what it says when it cannot."""

import asyncio
import gc
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from urllib.request import urlopen

import pytest
from streamlit.testing.v1 import AppTest

from app.asking import catalogue
from app.frame import courtesy, pages, warm, workspace
from app.start import findings
from app.static_files import StaticFiles
from benchmarks import browser


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "app", *arguments], cwd=browser.PROJECT, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_port_in_use_is_a_sentence_with_another():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = start("--port", str(port), "--address", "127.0.0.1")
    assert told.returncode == 1 and f"Port {port} on 127.0.0.1 is in use" in told.stderr and "Traceback" not in told.stderr


@pytest.mark.parametrize("port", ["0", "70000", "many"])
def test_a_port_is_a_number(port):
    told = start("--port", port)
    assert told.returncode == 2 and "a port is a number from 1 to 65535" in told.stderr


def test_an_address_that_is_not_here_is_a_sentence():
    told = start("--address", "no.such.place.invalid")
    assert told.returncode == 1 and "is no address of this computer" in told.stderr


def test_it_listens_on_this_computer_only_and_opens_without_a_cache(shipped, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with browser.app({"TWOVIEW_CACHE": str(tmp_path / "file")}) as server:
        port = int(server.address.rpartition(":")[2])
        assert urlopen(server.address, timeout=20).status == 200
        with open("/proc/net/tcp", encoding="ascii") as table:
            listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
        assert f"0100007F:{port:04X}" in listening and f"00000000:{port:04X}" not in listening


def test_rooms_wait_for_what_they_need_alone():
    warm.start()
    assert set(warm._done) >= {"app.compare.ask", "app.look.ask", "app.start.ask", warm.ENGINE}
    for room in pages.ROOMS:
        needed = warm._done.get(f"app.{room.folder}.ask", warm._done[warm.ENGINE])
        assert needed.wait(120)
    assert not warm.is_loading()


def test_garbage_is_looked_for_again_once_all_is_imported(monkeypatch):
    seen = []
    monkeypatch.setattr(warm, "_load_one", lambda name: seen.append((name, gc.isenabled())))
    gc.disable()
    try:
        warm._load(["torch", f"{warm.ENGINE}:first_answers"])
        assert seen == [("torch", False), (f"{warm.ENGINE}:first_answers", True)]
    finally:
        gc.enable()
        gc.unfreeze()


def test_findings_that_ship_were_found_with_the_models_that_ship(in_a_clone):
    """Else the first page computes them, for ten seconds: ``python -m app.keep`` finds them anew."""
    usable = [entry for entry in catalogue.usable() if in_a_clone(entry.path)]
    if not usable:
        pytest.skip("the checkpoints are not those of a clone")
    space = workspace.first()
    assert findings.read(space.data, findings.key(space.models, usable, space.data, space.split)) is not None


def test_loading_steps_aside_for_visitors_and_not_forever(monkeypatch):
    done = Event()

    def load() -> None:
        with courtesy.at_each_import():
            import json  # noqa: F401
        done.set()

    monkeypatch.setattr(courtesy, "_put_off", 0.0)
    with courtesy.served():
        loader = Thread(target=load)
        loader.start()
        assert not done.wait(0.3)
        import colorsys  # noqa: F401  # a visitor's own imports go on meanwhile

        with courtesy.waiting():
            assert done.wait(20)
    monkeypatch.setattr(courtesy, "_put_off", courtesy.MOST)
    with courtesy.served():
        done.clear()
        Thread(target=load).start()
        assert done.wait(20)


def test_what_nobody_waits_for_is_loaded_once_nobody_is_served(monkeypatch):
    done = Event()
    monkeypatch.setattr(courtesy, "LEISURE", 0.2)
    with courtesy.served():
        Thread(target=lambda: (courtesy.wait_for_leisure(), done.set())).start()
        assert not done.wait(0.5)
    assert done.wait(20)


@pytest.mark.parametrize("page", ["compare/page.py", "retrieve/page.py"])
def test_who_waits_for_the_engine_is_counted_once(shipped, monkeypatch, page):
    """Whether the page is served at once, or waited for by the frame: loading that steps aside for it would keep it waiting."""
    needed, seen = still_loading(monkeypatch, page), []

    def show_progress(*_: object) -> None:
        seen.append(courtesy._served)
        needed.set()

    monkeypatch.setattr(warm.st, "progress", show_progress)
    app = AppTest.from_file(str(browser.PROJECT / "app" / "main.py"), default_timeout=60)
    app.run()
    app.query_params["q"] = "a dog"
    app.switch_page(page).run()
    assert set(seen) == {0} and courtesy._served == 0


def test_a_page_keeps_its_place_when_the_engine_is_there(shipped, monkeypatch):
    """What is being typed is lost where an element moves: the first run waits for the engine, the next does not."""
    needed = still_loading(monkeypatch, "yours/page.py")
    monkeypatch.setattr(warm.st, "progress", lambda *_: needed.set())
    app = AppTest.from_file(str(browser.PROJECT / "app" / "main.py"), default_timeout=60)
    app.run()
    app.switch_page("yours/page.py").run()
    assert needed.is_set()
    waited = place_of_title(app)
    assert place_of_title(app.run()) == waited


def still_loading(monkeypatch, page: str) -> Event:
    """As if the engine and what this page asks of it were on their way, until the event is set."""
    room = next(room for room in pages.ROOMS if page.startswith(room.folder))
    needed = Event()
    warm.start()
    monkeypatch.setitem(warm._done, f"app.{room.folder}.ask", needed)
    monkeypatch.setitem(warm._done, warm.ENGINE, needed)
    monkeypatch.setattr(warm, "STEP", 0.01)
    return needed


def place_of_title(app: AppTest) -> int:
    return next(place for place, element in app.main.children.items() if element.type == "title")


def asked(app: StaticFiles, path: str, method: str = "GET", headers: tuple = ()) -> list[dict]:
    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    asking = app({"type": "http", "method": method, "path": path, "headers": headers}, None, send)
    with ThreadPoolExecutor(1) as elsewhere:  # a browser that another test opened has this thread's loop
        elsewhere.submit(asyncio.run, asking).result()
    return sent


def test_files_are_read_once_and_only_what_may_be_kept_for_good_is_kept():
    reads = []

    async def server(scope, receive, send):
        reads.append(scope["path"])
        for_good = b"public, immutable, max-age=1" if "hashed" in scope["path"] else b"no-cache"
        await send({"type": "http.response.start", "status": 404 if "missing" in scope["path"] else 200, "headers": [(b"cache-control", for_good)]})
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    app = StaticFiles(server)
    first = asked(app, "/static/hashed.js")
    assert asked(app, "/static/hashed.js") == first and first[1]["body"] == b"/static/hashed.js" and len(reads) == 1
    for path, method, headers in (("/static/index.html", "GET", ()), ("/static/hashed-missing.js", "GET", ()), ("/media/hashed.png", "GET", ()), ("/static/hashed.js", "HEAD", ()), ("/static/hashed.js", "GET", ((b"range", b"bytes=0-3"),))):
        before = len(reads)
        asked(app, path, method, headers)
        asked(app, path, method, headers)
        assert len(reads) == before + 2, path


def test_what_is_kept_of_files_is_bounded(monkeypatch):
    async def server(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"immutable")]})
        await send({"type": "http.response.body", "body": b"x" * 60})

    monkeypatch.setattr("app.static_files.MOST", 100)
    app = StaticFiles(server)
    for place in range(5):
        assert asked(app, f"/static/{place}.js")[1]["body"] == b"x" * 60
    assert len(app.answers) == 1
