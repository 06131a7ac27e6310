"""Tunes as pictures: every tune is engraved once, in a process of its own, and kept under a key of what was engraved.

A tune on which that process dies, or hangs, costs that tune alone: it is listed with the reason, and the others go on in a new
process. Whatever was engraved before a kill is found again.
"""

import base64
import io
import json
import selectors
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from PIL import Image

from engine.data.music import engraver
from engine.data.music.mei import to_mei
from engine.data.music.score import Tune, places
from engine.errors import TwoviewError
from engine.paths import atomic_write, cache_dir

Progress = Callable[[int, int, str], None]
SECONDS = 60  # after which a tune that is still being engraved is given up
LARGEST = 2**26  # bytes of an answer


@dataclass(frozen=True)
class Engraving:
    """A tune's staff on one line. ``staff`` (80, width) uint8, 0 white to 255 black; ``columns`` (places,) pixels from the left."""

    staff: np.ndarray
    columns: np.ndarray


@dataclass(frozen=True)
class Unengraved:
    """A tune that cannot be engraved, and why, in a sentence."""

    tune: str
    reason: str


def engrave(tunes: Sequence[Tune], processes: int = 1, progress: Progress | None = None) -> list[Engraving | Unengraved]:
    """The tunes' staves in order, kept ones and new ones. ``progress(done, total, what)`` counts those that were not kept."""
    asked = [_Asked.of(tune) for tune in tunes]
    waiting = [one for one in asked if not one.reason and not _kept(one.key)]
    if waiting:
        free: SimpleQueue[_Process] = SimpleQueue()
        engravers = [_Process() for _ in range(processes)]
        for one in engravers:
            free.put(one)

        def work(one: _Asked) -> None:
            process = free.get()
            try:
                _keep(one.key, process.ask(one))
            finally:
                free.put(process)

        try:
            with ThreadPoolExecutor(processes) as pool:
                for done, _ in enumerate(pool.map(work, waiting), start=1):
                    if progress is not None:
                        progress(done, len(waiting), "Engraving")
        finally:
            for one in engravers:
                one.close()
    return [_answer(one) for one in asked]


@dataclass(frozen=True)
class _Asked:
    tune: str
    mei: str
    places: int
    key: str
    reason: str = ""

    @classmethod
    def of(cls, tune: Tune) -> "_Asked":
        try:
            mei = to_mei(tune)
        except TwoviewError as error:
            return cls(tune.name, "", 0, "", str(error))
        count = len(places(tune))
        return cls(tune.name, mei, count, _key(mei, count))


def _key(mei: str, places: int) -> str:
    decides = json.dumps([mei, places, engraver.OPTIONS, engraver.ROWS, engraver.SPACE, engraver.GREYS])
    return sha256(decides.encode()).hexdigest()[:32]


class _Process:
    """A process that engraves, started when it is first asked and again after it has died."""

    def __init__(self) -> None:
        self.process: subprocess.Popen | None = None

    def ask(self, one: _Asked) -> dict:
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, engraver.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(json.dumps({"mei": one.mei, "places": one.places}).encode() + b"\n")
            self.process.stdin.flush()
            line = self._line()
        except BrokenPipeError:
            line = b""
        if line and line.endswith(b"\n"):
            return json.loads(line)
        reason = "engraving took too long" if line is None else "the engraving program ended itself on it"
        self.close()
        return {"problem": reason}

    def _line(self) -> bytes | None:
        """The next line, or what had come of it when the process died; None when the time was over."""
        assert self.process and self.process.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            return self.process.stdout.readline(LARGEST) if selector.select(SECONDS) else None

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


def _file(key: str) -> Path:
    return cache_dir("engravings", f"{key}.json")


def _kept(key: str) -> bool:
    return _file(key).is_file()


def _keep(key: str, answer: dict) -> None:
    with atomic_write(_file(key)) as temporary:
        temporary.write_text(json.dumps(answer), encoding="utf-8")


def _answer(one: _Asked) -> Engraving | Unengraved:
    if one.reason:
        return Unengraved(one.tune, one.reason)
    answer = json.loads(_file(one.key).read_text(encoding="utf-8"))
    if "problem" in answer:
        return Unengraved(one.tune, answer["problem"])
    picture = Image.open(io.BytesIO(base64.b64decode(answer["staff"])), formats=("PNG",))
    return Engraving(255 - np.asarray(picture), np.array(answer["columns"]))
