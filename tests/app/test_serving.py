"""``python -m app``: where it listens, and what it says when it cannot."""

import os
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest

from app.frame import pages, warm
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
